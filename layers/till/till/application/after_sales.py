"""What a merchant does with a placed order: capture, cancel, refund, fulfil, charge again.

Each is written down first, under the sale's version, and then carried out by a payment function. `operation` is its
name, made of the idempotency key of the request: the same request again finds it there and only waits for its end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from till.application.ports import Sales, Workflow
from till.domain import cancelling, charging, fulfilling, pushing, refunding, session_events
from till.domain.errors import Conflict, Locked, Refused
from till.domain.order import Order
from till.domain.sale import ChargeState, Sale, Tracking
from till.domain.shop import CaptureMode
from till.domain.transaction import Transaction, TransactionState

_TRIES = 3


@dataclass(frozen=True, slots=True)
class AfterSales:
    """Changes of sales. `clock` is Unix milliseconds.

    Every call returns order and sale as they are after it: something may still be pending, where a gateway does not
    answer. Raises `NotFound` for an order that was never placed, `Refused`, `Invalid`, `Locked` and `Conflict`.
    """

    sales: Sales
    workflow: Workflow
    clock: Callable[[], int]

    def capture(
        self, shop: str, order_id: str, operation: str, amount: int | None, payment_id: str = ""
    ) -> tuple[Order, Sale]:
        """Take so much of the authorized money, or all that is left; of one payment, or of all."""

        def captured(order: Order, sale: Sale) -> tuple[Order, Sale]:
            return order, charging.capture(sale, operation, amount, self._now, payment_id=payment_id)

        order, sale = self._answered(shop, order_id, operation)
        if amount is None and _is_taken(sale, payment_id):
            return order, sale
        order, sale = self._once(shop, order_id, operation, captured, "capture", "order.capture_requested")
        return order, _not_refused(sale, operation)

    def refund(self, shop: str, order_id: str, operation: str, wanted: refunding.Wanted) -> tuple[Order, Sale]:
        """Give money back, and goods if they are named."""

        def refunded(order: Order, sale: Sale) -> tuple[Order, Sale]:
            return refunding.refund(order, sale, wanted, operation, self._now)

        order, sale = self._answered(shop, order_id, operation)
        if _is_due(sale) and not _is_done(sale, operation):
            self._settled(sale)
        order, sale = self._once(shop, order_id, operation, refunded, "refund", "order.refund_requested")
        return order, _not_refused(sale, operation)

    def refund_payment(
        self, shop: str, order_id: str, operation: str, payment_id: str, amount: int | None, reason: str = ""
    ) -> tuple[Order, Sale]:
        """Give so much of one payment of an agreed order back, or all that was taken of it."""

        def refunded(order: Order, sale: Sale) -> tuple[Order, Sale]:
            wanted = replace(refunding.of_payment(order, sale, payment_id, amount), reason=reason)
            return refunding.refund(order, sale, wanted, operation, self._now)

        self._answered(shop, order_id, operation)
        order, sale = self._once(shop, order_id, operation, refunded, "refund", "order.refund_requested")
        return order, _not_refused(sale, operation)

    def void(self, shop: str, order_id: str, operation: str, payment_id: str, reason: str = "") -> tuple[Order, Sale]:
        """Give up what is authorized of one payment."""

        def voided(order: Order, sale: Sale) -> tuple[Order, Sale]:
            return order, charging.void(sale, operation, payment_id, self._now)

        self._answered(shop, order_id, operation)
        order, sale = self._once(shop, order_id, operation, voided, "void", "order.void_requested", reason=reason)
        return order, _not_refused(sale, operation)

    def cancel(self, shop: str, order_id: str, operation: str, reason: str, refunds: bool = True) -> tuple[Order, Sale]:
        """Give everything back; without `refunds`, all but the money that was taken."""

        def cancelled(order: Order, sale: Sale) -> tuple[Order, Sale]:
            return cancelling.cancel(order, sale, operation, reason, self._now, refunds)

        self._answered(shop, order_id, operation)
        return self._once(shop, order_id, operation, cancelled, "cancel", "order.cancelled", reason=reason)

    def fulfil(
        self, shop: str, order_id: str, operation: str, lines: tuple[tuple[str, int], ...], tracking: Tracking
    ) -> tuple[Order, Sale]:
        """Send goods, named lines or all, once their money is there."""

        def fulfilled(order: Order, sale: Sale) -> tuple[Order, Sale]:
            chosen = fulfilling.parcel(order, sale, lines)
            if sale.capture_mode is CaptureMode.ON_FULFILMENT and fulfilling.parcel_value(order, sale, chosen):
                raise Conflict("Another parcel of this order was sent at the same time. Try again.", "order")
            return fulfilling.fulfil(order, sale, chosen, tracking, operation, self._now)

        self._charge_for_parcel(shop, order_id, operation, lines)
        sent_by = {"carrier": tracking.carrier, "number": tracking.number}
        return self._once(shop, order_id, operation, fulfilled, "fulfil", "order.fulfilled", "sent", **sent_by)

    def charge_again(self, shop: str, order_id: str, operation: str) -> tuple[Order, Sale]:
        """Begin a failed charge again, and ask once more for all that nobody answered."""

        def again(order: Order, sale: Sale) -> tuple[Order, Sale]:
            return order, charging.again(sale, self._now)

        return self._once(shop, order_id, operation, again, "charge", "order.charge_requested")

    def push_again(self, shop: str, order_id: str, operation: str) -> tuple[Order, Sale]:
        """Have the shop's platform told of the order once more, whatever came of it before."""

        def again(order: Order, sale: Sale) -> tuple[Order, Sale]:
            return order, pushing.again(sale, self._now)

        return self._once(shop, order_id, operation, again, "push", "order.push_requested")

    def _charge_for_parcel(self, shop: str, order_id: str, operation: str, lines: tuple[tuple[str, int], ...]) -> None:
        """Nothing is sent before its money is there, but where the merchant says when it is taken. Raises `Refused`
        where it is not to be had, `Locked` where that is not known yet."""
        order, sale = self._answered(shop, order_id, operation)
        if _is_due(sale):
            order, sale = self._settled(sale)
        if _is_done(sale, operation) or sale.capture_mode is CaptureMode.ON_REQUEST:
            return
        parcel = fulfilling.parcel(order, sale, lines)
        # A parcel that others were faster than is captured anew.
        name = f"{operation}:capture-{len(sale.fulfilments)}"

        def captured(order: Order, sale: Sale) -> tuple[Order, Sale]:
            value = fulfilling.parcel_value(order, sale, parcel)
            return order, charging.capture(sale, name, value, self._now, takes_rest=True)

        if sale.capture_mode is CaptureMode.ON_FULFILMENT:
            if fulfilling.parcel_value(order, sale, parcel) or _of(sale, name):
                _, sale = self._once(shop, order_id, name, captured, "capture", "order.capture_requested")
            _not_refused(sale, name)
        charging.settled(sale)
        if _is_due(sale):  # nobody has begun the charge yet
            raise Locked(charging.CAPTURE_PENDING, "charge")

    def _once(
        self,
        shop: str,
        order_id: str,
        operation: str,
        change: Callable[[Order, Sale], tuple[Order, Sale]],
        what: str,
        event_type: str,
        outcome: str = "requested",
        **known: str,
    ) -> tuple[Order, Sale]:
        """Write a change down unless it is there, then have it carried out. `known` of it is part of the history."""
        detail = {"operation": operation} | {name: value for name, value in known.items() if value}
        for tries_left in reversed(range(_TRIES)):
            order, sale = self.sales.get(shop, order_id)
            if _is_done(sale, operation):
                break
            changed, after = change(order, sale)
            noted = after.noted(self.clock(), what, outcome, **detail)
            events = []
            for told in (event_type, *session_events.beside(event_type, order)):
                noted, event = noted.with_event(told, self._now, operation=operation)
                events.append(event)
            try:
                # With the order, changed or not: its status is what was decided on, and it was read beside the sale.
                order, sale = self.sales.save_with_order(changed, noted, events)
                break
            except Conflict:
                if not tries_left:
                    raise
        if not sale.is_settled or _is_due(sale):
            self.workflow.settle(sale)
        return self.sales.get(shop, order_id)

    def _answered(self, shop: str, order_id: str, operation: str) -> tuple[Order, Sale]:
        """The sale with what was asked before answered, if that can be had: more can be said then."""
        order, sale = self.sales.get(shop, order_id)
        return self._settled(sale) if sale.pending and not _is_done(sale, operation) else (order, sale)

    def _settled(self, sale: Sale) -> tuple[Order, Sale]:
        self.workflow.settle(sale)
        return self.sales.get(sale.shop, sale.order_id)

    @property
    def _now(self) -> int:
        return self.clock() // 1000


def _of(sale: Sale, operation: str) -> list[Transaction]:
    return [one for one in sale.transactions if one.operation == operation]


def _is_taken(sale: Sale, payment_id: str) -> bool:
    """Is there nothing left to capture, since it was captured?"""
    if not payment_id:
        return sale.charge is ChargeState.CAPTURED
    payment = sale.payment(payment_id)
    return bool(sale.captured(payment)) and not sale.uncaptured(payment)


def _is_due(sale: Sale) -> bool:
    """Is all money to be taken right after the order was placed, and not taken yet?"""
    return sale.charge is ChargeState.PENDING and sale.capture_mode is CaptureMode.ASYNC


def _is_done(sale: Sale, operation: str) -> bool:
    """Was it written down before? The history knows, whatever it was."""
    return any(entry.detail.get("operation") == operation for entry in sale.timeline)


def _not_refused(sale: Sale, operation: str) -> Sale:
    """Raises `Refused` with what the gateway said where it refused all of it."""
    made = _of(sale, operation)
    if made and all(one.state is TransactionState.FAILED for one in made):
        raise Refused(made[0].message, "payment", made[0].code)
    return sale
