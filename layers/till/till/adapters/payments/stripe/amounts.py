"""Amounts as Stripe writes them, which is not always ISO 4217's minor unit, and the least that it takes.

Source: https://docs.stripe.com/currencies (zero-decimal and three-decimal currencies, special cases, minimums).
"""

from __future__ import annotations

from till.domain.currency import currency as iso
from till.domain.errors import Refused
from till.domain.money import to_decimal

# Without decimals for ISO 4217, but Stripe keeps writing them with two, which are always 00.
_TIMES_100 = frozenset({"ISK", "UGX"})
# With two decimals for ISO 4217, without any for Stripe.
_BY_100 = frozenset({"MGA"})
# Three decimals, the last of which must be 0, since card networks take no more than two.
_THREE_DECIMALS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
# HUF and TWD have two decimals for charges and none for payouts: for Till they are like any other.

# By settlement currency, in Stripe's units. What settles in another currency than it is charged in must be worth that
# currency's minimum, which only Stripe can tell.
_LEAST = {
    "AED": 200, "AUD": 50, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250,
    "EUR": 50, "GBP": 30, "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200,
    "NOK": 300, "NZD": 50, "PLN": 200, "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip


def to_stripe(amount: int, currency: str) -> int:
    """ISO 4217 minor units in Stripe's. Raises `Refused` for what cannot be written in them."""
    if currency in _TIMES_100:
        return amount * 100
    if currency in _BY_100:
        return _whole(amount, 100, currency) // 100
    if iso(currency).exponent > 2:
        if currency not in _THREE_DECIMALS:
            raise Refused(f"Stripe takes no {currency}.", "currency")
        return _whole(amount, 10, currency)
    return amount


def from_stripe(units: int, currency: str) -> int:
    """Stripe's units in ISO 4217 minor units."""
    if currency in _TIMES_100:
        return units // 100
    return units * 100 if currency in _BY_100 else units


def check(amount: int, currency: str) -> None:
    """Raises `Refused` for what Stripe would never take."""
    if to_stripe(amount, currency) < (least := _LEAST.get(currency, 1)):
        lowest = to_decimal(from_stripe(least, currency), currency)
        message = f"Card payments are of at least {lowest} {currency}."
        raise Refused(message, "amount", code="amount_too_small")


def _whole(amount: int, step: int, currency: str) -> int:
    if amount % step:
        smallest = to_decimal(step, currency)
        raise Refused(f"Card payments in {currency} are of multiples of {smallest}.", "amount", code="amount_not_whole")
    return amount
