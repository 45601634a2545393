"""What a merchant does with discount codes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from till.application.ports import Discounts, Page, Stock
from till.domain.discount import Discount
from till.domain.errors import NotFound
from till.domain.stock import StockLevel


class DiscountCodes(Discounts, Protocol):
    """Discount codes as a merchant changes them."""

    def discounts(self, shop: str, limit: int, cursor: str) -> Page[Discount]:
        """The shop's codes, in an order that stays."""

    def save_discount(self, shop: str, discount: Discount) -> None:
        """Store a code. Raises `Conflict` where it is there by now under another id."""

    def delete_discount(self, shop: str, discount: Discount) -> None:
        """Take a code out of the shop. Twice is once."""


def put_discount(
    codes: DiscountCodes, stock: Stock, shop: str, discount_of: Callable[[str], Discount], code: str, new_id: str
) -> tuple[Discount, bool]:
    """Add a code, or put it in the place of the one that there is; also whether it is new.

    A code keeps its id, and with that the count of its uses. `discount_of` makes the discount with an id.
    """
    before = codes.by_code(shop, [code]).get(code)
    discount = discount_of(before.id if before else new_id)
    if discount.most_uses:
        # First, so that no use of it is ever left uncounted.
        stock.count(shop, {discount.part: discount.most_uses})
    codes.save_discount(shop, discount)
    return discount, before is None


def get_discount(codes: Discounts, shop: str, code: str) -> Discount:
    """By its code, in any case. Raises `NotFound`."""
    discount = codes.by_code(shop, [code]).get(code)
    if discount is None:
        raise NotFound("There is no such discount code.", "code")
    return discount


def uses(stock: Stock, shop: str, discounts: Iterable[Discount]) -> Mapping[str, StockLevel]:
    """How often each limited code was used, and is being used, by its id."""
    limited = {discount.part: discount.id for discount in discounts if discount.most_uses}
    return {limited[part]: level for part, level in stock.levels(shop, limited).items()} if limited else {}
