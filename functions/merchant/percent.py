"""Percent as merchants write it: decimal text with up to four decimals, "10.75". Inside, millionths."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from till.domain.errors import Invalid

# 1 % is 10,000 millionths.
_DECIMALS = 4
_HIGHEST = 100


def millionths(text: str, field: str) -> int:
    """Of 0 to 100 percent. Raises `Invalid`, naming the field."""
    try:
        percent = Decimal(text)
    except InvalidOperation:
        raise Invalid(f"{text!r} is not a percentage.", field) from None
    if not percent.is_finite() or not 0 <= percent <= _HIGHEST:
        raise Invalid(f"A rate is from 0 to {_HIGHEST} percent.", field)
    whole = percent.scaleb(_DECIMALS)
    if whole != whole.to_integral_value():
        raise Invalid("A rate has at most four decimals.", field)
    return int(whole)


def percent(millionths: int) -> str:
    """The same text, without zeros at its end."""
    whole, rest = divmod(millionths, 10**_DECIMALS)
    return f"{whole}.{rest:0{_DECIMALS}d}".rstrip("0").rstrip(".")
