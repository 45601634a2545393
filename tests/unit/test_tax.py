"""Tax comes to the same whichever way it is looked at, and is rounded once, where the shop says."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.strategies import one_rate, prices, quantities, rates, round_at, rounding, taxable_things
from till.domain.money import Rounding, divide
from till.domain.region import Region
from till.domain.tax import (
    RoundAt,
    Taxable,
    TaxLine,
    TaxQuote,
    TaxRate,
    TaxZone,
    effective_rates,
    taxes,
    zone_for,
)

GST = TaxRate("GST", 50_000)
QST = TaxRate("QST", 95_000, compound=True)
VAT_19 = TaxRate("VAT", 190_000)
VAT_23 = TaxRate("VAT", 230_000)


def sum_of(found: dict[str, tuple[TaxLine, ...]]) -> int:
    return sum(tax.amount for on_thing in found.values() for tax in on_thing)


# Recorded cases


def test_tax_of_less_than_a_cent_is_rounded_and_never_stored_as_a_fraction() -> None:
    rate = TaxRate("Sales tax", 107_500)
    found = taxes([Taxable("line 1", 2499)], [rate], False, Rounding.HALF_UP, RoundAt.LINE)
    assert found == {"line 1": (TaxLine("Sales tax", 269),)}


@pytest.mark.parametrize(("at", "total"), [(RoundAt.UNIT, 16990), (RoundAt.LINE, 16993), (RoundAt.DOCUMENT, 16993)])
def test_ten_units_cost_what_the_shop_rounds_per_unit_or_per_line(at: RoundAt, total: int) -> None:
    found = taxes([Taxable("line 1", 14280, 10)], [VAT_19], False, Rounding.HALF_UP, at)
    assert 14280 + sum_of(found) == total


@pytest.mark.parametrize(("at", "tax"), [(RoundAt.UNIT, 232), (RoundAt.LINE, 232), (RoundAt.DOCUMENT, 230)])
def test_four_lines_cost_what_the_shop_rounds_per_line_or_per_document(at: RoundAt, tax: int) -> None:
    four = [Taxable(f"line {n}", 250) for n in range(4)]
    assert sum_of(taxes(four, [VAT_23], False, Rounding.HALF_UP, at)) == tax


def test_a_document_total_is_shared_out_to_the_lines() -> None:
    four = [Taxable(f"line {n}", 250) for n in range(4)]
    found = taxes(four, [VAT_23], False, Rounding.HALF_UP, RoundAt.DOCUMENT)
    assert [tax.amount for on_line in found.values() for tax in on_line] == [58, 58, 57, 57]


def test_a_compound_rate_is_charged_on_the_price_and_the_rates_before_it() -> None:
    assert effective_rates([GST, QST]) == (Fraction(5, 100), Fraction(9975, 100_000))
    found = taxes([Taxable("line 1", 10_000)], [GST, QST], False, Rounding.HALF_UP, RoundAt.LINE)
    assert found == {"line 1": (TaxLine("GST", 500), TaxLine("QST", 998))}


def test_half_a_cent_of_tax_is_rounded_as_the_shop_says() -> None:
    half = [Taxable("line 1", 50)]
    ten_percent_of_five = TaxRate("VAT", 10_000)
    assert sum_of(taxes(half, [ten_percent_of_five], False, Rounding.HALF_UP, RoundAt.LINE)) == 1
    assert sum_of(taxes(half, [ten_percent_of_five], False, Rounding.HALF_EVEN, RoundAt.LINE)) == 0


def test_units_that_a_discount_left_unequal_are_rounded_each_on_its_own() -> None:
    # 0.57 for two: one unit of 0.28 (tax 0.0644, so 0.06) and one of 0.29 (tax 0.0667, so 0.07).
    found = taxes([Taxable("line 1", 57, 2)], [VAT_23], False, Rounding.HALF_UP, RoundAt.UNIT)
    assert sum_of(found) == 13


def test_included_tax_is_taken_out_of_the_price() -> None:
    found = taxes([Taxable("line 1", 11_900)], [VAT_19], True, Rounding.HALF_UP, RoundAt.LINE)
    assert found == {"line 1": (TaxLine("VAT", 1900),)}


# Properties


@given(taxable_things(), rates, st.booleans(), rounding, round_at)
def test_every_thing_names_every_rate_and_none_is_negative(
    things: list[Taxable], found: tuple[TaxRate, ...], included: bool, mode: Rounding, at: RoundAt
) -> None:
    result = taxes(things, found, included, mode, at)
    assert list(result) == [thing.key for thing in things]
    for on_thing in result.values():
        assert [tax.name for tax in on_thing] == [rate.name for rate in found]
        assert all(tax.amount >= 0 for tax in on_thing)


@given(taxable_things(), rates, rounding)
def test_added_tax_of_a_document_is_each_rate_on_the_whole_rounded_once(
    things: list[Taxable], found: tuple[TaxRate, ...], mode: Rounding
) -> None:
    result = taxes(things, found, False, mode, RoundAt.DOCUMENT)
    whole = sum(thing.amount for thing in things)
    for position, share in enumerate(effective_rates(found)):
        shared_out = sum(on_thing[position].amount for on_thing in result.values())
        assert shared_out == divide(whole * share.numerator, share.denominator, mode)


@given(taxable_things(), rates, rounding)
def test_included_tax_of_a_document_is_all_rates_out_of_the_whole_rounded_once(
    things: list[Taxable], found: tuple[TaxRate, ...], mode: Rounding
) -> None:
    whole, rate = sum(thing.amount for thing in things), sum(effective_rates(found), Fraction(0))
    exact = whole * rate / (1 + rate)
    result = taxes(things, found, True, mode, RoundAt.DOCUMENT)
    assert sum_of(result) == divide(exact.numerator, exact.denominator, mode)


@given(taxable_things(), rates, st.booleans(), rounding, round_at)
def test_rounding_moves_the_tax_by_no_more_than_half_a_unit_each_time_or_by_one_where_it_only_goes_down(
    things: list[Taxable], found: tuple[TaxRate, ...], included: bool, mode: Rounding, at: RoundAt
) -> None:
    whole = sum(thing.amount for thing in things)
    rate = sum(effective_rates(found), Fraction(0))
    exact = whole * rate / (1 + rate) if included else whole * rate
    places = {RoundAt.LINE: len(things), RoundAt.DOCUMENT: 1}
    roundings = places.get(at, sum(thing.quantity for thing in things)) * (1 if included else len(found))
    moved = sum_of(taxes(things, found, included, mode, at)) - exact
    if mode is Rounding.DOWN:
        assert -roundings <= moved <= 0
    else:
        assert abs(moved) <= Fraction(roundings, 2)


@given(prices, quantities, one_rate, rounding, round_at)
def test_a_price_with_its_tax_added_contains_exactly_that_tax(
    price: int, quantity: int, rate: TaxRate, mode: Rounding, at: RoundAt
) -> None:
    net = Taxable("line 1", price * quantity, quantity)
    added = sum_of(taxes([net], [rate], False, mode, at))
    gross = Taxable("line 1", net.amount + added, quantity)
    assert sum_of(taxes([gross], [rate], True, mode, at)) == added


@given(prices, rates, rounding)
def test_several_rates_added_and_included_differ_by_no_more_than_their_roundings(
    price: int, found: tuple[TaxRate, ...], mode: Rounding
) -> None:
    added = sum_of(taxes([Taxable("line 1", price)], found, False, mode, RoundAt.LINE))
    included = sum_of(taxes([Taxable("line 1", price + added)], found, True, mode, RoundAt.LINE))
    assert abs(included - added) <= (max(len(found) - 1, 0) if mode is Rounding.DOWN else len(found) // 2)


@given(prices, quantities, rates, st.booleans(), rounding, round_at)
def test_one_unit_more_is_never_less_tax(
    price: int, quantity: int, found: tuple[TaxRate, ...], included: bool, mode: Rounding, at: RoundAt
) -> None:
    def tax_on(units: int) -> int:
        return sum_of(taxes([Taxable("line 1", price * units, units)], found, included, mode, at))

    assert tax_on(quantity) <= tax_on(quantity + 1)


@given(taxable_things(), rates, st.booleans(), rounding, round_at)
def test_a_quote_adds_up_by_line_and_by_name(
    things: list[Taxable], found: tuple[TaxRate, ...], included: bool, mode: Rounding, at: RoundAt
) -> None:
    result = taxes(things, found, included, mode, at)
    shipping = result.pop("discounted")
    quote = TaxQuote(included, tuple(result.items()), shipping)
    assert quote.total() == sum_of(result) + sum(tax.amount for tax in shipping)
    assert sum(tax.amount for tax in quote.by_name()) == quote.total()
    assert [tax.name for tax in quote.by_name()] == [rate.name for rate in found]


def test_nothing_to_tax_is_no_tax() -> None:
    assert taxes([], [GST], False, Rounding.HALF_UP, RoundAt.DOCUMENT) == {}
    assert taxes([Taxable("line 1", 100)], [], True, Rounding.HALF_UP, RoundAt.DOCUMENT) == {"line 1": ()}


def test_two_rates_of_one_name_are_shown_as_one() -> None:
    quote = TaxQuote(False, (("a", (TaxLine("VAT", 1),)), ("b", (TaxLine("Eco", 2),))), (TaxLine("VAT", 3),))
    assert quote.by_name() == (TaxLine("VAT", 4), TaxLine("Eco", 2))


# Which zone


def a_zone(zone_id: str, *regions: Region) -> TaxZone:
    return TaxZone(zone_id, zone_id, regions, (GST,))


def test_the_zone_that_names_a_place_most_exactly_taxes_it() -> None:
    world, canada = a_zone("world", Region("*")), a_zone("canada", Region("CA"))
    west = a_zone("west", Region("CA", ("BC", "AB")), Region("US", ("WA",)))
    zones = [world, canada, west]
    for country, province, expected in [
        ("CA", "AB", west), ("US", "WA", west), ("CA", "MB", canada), ("CA", "", canada), ("US", "NY", world),
    ]:  # fmt: skip
        assert zone_for(zones, country, province) is expected
        assert zone_for(reversed(zones), country, province) is expected


def test_the_first_of_equal_zones_wins_and_no_zone_is_no_tax() -> None:
    first, second = a_zone("first", Region("CA")), a_zone("second", Region("CA"))
    assert zone_for([first, second], "CA", "MB") is first
    assert zone_for([first, second], "NO", "") is None
    assert zone_for([a_zone("west", Region("CA", ("BC",)))], "CA", "MB") is None


@pytest.mark.parametrize("shares", [(50_000, 70_000), (70_000, 50_000), (99_750, 50_000), (50_000, 99_750)])
def test_tax_inside_of_a_price_is_shared_out_by_rate_in_whatever_order_they_stand(shares: tuple[int, ...]) -> None:
    found = [TaxRate(f"tax {number}", share) for number, share in enumerate(shares)]
    price = 1_000_000 + sum(shares)
    (lines,) = taxes([Taxable("line", price)], found, True, Rounding.HALF_UP, RoundAt.LINE).values()
    assert [line.amount for line in lines] == list(shares)


@pytest.mark.parametrize(("amount", "tax"), [(7, 0), (9, 1)])
def test_the_dearer_unit_of_a_discounted_line_is_rounded_on_its_own(amount: int, tax: int) -> None:
    ten_percent = [TaxRate("VAT", 100_000)]
    (lines,) = taxes([Taxable("line", amount, 2)], ten_percent, False, Rounding.HALF_UP, RoundAt.UNIT).values()
    assert lines == (TaxLine("VAT", tax),)
