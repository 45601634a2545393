"""Discounts as a merchant defines them: what is taken off, off what, and under which conditions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from till.domain.errors import Problem

if TYPE_CHECKING:
    from till.domain.basket import LineItem


class DiscountKind(StrEnum):
    """A share of the price, an amount, the price of shipping, or nothing off, but a product for nothing."""

    PERCENTAGE = "percentage"
    FIXED = "fixed"
    FREE_SHIPPING = "free_shipping"
    GIFT = "gift"


class DiscountSource(StrEnum):
    """Who put it on the order: the shopper by a code, a plugin of the merchant's, or a client that makes its own."""

    CODE = "code"
    PLUGIN = "plugin"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Discount:
    """A discount and its code. `id` is a ULID; `code` is as the merchant spells it, and compared without case.

    `value` is millionths of the price for PERCENTAGE, minor units for FIXED. `currency` is that of `value` and
    `minimum_value`; empty where neither is money. `products` (the merchant's ids) and `collections` narrow it to lines
    of one of them, `line_key` to one line; with none it is the whole order's. Minimums are of the whole basket, before
    discounts. 0 is no limit; `ends_at` is the first second at which it is over (Unix seconds). A GIFT is a promotion
    that needs no code: `gift_quantity` units of a variant. `engine` and `external_id` are who made a CUSTOM one, and
    what it is called there.
    """

    id: str
    code: str
    kind: DiscountKind
    value: int = 0
    currency: str = ""
    text: str = ""
    products: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    minimum_value: int = 0
    minimum_quantity: int = 0
    starts_at: int = 0
    ends_at: int = 0
    most_uses: int = 0
    most_uses_per_customer: int = 0
    combines: bool = False
    source: DiscountSource = DiscountSource.CODE
    line_key: str = ""
    gift_variant_id: str = ""
    gift_quantity: int = 0
    engine: str = ""
    external_id: str = ""

    @property
    def is_narrow(self) -> bool:
        """Is it for some products only, or for one line?"""
        return bool(self.products or self.collections or self.line_key)

    def is_for(self, line: LineItem) -> bool:
        """Does it count for this line? What was given is not what was bought."""
        if line.gift_of or not self.is_narrow:
            return not line.gift_of
        if self.line_key:
            return line.key == self.line_key
        return line.product_platform_id in self.products or not set(self.collections).isdisjoint(line.collections)

    def runs_at(self, now: int) -> bool:
        """Has it begun, and not ended?"""
        return self.starts_at <= now and not (self.ends_at and now >= self.ends_at)

    @property
    def part(self) -> str:
        """What an attempt holds one use of, where uses are limited."""
        return f"CODE#{self.id}"

    def limits(self, customer: Iterable[str]) -> Mapping[str, int]:
        """What an order uses up, by part: how often that may be. `customer` is all by which the customer is known.

        A code without a limit is not counted: a popular one would have all shoppers write one record.
        """
        whole = {self.part: self.most_uses} if self.most_uses else {}
        return whole | self.customer_limits(customer)

    def customer_limits(self, customer: Iterable[str]) -> dict[str, int]:
        """The parts of `limits` that are the customer's own."""
        if not self.most_uses_per_customer:
            return {}
        digests = (hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest() for name in customer)
        return {f"{self.part}#{digest[:32]}": self.most_uses_per_customer for digest in digests}


def canonical(code: str) -> str:
    """Codes are compared without case."""
    return code.strip().casefold()


def clash(discounts: Sequence[Discount], most: int) -> Problem | None:
    """Why an order cannot have all these codes together. What plugins put on it is not the shopper's choice."""
    codes = [one for one in discounts if one.source is DiscountSource.CODE]
    if len(codes) > most:
        allowed = "one discount code" if most == 1 else f"{most} discount codes"
        return Problem("too_many_discounts", f"An order has at most {allowed}.", "discounts")
    alone = [one.code for one in codes if not one.combines]
    if alone and len(codes) > 1:
        message = f"{alone[0]} cannot be combined with other discount codes."
        return Problem("discounts_not_combinable", message, "discounts")
    return None


def invalid() -> Problem:
    """The one sentence for a code that is unknown, over, not begun or used up: nothing is to be learned by trying."""
    return Problem("discount_invalid", "Discount code is invalid.", "discounts")


def gone(code: str) -> Problem:
    """A code that is on the order, and cannot be used any more."""
    message = f"The discount code {code} cannot be used any more. Remove it from the order."
    return Problem("discount_invalid", message, "discounts")
