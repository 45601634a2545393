"""Money as people write it where they are, by the formats that `make data` generates into `money_data/`."""

import json
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from till.domain.money import to_decimal

DATA = Path(__file__).parent / "money_data"
ROOT = "und"
_SPACE = "\N{NO-BREAK SPACE}"


def formatted(minor: int, currency: str, locale: str) -> str:
    """Minor units as CLDR has them: "-$10.00", "1.234,50 €". With all decimals of the currency, and Latin digits.

    `locale` is a language tag ("en", "pt-BR"); of one that is unknown, what its beginning says. Raises `Invalid` for an
    unknown currency.
    """
    positive, negative, point, comma, first, others = _format(currency, locale)
    whole, _, decimals = to_decimal(abs(minor), currency).partition(".")
    groups = [whole[-first:]]
    rest = whole[:-first]
    while rest:
        groups.append(rest[-others:])
        rest = rest[:-others]
    before, after = negative if minor < 0 else positive
    return f"{before}{comma.join(reversed(groups))}{point if decimals else ''}{decimals}{after}"


def lineage(locale: str) -> Iterator[str]:
    """The names under which a locale's row may be, the best first."""
    name = locale.lower()
    while name:
        yield name
        name = name.rpartition("-")[0]
    yield ROOT


def signs(currency: str, locale: str) -> tuple[str, str, str, str]:
    """What stands before and after an amount, its decimal sign, and the sign between groups of digits."""
    (before, after), _, point, comma, _, _ = _format(currency, locale)
    return before, after, point, comma


@cache
def _format(currency: str, locale: str) -> tuple[tuple[str, str], tuple[str, str], str, str, int, int]:
    rows = [_rows()[name] for name in lineage(locale) if name in _rows()]
    positive, negative, point, comma, first, others, _ = rows[0]
    symbol = next((row[-1][currency] for row in rows if currency in row[-1]), currency)
    return _around(positive, symbol), _around(negative, symbol), point, comma, first, others


def _around(pattern: str, symbol: str) -> tuple[str, str]:
    """What stands before and after a number, with a space that no line breaks at where a letter would touch a digit."""
    before, _, after = pattern.partition("0")
    if before.endswith("¤") and unicodedata.category(symbol[-1])[0] not in "SZ":
        before += _SPACE
    if after.startswith("¤") and unicodedata.category(symbol[0])[0] not in "SZ":
        after = _SPACE + after
    return before.replace("¤", symbol), after.replace("¤", symbol)


@cache
def _rows() -> dict[str, Any]:
    rows: dict[str, Any] = json.loads((DATA / "formats.json").read_text("utf-8"))
    return rows
