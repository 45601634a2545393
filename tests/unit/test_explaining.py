"""Why an order costs what it costs: the steps are the total, and each says what was rounded and what was split."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import GST, PST, a_basket, a_discount, a_fee, a_line, a_shop
from tests.unit.strategies import rates, round_at, rounding, several_lines
from tests.unit.test_discounts import baskets
from tests.unit.test_item_taxes import VAT
from tests.unit.test_pricing import a_shop_that_taxes, taxed
from till.domain.basket import Basket, LineItem
from till.domain.discount import DiscountKind
from till.domain.explaining import WHOLE, Explained, Given, Rounded, Share, Split, StepKind, explain
from till.domain.fee import FeeKind
from till.domain.item_taxes import item_taxes
from till.domain.money import Rounding
from till.domain.pricing import FEES, SHIPPING, price
from till.domain.shop import Settings, Shop
from till.domain.tax import RoundAt, TaxLine, TaxQuote, TaxRate

_TAX = (StepKind.TAX, StepKind.INCLUDED_TAX)


def only(kind: StepKind, basket: Basket, shop: Shop) -> Explained:
    (found,) = (step for step in explain(basket, shop) if step.kind is kind)
    return found


# What a merchant asks


def test_the_recorded_order_is_explained_from_its_line_to_its_262_dollars() -> None:
    assert explain(a_basket(), a_shop()) == (
        Explained(StepKind.LINE, "1 x ABS", 22500, (Given("line-1", 22500),), "line-1"),
        Explained(StepKind.SHIPPING, "Standard", 1000, (Given(SHIPPING, 1000),)),
        Explained(StepKind.TAX, "GST", 1125, (Rounded("line-1", 22500, Fraction(5, 100)),)),
        Explained(StepKind.TAX, "PST", 1575, (Rounded("line-1", 22500, Fraction(7, 100)),)),
    )


def test_ten_percent_off_three_lines_shows_who_bears_the_cent_that_is_left() -> None:
    lines = tuple(a_line(key=key, unit_price=333) for key in "abc")
    step = only(StepKind.DISCOUNT, a_basket(lines=lines, discounts=(a_discount(),)), a_shop())
    third = Fraction(100, 3)
    shares = (Share("a", third, 34), Share("b", third, 33), Share("c", third, 33))
    assert step.amount == -100
    assert step.workings == (Rounded("SAVE10", 999, Fraction(1, 10)), Split("SAVE10", 100, shares))


def test_the_second_discount_is_reckoned_on_what_the_one_for_some_products_left() -> None:
    wide = a_discount(id="wide", code="ALL10")
    narrow = a_discount(id="narrow", code="86OFF", kind=DiscountKind.FIXED, value=2500, products=("86",))
    steps = [one for one in explain(a_basket(discounts=(wide, narrow)), a_shop()) if one.kind is StepKind.DISCOUNT]
    assert [one.label for one in steps] == ["86OFF", "ALL10"]
    assert steps[1].workings[0] == Rounded("ALL10", 20000, Fraction(1, 10))


def test_a_code_that_takes_off_nothing_says_why() -> None:
    step = only(StepKind.DISCOUNT, a_basket(discounts=(a_discount(minimum_quantity=9),)), a_shop())
    assert (step.amount, step.workings) == (0, ())
    assert step.problem == "This order is too small for SAVE10."


def test_free_shipping_takes_off_what_shipping_costs() -> None:
    step = only(StepKind.DISCOUNT, a_basket(discounts=(a_discount(kind=DiscountKind.FREE_SHIPPING),)), a_shop())
    assert (step.amount, step.workings) == (-1000, (Given(SHIPPING, 1000),))


def test_a_fee_is_an_amount_or_a_share_of_the_goods() -> None:
    share = a_fee(id="share", kind=FeeKind.PERCENTAGE, value=33_333)
    fixed, percent = (one for one in explain(a_basket(fees=(a_fee(), share)), a_shop()) if one.kind is StepKind.FEE)
    assert (fixed.amount, fixed.workings, fixed.of) == (500, (Given(WHOLE, 500),), "wrapping")
    assert (percent.amount, percent.workings) == (750, (Rounded(WHOLE, 22500, Fraction(33_333, 1_000_000)),))


def test_tax_in_the_prices_is_rounded_once_and_split_among_its_rates() -> None:
    shop = a_shop_that_taxes((GST, PST), prices_include_tax=True)
    step = only(StepKind.INCLUDED_TAX, taxed(a_basket(lines=(a_line(unit_price=999),)), shop), shop)
    assert (step.label, step.amount, step.included) == ("GST, PST", 0, 107)
    rounded, among = step.workings
    assert rounded == Rounded("line-1", 999, Fraction(12, 112))
    assert among == Split("line-1", 107, (Share("GST", Fraction(535, 12), 45), Share("PST", Fraction(749, 12), 62)))


def test_a_document_rounded_as_one_is_shared_out_to_its_lines() -> None:
    shop = a_shop_that_taxes((TaxRate("VAT", 230_000),), round_at=RoundAt.DOCUMENT)
    lines = tuple(a_line(key=f"{n}", unit_price=250) for n in range(4))
    rounded, among = only(StepKind.TAX, taxed(a_basket(lines=lines, shipping=None), shop), shop).workings
    assert (rounded.of, rounded.amount) == (WHOLE, 230)
    assert isinstance(among, Split)
    assert [(one.exact, one.amount) for one in among.shares] == [
        (Fraction(115, 2), amount) for amount in (58, 58, 57, 57)
    ]


@pytest.mark.parametrize(
    ("basket", "shop"),
    [
        (a_basket(), a_shop(tax_zones=())),
        (a_basket(), a_shop(settings=Settings(rounding=Rounding.DOWN, prices_include_tax=True))),
        (a_basket(tax_items=(VAT,)), a_shop()),
    ],
)
def test_taxes_that_the_rules_of_today_do_not_come_to_are_shown_as_they_are_stored(basket: Basket, shop: Shop) -> None:
    steps = [one for one in explain(basket, shop) if one.kind is StepKind.TAX]
    assert all(one.is_stored for one in steps)
    assert [one.workings for one in steps] == [(Given("line-1", 1125),), (Given("line-1", 1575),)]


def test_a_providers_figures_are_shown_as_given_for_lines_shipping_and_fees() -> None:
    taxes = TaxQuote(
        False, (("line-1", (TaxLine("VAT", 7),)),), (TaxLine("VAT", 2),), "acme", "q", (TaxLine("VAT", 1),)
    )
    step = only(StepKind.TAX, a_basket(taxes=taxes), a_shop())
    assert (step.amount, step.is_stored) == (10, True)
    assert step.workings == (Given("line-1", 7), Given(SHIPPING, 2), Given(FEES, 1))


# Properties


def by_thing(steps: tuple[Explained, ...]) -> Counter[str]:
    """The tax on each thing, as the workings have it: what was shared out last, or else what was rounded."""
    found: Counter[str] = Counter()
    for step in steps:
        is_document = any(one.of == WHOLE for one in step.workings)
        for one in step.workings:
            if isinstance(one, Split) and is_document and one.of != WHOLE:
                found.update({share.of: share.amount for share in one.shares})
            elif isinstance(one, Given) or (isinstance(one, Rounded) and not is_document):
                found[one.of] += one.amount
    return found


def explained(basket: Basket, shop: Shop) -> None:
    """Every number of the total is there, and follows from the ones before it."""
    steps, totals, quote = explain(basket, shop), price(basket), basket.taxes
    assert sum(step.amount for step in steps) == totals.total
    assert sum(step.included for step in steps) == totals.tax_included
    assert not any(step.is_stored for step in steps)
    for step in steps:
        splits = [one for one in step.workings if isinstance(one, Split)]
        assert all(sum(share.amount for share in one.shares) == one.amount for one in splits)
        assert all(abs(share.exact - share.amount) < 1 for one in splits for share in one.shares)
        if step.kind is not StepKind.DISCOUNT:
            reckoned = sum(one.amount for one in step.workings if not isinstance(one, Split))
            assert step.amount + step.included == reckoned
    reduced = {one.discount.id: one for one in totals.discounts}
    for step in steps:
        if step.kind is StepKind.DISCOUNT:
            splits = [one for one in step.workings if isinstance(one, Split)]
            assert {one.of: one.amount for among in splits for one in among.shares if one.amount} == dict(
                reduced[step.of].lines
            )
    assert quote is not None
    on_things = [*quote.lines, (SHIPPING, quote.shipping), (FEES, quote.fees)]
    stored = Counter({of: sum(tax.amount for tax in found) for of, found in on_things})
    assert +by_thing(tuple(step for step in steps if step.kind in _TAX)) == +stored


@given(baskets(), rates, rounding, round_at, st.booleans())
def test_the_steps_are_the_total_however_a_shop_taxes_and_rounds(
    basket: Basket, found: tuple[TaxRate, ...], mode: Rounding, at: RoundAt, included: bool
) -> None:
    shop = a_shop_that_taxes(found, rounding=mode, round_at=at, prices_include_tax=included, tax_shipping=True)
    share = a_fee(id="share", kind=FeeKind.PERCENTAGE, value=33_333, line_key=basket.lines[0].key)
    explained(taxed(replace(basket, fees=(a_fee(taxable=True), share)), shop), shop)


@given(several_lines(), rates, rounding, round_at, st.booleans())
def test_rates_that_a_client_set_are_explained_alike(
    lines: tuple[LineItem, ...], found: tuple[TaxRate, ...], mode: Rounding, at: RoundAt, included: bool
) -> None:
    shop = a_shop_that_taxes((), rounding=mode, round_at=at, prices_include_tax=included)
    items = tuple(replace(VAT, name=rate.name, millionths=rate.millionths) for rate in found)
    one_line = replace(VAT, name="deposit", amount=25, line_key=lines[0].key)
    basket = a_basket(lines=lines, tax_items=(*items, one_line), shipping=None)
    explained(replace(basket, taxes=item_taxes(basket, shop)), shop)
