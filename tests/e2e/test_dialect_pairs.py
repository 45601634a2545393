"""A cart that was made in one dialect is paid in any other, on the deployed stack: the same goods, address, shipping
and code are one total, and each order is the merchant's like all others."""

from __future__ import annotations

from itertools import permutations

import httpx
import pytest

from scripts.checkout_client import Stack
from tests.e2e.deployment import eventually
from tests.e2e.dialects import MADE, PAID, QUANTITY, SHIPPING, Everywhere

GOODS, OFF = 2 * 1999, 400
# 8.875 % of 35.98 and of 5.00, each rounded.
TOTAL = GOODS - OFF + SHIPPING + 319 + 44


@pytest.fixture(scope="module")
def shop(http: httpx.Client, stack: Stack) -> Everywhere:
    return Everywhere.opened(http, stack)


@pytest.mark.parametrize(("made", "paid"), list(permutations(MADE, 2)), ids="_paid_in_".join)
def test_a_cart_of_one_dialect_is_paid_in_another(made: str, paid: str, shop: Everywhere) -> None:
    order_id = PAID[paid](shop, MADE[made](shop))
    order = eventually(lambda: shop.owner.order(order_id), lambda seen: seen["charge"] not in ("none", "pending"))
    assert (order["status"], order["charge"], order["total"]) == ("placed", "captured", TOTAL)
    [entry] = shop.owner.ledger("cards", order)
    assert (entry["amount"], entry["captured"]) == (TOTAL, TOTAL)
    listed = {one["id"]: one["number"] for one in shop.owner.ask("GET", "/orders", params={"limit": 100})["data"]}
    assert listed[order_id] == order["number"]


def test_all_of_it_left_the_shelf_once(shop: Everywhere) -> None:
    pairs = len(list(permutations(MADE, 2)))
    level = eventually(lambda: shop.owner.stock("POSTER"), lambda seen: not seen["held"])
    assert (level["allocated"], level["available"]) == (pairs * QUANTITY, 100 - pairs * QUANTITY)
