"""The deployed functions ask Stripe, with the SDK of their layer and the keys that the shop was given."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from scripts.checkout_client import Json, Merchant, Stack
from tests.e2e.deployment import Begin, Sell, aws, eventually, submitted
from tests.fakes.stripe_api import StripeApi

KEYS = {"public_key": "pk_test_e2e", "secret_key": "sk_test_e2e", "webhook_secret": "whsec_e2e_stack"}


@pytest.fixture(scope="module")
def cards(merchant: Merchant) -> Iterator[str]:
    """A gateway of the shop for the time of these tests."""
    merchant.ask("PUT", "/gateways/e2e-cards", {"kind": "stripe", "name": "Cards"} | KEYS)
    yield "e2e-cards"
    merchant.ask("DELETE", "/gateways/e2e-cards")


def intents(stripe: StripeApi, order: Json) -> list[Json]:
    return [intent for intent in stripe.objects.intents.values() if intent["metadata"]["order"] == order["id"]]


def test_an_order_is_paid_with_stripe_and_charged(
    merchant: Merchant, stripe: StripeApi, cards: str, sell: Sell, begin: Begin
) -> None:
    cart = begin(sell()).fill(cards, "pm_card_visa")
    assert submitted(cart).status_code == 200
    order = merchant.order(cart.order)
    assert order["status"] == "placed"
    found = eventually(lambda: intents(stripe, order), lambda seen: seen[0]["status"] == "succeeded")
    assert [intent["status"] for intent in found] == ["succeeded"]
    assert found[0]["amount"] == found[0]["amount_received"] == cart.state["order_total"]


def test_a_declined_card_holds_nothing(
    merchant: Merchant, stripe: StripeApi, cards: str, sell: Sell, begin: Begin
) -> None:
    cart = begin(sell()).fill(cards, "pm_card_chargeDeclinedInsufficientFunds")
    refused = submitted(cart)
    assert "Your card has insufficient funds. Try another card." in refused.text
    (declined,) = intents(stripe, merchant.order(cart.order))
    assert (declined["status"], declined["amount_capturable"]) == ("canceled", 0)


def test_an_amount_that_changed_at_stripe_is_never_captured_or_shipped(
    merchant: Merchant, stripe: StripeApi, cards: str, sell: Sell, begin: Begin
) -> None:
    cart = begin(sell()).fill(cards, "pm_card_visa")
    assert submitted(cart, "/pre_process_order").status_code == 200
    (intent,) = intents(stripe, merchant.order(cart.order))
    intent["amount"] = intent["amount_capturable"] = 100

    assert submitted(cart).status_code == 200
    order = eventually(lambda: merchant.order(cart.order), lambda order: order["charge"] != "pending")

    assert (order["charge"], intent["amount_received"]) == ("failed", 0)
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    refused = merchant.call("POST", f"/orders/{order['id']}/fulfil", {}, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "payment_failed")


def test_the_keys_of_a_gateway_go_with_it(merchant: Merchant, stack: Stack) -> None:
    merchant.ask("PUT", "/gateways/e2e-gone", {"kind": "stripe", "name": "Gone"} | KEYS)
    manager, name = aws(stack, "secretsmanager"), f"till/gateways/{merchant.shop}/e2e-gone/secret_key"
    assert manager.get_secret_value(SecretId=name)["SecretString"] == "sk_test_e2e"
    merchant.ask("DELETE", "/gateways/e2e-gone")
    with pytest.raises(ClientError):
        manager.get_secret_value(SecretId=name)
