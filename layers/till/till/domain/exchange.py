"""Prices shown in another currency than the one that is charged, at the merchant's own rates. Only ever a view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from till.domain.currency import all_currencies, currency
from till.domain.errors import Invalid
from till.domain.money import divide, to_decimal


@dataclass(frozen=True, slots=True)
class View:
    """Amounts of the currency `charged` as they are shown in `code`; `base` is the shop's own currency.

    `rate` is how much of `code` one of `base` is, None where the merchant has not said so.
    """

    code: str
    charged: str
    base: str
    rate: Fraction | None

    @property
    def is_converted(self) -> bool:
        """Is something else shown than what is charged?"""
        return self.code != self.charged

    def amount(self, minor: int) -> int:
        """Minor units of `code` for minor units of `charged`, rounded once: half up, below zero as above."""
        if not self.is_converted or self.rate is None:
            return minor
        shift = currency(self.code).exponent - currency(self.charged).exponent
        exact = abs(minor) * self.rate * Fraction(10) ** shift
        return divide(exact.numerator, exact.denominator) * (-1 if minor < 0 else 1)

    def decimal(self, minor: int) -> str:
        """The same as text with all decimals of `code`: 1699 is "16.99"."""
        return to_decimal(self.amount(minor), self.code)


def view(shown: str, charged: str, base: str, rates: Mapping[str, str]) -> View:
    """How a cart's amounts are shown; "" shows what is charged. Rates are of `base`, and so only its prices are shown
    in other currencies. Raises `Invalid` for a currency without a rate."""
    code = shown or charged
    rate = Fraction(1) if code == base else Fraction(rates[code]) if code in rates else None
    if code != charged and (rate is None or charged != base):
        raise Invalid(f"Invalid currency code: {code}", "currency", "currency")
    return View(code, charged, base, rate)


def check_rates(rates: Mapping[str, str], base: str) -> None:
    """Raises `Invalid` for the shop's own currency, an unknown one, and a rate of nothing."""
    known = {one.code for one in all_currencies()} - {base}
    for code, rate in rates.items():
        if code not in known:
            raise Invalid(f"{code!r} is not another currency of ISO 4217.", f"settings.exchange_rates.{code}")
        if not Fraction(rate):
            raise Invalid("An exchange rate is more than zero.", f"settings.exchange_rates.{code}")
