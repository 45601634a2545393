"""Cancelling a placed order: all stock is for sale again, codes can be used once more, and money goes back."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from till.domain.errors import Locked, Refused
from till.domain.order import Order, OrderStatus
from till.domain.refunding import give_up
from till.domain.sale import ChargeState, Refund, Sale
from till.domain.stock import MoveKind, StockMove
from till.domain.transaction import Transaction, TransactionKind


def cancel(
    order: Order, sale: Sale, cancellation: str, reason: str, now: int, refunds: bool = True
) -> tuple[Order, Sale]:
    """The cancelled order, and its sale with all that is still to be carried out.

    Without `refunds` what was captured stays until it is refunded; what was not captured is given up all the same.
    Raises `Refused` once goods were sent, and `Locked` while anything is not answered.
    """
    if sale.fulfilments:
        raise Refused("Goods of this order were sent already: refund it instead.", "order")
    if order.status is OrderStatus.CANCELLED:
        raise Refused("This order is cancelled already.", "order")
    cancelled = order.to(OrderStatus.CANCELLED).touched(now)
    if sale.pending:
        raise Locked("A payment of this order is still being answered. Try again in a moment.", "order")
    given_back = [
        Transaction(f"{cancellation}:{payment.id}", cancellation, TransactionKind.REFUND, payment.id, left, now)
        for payment in sale.payments
        if refunds and (left := sale.refundable(payment))
    ]
    uncaptured = sum(sale.uncaptured(payment) for payment in sale.payments)
    sale = sale.with_new([*given_back, *give_up(sale, uncaptured, cancellation, now)])
    if given_back:
        done = Refund(cancellation, now, sum(one.amount for one in given_back), reason=reason)
        sale = replace(sale, refunds=(*sale.refunds, done))
    if sale.charge is not ChargeState.CAPTURED:
        sale = sale.to_charge(ChargeState.VOIDED)
    if left_over := _still_allocated(sale):
        # Not the refund's: its goods are for sale again whatever becomes of its money.
        sale = sale.with_move(StockMove(f"{cancellation}:goods", MoveKind.GIVE_BACK, left_over))
    return cancelled, sale


def _still_allocated(sale: Sale) -> dict[str, int]:
    """What was sold with the order and has not moved since; the moves of a refund that failed are never made."""
    left = Counter(sale.allocated)
    for move in sale.stock_moves:
        if move.is_done or move in sale.due_moves:
            left.subtract(move.parts if move.kind is not MoveKind.RESTOCK else {})
    return {part: units for part, units in left.items() if units}
