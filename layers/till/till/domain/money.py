"""Integer money: rounding at a named place by a named mode, and splits that lose no unit.

Amounts are integers in minor units of one currency (USD 12.34 is 1234, JPY 80 is 80, KWD 1.234 is 1234).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

from till.domain.currency import currency
from till.domain.errors import Invalid

# Above any real order, and far below what a 64-bit integer or JSON's 2^53 holds.
LARGEST_AMOUNT = 10**13
# Not what `Decimal` takes: "1_000", "1e2" and "NaN" are no prices, and its context rounds after 28 digits.
_PRICE = re.compile(r"(?=\.?\d)(?P<whole>\d{0,14})(\.(?P<decimals>\d*))?", re.ASCII)


class Rounding(StrEnum):
    """What happens to exactly half a unit. DOWN leaves off every part of one."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"


def divide(numerator: int, denominator: int, mode: Rounding = Rounding.HALF_UP) -> int:
    """`numerator / denominator` to an integer, the nearest unless DOWN; not negative, the denominator positive."""
    whole, rest = divmod(numerator, denominator)
    if mode is Rounding.DOWN:
        return whole
    if 2 * rest > denominator:
        return whole + 1
    if 2 * rest == denominator and (mode is Rounding.HALF_UP or whole % 2):
        return whole + 1
    return whole


def allocate(amount: int, weights: Sequence[int]) -> list[int]:
    """Split a non-negative amount by weight; the parts sum to it exactly (largest remainder, ties to the first).

    Where all weights are zero the first part takes everything.
    """
    if not weights:
        raise ValueError("nothing to allocate to")
    total = sum(weights)
    if total == 0:
        return [amount] + [0] * (len(weights) - 1)
    shares = [divmod(amount * weight, total) for weight in weights]
    parts = [whole for whole, _ in shares]
    by_remainder = sorted(range(len(weights)), key=lambda i: -shares[i][1])
    for i in by_remainder[: amount - sum(parts)]:
        parts[i] += 1
    return parts


def from_decimal(text: str, currency_code: str, field: str = "price") -> int:
    """Minor units of a decimal price as merchants write it ("12.34"). Raises `Invalid`, naming the field."""
    exponent = currency(currency_code).exponent
    written = _PRICE.fullmatch(text.strip())
    if written is None:
        raise Invalid(f"{text[:40]!r} is not a price.", field)
    whole, decimals = written["whole"], (written["decimals"] or "").rstrip("0")
    if len(decimals) > exponent:
        raise Invalid(f"{text[:40]!r} has more than the {exponent} decimals of {currency_code}.", field)
    amount = int(f"0{whole}{decimals.ljust(exponent, '0')}")
    if amount > LARGEST_AMOUNT:
        raise Invalid(f"{text[:40]!r} is not a price.", field)
    return amount


def to_decimal(amount: int, currency_code: str) -> str:
    """The price as people read it: 1234 USD is "12.34", 80 JPY is "80"."""
    exponent = currency(currency_code).exponent
    return f"{Decimal(amount).scaleb(-exponent):.{exponent}f}"
