"""What a merchant changes of orders that were agreed or placed: their references, where they go, whether at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from till.application.after_sales import AfterSales
from till.application.editing import nudge
from till.application.paying import Paying
from till.application.placing import LOCKED_MESSAGE
from till.application.ports import Orders, Workflow
from till.domain.address import Address
from till.domain.errors import Conflict, Locked, NotFound, Refused
from till.domain.order import Order, OrderStatus
from till.domain.sale import Tracking

_TRIES = 6
_OVER = frozenset({OrderStatus.FULFILLED, OrderStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class OrderChange:
    """What is to be another; None is as before. Prices and taxes are agreed, and stay."""

    order_number: str | None = None
    external_ref: str | None = None
    shipping_address: Address | None = None

    def of(self, order: Order, now: int) -> Order:
        """The order with it. Raises `Refused` where its state does not allow that."""
        if self.shipping_address is not None:
            if order.status in _OVER:
                raise Refused(f"This order is {order.status}.", "order")
            order = order.with_basket(replace(order.basket, shipping_address=self.shipping_address))
        if order.agreement is not None:
            number = order.agreement.order_number if self.order_number is None else self.order_number
            ref = order.agreement.external_ref if self.external_ref is None else self.external_ref
            order = replace(order, agreement=replace(order.agreement, order_number=number, external_ref=ref))
        elif self.order_number is not None or self.external_ref is not None:
            raise Refused("This order was not checked out: it has no references of the merchant's.", "order")
        return order.touched(now)


@dataclass(frozen=True, slots=True)
class OrderChanges:
    """Changes orders while no payment is at them. `pause` waits after so many tries.

    Raises `NotFound`, `Refused`, `Locked` beside a payment, and `Conflict` where others go on changing the order.
    """

    orders: Orders
    paying: Paying
    after_sales: AfterSales
    workflow: Workflow
    now: Callable[[], int]
    pause: Callable[[int], None]

    def change(self, shop: str, order_id: str, wanted: OrderChange) -> Order:
        """Change it, whoever else does at the same time."""
        return self._changed(shop, order_id, lambda order: wanted.of(order, self.now()))

    def cancel(self, shop: str, order_id: str, operation: str) -> Order:
        """Nothing of it is sold or sent any more. What was taken stays until it is refunded."""
        order = self._read(shop, order_id)
        if order.agreement:
            return self.paying.cancel(shop, order_id, operation)[0]
        return self.after_sales.cancel(shop, order_id, operation, "", refunds=False)[0]

    def fulfil(self, shop: str, order_id: str, operation: str) -> Order:
        """Send all that is left to be sent. Raises `Refused` before it is paid."""
        order = self._read(shop, order_id)
        if order.status is not OrderStatus.PLACED:
            reason = f"is {order.status}" if order.status in _OVER else "is not paid yet"
            raise Refused(f"This order {reason}.", "order")
        return self.after_sales.fulfil(shop, order_id, operation, (), Tracking())[0]

    def _changed(self, shop: str, order_id: str, edit: Callable[[Order], Order]) -> Order:
        wanted: Order | None = None
        for attempt in range(_TRIES):
            order = self._read(shop, order_id)
            if order == wanted:  # a write whose answer was lost: it was ours
                return order
            changed = edit(order)
            wanted = replace(changed, version=order.version + 1)
            try:
                return self.orders.save(changed)
            except Conflict:
                self.pause(attempt)
        raise Conflict("The order is being changed by others. Try again in a moment.", "order")

    def _read(self, shop: str, order_id: str) -> Order:
        order = self.orders.get(shop, order_id)
        if order is None or not order.ordered_at:
            raise NotFound("Order not found", "order_id")
        if order.status is OrderStatus.PROCESSING:
            nudge(self.orders, self.workflow, order, self.now())
            raise Locked(LOCKED_MESSAGE, "order")
        return order
