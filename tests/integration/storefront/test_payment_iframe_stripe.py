"""The payment page of a Stripe gateway: its script comes from Stripe, and from there only."""

from __future__ import annotations

import re

import pytest

from payment_page.gateways import started
from tests.integration.deployment import Deployment
from tests.integration.gift_cards import GATEWAY as GIFT_CARDS
from tests.integration.payment_page import change_shop, facts, markup, page, policy, refused
from tests.integration.shopper import BREWER, Shopper
from till.domain.errors import Refused
from till.domain.shop import Gateway
from till.runtime import settings

STRIPE = Gateway("cards", "stripe", "Cards", is_test=True, public_key="pk_test_123")
SANDBOX = Gateway("test", "sandbox", "Test", is_test=True)
STAND_IN = "http://127.0.0.1:8420"


@pytest.fixture
def shopper(till: Deployment) -> Shopper:
    """Of a shop that takes cards with Stripe."""
    change_shop(till, gateways=(STRIPE, SANDBOX))
    return Shopper(till, cart_items=[BREWER])


def stand_in(monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    """Something on this machine stands in for Stripe, where the stage lets it."""
    monkeypatch.setenv("TILL_STRIPE_STAND_IN", f"{STAND_IN}/")
    monkeypatch.setenv("TILL_STAGE", stage)
    settings.environment.cache_clear()


def test_the_page_has_a_place_for_stripes_fields_and_none_of_its_own(till: Deployment, shopper: Shopper) -> None:
    reply = page(till, shopper)
    assert (reply.status, facts(reply)["gateway"]) == (
        200,
        {
            "id": "cards",
            "kind": "stripe",
            "name": "Cards",
            "is_test": True,
            "public_key": "pk_test_123",
            "can_retain": False,
            "script": "https://js.stripe.com/v3/",
            "scale": 1,
        },
    )
    foreign = r"<(form|textarea|select|iframe|img|link|a)\b|src=|href=|https?:|\son\w+="
    assert not re.findall(foreign, markup(reply))
    assert re.findall(r"<input [^>]*>", markup(reply)) == ['<input type="checkbox" id="retain">']
    change_shop(till, gateways=(STRIPE, GIFT_CARDS))
    assert re.findall(r'<input id="(\w+)"', markup(page(till, shopper))) == ["code"]


def test_a_card_can_be_kept_by_a_customer_whom_the_merchant_knows(till: Deployment, shopper: Shopper) -> None:
    ann = Shopper(till, cart_items=[BREWER], customer={"platform_id": "1234", "email_address": "ann@example.com"})
    assert [facts(page(till, one))["gateway"]["can_retain"] for one in (shopper, ann)] == [False, True]


@pytest.mark.parametrize(
    ("currency", "amount", "theirs"),
    [("CAD", 22500, 22500), ("JPY", 80, 80), ("KWD", 1230, 1230), ("ISK", 80, 8000), ("MGA", 500, 5)],
)
def test_stripe_is_told_the_amount_in_its_own_units(currency: str, amount: int, theirs: int) -> None:
    scale = started(STRIPE, currency)["scale"]
    assert isinstance(scale, float)
    assert round(amount * scale) == theirs


def test_a_currency_that_stripe_does_not_take_has_no_page_of_stripes() -> None:
    with pytest.raises(Refused, match="Stripe takes no IQD"):
        started(STRIPE, "IQD")


def test_stripes_script_frames_and_api_are_in_the_pages_policy_and_nothing_else_is(
    till: Deployment, shopper: Shopper
) -> None:
    stripe, sandbox = policy(page(till, shopper)), policy(page(till, shopper, gateway="test"))
    assert stripe.pop("script-src").split(" ")[1:] == ["https://js.stripe.com", "https://*.js.stripe.com"]
    assert stripe.pop("frame-src") == "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com"
    assert stripe.pop("connect-src") == "'self' https://api.stripe.com"
    assert stripe == {name: sandbox[name] for name in sandbox.keys() - {"script-src", "connect-src"}}


def test_nothing_of_stripes_is_on_any_other_page(till: Deployment, shopper: Shopper) -> None:
    for other in (page(till, shopper, gateway="test"), page(till, shopper, token="x")):
        assert "stripe.com" not in other.headers["Content-Security-Policy"] + other.raw


def test_where_something_stands_in_for_stripe_the_page_knows_nothing_of_stripe(
    till: Deployment, shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, "local")
    reply = page(till, shopper)
    allowed = policy(reply)
    assert facts(reply)["gateway"]["script"] == f"{STAND_IN}/v3/"
    assert allowed["script-src"].split(" ")[1:] == [STAND_IN]
    assert (allowed["frame-src"], allowed["connect-src"]) == (STAND_IN, f"'self' {STAND_IN}")
    assert "stripe.com" not in reply.headers["Content-Security-Policy"]


@pytest.mark.parametrize("stage", ["staging", "prod"])
def test_nothing_stands_in_for_stripe_but_on_the_stage_local(
    till: Deployment, shopper: Shopper, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    stand_in(monkeypatch, stage)
    reply = page(till, shopper)
    assert facts(reply)["gateway"]["script"] == "https://js.stripe.com/v3/"
    assert STAND_IN not in reply.headers["Content-Security-Policy"] + reply.raw


def test_without_a_publishable_key_there_is_no_page(till: Deployment, shopper: Shopper) -> None:
    change_shop(till, gateways=(Gateway("cards", "stripe", "Cards", is_test=True),))
    refused(page(till, shopper), 422, "publishable key")
