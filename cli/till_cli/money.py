"""Amounts for people: the API tells them of orders in minor units."""

from __future__ import annotations

# ISO 4217: how many decimals which currencies have. Every other has two.
_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}


def decimal(minor_units: int, currency: str) -> str:
    """1234 USD is "12.34"."""
    places = next((places for places, codes in _DECIMALS.items() if currency in codes), 2)
    whole, rest = divmod(abs(minor_units), 10**places)
    sign = "-" if minor_units < 0 else ""
    return f"{sign}{whole}.{rest:0{places}d}" if places else f"{sign}{whole}"


def money(minor_units: int | None, currency: str) -> str:
    """With its currency; nothing where there is none."""
    return "" if minor_units is None else f"{decimal(minor_units, currency)} {currency}"
