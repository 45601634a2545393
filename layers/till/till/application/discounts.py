"""Discount codes on a basket: added and removed by the shopper, and looked at again before money moves."""

from __future__ import annotations

from till.application.ports import Discounts, Stock
from till.domain.basket import Basket
from till.domain.discount import Discount, DiscountKind, DiscountSource, canonical, clash, gone, invalid
from till.domain.discounting import reductions, unmet
from till.domain.errors import NotFound, Problem, Refused
from till.domain.shop import Shop

# Stands for a code that there is none of: looking for that takes as long as for one that is over or used up.
_NONE = Discount("", "", DiscountKind.FIXED, ends_at=1, most_uses=1, combines=True)


def add(discounts: Discounts, stock: Stock, basket: Basket, shop: Shop, code: str, now: int) -> Basket:
    """The basket with a shopper's code. Raises `Refused`.

    Whether a code is used up is only looked at here: the hold of the attempt decides.
    """
    if any(canonical(one.code) == canonical(code) for one in _of_shopper(basket)):
        raise _refused("discount_applied", "This discount code is already on the order.")
    most = shop.settings.most_discount_codes
    # First what would refuse any code: it says nothing of this one.
    if problem := clash((*basket.discounts, _NONE), most):
        raise Refused.of([problem])
    discount = _usable(discounts, stock, basket, shop.identifier, code, now)
    if discount.most_uses_per_customer and not basket.buyer:
        message = "This discount code is limited by customer: enter your e-mail address first."
        raise _refused("discounts_require_email", message)
    added = basket.with_discounts((*basket.discounts, discount))
    if problem := clash(added.discounts, most) or reductions(added)[-1].problem:
        raise Refused.of([problem])
    return added


def remove(basket: Basket, code: str) -> Basket:
    """The basket without a shopper's code. Raises `NotFound`, and `Refused` for what is not the shopper's."""
    wanted = [one for one in basket.discounts if canonical(one.code) == canonical(code)]
    own = [one for one in wanted if one.source is DiscountSource.CODE]
    if wanted and not own:
        raise _refused("discount_fixed", "This discount belongs to the order and cannot be removed.")
    if not own:
        raise NotFound("This discount code is not on the order.", "discounts", "discount_missing")
    return basket.with_discounts(one for one in basket.discounts if one not in own)


def recheck(discounts: Discounts, basket: Basket, shop: Shop, now: int) -> tuple[Basket, tuple[Problem, ...]]:
    """The basket with its codes as the merchant defines them now, and why it cannot be sold with them."""
    codes = [one.code for one in _of_shopper(basket)]
    if not codes:
        return basket, ()
    defined = discounts.by_code(shop.identifier, codes)
    kept, problems = [], []
    for discount in basket.discounts:
        current = defined.get(discount.code) if discount.source is DiscountSource.CODE else discount
        if current is None or not current.runs_at(now):
            problems.append(gone(discount.code))
        kept.append(current or discount)
    problems += filter(None, [clash(kept, shop.settings.most_discount_codes)])
    checked = basket.with_discounts(kept)
    return checked, (*problems, *unmet(reductions(checked)))


def _usable(discounts: Discounts, stock: Stock, basket: Basket, shop: str, code: str, now: int) -> Discount:
    """The code, unless it is unknown, over, not begun or used up: these take the same work and say the same."""
    discount = discounts.by_code(shop, [code]).get(code, _NONE)
    limits = discount.limits(basket.buyer)
    levels = stock.levels(shop, limits or [discount.part])
    # Uses that are only held do not count: they may come back, those of this order's own last attempt among them.
    is_used_up = any(levels[part].allocated >= most for part, most in limits.items())
    if is_used_up or not discount.runs_at(now):
        raise Refused.of([invalid()])
    return discount


def _of_shopper(basket: Basket) -> list[Discount]:
    return [one for one in basket.discounts if one.source is DiscountSource.CODE]


def _refused(code: str, message: str) -> Refused:
    return Refused(message, "discounts", code)
