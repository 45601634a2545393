"""Limited codes under threads, on an emulator with exact conditions: as many orders as uses, no more and no less."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import count

import pytest

from tests.builders import NOON, a_basket, a_customer, a_discount, an_order
from tests.proof import Guarantee, Proof, proves
from tests.stress.test_stock_races import LATER, Shop, shops
from tests.stress.threads import at_once
from till.domain.discount import Discount
from till.domain.errors import Busy, HoldLost
from till.domain.order import Order
from till.domain.readiness import customer_limits, parts_to_hold
from till.domain.stock import Hold, HoldState, StockLevel

__all__ = ["shops"]  # the fixture

LIMIT = 5
SHOPPERS = 12


def an_order_with(discount: Discount, email: str) -> Order:
    return an_order(basket=a_basket(discounts=(discount,), customer=a_customer(email=email)))


def holds(shop: Shop, order: Order, attempt: str) -> bool:
    """As the workflow holds it: stock, the code, and the customer's own uses."""
    shop.stock.count("acme", customer_limits(order))
    return not shop.stock.hold(Hold(attempt, "acme", HoldState.ACTIVE, LATER, parts_to_hold(order, True)), NOON)


def buys(shop: Shop, order: Order, name: str, tries: Iterator[int]) -> bool:
    """Tries again while the code is only held by others and not used up; the first card is declined."""
    (discount,), is_declined = order.basket.discounts, True
    limits = discount.limits(order.basket.buyer)
    for number in count():
        attempt = f"{name}-{number}"
        next(tries)
        with suppress(Busy, HoldLost):
            if not holds(shop, order, attempt):
                levels = shop.stock.levels("acme", limits)
                if any(levels[part].allocated >= most for part, most in limits.items()):
                    return False
            elif is_declined:
                shop.stock.release("acme", attempt)
                is_declined = False
            elif shop.claims(attempt):
                shop.stock.settle("acme", attempt)
                return True
    raise AssertionError("unreachable")


@proves(Guarantee.MONEY_IN_LEDGERS)
@pytest.mark.parametrize("by_customer", [0, 1])
def test_a_limited_code_is_on_as_many_orders_as_it_has_uses(shops: list[Shop], proof: Proof, by_customer: int) -> None:
    (variant,) = a_basket().quantities()
    rounds, tries, used = proof.rounds(1, 40), count(), 0
    shops[0].stock.set_on_hand("acme", variant, 1000)
    for number in range(rounds):
        code = a_discount(id=f"code-{number}", most_uses=LIMIT, most_uses_per_customer=by_customer)
        shops[0].stock.count("acme", {code.part: LIMIT})
        orders = [an_order_with(code, f"shopper-{n}@example.com") for n in range(SHOPPERS)]
        got = at_once(*(partial(buys, shops[n], one, f"{number}-{n}", tries) for n, one in enumerate(orders)))
        assert sum(got) == LIMIT
        used += sum(got)
        while shops[0].stock.sweep(LATER + 1, 400):
            pass
        assert shops[0].level(code.part) == StockLevel(on_hand=LIMIT, held=0, allocated=LIMIT, available=0)
    assert shops[0].level(variant).allocated == used
    proof.saw(
        f"{rounds} codes for {LIMIT} orders, {SHOPPERS} shoppers at each: {next(tries)} tries",
        f"{used} uses counted",
    )


def test_one_customer_in_many_windows_uses_a_code_once(shops: list[Shop]) -> None:
    (variant,) = a_basket().quantities()
    shops[0].stock.set_on_hand("acme", variant, 1000)
    for number in range(3):
        code = a_discount(id=f"code-{number}", most_uses_per_customer=1)
        order = an_order_with(code, "anna@example.com")
        got = at_once(*(partial(buys, shop, order, f"{number}-{n}", count()) for n, shop in enumerate(shops[:6])))
        assert sum(got) == 1
    assert sum(units for part, units in shops[0].sold().items() if part.startswith("CODE#")) == 3
