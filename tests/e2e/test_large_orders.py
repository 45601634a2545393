"""As much as one order may hold."""

from __future__ import annotations

import httpx

from scripts.checkout_client import Checkout, Merchant, Stack, item
from tests.e2e.deployment import settled, states, submitted


def test_an_order_of_500_different_skus_is_placed(
    http: httpx.Client, merchant: Merchant, stack: Stack, five_hundred: list[str]
) -> None:
    cart = Checkout.begin(http.request, stack, [item(sku) for sku in five_hundred])
    assert len(cart.state["line_items"]) == 500

    too_many = cart.call("POST", "/items", item("HOUSE-250"))
    assert too_many.status_code == 422
    assert submitted(cart.fill(stack.gateway)).status_code == 200

    order = merchant.order(cart.order)
    assert (order["status"], len(order["line_items"])) == ("placed", 500)
    (entry,) = merchant.ledger(stack.gateway, order)
    assert (states([entry]), entry["amount"]) == (["authorized"], cart.state["order_total"])
    for sku in (five_hundred[0], five_hundred[250], five_hundred[499]):
        assert settled(merchant, sku)["allocated"] == 1
