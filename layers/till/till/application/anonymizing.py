"""Anonymizing orders: some at once, all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from till.application.ports import Orders, Sales
from till.domain.anonymizing import anonymous_attempt, anonymous_order, anonymous_sale
from till.domain.attempt import Attempt
from till.domain.order import Order
from till.domain.sale import Sale


@dataclass(frozen=True, slots=True)
class Whole:
    """An order with all that is stored of it."""

    order: Order
    sale: Sale | None = None
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class Anonymizing:
    """Takes names out of orders that are over."""

    orders: Orders
    sales: Sales
    now: Callable[[], int]

    def anonymize(self, orders: Sequence[tuple[Order, Sale | None]]) -> list[Whole]:
        """All of them as they are after it. Raises `Conflict` where one was changed, with nothing written, and
        `Refused` where they are too much for one write."""
        return self.orders.rewrite([self._anonymous(order, sale) for order, sale in orders])

    def _anonymous(self, order: Order, sale: Sale | None) -> Whole:
        attempts = self.orders.attempts(order.shop, order.id)
        changed = [(one, anonymous_attempt(one)) for one in attempts]
        return Whole(
            anonymous_order(order, self.now()),
            anonymous_sale(sale) if sale else None,
            tuple(after for before, after in changed if after != before),
        )
