"""Payment gateways with keys through the merchant API: set, changed, taken away, and never shown again."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from tests.integration.merchant_api import MerchantApi, api, forget
from tests.integration.test_merchant_settings import ACME, acme, stored
from till.adapters import aws
from till.domain.shop import Gateway

__all__ = ["acme", "api"]  # the fixtures

STRIPE = f"{ACME}/gateways/stripe-1"
PUBLIC, SECRET, WEBHOOK = "pk_test_51public", "sk_test_51secret", "whsec_signing_51"
A_STRIPE = {
    "kind": "stripe",
    "name": "Cards",
    "public_key": PUBLIC,
    "secret_key": SECRET,
    "webhook_secret": WEBHOOK,
}


def secrets() -> dict[str, str]:
    """All that Secrets Manager holds of gateways, by what follows the stack's name."""
    manager = aws.client("secretsmanager")
    names = [secret["Name"] for secret in manager.list_secrets()["SecretList"]]
    return {
        name.partition("gateways/")[2]: manager.get_secret_value(SecretId=name)["SecretString"]
        for name in names
        if "gateways/" in name
    }


def changed(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (A_STRIPE | changes).items() if value is not None}


def test_a_merchant_sets_stripe_up(acme: MerchantApi) -> None:
    gateway = acme.put(STRIPE, A_STRIPE).data
    assert gateway == {
        "id": "stripe-1",
        "kind": "stripe",
        "name": "Cards",
        "is_test": True,
        "public_key": PUBLIC,
        "webhook_url": "/webhooks/stripe-1?shop=acme",
    }
    assert acme.get(f"{ACME}/gateways").data == [gateway]
    assert stored().gateways == (Gateway("stripe-1", "stripe", "Cards", is_test=True, public_key=PUBLIC),)
    assert secrets() == {"acme/stripe-1/secret_key": SECRET, "acme/stripe-1/webhook_secret": WEBHOOK}


def test_money_that_moves_outside_takes_a_gateway_without_keys(acme: MerchantApi) -> None:
    gateway = acme.put(f"{ACME}/gateways/invoice", {"kind": "manual", "name": "Invoice"}).data
    assert (gateway["id"], gateway["kind"], gateway["is_test"]) == ("invoice", "manual", False)
    keyed = {"kind": "manual", "name": "Invoice", "public_key": PUBLIC}
    assert acme.put(f"{ACME}/gateways/invoice", keyed).refusal == (422, "kind")


def test_the_secret_of_its_webhooks_comes_later_and_the_rest_stays(acme: MerchantApi) -> None:
    acme.put(STRIPE, changed(webhook_secret=None))
    assert secrets() == {"acme/stripe-1/secret_key": SECRET}
    acme.put(STRIPE, changed(name="All cards", secret_key=None))
    assert secrets() == {"acme/stripe-1/secret_key": SECRET, "acme/stripe-1/webhook_secret": WEBHOOK}
    acme.put(STRIPE, changed(secret_key="rk_test_51restricted", webhook_secret=None))
    assert secrets() == {"acme/stripe-1/secret_key": "rk_test_51restricted", "acme/stripe-1/webhook_secret": WEBHOOK}


