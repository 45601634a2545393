"""Discount codes on the deployed stack: the last uses go to as many orders, whoever comes at the same time."""

from __future__ import annotations

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from scripts.checkout_client import Checkout, Merchant, Stack
from tests.e2e.deployment import Begin, Sell, states, submitted

SHOPPERS, USES = 6, 2


def test_the_last_uses_of_a_code_make_as_many_orders(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin
) -> None:
    sku, code = sell(), f"LAST-{uuid.uuid4().hex[:8]}"
    merchant.ask("PUT", f"/discounts/{code}", {"kind": "percentage", "percent": "50", "most_uses": USES})

    def with_code(_: int) -> Checkout:
        cart = begin(sku, pay_with="tok_approve")
        cart.ask("POST", "/discounts", {"code": code})
        cart.ask("POST", "/taxes")
        return cart

    with ThreadPoolExecutor(2) as few:
        carts = list(few.map(with_code, range(SHOPPERS)))
    with ThreadPoolExecutor(SHOPPERS) as all_at_once:
        answers = list(all_at_once.map(submitted, carts))

    assert Counter(answer.status_code for answer in answers) == {200: USES, 422: SHOPPERS - USES}
    refusals = [answer.json()["errors"] for answer in answers if answer.status_code == 422]
    assert {error["field"] for errors in refusals for error in errors} == {"discounts"}
    for cart, answer in zip(carts, answers, strict=True):
        order = merchant.order(cart.order)
        assert states(merchant.ledger(stack.gateway, order)) == (["authorized"] if answer.status_code == 200 else [])
        assert order["discounts"][0]["amount"] == 500
