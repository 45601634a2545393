"""How a total came about: each step of it, and in each step what was rounded and what was split, in order.

Nothing is decided here. A step's amount is the one that `pricing` charges; taxes are explained by the shop's rules as
long as these give again what is stored, and are shown as stored where they do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from math import lcm

from till.domain.basket import Basket
from till.domain.discount import Discount, DiscountKind
from till.domain.discounting import MILLION, Reduction, discounted
from till.domain.fee import Fee, FeeKind
from till.domain.item_taxes import item_taxes, taxed_by_items
from till.domain.money import Rounding, allocate, divide
from till.domain.pricing import FEES, SHIPPING, price, taxed_by_zone, zone_taxes
from till.domain.shop import Shop
from till.domain.tax import RoundAt, Taxable, TaxLine, TaxQuote, TaxRate, effective_rates

# What is taxed or reckoned as one: all that is rounded together, the goods after discounts.
WHOLE = "whole"


class StepKind(StrEnum):
    """What a step of the total is for. INCLUDED_TAX adds nothing: it is in the prices."""

    LINE = "line"
    SHIPPING = "shipping"
    DISCOUNT = "discount"
    FEE = "fee"
    TAX = "tax"
    INCLUDED_TAX = "included_tax"


@dataclass(frozen=True, slots=True)
class Given:
    """An amount that somebody set, for each of so many units. `of` is a line's key, shipping, fees, or a discount."""

    of: str
    each: int
    units: int = 1

    @property
    def amount(self) -> int:
        """All of it, in minor units."""
        return self.each * self.units


@dataclass(frozen=True, slots=True)
class Rounded:
    """A share of `base` (minor units) that is rounded to a whole number, once for each of so many units."""

    of: str
    base: int
    share: Fraction
    mode: Rounding = Rounding.HALF_UP
    units: int = 1

    @property
    def exact(self) -> Fraction:
        """Of one unit, before it is rounded."""
        return self.base * self.share

    @property
    def amount(self) -> int:
        """All of it, in minor units."""
        return divide(self.exact.numerator, self.exact.denominator, self.mode) * self.units


@dataclass(frozen=True, slots=True)
class Share:
    """What falls to one of those that an amount is split among: exactly, and in minor units."""

    of: str
    exact: Fraction
    amount: int


@dataclass(frozen=True, slots=True)
class Split:
    """An amount split by weight. Each gets the whole units of its share; who is left with the largest remainders, one
    unit more."""

    of: str
    amount: int
    shares: tuple[Share, ...]


type Working = Given | Rounded | Split


@dataclass(frozen=True, slots=True)
class Explained:
    """A step of the total: `amount` is what it adds, and `included` the tax that is in the prices already.

    `of` is the line's key, or the id of the discount or fee. `is_stored` says of a tax that the shop's rules of today
    do not come to it: it is a provider's, or the rules were others. `problem` is why a discount takes off nothing.
    """

    kind: StepKind
    label: str
    amount: int
    workings: tuple[Working, ...] = ()
    of: str = ""
    included: int = 0
    is_stored: bool = False
    problem: str = ""


def explain(basket: Basket, shop: Shop) -> tuple[Explained, ...]:
    """The steps in the order in which they are reckoned; their amounts sum to the basket's total."""
    totals = price(basket)
    steps = [
        Explained(StepKind.LINE, step.label, step.amount, (Given(line.key, line.unit_price, line.quantity),), line.key)
        for line, step in zip(basket.lines, totals.steps, strict=False)
    ]
    if basket.shipping:
        shipping = (Given(SHIPPING, totals.shipping),)
        steps.append(Explained(StepKind.SHIPPING, basket.shipping.description, totals.shipping, shipping))
    steps += _discounts(basket, totals.discounts)
    left = discounted(basket, totals.discounts)
    steps += [
        Explained(StepKind.FEE, fee.text, amount, (_fee(fee, left),), fee.id or fee.plugin_id)
        for fee, amount in totals.fees
    ]
    return (*steps, *(_taxes(basket, basket.taxes, shop) if basket.taxes else ()))


def split(of: str, amount: int, weights: Sequence[tuple[str, Fraction]]) -> Split:
    """As `allocate` splits it, by weights that need not be whole numbers."""
    scale = lcm(*(weight.denominator for _, weight in weights))
    parts = allocate(amount, [int(weight * scale) for _, weight in weights])
    total = sum(weight for _, weight in weights)
    exact = [
        amount * weight / total if total else Fraction(part) for (_, weight), part in zip(weights, parts, strict=True)
    ]
    shares = (Share(name, one, part) for (name, _), one, part in zip(weights, exact, parts, strict=True))
    return Split(of, amount, tuple(shares))


def _discounts(basket: Basket, reduced: Iterable[Reduction]) -> Iterator[Explained]:
    """Those of some products come first, and each next one is of what the ones before have left."""
    left = {line.key: line.subtotal for line in basket.lines}
    for one in sorted(reduced, key=lambda one: not one.discount.is_narrow):
        discount, problem = one.discount, one.problem.message if one.problem else ""
        weights = [(line.key, Fraction(left[line.key])) for line in basket.lines if discount.is_for(line)]
        workings = () if problem else tuple(_reckoned(discount, one, weights))
        yield Explained(StepKind.DISCOUNT, discount.code, -one.amount, workings, discount.id, problem=problem)
        for key, amount in one.lines:
            left[key] -= amount


