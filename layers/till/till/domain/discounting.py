"""What discounts and fees come to on a basket: integer shares of its lines, none above the line it is of."""

from __future__ import annotations

from dataclasses import dataclass

from till.domain.basket import Basket
from till.domain.discount import Discount, DiscountKind, DiscountSource
from till.domain.errors import Problem
from till.domain.fee import Fee, FeeKind
from till.domain.money import allocate, divide

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Reduction:
    """What one discount takes off, in minor units: by line key, and off shipping.

    `problem` is why it takes off nothing: the basket does not meet its conditions.
    """

    discount: Discount
    lines: tuple[tuple[str, int], ...] = ()
    shipping: int = 0
    problem: Problem | None = None

    @property
    def amount(self) -> int:
        """All of it."""
        return self.shipping + sum(amount for _, amount in self.lines)


def reductions(basket: Basket) -> tuple[Reduction, ...]:
    """One for each discount of the basket, in its order.

    Discounts on some products come first, each next one takes its share of what the ones before have left: together
    they never take more than there is.
    """
    left = {line.key: line.subtotal for line in basket.lines}
    shipping = basket.shipping.amount if basket.shipping else 0
    found: dict[str, Reduction] = {}
    for discount in sorted(basket.discounts, key=lambda discount: not discount.is_narrow):
        made = _reduction(discount, basket, left, shipping)
        shipping -= made.shipping
        for key, amount in made.lines:
            left[key] -= amount
        found[discount.id] = made
    return tuple(found[discount.id] for discount in basket.discounts)


def discounted(basket: Basket, reduced: tuple[Reduction, ...]) -> dict[str, int]:
    """What is paid for each line after discounts, in minor units by line key."""
    left = {line.key: line.subtotal for line in basket.lines}
    for one in reduced:
        for key, amount in one.lines:
            left[key] -= amount
    return left


def unmet(reduced: tuple[Reduction, ...]) -> tuple[Problem, ...]:
    """Why codes of the shopper's take off nothing. What a plugin gave simply does not count: nobody can remove it."""
    codes = (one for one in reduced if one.discount.source is DiscountSource.CODE)
    return tuple(one.problem for one in codes if one.problem)


def fee_amounts(basket: Basket, reduced: tuple[Reduction, ...]) -> tuple[tuple[Fee, int], ...]:
    """Each fee of the basket and what it adds, in minor units."""
    left = discounted(basket, reduced)
    whole = sum(left.values())

    def amount(fee: Fee) -> int:
        if fee.kind is FeeKind.FIXED:
            return fee.value
        return divide((left.get(fee.line_key, 0) if fee.line_key else whole) * fee.value, MILLION)

    return tuple((fee, amount(fee)) for fee in basket.fees)


def _reduction(discount: Discount, basket: Basket, left: dict[str, int], shipping: int) -> Reduction:
    lines = [line for line in basket.lines if discount.is_for(line)]
    problem = condition_unmet(discount, basket)
    if problem:
        return Reduction(discount, problem=problem)
    if discount.kind is DiscountKind.FREE_SHIPPING:
        return Reduction(discount, shipping=shipping)
    weights = [left[line.key] for line in lines]
    base = sum(weights)
    amount = divide(base * discount.value, MILLION) if discount.kind is DiscountKind.PERCENTAGE else discount.value
    parts = allocate(min(amount, base), weights)
    return Reduction(discount, tuple((line.key, part) for line, part in zip(lines, parts, strict=True) if part))


def condition_unmet(discount: Discount, basket: Basket) -> Problem | None:
    """Why the basket does not meet the discount's conditions."""
    if discount.currency and discount.currency != basket.currency:
        return Problem("discount_conditions", f"{discount.code} is not for orders in {basket.currency}.", "discounts")
    if not any(discount.is_for(line) for line in basket.lines):
        return Problem("discount_conditions", f"{discount.code} is for none of these items.", "discounts")
    quantity = sum(line.quantity for line in basket.lines if not line.gift_of)
    if basket.items_total < discount.minimum_value or quantity < discount.minimum_quantity:
        return Problem("discount_conditions", f"This order is too small for {discount.code}.", "discounts")
    return None
