"""A placed order is charged by itself, once, on the deployed stack."""

from __future__ import annotations

from scripts.checkout_client import Merchant, Stack
from tests.e2e.deployment import Begin, Sell, eventually, submitted


def test_a_placed_order_is_charged_within_moments(merchant: Merchant, stack: Stack, sell: Sell, begin: Begin) -> None:
    cart = begin(sell(), pay_with="tok_approve")
    assert submitted(cart).status_code == 200
    order = merchant.order(cart.order)
    (entry,) = eventually(lambda: merchant.ledger(stack.gateway, order), lambda entries: entries[0]["captured"])
    assert (entry["captured"], entry["amount"]) == (order["total"], order["total"])