def test_what_is_secret_is_in_no_answer_no_table_and_no_log(
    acme: MerchantApi, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    key = "0123456789abcdef"
    answers = [acme.call("PUT", STRIPE, A_STRIPE, key=key), acme.call("PUT", STRIPE, A_STRIPE, key=key)]
    answers += [acme.put(STRIPE, changed(public_key="pk_live_51public")), acme.get(f"{ACME}/gateways")]
    answers.append(acme.put(STRIPE, changed(secret_key=[SECRET], webhook_secret={"a": WEBHOOK})))
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    tables = aws.client("dynamodb")
    kept = [tables.scan(TableName=name)["Items"] for name in tables.list_tables()["TableNames"]]
    everything = str([answers, kept, caplog.text.replace("SecretString", ""), capsys.readouterr()])
    ours = "".join(line for line in everything.splitlines() if "botocore" not in line)
    assert SECRET not in ours
    assert WEBHOOK not in ours


def test_two_shops_have_keys_of_their_own(acme: MerchantApi) -> None:
    shop = {"identifier": "bean", "name": "Bean", "currency": "USD", "country": "US"}
    acme.post("/merchant/shops", shop)
    acme.put(STRIPE, A_STRIPE)
    acme.put("/merchant/shops/bean/gateways/stripe-1", changed(secret_key="sk_test_bean", webhook_secret=None))
    assert (secrets()["acme/stripe-1/secret_key"], secrets()["bean/stripe-1/secret_key"]) == (SECRET, "sk_test_bean")


def test_a_gateway_takes_its_keys_with_it(acme: MerchantApi) -> None:
    acme.put(STRIPE, A_STRIPE)
    assert acme.delete(STRIPE).status == 200
    assert secrets() == {}
    assert acme.put(STRIPE, changed(secret_key=None)).refusal == (422, "secret_key")
    acme.put(STRIPE, A_STRIPE)
    assert acme.put(STRIPE, {"kind": "sandbox", "name": "Sandbox"}).status == 200
    assert secrets() == {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"public_key": None}, "public_key"),
        ({"public_key": SECRET}, "public_key"),
        ({"public_key": "pk_test_"}, "public_key"),
        ({"secret_key": None}, "secret_key"),
        ({"secret_key": PUBLIC}, "secret_key"),
        ({"secret_key": "sk_test_51 secret"}, "secret_key"),
        ({"secret_key": "sk_live_51secret"}, "secret_key"),
        ({"public_key": "pk_live_51public"}, "secret_key"),
        ({"webhook_secret": "sk_test_51secret"}, "webhook_secret"),
        ({"secret_key": "sk_test_" + "x" * 300}, "secret_key"),
        ({"kind": "sandbox"}, "kind"),
    ],
)
def test_keys_that_cannot_work_are_refused_by_name_and_none_is_kept(
    acme: MerchantApi, changes: dict[str, Any], field: str
) -> None:
    assert acme.put(STRIPE, changed(**changes)).refusal == (422, field)
    assert (secrets(), stored().gateways) == ({}, ())


def test_going_live_takes_both_keys(acme: MerchantApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILL_STAGE", "staging")
    forget()
    acme.put(STRIPE, A_STRIPE)
    live = changed(public_key="pk_live_51public", secret_key="sk_live_51secret")
    assert acme.put(STRIPE, live | {"secret_key": None}).refusal == (422, "secret_key")
    assert acme.put(STRIPE, live).data["is_test"] is False


@pytest.mark.parametrize(("stage", "mode"), [("prod", "test"), ("local", "live")])
def test_test_keys_take_no_real_orders_and_live_keys_play_no_games(
    acme: MerchantApi, monkeypatch: pytest.MonkeyPatch, stage: str, mode: str
) -> None:
    monkeypatch.setenv("TILL_STAGE", stage)
    forget()
    keys = changed(public_key=f"pk_{mode}_51public", secret_key=f"sk_{mode}_51secret")
    assert acme.put(STRIPE, keys).refusal == (409, "public_key")
    assert (secrets(), stored().gateways) == ({}, ())


def test_a_gateway_too_many_leaves_no_secrets(acme: MerchantApi) -> None:
    for number in range(20):
        acme.put(f"{ACME}/gateways/sandbox-{number}", {"kind": "sandbox", "name": "Sandbox"})
    assert acme.put(STRIPE, A_STRIPE).refusal == (409, "id")
    assert secrets() == {}


def test_a_shop_that_is_not_there_gets_no_secrets(acme: MerchantApi) -> None:
    assert acme.put("/merchant/shops/nobody/gateways/stripe-1", A_STRIPE).refusal == (404, "shop")
    assert secrets() == {}
