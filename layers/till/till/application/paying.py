"""Paying an agreed order, in whole or in parts.

The first part places the order, through the order workflow as anybody's: stock, codes and money are its or nobody's.
Each later one is a transaction of the order's sale. Who sends the same payment again, by its id, finds what became of
it; whoever else pays at the same time is told to try again, or that nothing is left to pay.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from till.application.after_sales import AfterSales
from till.application.authorizing import DECLINED
from till.application.limits import Asker, Limits
from till.application.placing import LOCKED_MESSAGE, Placing
from till.application.ports import Orders, Sales, Workflow
from till.domain import repaying
from till.domain.attempt import AttemptState, Goal
from till.domain.errors import AlreadyPlaced, Locked, NotFound, Refused
from till.domain.order import Order, OrderStatus
from till.domain.payment import Payment, PaymentState
from till.domain.sale import Sale
from till.domain.shop import Shop
from till.domain.transaction import Transaction, TransactionKind, TransactionState


@dataclass(frozen=True, slots=True)
class Paid:
    """An order and one of its payments, as they are now. Without a `sale` nothing of it is there: with a
    `client_secret` it waits for the shopper's bank, else it was given up."""

    order: Order
    payment: Payment
    sale: Sale | None = None
    client_secret: str = ""


@dataclass(frozen=True, slots=True)
class Paying:
    """Pays agreed orders."""

    orders: Orders
    sales: Sales
    placing: Placing
    workflow: Workflow
    after_sales: AfterSales
    limits: Limits

    def pay(self, shop: Shop, order_id: str, payment: Payment, amount: int | None, asker: Asker) -> Paid:
        """Pay so much of the order, minor units, or all that is left of it. The amount of `payment` is not looked at.

        Raises `NotFound`, `Refused` naming the field or with what the gateway said, `TooMany`, and `Locked` where
        somebody else is at it, or where nobody knows yet what became of it.
        """
        order = self._order(shop.identifier, order_id)
        if not order.is_submitted:
            with suppress(AlreadyPlaced):  # meanwhile, by somebody else
                return self._first(shop, order, payment, amount, asker)
        return self._later(shop, order_id, payment, amount, asker)

    def confirm(self, shop: Shop, order_id: str, asker: Asker, payment_id: str = "") -> Paid:
        """Go on with a payment whose shopper comes back from the bank: the one with that id, or the one that waits.

        Raises as `pay` does, and `NotFound` for a payment that the order does not have.
        """
        order = self._order(shop.identifier, order_id)
        waiting = [one for one in order.payments if payment_id in ("", one.id)]
        if waiting and not order.is_submitted:
            return self._placed(order, waiting[0], asker)
        if not order.placed_at:
            raise _no_payment()
        order, sale = self.sales.get(order.shop, order.id)
        parts = [one.payment_id for one in repaying.waiting(sale)] if not payment_id else [payment_id]
        payment = sale.payment(parts[0] if parts else sale.payments[-1].id)
        return self._went_on(order, sale, payment, self.limits.counted(shop, order.id, asker))

    def find(self, shop: str, order_id: str, payment_id: str) -> Paid:
        """One payment of the order. Raises `NotFound`."""
        order = self._order(shop, order_id)
        if order.placed_at:
            order, sale = self.sales.get(shop, order.id)
            return Paid(order, sale.payment(payment_id), sale)
        for payment in order.payments:
            if payment.id == payment_id:
                return Paid(order, payment)
        raise _no_payment()

    def give_up(self, shop: str, order_id: str, operation: str, payment_id: str, reason: str = "") -> Paid:
        """Give up what is authorized of one payment, or still waits for the shopper's bank: it is owed again.

        Raises `NotFound`, `Refused` where nothing is left to give up, and `Locked`.
        """
        paid = self.find(shop, order_id, payment_id)
        if paid.sale is None:
            return replace(paid, order=self._undone(paid.order))
        part = repaying.part(paid.sale, payment_id)
        if part and part.is_pending:
            self.workflow.give_up(shop, paid.order.id, payment_id)
            return self.find(shop, order_id, payment_id)
        order, sale = self.after_sales.void(shop, paid.order.id, operation, payment_id, reason)
        return Paid(order, paid.payment, sale)

    def cancel(
        self, shop: str, order_id: str, operation: str, reason: str = "", refunds: bool = False
    ) -> tuple[Order, Sale | None]:
        """Cancel the order. What is authorized is given up, stock and codes are free again, and what was taken goes
        back at once with `refunds`, else when it is refunded. An order that nobody has begun to pay has no sale.

        Raises `NotFound`, `Refused` once goods were sent, and `Locked`.
        """
        order = self._order(shop, order_id)
        if order.placed_at:
            order, sale = self.sales.get(shop, order.id)
            for part in repaying.waiting(sale):
                self.workflow.give_up(shop, order.id, part.payment_id)
            return self.after_sales.cancel(shop, order.id, operation, reason, refunds)
        if order.status is OrderStatus.CANCELLED:
            raise Refused("This order is cancelled already.", "order")
        cancelled = self._undone(order).to(OrderStatus.CANCELLED)
        return self.orders.save(cancelled.touched(self.placing.now())), None

    # The first part

    def _first(self, shop: Shop, order: Order, payment: Payment, amount: int | None, asker: Asker) -> Paid:
        currency = order.basket.currency
        if order.total:
            asked = repaying.amount_of(amount, order.total, currency)
        elif amount or not shop.gateway(payment.gateway_id).is_manual:
            raise Refused("Nothing is to be paid for this order: only a manual gateway takes that.", "gateway")
        else:
            asked = 0
        return self._placed(order, replace(payment, amount=asked, currency=currency), asker)

    def _placed(self, order: Order, payment: Payment, asker: Asker) -> Paid:
        outcome = self.placing.submit(order.shop, order.id, Goal.PROCESS, payments=(payment,), asker=asker)
        attempt = outcome.attempt
        if attempt.state is AttemptState.UNDONE:
            raise Refused.of(attempt.problems)
        if attempt.state is AttemptState.PARKED:
            return Paid(outcome.order, payment, client_secret=attempt.client_secret)
        order, sale = self.sales.get(attempt.shop, attempt.order_id)
        return self._taken(order, sale, sale.payment(payment.id))

    def _undone(self, order: Order) -> Order:
        """The order without the attempt that is parked at it. Raises `Locked` while one is running."""
        if order.status is OrderStatus.PARKED:
            attempt = self.orders.attempt(order.shop, order.id, order.attempt_id)
            if attempt is not None:
                self.workflow.undo(attempt)
            order = self._order(order.shop, order.id)
        if order.status is not OrderStatus.OPEN:
            raise Locked(LOCKED_MESSAGE, "order")
        return order

    # Later parts

    def _later(self, shop: Shop, order_id: str, payment: Payment, amount: int | None, asker: Asker) -> Paid:
        order = self._order(shop.identifier, order_id)
        if not order.placed_at:
            raise Refused("This order is cancelled.", "order")
        order, sale = self.sales.get(order.shop, order.id)
        known = next((one for one in sale.payments if one.id == payment.id), None)
        if known is None and order.status is not OrderStatus.PLACED:
            raise Refused(f"This order is {order.status}.", "order")
        if known is None:
            asked = repaying.amount_of(amount, sale.balance, order.basket.currency)
            known = replace(payment, amount=asked, currency=order.basket.currency)
            return self._asked(order, known, self.limits.undeclined(shop, order.id, asker))
        return self._went_on(order, sale, known, self.limits.counted(shop, order.id, asker))

    def _went_on(self, order: Order, sale: Sale, payment: Payment, counted: Sequence[str]) -> Paid:
        """With what was asked for already."""
        part = repaying.part(sale, payment.id)
        if part is None or part.is_done:
            return self._taken(order, sale, payment)
        return self._asked(order, payment, counted)

    def _asked(self, order: Order, payment: Payment, counted: Sequence[str]) -> Paid:
        repaid = self.workflow.pay(order.shop, order.id, payment, counted)
        if repaid.state is PaymentState.UNKNOWN:
            raise Locked(repaid.message, "payment")
        if repaid.state not in (PaymentState.AUTHORIZED, PaymentState.REQUIRES_ACTION):
            raise Refused(repaid.message, "payment", DECLINED)
        order, sale = self.sales.get(order.shop, order.id)
        if repaid.state is PaymentState.REQUIRES_ACTION:
            return Paid(order, sale.payment(payment.id), sale, repaid.client_secret)
        return self._taken(order, sale, sale.payment(payment.id))

    # Both

    def _taken(self, order: Order, sale: Sale, payment: Payment) -> Paid:
        """With the money of a purchase taken, if that can be had now. Raises `Refused` with what the gateway said."""
        taking = _taking(sale, payment)
        if taking and taking.is_pending:
            self.workflow.settle(sale)
            order, sale = self.sales.get(order.shop, order.id)
            taking = _taking(sale, payment)
        if taking and taking.state is TransactionState.FAILED:
            raise Refused(taking.message, "payment", DECLINED)
        return Paid(order, payment, sale)

    def _order(self, shop: str, order_id: str) -> Order:
        order = self.orders.get(shop, order_id)
        if order is None or order.agreement is None:
            raise NotFound("There is no such order.", "order_id")
        return order


def _taking(sale: Sale, payment: Payment) -> Transaction | None:
    """The capture that comes with a purchase."""
    captures = (one for one in sale.transactions if one.kind is TransactionKind.CAPTURE)
    return next((one for one in captures if payment.is_purchase and one.payment_id == payment.id), None)


def _no_payment() -> NotFound:
    return NotFound("This order has no payment with this id.", "payment")
