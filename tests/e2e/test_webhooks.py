"""Webhooks on the deployed stack: shoppers who never return from their bank, and those who do at the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from scripts.checkout_client import Checkout, Json, Merchant, Stack
from tests.e2e.deployment import Begin, Sell, eventually, submitted
from tests.fakes.stripe_api import StripeApi

KEYS = {"public_key": "pk_test_e2e", "secret_key": "sk_test_e2e", "webhook_secret": "whsec_e2e_hooks"}


@pytest.fixture(scope="module")
def cards(merchant: Merchant) -> Iterator[Json]:
    """A gateway of the kind stripe for the time of these tests, as the merchant API shows it."""
    yield merchant.ask("PUT", "/gateways/e2e-hooks", {"kind": "stripe", "name": "Cards"} | KEYS)["data"]
    merchant.ask("DELETE", "/gateways/e2e-hooks")


def asked_by_the_bank(sell: Sell, begin: Begin) -> Checkout:
    cart = begin(sell(), pay_with="tok_requires_action")
    assert submitted(cart).status_code == 202
    return cart


def bank_confirms(merchant: Merchant, stack: Stack, order: Json) -> Json:
    """What the merchant API answers who acts as the bank at the sandbox."""
    (entry,) = merchant.ledger(stack.gateway, order)
    path = f"/gateways/{stack.gateway}/ledger/{quote(entry['key'], safe='')}/act"
    data: Json = merchant.ask("POST", path, {"event": "confirm"})["data"]
    return data


def charged(merchant: Merchant, cart: Checkout) -> Json:
    """The order once it is placed and its money is there, or as it still is after a minute."""
    return eventually(
        lambda: merchant.order(cart.order), lambda order: order["status"] == "placed" and order["charge"] == "captured"
    )


def test_a_shopper_who_never_returns_still_gets_the_order(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin
) -> None:
    cart = asked_by_the_bank(sell, begin)
    acted = eventually(
        lambda: bank_confirms(merchant, stack, merchant.order(cart.order)), lambda told: told["webhook"]["delivered"]
    )
    assert acted["webhook"]["delivered"] is True
    order = charged(merchant, cart)
    assert (order["status"], order["charge"]) == ("placed", "captured")
    (entry,) = merchant.ledger(stack.gateway, order)
    assert list(entry["captures"].values()) == [order["total"]]


def test_with_stripe_too(
    merchant: Merchant, stripe: StripeApi, cards: Json, stack: Stack, sell: Sell, begin: Begin
) -> None:
    cart = begin(sell(), pay_with="tok_approve")
    cart.ask("DELETE", "/payments", {"gateway_public_id": stack.gateway, "token": "tok_approve"})
    paid = {"gateway_public_id": cards["id"], "token": "pm_card_threeDSecure2Required"}
    # Functions know of a new gateway within half a minute.
    assert eventually(lambda: cart.call("POST", "/payments", paid).is_success, bool)
    assert submitted(cart).status_code == 202
    order_id = merchant.order(cart.order)["id"]
    (intent,) = [one for one in stripe.objects.intents.values() if one["metadata"]["order"] == order_id]
    stripe.objects.authenticate(intent["id"], success=True)
    event = stripe.objects.events[-1]
    assert stripe.deliver(event, cards["webhook_url"], "whsec_of_somebody_else") == 401
    assert eventually(
        lambda: stripe.deliver(event, cards["webhook_url"], KEYS["webhook_secret"]), lambda status: status == 200
    )
    order = charged(merchant, cart)
    assert (order["status"], order["charge"]) == ("placed", "captured")
    assert intent["amount_received"] == order["total"]


@pytest.mark.parametrize("rounds", [3, pytest.param(100, marks=pytest.mark.stress)])
def test_a_webhook_and_a_shopper_at_the_same_moment_are_one_order_and_no_error(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin, rounds: int
) -> None:
    for _ in range(rounds):
        cart = asked_by_the_bank(sell, begin)
        with ThreadPoolExecutor(2) as both:
            bank = both.submit(bank_confirms, merchant, stack, merchant.order(cart.order))
            shopper = both.submit(submitted, cart).result()
        bank.result()
        assert shopper.status_code == 200, shopper.text
        order = charged(merchant, cart)
        assert order["charge"] == "captured"
        placed = [one for one in order["timeline"] if (one["what"], one["outcome"]) == ("process", "placed")]
        assert len(placed) == 1
        (entry,) = merchant.ledger(stack.gateway, order)
        assert list(entry["captures"].values()) == [order["total"]]
