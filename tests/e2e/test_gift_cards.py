"""Gift cards on the deployed stack: issued over the merchant API, spent with an order, once."""

from __future__ import annotations

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from scripts.checkout_client import Checkout, Json, Merchant, Stack
from scripts.demo_shop import GIFT_CARD_GATEWAY
from tests.e2e.deployment import Begin, Sell, eventually, states, submitted


def issued(merchant: Merchant, amount: str) -> Json:
    card: Json = merchant.ask("POST", "/gift_cards", {"amount": amount})["data"]
    return card


def ledger(merchant: Merchant, card: Json) -> Json:
    """The card when nothing is held on it any more, or still is after a minute."""

    def look() -> Json:
        shown: Json = merchant.ask("GET", f"/gift_cards/{card['id']}")["data"]
        return shown

    return eventually(look, lambda shown: shown["held"] == "0.00")


def pay_with(cart: Checkout, stack: Stack, card: Json, then: str) -> None:
    """All of the gift card, and the rest by card."""
    for payment in cart.state["payments"]:
        cart.ask("DELETE", "/payments", {name: payment[name] for name in ("gateway_public_id", "token")})
    cart.pay(GIFT_CARD_GATEWAY, card["code"])
    cart.pay(stack.gateway, then)


@pytest.mark.parametrize(("then", "status"), [("tok_approve", 200), ("tok_decline", 422)])
def test_a_gift_card_is_spent_with_the_order_and_not_without_one(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin, then: str, status: int
) -> None:
    card = issued(merchant, "4.00")
    cart = begin(sell(), pay_with="tok_approve")
    pay_with(cart, stack, card, then)

    assert submitted(cart).status_code == status

    shown = ledger(merchant, card)
    spent = [one["amount"] for one in shown["movements"] if one["kind"] == "spent"]
    if status == httpx.codes.OK:
        order = merchant.order(cart.order)
        assert (order["payments"][0]["type"], order["payments"][0]["amount"]) == ("gift_card", 400)
        assert states(merchant.ledger(stack.gateway, order)) == ["authorized"]
        assert (shown["balance"], shown["spent"], spent) == ("0.00", "4.00", ["-4.00"])
        assert shown["movements"][-1]["number"] == order["number"]
    else:
        assert (shown["balance"], shown["spent"], spent) == ("4.00", "0.00", [])
        assert cart.state["is_processed"] is False


def test_one_balance_pays_for_one_of_four_shoppers(merchant: Merchant, stack: Stack, sell: Sell, begin: Begin) -> None:
    card, sku = issued(merchant, "4.00"), sell()
    carts = [begin(sku, pay_with="tok_approve") for _ in range(4)]
    for cart in carts:
        pay_with(cart, stack, card, "tok_approve")

    with ThreadPoolExecutor(4) as all_at_once:
        answers = list(all_at_once.map(submitted, carts))

    assert Counter(answer.status_code for answer in answers) == {200: 1, 422: 3}
    shown = ledger(merchant, card)
    assert (shown["loaded"], shown["spent"], shown["balance"]) == ("4.00", "4.00", "0.00")
    assert len(shown["movements"]) == 2


def test_money_is_loaded_once_for_a_key_and_a_disabled_card_pays_nothing(
    merchant: Merchant, sell: Sell, begin: Begin
) -> None:
    card = issued(merchant, "4.00")
    path, headers = f"/gift_cards/{card['id']}", {"Idempotency-Key": uuid.uuid4().hex}
    for _ in range(2):
        assert merchant.ask("POST", f"{path}/adjust", {"by": "1.00"}, headers=headers)["data"]["balance"] == "5.00"
    merchant.ask("PATCH", path, {"disabled": True})
    cart = begin(sell())
    refused = cart.call("POST", "/payments", {"gateway_public_id": GIFT_CARD_GATEWAY, "token": card["code"]})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "token")
    assert merchant.ask("GET", "/gift_cards", params={"limit": 1})["data"][0]["currency"] == "USD"
