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


def formatted(minor: int, currency: str, locale: str) -> str:
    """Minor units as CLDR has them: "-$10.00", "1.234,50 €". With all decimals of the currency, and Latin digits.

    `locale` is a language tag ("en", "pt-BR"); of one that is unknown, what its beginning says. Raises `Invalid` for an
    unknown currency.
    """
    positive, negative, point, comma, first, others, symbol = _format(currency, locale)
    whole, _, decimals = to_decimal(abs(minor), currency).partition(".")
    groups = [whole[-first:]]
    rest = whole[:-first]
    while rest:
        groups.append(rest[-others:])
        rest = rest[:-others]
    number = comma.join(reversed(groups)) + (point + decimals if decimals else "")
    return (negative if minor < 0 else positive).replace("0", number).replace("¤", symbol)


def lineage(locale: str) -> Iterator[str]:
    """The names under which a locale's row may be, the best first."""
    name = locale.lower()
    while name:
        yield name
        name = name.rpartition("-")[0]
    yield ROOT


@cache
def _format(currency: str, locale: str) -> tuple[str, str, str, str, int, int, str]:
    rows = [_rows()[name] for name in lineage(locale) if name in _rows()]
    positive, negative, point, comma, first, others, _ = rows[0]
    symbol = next((row[-1][currency] for row in rows if currency in row[-1]), currency)
    return _spaced(positive, symbol), _spaced(negative, symbol), point, comma, first, others, symbol


def _spaced(pattern: str, symbol: str) -> str:
    """A space that no line breaks at, where a letter of the symbol would touch a digit."""
    if unicodedata.category(symbol[-1])[0] not in "SZ":
        pattern = pattern.replace("¤0", "¤\N{NO-BREAK SPACE}0")
    if unicodedata.category(symbol[0])[0] not in "SZ":
        pattern = pattern.replace("0¤", "0\N{NO-BREAK SPACE}¤")
    return pattern


@cache
def _rows() -> dict[str, Any]:
    rows: dict[str, Any] = json.loads((DATA / "formats.json").read_text("utf-8"))
    return rows
