"""Discount codes on a basket: added by the shopper, and looked at again before money moves."""

from __future__ import annotations

from till.application.ports import Discounts
from till.domain.basket import Basket
from till.domain.discount import DiscountSource, invalid
from till.domain.errors import Problem


def recheck(discounts: Discounts, basket: Basket, shop: str, now: int) -> tuple[Basket, tuple[Problem, ...]]:
    """The basket with its codes as the merchant defines them now, and why some cannot be used any more."""
    codes = [one.code for one in basket.discounts if one.source is DiscountSource.CODE]
    if not codes:
        return basket, ()
    defined = discounts.by_code(shop, codes)
    kept, problems = [], []
    for discount in basket.discounts:
        current = discount if discount.source is DiscountSource.PLUGIN else defined.get(discount.code)
        problem = invalid() if current is None else current.over(now)
        if problem:
            problems.append(problem)
        kept.append(current or discount)
    return basket.with_discounts(kept), tuple(problems)
