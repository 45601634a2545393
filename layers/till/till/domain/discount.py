"""Discounts as a merchant defines them: what is taken off, off what, and under which conditions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from till.domain.errors import Problem


class DiscountKind(StrEnum):
    """A share of the price, an amount, or the price of shipping."""

    PERCENTAGE = "percentage"
    FIXED = "fixed"
    FREE_SHIPPING = "free_shipping"


class DiscountSource(StrEnum):
    """Who put it on the order: the shopper by a code, or a plugin of the merchant's."""

    CODE = "code"
    PLUGIN = "plugin"


@dataclass(frozen=True, slots=True)
class Discount:
    """A discount and its code. `id` is a ULID; `code` is as the merchant spells it, and compared without case.

    `value` is millionths of the price for PERCENTAGE, minor units of `currency` for FIXED. `products` (the merchant's
    ids) and `collections` narrow it to lines of one of them; with neither it is the whole order's. Minimums are of the
    whole basket, before discounts. 0 is no limit; `ends_at` is the first second at which it is over (Unix seconds).
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

    @property
    def is_narrow(self) -> bool:
        """Is it for some products only?"""
        return bool(self.products or self.collections)

    def is_for(self, product: str, collections: Iterable[str]) -> bool:
        """Does it take off from a product in these collections?"""
        return not self.is_narrow or product in self.products or not set(self.collections).isdisjoint(collections)

    def over(self, now: int) -> Problem | None:
        """Why it cannot be used now, by its dates alone."""
        if now < self.starts_at or (self.ends_at and now >= self.ends_at):
            return invalid()
        return None

    @property
    def part(self) -> str:
        """What an attempt holds one use of, where uses are limited."""
        return f"CODE#{self.id}"

    def limits(self, customer: str) -> Mapping[str, int]:
        """What an order of that customer uses up, by part: how often that may be.

        A code without a limit is not counted: a popular one would have all shoppers write one record.
        """
        whole = {self.part: self.most_uses} if self.most_uses else {}
        return whole | self.customer_limits(customer)

    def customer_limits(self, customer: str) -> dict[str, int]:
        """The part of `limits` that is the customer's own (a platform id or an e-mail address)."""
        if not self.most_uses_per_customer:
            return {}
        who = hashlib.sha256(customer.strip().casefold().encode()).hexdigest()[:32]
        return {f"{self.part}#{who}": self.most_uses_per_customer}


def same_code(one: str, other: str) -> bool:
    """Codes are compared without case."""
    return one.strip().casefold() == other.strip().casefold()


def invalid(message: str = "Discount code is invalid.") -> Problem:
    """The one sentence for a code that is unknown, over, not begun or used up: nothing is to be learned by trying."""
    return Problem("discount_invalid", message, "discounts")
