"""What a merchant notes of orders that are placed."""

from __future__ import annotations

from collections.abc import Sequence

from till.application.ports import Sales
from till.domain.errors import Conflict
from till.domain.order import Order
from till.domain.sale import Sale

_TRIES = 6


def annotate(
    sales: Sales, shop: str, order_id: str, note: str | None, tags: Sequence[str] | None
) -> tuple[Order, Sale]:
    """An order with another note or other tags; None is as before. Raises `NotFound`, and `Conflict` where others go on
    changing it."""
    for _ in range(_TRIES):
        order, sale = sales.get(shop, order_id)
        changed = sale.annotated(note, tags)
        try:
            return order, sale if changed == sale else sales.save(changed)
        except Conflict:
            continue
    raise Conflict("The order is being changed by others. Try again in a moment.", "order")