def _reckoned(discount: Discount, made: Reduction, weights: Sequence[tuple[str, Fraction]]) -> Iterator[Working]:
    if discount.kind is DiscountKind.FREE_SHIPPING:
        yield Given(SHIPPING, made.amount)
        return
    base = int(sum(weight for _, weight in weights))
    if discount.kind is DiscountKind.PERCENTAGE:
        yield Rounded(discount.code, base, Fraction(discount.value, MILLION))
    else:
        yield Given(discount.code, discount.value)
    yield split(discount.code, made.amount, weights)


def _fee(fee: Fee, left: dict[str, int]) -> Working:
    if fee.kind is FeeKind.FIXED:
        return Given(fee.line_key or WHOLE, fee.value)
    base = left.get(fee.line_key, 0) if fee.line_key else sum(left.values())
    return Rounded(fee.line_key or WHOLE, base, Fraction(fee.value, MILLION))


@dataclass(frozen=True, slots=True)
class _Rules:
    """Things by the rates that they are taxed at together, and amounts that are set."""

    groups: Sequence[tuple[tuple[TaxRate, ...], Sequence[Taxable]]]
    fixed: Sequence[tuple[str, TaxLine]]
    mode: Rounding
    at: RoundAt


def _taxes(basket: Basket, quote: TaxQuote, shop: Shop) -> Iterator[Explained]:
    rules, is_stored = _rules(basket, quote, shop)
    names = quote.by_name()
    if not quote.included:
        for name, amount in ((one.name, one.amount) for one in names):
            workings = tuple(_added(rules, name)) + _set(rules, {name})
            yield Explained(StepKind.TAX, name, amount, workings, is_stored=is_stored)
    elif names:
        label, workings = ", ".join(one.name for one in names), tuple(_included(rules))
        workings += _set(rules, {one.name for one in names})
        yield Explained(StepKind.INCLUDED_TAX, label, 0, workings, included=quote.total(), is_stored=is_stored)


def _rules(basket: Basket, quote: TaxQuote, shop: Shop) -> tuple[_Rules, bool]:
    """By which the stored taxes come about; or these themselves, and True, where the shop's rules do not give them."""
    mode, at = shop.settings.rounding, shop.settings.round_at
    if basket.tax_items and quote == item_taxes(basket, shop):
        by_rates, fixed = taxed_by_items(basket, shop)
        given = [(key, tax) for key, taxes in fixed.items() for tax in taxes]
        return _Rules(list(by_rates.items()), given, mode, at), False
    if not basket.tax_items and quote == zone_taxes(basket, shop):
        things, rates, _ = taxed_by_zone(basket, shop)
        named = [replace(thing, key=thing.key.removeprefix("line ")) for thing in things]
        return _Rules([(rates, named)], (), mode, at), False
    stored = (*quote.lines, (SHIPPING, quote.shipping), (FEES, quote.fees))
    return _Rules((), [(of, tax) for of, taxes in stored for tax in taxes], mode, at), True


def _set(rules: _Rules, names: set[str]) -> tuple[Given, ...]:
    return tuple(Given(of, tax.amount) for of, tax in rules.fixed if tax.name in names)


def _added(rules: _Rules, name: str) -> Iterator[Working]:
    """The rates of one name, on all that they tax: each rate is rounded on its own."""
    for rates, things in rules.groups:
        for rate, share in zip(rates, effective_rates(rates), strict=True):
            if rate.name == name and things:
                for whole in _rounded(rules, things, share):
                    yield whole
                    if rules.at is RoundAt.DOCUMENT:
                        yield _shared_out(name, whole.amount, things)


def _included(rules: _Rules) -> Iterator[Working]:
    """All rates together are rounded, and then split among them, so that net plus tax is the price."""
    for rates, things in rules.groups:
        shares = list(zip((rate.name for rate in rates), effective_rates(rates), strict=True))
        whole = sum((share for _, share in shares), Fraction(0))
        if not shares or not things:
            continue
        for one in _rounded(rules, things, whole / (1 + whole)):
            yield one
            among = split(one.of, one.amount, shares)
            if len(shares) > 1:
                yield among
            if rules.at is RoundAt.DOCUMENT:
                yield from (_shared_out(share.of, share.amount, things) for share in among.shares)


def _rounded(rules: _Rules, things: Sequence[Taxable], share: Fraction) -> Iterator[Rounded]:
    """Where the shop rounds: all things at once, each, or each of their units."""
    if rules.at is RoundAt.DOCUMENT:
        yield Rounded(WHOLE, sum(thing.amount for thing in things), share, rules.mode)
        return
    for thing in things:
        if rules.at is RoundAt.LINE:
            yield Rounded(thing.key, thing.amount, share, rules.mode)
            continue
        unit, dearer = divmod(thing.amount, thing.quantity)
        for base, units in ((unit, thing.quantity - dearer), (unit + 1, dearer)):
            if units:
                yield Rounded(thing.key, base, share, rules.mode, units)


def _shared_out(of: str, amount: int, things: Sequence[Taxable]) -> Split:
    return split(of, amount, [(thing.key, Fraction(thing.amount)) for thing in things])
