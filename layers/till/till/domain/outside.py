"""What happened at a gateway without Till, in its dashboard: what it holds, less what our own transactions explain."""

from __future__ import annotations

from till.domain import charging
from till.domain.payment import Payment
from till.domain.sale import Sale
from till.domain.transaction import Transaction, TransactionKind, TransactionState


def unexplained(
    sale: Sale, payment: Payment, captured: int, refunded: int, is_last: bool, now: int
) -> list[Transaction]:
    """What a gateway did with a payment that the sale does not know; nothing of the payment may be unanswered.

    Minor units, as the gateway has them. `is_last`: it captures once, and gives up the rest.
    """
    given_back = refunded - sale.refunded(payment)
    found = (
        (TransactionKind.CAPTURE, captured - sale.captured(payment)),
        (TransactionKind.REFUND, given_back),
        (TransactionKind.BOUNCE, -given_back if captured else 0),
    )
    operation = f"outside:{len(sale.transactions)}"
    return [
        Transaction(
            id=f"{operation}:{kind}:{payment.id}",
            operation=operation,
            kind=kind,
            payment_id=payment.id,
            amount=amount,
            at=now,
            state=TransactionState.SUCCEEDED,
            is_last=is_last and kind is TransactionKind.CAPTURE,
        )
        for kind, amount in found
        if amount > 0
    ]


def with_unexplained(sale: Sale, found: list[Transaction]) -> Sale:
    """The sale with them, and with what they mean for its charge."""
    sale = sale.with_new(found)
    for transaction in found:
        if transaction.kind is TransactionKind.CAPTURE:
            sale = charging.answered(sale, transaction)
    return sale
