"""The deployed functions ask Stripe, with the SDK of their layer and the keys that the shop was given."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from botocore.exceptions import ClientError

from scripts.checkout_client import Merchant, Stack
from tests.e2e.deployment import aws, eventually, submitted
from tests.e2e.life import KEYS, LifeShop
from tests.fakes.stripe_api import StripeApi


@pytest.fixture(scope="module")
def shop(stack: Stack, http: httpx.Client, stripe: StripeApi) -> Iterator[LifeShop]:
    """A new one, which no function has read before."""
    opened = LifeShop.opened(stack, http, stripe, "CAD")
    yield opened
    opened.close()


def test_an_order_is_paid_with_stripe_and_charged(shop: LifeShop) -> None:
    order = shop.charged(shop.cart(("TEA", 1)))
    intent = shop.intent(order)
    assert (order["status"], order["charge"], intent["status"]) == ("placed", "captured", "succeeded")
    assert intent["amount"] == intent["amount_received"] == order["total"]


def test_a_declined_card_holds_nothing(shop: LifeShop) -> None:
    cart = shop.cart(("TEA", 1), token="pm_card_chargeDeclinedInsufficientFunds")
    refused = submitted(cart)
    assert "Your card has insufficient funds. Try another card." in refused.text
    declined = shop.intent(shop.order(cart))
    assert (declined["status"], declined["amount_capturable"]) == ("canceled", 0)


def test_an_amount_that_changed_at_stripe_is_never_captured_or_shipped(shop: LifeShop) -> None:
    cart = shop.cart(("TEA", 1))
    assert submitted(cart, "/pre_process_order").status_code == httpx.codes.OK
    intent = shop.intent(shop.order(cart))
    intent["amount"] = intent["amount_capturable"] = 100

    assert submitted(cart).status_code == httpx.codes.OK
    order = eventually(lambda: shop.order(cart), lambda order: order["charge"] != "pending")

    assert (order["charge"], intent["amount_received"]) == ("failed", 0)
    refused = shop.ask(order, "fulfil")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "payment_failed")


def test_the_keys_of_a_gateway_go_with_it(merchant: Merchant, stack: Stack) -> None:
    merchant.ask("PUT", "/gateways/e2e-gone", {"kind": "stripe", "name": "Gone"} | KEYS)
    manager, name = aws(stack, "secretsmanager"), f"till/gateways/{merchant.shop}/e2e-gone/secret_key"
    assert manager.get_secret_value(SecretId=name)["SecretString"] == "sk_test_e2e"
    merchant.ask("DELETE", "/gateways/e2e-gone")
    with pytest.raises(ClientError):
        manager.get_secret_value(SecretId=name)
