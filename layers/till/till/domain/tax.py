"""Tax: zones with named rates, and what they come to. Included and added tax agree, for one rate to the unit.

Rates are integers in millionths (10.75 % is 107,500), so no float and no rounding enters before the named place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from till.domain.money import Rounding, allocate, divide
from till.domain.region import Region, most_specific

MILLION = 1_000_000


class RoundAt(StrEnum):
    """The one place where tax is rounded: each unit, each line, or the whole document per rate.

    SIMPLE is each unit at its price before discounts, which come off after tax.
    """

    UNIT = "unit"
    LINE = "line"
    DOCUMENT = "document"
    SIMPLE = "simple"


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A named rate in millionths. A compound rate is charged on the price plus the rates before it."""

    name: str
    millionths: int
    compound: bool = False


@dataclass(frozen=True, slots=True)
class TaxItem:
    """A rate in millionths that a client put on one line, or with no `line_key` on all: no zone is asked then. Or an
    `amount` for the whole line, in minor units.

    `code` and `jurisdiction` are the client's own.
    """

    id: str
    name: str
    millionths: int
    line_key: str = ""
    code: str = ""
    jurisdiction: str = ""
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class TaxZone:
    """Regions and their rates. `included` and `tax_shipping` override the shop's setting where not None."""

    id: str
    name: str
    regions: tuple[Region, ...]
    rates: tuple[TaxRate, ...]
    included: bool | None = None
    tax_shipping: bool | None = None


@dataclass(frozen=True, slots=True)
class Taxable:
    """Something to tax: `amount` is what the shopper pays for all `quantity` units, before added tax."""

    key: str
    amount: int
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One rate on one thing, in minor units."""

    name: str
    amount: int


@dataclass(frozen=True, slots=True)
class TaxQuote:
    """The taxes of a basket, frozen when generated: per line key, for shipping, and for fees together.

    `provider` and `reference` say whose figures these are; Till stores them as given and never recomputes them.
    """

    included: bool
    lines: tuple[tuple[str, tuple[TaxLine, ...]], ...]
    shipping: tuple[TaxLine, ...]
    provider: str = "zones"
    reference: str = ""
    fees: tuple[TaxLine, ...] = ()

    def total(self) -> int:
        """All tax, in minor units."""
        return sum(tax.amount for tax in self._all())

    def by_name(self) -> tuple[TaxLine, ...]:
        """One sum per rate, in the order in which the rates first appear."""
        sums: dict[str, int] = {}
        for tax in self._all():
            sums[tax.name] = sums.get(tax.name, 0) + tax.amount
        return tuple(TaxLine(name, amount) for name, amount in sums.items())

    def _all(self) -> Iterable[TaxLine]:
        for _, taxes in self.lines:
            yield from taxes
        yield from self.shipping
        yield from self.fees


def zone_for(zones: Iterable[TaxZone], country: str, province: str) -> TaxZone | None:
    """The zone that names the place most exactly, or None: no tax there."""
    return most_specific(zones, country, province)


def effective_rates(rates: Sequence[TaxRate]) -> tuple[Fraction, ...]:
    """Each rate as a share of the net price, compounding worked in."""
    shares: list[Fraction] = []
    for rate in rates:
        share = Fraction(rate.millionths, MILLION)
        shares.append(share * (1 + sum(shares)) if rate.compound else share)
    return tuple(shares)


def taxes(
    things: Sequence[Taxable], rates: Sequence[TaxRate], included: bool, mode: Rounding, at: RoundAt
) -> dict[str, tuple[TaxLine, ...]]:
    """The tax on each thing by its key, rounded once at `at`; document totals are shared out to the things."""
    shares = effective_rates(rates)
    names = [rate.name for rate in rates]
    whole = sum(shares, Fraction(0))

    def split(exact: Callable[[Fraction], Fraction], times: int = 1) -> list[int]:
        """Added tax rounds rate by rate; included tax rounds its sum, so that net plus tax is the price."""
        if not included:
            return [_round(exact(share), mode) * times for share in shares]
        total = _round(exact(whole), mode) * times
        return _share_out(total, shares)

    def portion(amount: int) -> Callable[[Fraction], Fraction]:
        base = Fraction(amount) / (1 + whole) if included else Fraction(amount)
        return lambda share: base * share

    if at is RoundAt.DOCUMENT:
        totals = split(portion(sum(thing.amount for thing in things)))
        columns = [allocate(total, [thing.amount for thing in things]) for total in totals] if things else []
        rows = [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in things]
    elif at in (RoundAt.UNIT, RoundAt.SIMPLE):
        rows = [_per_unit(thing, portion, split) for thing in things]
    else:
        rows = [split(portion(thing.amount)) for thing in things]
    return {
        thing.key: tuple(TaxLine(name, amount) for name, amount in zip(names, row, strict=True))
        for thing, row in zip(things, rows, strict=True)
    }


def _per_unit(
    thing: Taxable,
    portion: Callable[[int], Callable[[Fraction], Fraction]],
    split: Callable[[Callable[[Fraction], Fraction], int], list[int]],
) -> list[int]:
    """Where a discount left units of unequal price, the dearer ones are rounded on their own."""
    unit, dearer = divmod(thing.amount, thing.quantity)
    cheap = split(portion(unit), thing.quantity - dearer)
    dear = split(portion(unit + 1), dearer)
    return [a + b for a, b in zip(cheap, dear, strict=True)]


def _round(exact: Fraction, mode: Rounding) -> int:
    return divide(exact.numerator, exact.denominator, mode)


def _share_out(total: int, shares: Sequence[Fraction]) -> list[int]:
    if not shares:
        return []
    denominator = 1
    for share in shares:
        denominator *= share.denominator
    return allocate(total, [int(share * denominator) for share in shares])
