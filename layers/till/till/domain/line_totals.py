"""What each line of a basket comes to: its part of the discounts and of the taxes worked in."""

from __future__ import annotations

from dataclasses import dataclass

from till.domain.basket import Basket
from till.domain.discounting import discounted, reductions


@dataclass(frozen=True, slots=True)
class LineTotals:
    """Minor units, for all units of the line. `total` is what is paid, with `tax` in it and `discount` taken off."""

    total: int
    tax: int
    discount: int

    @property
    def before_tax(self) -> int:
        """What is paid without tax."""
        return self.total - self.tax

    @property
    def before_discounts(self) -> int:
        """What would be paid without discounts, at the tax that was charged."""
        return self.total + self.discount


def line_totals(basket: Basket) -> dict[str, LineTotals]:
    """By line key. With shipping, its tax, and fees they sum to the total."""
    paid = discounted(basket, reductions(basket))
    quote = basket.taxes
    taxes = {key: sum(tax.amount for tax in found) for key, found in quote.lines} if quote else {}

    def of(key: str, subtotal: int) -> LineTotals:
        tax = taxes.get(key, 0)
        added = 0 if quote is None or quote.included else tax
        return LineTotals(paid[key] + added, tax, subtotal - paid[key])

    return {line.key: of(line.key, line.subtotal) for line in basket.lines}
