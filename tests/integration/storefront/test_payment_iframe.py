"""The payment page: how it may look, who gets it, who may embed it, and what is said where it cannot be shown."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from bold.orders.app import app as orders_app
from tests.builders import a_shop
from tests.fakes.gateway import MemoryLedger
from tests.integration.deployment import ROOT_TOKEN, Deployment
from tests.integration.gift_cards import GATEWAY, take_gift_cards
from tests.integration.payment_page import BROWSER, change_shop, facts, markup, page, policy, refused
from tests.integration.shopper import BREWER, Shopper, card
from till.adapters.payments.sandbox import SandboxGateway
from till.application.gateways import Authorize, GatewayUnknownError
from till.domain.shop import Gateway
from till.runtime import session, settings, wiring

STORE = "https://store.example"
RED = {"cssText": ".payment__amount { color: red; }"}
WIDE = {"conditionText": "screen and (min-width: 768px)", "cssRules": [RED]}


@pytest.fixture
def shopper(till: Deployment) -> Shopper:
    return Shopper(till, cart_items=[BREWER])


# Styles


def test_a_storefront_styles_the_page(till: Deployment, shopper: Shopper) -> None:
    reply = shopper.post("/payments/styles", {"css_rules": [RED], "media_rules": [WIDE]})
    assert reply.data == {
        "style_sheet": {"cssRules": [RED], "mediaRules": [WIDE]},
        "css_rules": [RED],
        "media_rules": [WIDE],
    }
    assert facts(page(till, shopper))["style_sheet"] == reply.data["style_sheet"]


def test_new_styles_take_the_place_of_the_old(till: Deployment, shopper: Shopper) -> None:
    shopper.post("/payments/styles", {"css_rules": [RED], "media_rules": [WIDE]})
    nothing: tuple[Any, ...] = ({"css_rules": [], "media_rules": []}, {}, None)
    for body in nothing:
        assert shopper.post("/payments/styles", body).data["css_rules"] == []
    assert facts(page(till, shopper))["style_sheet"] == {"cssRules": [], "mediaRules": []}


@pytest.mark.parametrize(
    "rule",
    [
        ".ToggleField { color:red; }",
        "a:not(.b):hover, input::before { content: 'x'; width: calc(100% - (2px + var(--gap))) !important }",
        ":root { --accent: #0a0; } body { background: linear-gradient(to right, red, rgba(0, 0, 0, .5)) }",
        "/* why */ .payment {}",
    ],
)
def test_what_styles_a_page_is_allowed(shopper: Shopper, rule: str) -> None:
    assert shopper.post("/payments/styles", {"css_rules": [{"cssText": rule}]}).data["css_rules"] == [{"cssText": rule}]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("a { background: url(https://evil.example/x) }", "url"),
        ("a { background: URL('//evil.example') }", "URL"),
        (r"a { background: u\72l(x) }", "url"),
        ("a { --x: url(x) }", "url"),
        ("a { background: image-set('x.png' 1x) }", "image-set"),
        ("a { background: -webkit-image-set('x' 1x) }", "image-set"),
        ("a { width: expression(alert(1)) }", "expression"),
        (r"a { width: exp/**/ression(alert(1)) }", "ression"),
        ("a { behavior: x }", "behavior"),
        ("a { -moz-binding: x }", "-moz-binding"),
        ("a { b: javascript:alert(1) }", "javascript:"),
        (r"a { b: 'java\73 cript:alert(1)' }", "javascript:"),
        ("a { content: '</style><script>' }", "</style"),
        ("<!-- a { color: red }", "<!--"),
        ("@import 'https://evil.example';", "@import"),
        ("@media (min-width: 1px) { a { color: red } }", "@media"),
        ("@font-face { font-family: x }", "@font-face"),
        ("a { @import 'x'; }", "@import"),
        ("a { color: red", "balanced"),
        ("a { color: red }}", "balanced"),
        ("a { color: red } /*", "balanced"),
        ("a { content: 'x }", "balanced"),
        ("a { color: rgb(1,2,3 }", "balanced"),
        ("a { color: red }\\", "balanced"),
        ("a { &:hover { color: red } }", "declarations"),
        ("a { no colon }", "declarations"),
        ("{ color: red }", "selector"),
        ("color: red", "selector"),
        ("   ", "selector"),
        ("a { b: " + "(" * 30 + ")" * 30 + " }", "deeply"),
        ("(" * 2000, "balanced"),
    ],
)
def test_css_that_loads_runs_or_does_not_end_is_refused_by_name(
    till: Deployment, shopper: Shopper, rule: str, said: str
) -> None:
    before = till.stored(shopper.order_id)
    bad = {"cssText": rule}
    reply = shopper.post("/payments/styles", {"css_rules": [RED, RED, RED, bad], "media_rules": [WIDE]})
    assert (reply.status, reply.fields) == (422, ["css_rules.3"])
    assert said in reply.messages[0]
    nested = shopper.post("/payments/styles", {"media_rules": [WIDE, WIDE | {"cssRules": [RED, bad]}]})
    assert (nested.status, nested.fields) == (422, ["media_rules.1.cssRules.1"])
    assert till.stored(shopper.order_id) == before


@pytest.mark.parametrize(
    "condition", ["(400px <= width <= 900px)", "not all and (monochrome)", "print, (aspect-ratio: 16/9)"]
)
def test_media_rules_have_a_condition(shopper: Shopper, condition: str) -> None:
    rule = WIDE | {"conditionText": condition}
    assert shopper.post("/payments/styles", {"media_rules": [rule]}).data["media_rules"] == [rule]


@pytest.mark.parametrize(
    "condition", [" ", "(a", "all { a { b: c } }", "url(x)", "'x'", "env(x)", ";", "all) { a { b: c }"]
)
def test_anything_else_is_no_condition(shopper: Shopper, condition: str) -> None:
    reply = shopper.post("/payments/styles", {"media_rules": [WIDE, WIDE | {"conditionText": condition}]})
    assert (reply.status, reply.fields) == (422, ["media_rules.1.conditionText"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"css_rules": "a {}"}, "css_rules"),
        ({"css_rules": ["a {}"]}, "css_rules.0"),
        ({"css_rules": [{}]}, "css_rules.0.cssText"),
        ({"css_rules": [{"cssText": 1}]}, "css_rules.0.cssText"),
        ({"css_rules": [{"cssText": ""}]}, "css_rules.0.cssText"),
        ({"css_rules": [{"cssText": f"a {{ b: {'c' * 2000} }}"}]}, "css_rules.0.cssText"),
        ({"css_rules": [RED] * 201}, "css_rules"),
        ({"css_rules": [{"cssText": f"a {{ b: {'c' * 1000} }}"}] * 20}, "css_rules"),
        ({"media_rules": [{"cssRules": [RED]}]}, "media_rules.0.conditionText"),
        ({"media_rules": [WIDE | {"cssRules": [{}]}]}, "media_rules.0.cssRules.0.cssText"),
        ({"media_rules": [WIDE] * 21}, "media_rules"),
    ],
)
def test_styles_are_lists_of_rules_and_not_too_long(shopper: Shopper, body: dict[str, object], field: str) -> None:
    reply = shopper.post("/payments/styles", body)
    assert (reply.status, reply.fields) == (422, [field])


def test_every_rule_that_is_refused_is_named(shopper: Shopper) -> None:
    bad = {"cssText": "a { b: url(x) }"}
    assert shopper.post("/payments/styles", {"css_rules": [bad, RED, bad]}).fields == ["css_rules.0", "css_rules.2"]
    assert len(shopper.post("/payments/styles", {"css_rules": [bad] * 200}).fields) == 20


def test_styles_sent_again_under_their_key_are_not_stored_again(till: Deployment, shopper: Shopper) -> None:
    key = "styles-0123456789"
    first = shopper.post("/payments/styles", {"css_rules": [RED]}, key=key)
    shopper.post("/payments/styles", {})
    assert shopper.post("/payments/styles", {"css_rules": [RED]}, key=key).body == first.body
    assert facts(page(till, shopper))["style_sheet"]["cssRules"] == []


def test_an_order_that_is_placed_is_not_styled_any_more(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    assert shopper.post("/payments/styles", {"css_rules": [RED]}).status == 200
    assert shopper.process().status == 200
    assert shopper.post("/payments/styles", {"css_rules": []}).fields == ["is_processed"]


def test_styles_neither_end_the_page_nor_become_part_of_it(till: Deployment, shopper: Shopper) -> None:
    nasty = {"cssText": ".a::before { content: '<script>alert(1)</script>${script}<!' }"}
    assert shopper.post("/payments/styles", {"css_rules": [nasty]}).status == 200
    reply = page(till, shopper)
    assert "<script>alert" not in reply.raw
    assert facts(reply)["style_sheet"]["cssRules"] == [nasty]


# The page


def test_the_page_offers_the_sandboxs_tokens_and_no_field_for_a_card(till: Deployment, shopper: Shopper) -> None:
    reply = page(till, shopper)
    assert reply.status == 200
    inputs = re.findall(r"<input [^>]*>", reply.raw)
    assert inputs
    assert all('type="radio"' in one for one in inputs)
    assert not re.findall(r"<(form|textarea|select|iframe|img|link|a)\b|src=|href=|https?:|\son\w+=", markup(reply))
    told = facts(reply)
    assert told["gateway"] == {"id": "sandbox-1", "kind": "sandbox", "name": "Sandbox"}
    assert (told["state"]["order_total"], told["currency"]) == (22500, {"iso_code": "CAD", "exponent": 2})
    offered = re.findall(r'value="(tok_\w+)"', reply.raw)
    assert len(offered) == 8
    for words in told["words"].values():
        assert words.keys() == told["words"]["en"].keys() >= set(offered)


def test_a_gift_cards_code_can_be_typed_where_the_shop_takes_gift_cards(till: Deployment, shopper: Shopper) -> None:
    assert (facts(page(till, shopper))["gift_card"], 'id="code"' in page(till, shopper).raw) == ("", False)
    take_gift_cards(till)
    reply = page(till, shopper)
    assert facts(reply)["gift_card"] == GATEWAY.id
    assert facts(reply)["gateway"]["id"] == "sandbox-1"
    (typed,) = (one for one in re.findall(r"<input [^>]*>", reply.raw) if 'type="radio"' not in one)
    assert 'id="code"' in typed
    change_shop(till, gateways=(GATEWAY,))
    refused(page(till, shopper), 422, "no payment gateway yet")


def test_every_token_on_the_page_means_something_to_the_sandbox(till: Deployment, shopper: Shopper) -> None:
    sandbox = SandboxGateway(MemoryLedger(), "sandbox-1", sleep=lambda _: None)
    for token in re.findall(r'value="(tok_\w+)"', page(till, shopper).raw):
        try:
            answer = sandbox.authorize(Authorize(f"key-{token}", token, 100, "CAD", reference="1"))
        except GatewayUnknownError:
            continue
        assert "not known" not in answer.message


def test_the_page_knows_what_is_paid_already(till: Deployment, shopper: Shopper) -> None:
    shopper.post("/payments", card(amount=500))
    (paid,) = facts(page(till, shopper))["state"]["payments"]
    assert (paid["gateway_public_id"], paid["value"]) == ("sandbox-1", 500)


def test_only_the_pages_own_script_and_style_run_and_nothing_is_loaded(till: Deployment, shopper: Shopper) -> None:
    reply = page(till, shopper)
    allowed = policy(reply)
    for element, directive in (("script", "script-src"), ("style", "style-src")):
        (content,) = re.findall(rf"<{element}>(.*?)</{element}>", reply.raw, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert allowed.pop(directive) == f"'sha256-{digest}'"
    assert allowed == {
        "default-src": "'none'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self' https://shop.example",
    }


def test_only_the_shops_own_pages_may_embed_it(till: Deployment, shopper: Shopper) -> None:
    change_shop(till, settings=replace(a_shop().settings, allowed_origins=()))
    assert policy(page(till, shopper))["frame-ancestors"] == "'self'"
    change_shop(till, settings=replace(a_shop().settings, allowed_origins=(STORE, "http://127.0.0.1:3000")))
    reply = page(till, shopper)
    assert policy(reply)["frame-ancestors"] == f"'self' {STORE} http://127.0.0.1:3000"
    assert facts(reply)["origins"] == [STORE, "http://127.0.0.1:3000"]
    expired = page(till, shopper, token="x")
    assert policy(expired)["frame-ancestors"] == f"'self' {STORE} http://127.0.0.1:3000"


def test_the_token_in_the_url_is_told_to_nobody(
    till: Deployment, shopper: Shopper, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    for token in (shopper.token, f"{shopper.token}x"):
        reply = page(till, shopper, token=token)
        assert reply.headers["Referrer-Policy"] == "no-referrer"
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert token not in reply.raw
    assert caplog.records
    assert not any(shopper.token in str(vars(record)) for record in caplog.records)


def test_the_page_costs_one_read_and_its_styles_one_change(till: Deployment, shopper: Shopper) -> None:
    page(till, shopper)
    with till.counting() as calls:
        page(till, shopper)
        shopper.post("/payments/styles", {"css_rules": [RED]})
    assert calls.made == ["GetItem", "GetItem", "PutItem"]


# Where it cannot be shown


def test_who_has_no_token_or_anothers_sees_no_page(till: Deployment, shopper: Shopper) -> None:
    other = Shopper(till, cart_items=[BREWER])
    refused(page(till, shopper, token=""), 401, "Missing JWT")
    for token in (other.token, ROOT_TOKEN, "x", f"{shopper.token}x", "a" * 5000, "%3Cscript%3E"):
        refused(page(till, shopper, token=token), 401, "Invalid JWT")
    old = session.issue("till/jwt-signing-key", "acme", shopper.order_id, wiring.now() - 3700)
    refused(page(till, shopper, token=old), 401, "Expired JWT")
    by_header = shopper.get("/payments/iframe")
    refused(by_header, 401, "Missing JWT")


def test_a_session_of_another_shop_opens_nothing(till: Deployment, shopper: Shopper) -> None:
    path = f"/checkout/storefront/other/{shopper.order_id}/payments/iframe?token={shopper.token}"
    refused(till.api.call("GET", path, headers=BROWSER), 401, "Invalid JWT")


def test_a_shop_without_a_gateway_is_told_what_is_missing(till: Deployment, shopper: Shopper) -> None:
    change_shop(till, gateways=())
    refused(page(till, shopper), 422, "no payment gateway yet")


def test_a_gateway_without_a_page_is_named_and_a_sandbox_beside_it_is_taken(till: Deployment, shopper: Shopper) -> None:
    other, sandbox = Gateway("card-1", "acquirer", "Cards", is_test=False), Gateway("test", "sandbox", "Test", True)
    change_shop(till, gateways=(other,))
    refused(page(till, shopper), 422, "acquirer")
    change_shop(till, gateways=(other, sandbox))
    assert facts(page(till, shopper))["gateway"]["id"] == "test"
    refused(page(till, shopper, gateway="card-1"), 422, "acquirer")
    assert facts(page(till, shopper, gateway="test"))["gateway"]["id"] == "test"
    refused(page(till, shopper, gateway="nobody"), 422, "not one of the shop")


def test_the_sandbox_has_no_page_in_production(
    till: Deployment, shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILL_STAGE", "prod")
    settings.environment.cache_clear()
    refused(page(till, shopper), 422, "off in production")


def test_an_order_that_is_placed_is_not_paid_again(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    assert shopper.process().status == 200
    refused(page(till, shopper), 422, "already been processed")


def test_an_order_that_is_gone_has_no_page(till: Deployment, shopper: Shopper) -> None:
    till.forget_orders()
    refused(page(till, shopper), 404, "no such order")


# Where it is


def gateways(event: dict[str, Any]) -> list[dict[str, Any]]:
    """external_payment_gateways of an order that is begun with an event."""
    body = {"body": json.dumps({"cart_items": [BREWER]}), "isBase64Encoded": False, "pathParameters": {"shop": "acme"}}
    common = {"httpMethod": "POST", "resource": "/checkout/orders/{shop}/init", "path": "/checkout/orders/acme/init"}
    authorization = {"Authorization": f"Bearer {ROOT_TOKEN}"}
    whole = common | body | event | {"headers": event["headers"] | authorization, "multiValueHeaders": {}}
    answer = orders_app.handle(whole, None)
    assert answer["statusCode"] == 200, answer["body"]
    found: list[dict[str, Any]] = json.loads(answer["body"])["data"]["initial_data"]["external_payment_gateways"]
    return found


@pytest.mark.parametrize(
    ("host", "proto", "path", "api"),
    [
        ("abc.execute-api.eu-west-1.amazonaws.com", "https", "/prod/checkout/orders/acme/init", "/prod"),
        ("pay.store.example", "https", "/checkout/orders/acme/init", ""),
        ("api.store.example", "https", "/till/v1/checkout/orders/acme/init", "/till/v1"),
        ("127.0.0.1:3000", "http", "/checkout/orders/{shop}/init", ""),
    ],
)
def test_the_storefront_is_told_where_the_page_is(till: Deployment, host: str, proto: str, path: str, api: str) -> None:
    """By AWS's own name, by a custom domain without and with a base path, and with `sam local`."""
    context = {"path": path, "stage": "prod", "domainName": host, "apiId": "abc"}
    (gateway,) = gateways({"headers": {"Host": host, "X-Forwarded-Proto": proto}, "requestContext": context})
    assert gateway["base_url"] == f"{proto}://{host}{api}"
    address, _, query = gateway["iframe_url"].removeprefix(gateway["base_url"]).partition("?")
    reply = till.api.call("GET", f"{address}?{query}", headers=BROWSER)
    assert facts(reply)["gateway"]["id"] == gateway["public_id"]


def test_a_deployment_may_say_itself_where_its_api_is(till: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILL_API_URL", "http://127.0.0.1:4566/_aws/execute-api/{api}/local/")
    settings.environment.cache_clear()
    (gateway,) = gateways({"headers": {"Host": "x"}, "requestContext": {"path": "/local/x", "apiId": "abc123"}})
    assert gateway["base_url"] == "http://127.0.0.1:4566/_aws/execute-api/abc123/local"
