"""What became of an order, as the merchant reads it. Amounts are integer minor units, times Unix seconds."""

from __future__ import annotations

from dataclasses import asdict

from till.domain.adjusting import adjustments
from till.domain.order import Order
from till.domain.payment import Payment
from till.domain.sale import Fulfilment, PushState, Refund, Sale
from till.domain.transaction import Transaction, TransactionKind

type Json = dict[str, object]


def sale(order: Order, value: Sale) -> Json:
    """All but the timeline. `net_total` is the order's total with its adjustments."""
    found = adjustments(order.total, value)
    return {
        "charge": value.charge,
        "charge_problem": value.charge_problem or None,
        "capture_mode": value.capture_mode,
        "balance": value.balance,
        "captured": value.total_captured,
        "refunded": value.total_refunded,
        "transactions": [_transaction(one) for one in value.transactions],
        "refunds": [_refund(value, one) for one in value.refunds],
        "fulfilments": [_fulfilment(one) for one in value.fulfilments],
        "to_send": [
            {"key": line.key, "quantity": units} for line in order.basket.lines if (units := value.to_send(line))
        ],
        "adjustments": [
            {"kind": one.kind, "amount": one.amount, "refund_id": one.operation or None, "reason": one.reason}
            for one in found
        ],
        "note": value.note or None,
        "tags": list(value.tags),
        "net_total": order.total + sum(one.amount for one in found),
        "push": value.push,
        "push_tries": value.push_tries,
        "push_due_at": value.push_due_at if value.push is PushState.PENDING else None,
        "push_reference": value.push_reference or None,
    }


def payment(value: Sale, of: Payment) -> Json:
    """What became of a payment."""
    return {
        "captured": value.captured(of),
        "refunded": value.refunded(of),
        "refundable": value.refundable(of),
        "capturable": value.uncaptured(of),
    }


def _transaction(one: Transaction) -> Json:
    return {
        "id": one.id,
        "operation": one.operation,
        "kind": one.kind,
        "state": one.state,
        "payment_id": one.payment_id,
        "amount": one.amount,
        "at": one.at,
        "reference": one.reference or None,
        "message": one.message or None,
        "code": one.code or None,
        "tries": one.tries,
    }


def _refund(value: Sale, one: Refund) -> Json:
    """`amount` is what was asked for; `refunded` of it has arrived, and `waived` was never taken."""
    parts = [part for part in value.transactions if part.operation == one.id and part.is_done]
    return {
        "id": one.id,
        "state": value.state(one),
        "at": one.at,
        "amount": one.amount,
        "refunded": sum(part.amount for part in parts if part.kind is TransactionKind.REFUND),
        "waived": sum(part.amount for part in parts if part.kind is not TransactionKind.REFUND),
        "lines": [asdict(line) for line in one.lines],
        "shipping": one.shipping,
        "reason": one.reason,
    }


def _fulfilment(one: Fulfilment) -> Json:
    return {
        "id": one.id,
        "at": one.at,
        "lines": [{"key": key, "quantity": units} for key, units in one.lines],
        "tracking": asdict(one.tracking),
    }
