"""Cancelling a placed order: all money goes back, all stock is for sale again, codes can be used once more."""

from __future__ import annotations

from dataclasses import replace

from till.domain.charging import settled
from till.domain.errors import Refused
from till.domain.order import Order, OrderStatus
from till.domain.sale import ChargeState, Refund, Sale
from till.domain.stock import MoveKind, StockMove
from till.domain.transaction import Transaction, TransactionKind


def cancel(order: Order, sale: Sale, cancellation: str, reason: str, now: int) -> tuple[Order, Sale]:
    """The cancelled order, and its sale with all that is still to be carried out.

    Raises `Refused` once goods were sent, and `Locked` while a capture is not answered.
    """
    if sale.fulfilments:
        raise Refused("Goods of this order were sent already: refund it instead.", "order")
    cancelled = order.to(OrderStatus.CANCELLED)
    settled(sale)
    transactions, given_back = [], 0
    for payment in sale.payments:
        if refundable := sale.refundable(payment):
            given_back += refundable
            name = f"{cancellation}:{payment.id}"
            transactions.append(Transaction(name, cancellation, TransactionKind.REFUND, payment.id, refundable, now))
        elif not sale.captured(payment) and (left := sale.uncaptured(payment)):
            name = f"{cancellation}:{payment.id}"
            transactions.append(Transaction(name, cancellation, TransactionKind.VOID, payment.id, left, now))
    sale = sale.with_new(transactions)
    if given_back:
        sale = replace(sale, refunds=(*sale.refunds, Refund(cancellation, now, given_back, reason=reason)))
    if sale.charge is not ChargeState.CAPTURED:
        sale = sale.to_charge(ChargeState.VOIDED)
    if left_over := _still_allocated(sale):
        sale = sale.with_move(StockMove(f"{cancellation}:stock", MoveKind.GIVE_BACK, left_over))
    return cancelled, sale


def _still_allocated(sale: Sale) -> dict[str, int]:
    left = dict(sale.allocated)
    for move in sale.stock_moves:
        if move.kind is not MoveKind.RESTOCK:
            for part, units in move.parts.items():
                left[part] -= units
    return {part: units for part, units in left.items() if units}
