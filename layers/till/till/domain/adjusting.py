"""What an order came to in the end: its totals stay as the shopper agreed to them, and differences are shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from till.domain.sale import Sale
from till.domain.transaction import TransactionKind

_BY_HAND = {TransactionKind.REFUND: -1, TransactionKind.BOUNCE: 1}


class AdjustmentKind(StrEnum):
    """REFUND: money that was given back, or is on its way. NOT_CAPTURED: money that will never be taken."""

    REFUND = "refund"
    NOT_CAPTURED = "not_captured"


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A difference to the total, in minor units; above zero only for a refund that came back. `operation` is the
    refund's id, or what was done at the gateway by hand; empty for the rest."""

    kind: AdjustmentKind
    amount: int
    operation: str = ""
    reason: str = ""


def adjustments(total: int, sale: Sale) -> tuple[Adjustment, ...]:
    """All differences to the order's total. With them it is what the merchant keeps, once nothing is pending."""
    found = []
    for refund in sale.refunds:
        parts = (one for one in sale.transactions if one.operation == refund.id and one.counts)
        if amount := sum(one.amount for one in parts if one.kind is TransactionKind.REFUND):
            found.append(Adjustment(AdjustmentKind.REFUND, -amount, refund.id, refund.reason))
    known = {refund.id for refund in sale.refunds}
    for one in sale.transactions:  # by hand, at the gateway
        if one.kind in _BY_HAND and one.operation not in known:
            found.append(Adjustment(AdjustmentKind.REFUND, one.amount * _BY_HAND[one.kind], one.operation))
    if (missing := total - sale.total_expected) > 0:
        found.append(Adjustment(AdjustmentKind.NOT_CAPTURED, -missing))
    return tuple(found)
