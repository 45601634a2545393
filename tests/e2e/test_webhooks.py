"""Webhooks on the deployed stack: shoppers who never return from their bank, and those who do at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import httpx

from scripts.checkout_client import Checkout, Json, Merchant, Stack
from tests.e2e.deployment import Begin, Sell, eventually, submitted
from tests.e2e.life import SECRET, LifeShop
from tests.fakes.stripe_api import StripeApi
from tests.proof import Guarantee, Proof, proves


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


def test_with_stripe_too_and_what_somebody_else_signed_does_nothing(
    stack: Stack, http: httpx.Client, stripe: StripeApi
) -> None:
    shop = LifeShop.opened(stack, http, stripe, "CAD")
    cart = shop.cart(("TEA", 1), asks=True)
    assert submitted(cart).status_code == 202
    intent = shop.intent(shop.order(cart))
    stripe.objects.authenticate(intent["id"], success=True)
    event = stripe.objects.events[-1]
    assert stripe.deliver(event, shop.webhook_url, "whsec_of_somebody_else") == 401
    assert shop.order(cart)["status"] == "parked"
    assert eventually(lambda: stripe.deliver(event, shop.webhook_url, SECRET), lambda status: status == 200)
    order = charged(shop.merchant, cart)
    shop.close()
    assert (order["status"], order["charge"]) == ("placed", "captured")
    assert intent["amount_received"] == order["total"]


@proves(Guarantee.ONE_ORDER)
def test_a_webhook_and_a_shopper_at_the_same_moment_are_one_order_and_no_error(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin, proof: Proof
) -> None:
    rounds = proof.rounds(2, 20)
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
