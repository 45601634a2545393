"""What an order came to in the end: its totals stay as the shopper agreed to them, and differences are shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from till.domain.sale import Sale
from till.domain.transaction import TransactionKind


class AdjustmentKind(StrEnum):
    """REFUND: money that was given back, or is on its way. NOT_CAPTURED: money that will never be taken."""

    REFUND = "refund"
    NOT_CAPTURED = "not_captured"


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A difference to the total, in minor units, below zero. `operation` is the refund's id; empty for the rest."""

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
    if (missing := total - sale.total_expected) > 0:
        found.append(Adjustment(AdjustmentKind.NOT_CAPTURED, -missing))
    return tuple(found)
