"""Taxes that a client put on a basket itself, and the two ways to reckon with discounts that Elastic Path documents."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import GST, PST, a_basket, a_discount, a_line, a_shop, an_address
from tests.unit.strategies import rates, round_at, rounding, several_lines
from tests.unit.test_pricing import a_shop_that_taxes
from till.domain.basket import Basket, LineItem
from till.domain.discount import DiscountKind
from till.domain.item_taxes import item_taxes, with_item_taxes
from till.domain.money import Rounding
from till.domain.pricing import price, zone_taxes
from till.domain.shop import Settings, Shop
from till.domain.tax import RoundAt, TaxItem, TaxLine, TaxRate

VAT = TaxItem("01JXTAX0000000000000000000", "VAT", 200_000)
DEAR = a_line(key="dear", unit_price=999, quantity=3)
CHEAP = a_line(key="cheap", unit_price=3)
TEN_DOLLARS_OFF = a_discount(kind=DiscountKind.FIXED, value=1000, currency="CAD")


def a_shop_that(**settings: Any) -> Shop:
    return a_shop(settings=Settings(**settings))


def a_cart(*items: TaxItem, **changes: Any) -> Basket:
    """3 x 9.99 and 1 x 0.03, sent to nowhere yet."""
    nowhere: dict[str, Any] = {"shipping": None, "shipping_address": None, "billing_address": None, "taxes": None}
    return a_basket(**nowhere | {"lines": (DEAR, CHEAP), "tax_items": items} | changes)


def on(line: LineItem, **changes: Any) -> TaxItem:
    return replace(VAT, line_key=line.key, **changes)


# The documented example: 3 x 9.99 at 20 %, 1 x 0.03 at 0 %, less 10.00


def test_with_tax_on_each_line_after_discounts_the_example_comes_to_23_99() -> None:
    shop = a_shop_that(round_at=RoundAt.LINE, rounding=Rounding.DOWN)
    totals = price(with_item_taxes(a_cart(on(DEAR), discounts=(TEN_DOLLARS_OFF,)), shop))
    assert (totals.items, totals.tax, totals.total) == (3000, 399, 2399)


def test_with_tax_on_each_unit_before_discounts_the_example_comes_to_25_97() -> None:
    shop = a_shop_that(round_at=RoundAt.SIMPLE, rounding=Rounding.DOWN)
    totals = price(with_item_taxes(a_cart(on(DEAR), discounts=(TEN_DOLLARS_OFF,)), shop))
    assert (totals.items, totals.tax, totals.total) == (3000, 597, 2597)


@pytest.mark.parametrize(("at", "total"), [(RoundAt.LINE, 2399), (RoundAt.SIMPLE, 2597)])
def test_the_shops_own_zones_reckon_alike(at: RoundAt, total: int) -> None:
    shop = a_shop_that_taxes((TaxRate("VAT", 200_000),), round_at=at, rounding=Rounding.DOWN)
    exempt = replace(CHEAP, taxable=False)
    basket = a_cart(lines=(DEAR, exempt), discounts=(TEN_DOLLARS_OFF,), shipping_address=an_address())
    assert price(replace(basket, taxes=zone_taxes(basket, shop))).total == total


def test_tax_inside_of_prices_is_inside_of_what_is_paid_whatever_the_way() -> None:
    basket = a_cart(VAT, discounts=(a_discount(value=1_000_000),))
    shop = a_shop_that(round_at=RoundAt.SIMPLE, prices_include_tax=True)
    totals = price(with_item_taxes(basket, shop))
    assert (totals.tax, totals.total) == (0, 0)


# Whose taxes


def test_a_rate_is_on_one_line_or_on_all() -> None:
    shop = a_shop_that()
    assert item_taxes(a_cart(on(CHEAP)), shop).lines == (("cheap", (TaxLine("VAT", 1),)),)
    assert item_taxes(a_cart(VAT), shop).lines == (("dear", (TaxLine("VAT", 599),)), ("cheap", (TaxLine("VAT", 1),)))


def test_a_line_with_rates_of_its_own_has_those_of_all_too() -> None:
    city = on(DEAR, name="City", millionths=50_000)
    quote = item_taxes(a_cart(VAT, city), a_shop_that())
    assert quote.lines[0] == ("dear", (TaxLine("VAT", 599), TaxLine("City", 150)))
    assert quote.total() == 599 + 150 + 1


def test_what_is_not_taxable_has_no_tax_nor_has_shipping() -> None:
    final = replace(CHEAP, taxable=False)
    basket = a_basket(lines=(DEAR, final), tax_items=(VAT,), taxes=None)
    quote = item_taxes(basket, a_shop_that(tax_shipping=True))
    assert [key for key, _ in quote.lines] == ["dear"]
    assert quote.shipping == ()
    assert quote.provider == "items"


def test_a_rate_goes_with_its_line() -> None:
    basket = a_cart(VAT, on(DEAR)).without_line("dear", a_shop())
    assert basket.tax_items == (VAT,)


def test_a_cart_without_rates_of_its_own_has_no_tax_before_it_has_an_address() -> None:
    assert with_item_taxes(a_basket(), a_shop()).taxes is None


def test_other_rates_mean_other_taxes() -> None:
    basket = with_item_taxes(a_cart(VAT), a_shop_that())
    assert basket.with_tax_items([VAT]) is basket
    assert basket.with_tax_items([]).taxes is None


@given(several_lines(), rounding, round_at, st.booleans())
def test_rates_on_all_lines_come_to_what_a_zone_with_them_does(
    lines: tuple[LineItem, ...], mode: Rounding, at: RoundAt, included: bool
) -> None:
    shop = a_shop_that_taxes((GST, PST), rounding=mode, round_at=at, prices_include_tax=included)
    items = tuple(TaxItem(rate.name, rate.name, rate.millionths) for rate in (GST, PST))
    basket = a_basket(lines=lines, discounts=(a_discount(),), taxes=None, tax_items=items)
    by_items, by_zone = item_taxes(basket, shop), zone_taxes(basket, shop)
    assert (by_items.lines, by_items.included) == (by_zone.lines, by_zone.included)


@given(several_lines(), rates, rounding)
def test_simple_tax_does_not_know_of_discounts(
    lines: tuple[LineItem, ...], found: tuple[TaxRate, ...], mode: Rounding
) -> None:
    shop = a_shop_that_taxes(found, rounding=mode, round_at=RoundAt.SIMPLE)
    plain = a_basket(lines=lines, shipping=None, taxes=None)
    reduced = replace(plain, discounts=(a_discount(),))
    assert zone_taxes(plain, shop) == zone_taxes(reduced, shop)


def test_a_gift_is_not_taxed_whatever_was_put_on_it() -> None:
    gift = a_line(key="gift", unit_price=0, gift_of="promotion")
    basket = a_cart(on(DEAR), on(gift, id="01JXTAX0000000000000000001", amount=50), lines=(DEAR, gift))
    assert item_taxes(basket, a_shop()) == item_taxes(a_cart(on(DEAR)), a_shop())


def test_an_amount_is_for_its_whole_line_beside_the_rates_and_keeps_its_name() -> None:
    deposit = on(DEAR, id="deposit", name="Deposit", millionths=0, amount=50)
    quote = item_taxes(a_cart(VAT, deposit), a_shop_that(round_at=RoundAt.LINE))
    assert quote.lines == (
        ("dear", (TaxLine("VAT", 599), TaxLine("Deposit", 50))),
        ("cheap", (TaxLine("VAT", 1),)),
    )
    assert (quote.provider, quote.included, quote.shipping, quote.fees) == ("items", False, (), ())
