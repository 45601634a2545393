"""Hypothesis strategies: what shops, shoppers and storefronts can come up with."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Mapping
from enum import Enum
from typing import Any

from hypothesis import strategies as st

from tests.builders import a_line, an_address
from till.domain.basket import LineItem
from till.domain.money import Rounding
from till.domain.tax import RoundAt, Taxable, TaxRate

# Every code point, lone surrogates too: JSON escapes let them in.
any_text = st.text(st.characters(), max_size=20)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | any_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
    max_leaves=6,
)

amounts = st.integers(0, 10**9)
prices = st.integers(0, 10**7)
quantities = st.integers(1, 1000)
rounding = st.sampled_from(Rounding)
round_at = st.sampled_from(RoundAt)

# Up to 40 %, with the odd quarters that real rates have.
one_rate = st.builds(TaxRate, st.just("VAT"), st.integers(0, 160).map(lambda quarter: quarter * 2500))
rates = st.lists(st.builds(TaxRate, st.just(""), st.integers(0, 400_000), st.booleans()), max_size=4).map(
    lambda found: tuple(TaxRate(f"tax {n}", rate.millionths, rate.compound) for n, rate in enumerate(found))
)


@st.composite
def taxable_things(draw: st.DrawFn) -> list[Taxable]:
    """Lines of whole units, and one as a discount leaves it: units of unequal price."""
    whole = draw(st.lists(st.tuples(prices, quantities), max_size=6))
    things = [Taxable(f"line {n}", price * quantity, quantity) for n, (price, quantity) in enumerate(whole)]
    return [*things, Taxable("discounted", draw(amounts), draw(quantities))]


@st.composite
def lines(draw: st.DrawFn, key: str = "") -> LineItem:
    """A line item of any price, taxed or not, shipped or not."""
    return a_line(
        key=key or draw(st.sampled_from(["line-1", "line-2", "line-3"])),
        unit_price=draw(prices),
        quantity=draw(quantities),
        weight_grams=draw(st.integers(0, 5000)),
        requires_shipping=draw(st.booleans()),
        taxable=draw(st.booleans()),
    )


@st.composite
def several_lines(draw: st.DrawFn) -> tuple[LineItem, ...]:
    """One to five lines with keys of their own."""
    return tuple(draw(lines(key=f"line-{n}")) for n in range(draw(st.integers(1, 5))))


places = st.sampled_from(
    [
        an_address(),
        an_address(city="Toronto", province="Ontario", province_code="ON", postal_code="M5V 3L9"),
        an_address(country="United States", country_code="US", province="New York", province_code="NY"),
        an_address(country="Norway", country_code="NO", province="", province_code=""),
    ]
)


@functools.cache
def anything_of(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a domain type, drawn from its annotations alone, so that no new member is forgotten."""
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        members = {member.name: _member(member, hints[member.name]) for member in dataclasses.fields(kind)}
        return st.builds(typing.cast(Any, kind), **members)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(anything_of(arguments[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(anything_of, arguments))
    if origin in (types.UnionType, typing.Union):
        return st.one_of([anything_of(argument) for argument in arguments])
    if origin is Mapping:
        return st.dictionaries(any_text, anything_of(arguments[1]), max_size=3)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    return {
        str: any_text,
        int: st.integers(),
        bool: st.booleans(),
        object: any_json,
        types.NoneType: st.none(),
    }[kind]


def _member(member: dataclasses.Field[Any], hint: Any) -> st.SearchStrategy[Any]:
    if member.default is dataclasses.MISSING:
        return anything_of(hint)
    return st.just(member.default) | anything_of(hint)
