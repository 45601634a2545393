"""What of an order is in stock now. An answer, not a promise: only a hold is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from till.application.ports import Stock
from till.domain.basket import LineItem
from till.domain.errors import Problem
from till.domain.stock import HoldState, Shortage, StockLevel

if TYPE_CHECKING:
    from till.domain.order import Order

INVENTORY_UNKNOWN = Problem(
    "inventory_unknown", "The inventory check could not be completed. Try again in a moment.", "inventory"
)
_NOTHING = StockLevel(0, 0, 0, 0)


def check_inventory(stock: Stock, order: Order, said: Mapping[str, int], now: int) -> Sequence[Shortage]:
    """The variants that fall short. What the order's own attempt holds counts as there.

    Of variants that an override has `said` something about, its word counts and the stock does not.
    """
    wanted = {variant: units for variant, units in order.basket.quantities().items() if variant not in said}
    levels = stock.levels(order.shop, wanted)
    hold = stock.get_hold(order.shop, order.attempt_id) if order.attempt_id else None
    own = hold.parts if hold and hold.state is HoldState.ACTIVE and hold.keeps(now) else {}
    short = overridden(order, said)
    for variant_id, quantity in wanted.items():
        level = levels.get(variant_id, _NOTHING)
        available = level.available + own.get(variant_id, 0)
        if available < quantity and not level.oversells:
            short.append(Shortage(variant_id, quantity, available))
    return short


def not_enough(line: LineItem) -> Problem:
    """Why there is no more of it to be had in a cart, or to be checked out."""
    message = f"There is not enough stock to add {line.name} to your cart"
    return Problem("insufficient_stock", message, about={"variant_id": line.variant_id, "sku": line.sku})


def overridden(order: Order, said: Mapping[str, int]) -> list[Shortage]:
    """The variants that fall short by the word of an override."""
    wanted = order.basket.quantities()
    return [Shortage(variant, wanted[variant], units) for variant, units in said.items() if units < wanted[variant]]
