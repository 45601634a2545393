"""The firewall that a merchant may put in front of the API."""

import re
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]  # it ships no types

from tests.template.cloudformation import ROOT

# What AWS says of its groups; a rate with a path in it is far below 100. More than 1,500 cost extra.
CAPACITY = {
    "AWSManagedRulesAmazonIpReputationList": 25,
    "AWSManagedRulesKnownBadInputsRuleSet": 200,
    "AWSManagedRulesCommonRuleSet": 700,
    "AWSManagedRulesBotControlRuleSet": 50,
}


@pytest.fixture(scope="module")
def waf() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml_parse((ROOT / "waf.yaml").read_text())
    return parsed


@pytest.fixture(scope="module")
def rules(waf: dict[str, Any]) -> dict[str, Any]:
    """By name, those that a parameter turns on too."""
    written = waf["Resources"]["Firewall"]["Properties"]["Rules"]
    on = [rule["Fn::If"][1] if "Fn::If" in rule else rule for rule in written]
    return {rule["Name"]: rule for rule in on}


def paths_of(rule: dict[str, Any]) -> re.Pattern[str]:
    """Which paths a rule is about, or is not."""
    statement = next(iter(rule["Statement"].values()))["ScopeDownStatement"]
    if "NotStatement" in statement:
        return re.compile(statement["NotStatement"]["Statement"]["RegexMatchStatement"]["RegexString"])
    of_path = statement["AndStatement"]["Statements"][-1]["RegexMatchStatement"]
    return re.compile(of_path["RegexString"])


def posted(api_document: dict[str, Any], pattern: re.Pattern[str]) -> set[str]:
    """The paths of the API, as they stand in its document, that a POST to the deployed stage has matched."""
    return {
        path
        for path, methods in api_document["paths"].items()
        if "post" in methods and pattern.search("/prod" + re.sub(r"{\w+}", "one", path))
    }


def test_an_address_may_submit_so_many_payments_in_every_dialect(
    rules: dict[str, Any], api_document: dict[str, Any]
) -> None:
    assert posted(api_document, paths_of(rules["payments"])) == {
        "/checkout/storefront/{shop}/{order}/pre_process_order",
        "/checkout/storefront/{shop}/{order}/process_order",
        "/v2/orders/{order_id}/payments",
        "/wp-json/cocart/preview/checkout",
        "/wp-json/cocart/preview/order-received/{order_id}/pay",
        "/cocart/{shop}/wp-json/cocart/preview/checkout",
        "/cocart/{shop}/wp-json/cocart/preview/order-received/{order_id}/pay",
        "/pay/{shop}/{order}",
    }


def test_an_address_may_try_so_many_passwords_in_every_dialect(
    rules: dict[str, Any], api_document: dict[str, Any]
) -> None:
    assert posted(api_document, paths_of(rules["sign-ins"])) == {
        "/oauth/access_token",
        "/v2/customers",
        "/v2/customers/tokens",
        "/v2/account-members/tokens",
        "/wp-json/cocart/v2/login",
        "/cocart/{shop}/wp-json/cocart/v2/login",
    }


@pytest.mark.parametrize(("rule", "free"), [("common", {"merchant"}), ("bots", {"merchant", "webhooks"})])
def test_what_the_merchant_and_gateways_send_is_not_taken_for_an_attack(
    rule: str, free: set[str], rules: dict[str, Any], api_document: dict[str, Any]
) -> None:
    pattern = paths_of(rules[rule])
    for path in api_document["paths"]:
        for asked in (path, f"/prod{path}"):  # a domain of the merchant's own has no stage in its paths
            assert bool(pattern.search(asked)) == (path.split("/")[1] in free), asked


def test_who_is_over_a_rate_is_told_when_to_come_again(waf: dict[str, Any], rules: dict[str, Any]) -> None:
    rates = [rule for rule in rules.values() if "RateBasedStatement" in rule["Statement"]]
    assert len(rates) == 3
    for rule in rates:
        answer = rule["Action"]["Block"]["CustomResponse"]
        headers = {header["Name"]: header["Value"] for header in answer["ResponseHeaders"]}
        window = rule["Statement"]["RateBasedStatement"]["EvaluationWindowSec"]
        assert (answer["ResponseCode"], headers["Retry-After"]) == (429, str(window))
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert answer["CustomResponseBodyKey"] in waf["Resources"]["Firewall"]["Properties"]["CustomResponseBodies"]


def test_bots_are_let_in_and_no_api_is_protected_until_the_merchant_says_so(waf: dict[str, Any]) -> None:
    defaults = {name: parameter["Default"] for name, parameter in waf["Parameters"].items()}
    assert (defaults["BotControl"], defaults["ApiId"]) == ("off", "")
    assert waf["Resources"]["Firewall"]["Properties"]["Rules"][-1]["Fn::If"][0] == "HasBotControl"
    assert waf["Resources"]["Association"]["Condition"] == "IsAssociated"


def test_the_firewall_needs_no_capacity_that_costs_extra(rules: dict[str, Any]) -> None:
    groups = [rule["Statement"].get("ManagedRuleGroupStatement") for rule in rules.values()]
    assert sum(CAPACITY[group["Name"]] if group else 100 for group in groups) < 1_500
