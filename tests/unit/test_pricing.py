"""What an order comes to: the parts are the whole, and what the shopper agreed to is what is charged."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from tests.builders import (
    EXPEDITED,
    GST,
    STANDARD,
    a_basket,
    a_customer,
    a_line,
    a_payment,
    a_shop,
    an_address,
)
from tests.unit.strategies import places, rates, round_at, rounding, several_lines
from till.domain.basket import Basket, LineItem
from till.domain.money import Rounding
from till.domain.payment import Payment
from till.domain.pricing import SHIPPING, Step, fingerprint, price, zone_taxes
from till.domain.region import Region
from till.domain.shipping import ShippingLine
from till.domain.shop import Settings, Shop
from till.domain.tax import RoundAt, TaxLine, TaxQuote, TaxRate, TaxZone

type Lines = tuple[LineItem, ...]


def a_shop_that_taxes(found: tuple[TaxRate, ...], **settings: Any) -> Shop:
    """The same rates everywhere."""
    return a_shop(settings=Settings(**settings), tax_zones=(TaxZone("all", "All", (Region("*"),), found),))


def taxed(basket: Basket, shop: Shop) -> Basket:
    return replace(basket, taxes=zone_taxes(basket, shop))


# Recorded totals


def test_the_recorded_order_comes_to_262_dollars() -> None:
    totals = price(a_basket())
    assert (totals.items, totals.shipping, totals.tax, totals.tax_included) == (22500, 1000, 2700, 0)
    assert totals.taxes == (TaxLine("GST", 1125), TaxLine("PST", 1575))
    assert totals.total == 26200
    assert totals.steps == (
        Step("1 x ABS", 22500),
        Step("Standard", 1000),
        Step("GST", 1125),
        Step("PST", 1575),
    )


@pytest.mark.parametrize(
    ("names", "label"),
    [
        ({"sku": "ABS", "platform_id": "66"}, "1 x ABS"),
        ({"sku": "", "platform_id": "66"}, "1 x 66"),
        ({"sku": "", "platform_id": ""}, "1 x Default Title"),
    ],
)
def test_a_step_is_named_by_the_sku_or_what_else_the_line_is_known_by(names: dict[str, str], label: str) -> None:
    totals = price(a_basket(lines=(a_line(**names),)))
    assert (totals.steps[0].label, totals.currency) == (label, "CAD")


@pytest.mark.parametrize("included", [True, False])
def test_where_no_zone_taxes_the_quote_still_says_whether_prices_hold_tax(included: bool) -> None:
    shop = a_shop(settings=Settings(prices_include_tax=included), tax_zones=())
    assert zone_taxes(a_basket(), shop) == TaxQuote(included, (), ())


def test_a_total_with_tax_below_a_cent_is_the_total_that_is_charged() -> None:
    shop = a_shop_that_taxes((TaxRate("Sales tax", 107_500),))
    basket = a_basket(lines=(a_line(unit_price=2499),), shipping=ShippingLine("post", "Post", 644))
    totals = price(taxed(basket, shop))
    assert (totals.tax, totals.total) == (269, 3412)


def test_the_figure_of_an_external_tax_service_is_stored_as_given() -> None:
    given_tax = TaxLine("Sales tax", 268)
    quote = TaxQuote(False, (("line-1", (given_tax,)),), (), provider="external", reference="quote-7")
    basket = a_basket(lines=(a_line(unit_price=2499),), shipping=ShippingLine("post", "Post", 644), taxes=quote)
    assert basket.taxes == quote
    assert price(basket).taxes == (given_tax,)
    assert price(basket).total == 2499 + 644 + 268


@pytest.mark.parametrize(("at", "total"), [(RoundAt.UNIT, 16990), (RoundAt.LINE, 16993)])
def test_the_shop_chooses_where_tax_is_rounded(at: RoundAt, total: int) -> None:
    shop = a_shop_that_taxes((TaxRate("VAT", 190_000),), round_at=at)
    basket = taxed(a_basket(lines=(a_line(unit_price=1428, quantity=10),), shipping=None), shop)
    assert price(basket).total == total


# The default tax, by zones


@pytest.mark.parametrize(
    ("of_shop", "of_zone", "result"),
    [(False, None, False), (True, None, True), (True, False, False), (False, True, True)],
)
def test_the_shop_decides_about_included_tax_and_tax_on_shipping_and_its_zone_has_the_last_word(
    of_shop: bool, of_zone: bool | None, result: bool
) -> None:
    zone = TaxZone("all", "All", (Region("*"),), (GST,), included=of_zone, tax_shipping=of_zone)
    shop = a_shop(settings=Settings(prices_include_tax=of_shop, tax_shipping=of_shop), tax_zones=(zone,))
    quote = zone_taxes(a_basket(), shop)
    assert quote.included is result
    assert bool(quote.shipping) is result


def test_included_tax_is_shown_and_adds_nothing() -> None:
    shop = a_shop_that_taxes((TaxRate("VAT", 190_000),), prices_include_tax=True)
    totals = price(taxed(a_basket(lines=(a_line(unit_price=11_900),), shipping=None), shop))
    assert (totals.tax, totals.tax_included, totals.total) == (1900, 1900, 11_900)
    assert totals.steps == (Step("1 x ABS", 11_900),)


def test_tax_exempt_products_bear_no_tax() -> None:
    basket = a_basket(lines=(a_line(key="book", taxable=False), a_line(key="brewer")))
    assert basket.taxes is not None
    assert [key for key, _ in basket.taxes.lines] == ["brewer"]


def test_a_line_called_shipping_is_not_taken_for_the_shipping() -> None:
    shop = a_shop_that_taxes((GST,), tax_shipping=True)
    quote = zone_taxes(a_basket(lines=(a_line(key=SHIPPING),)), shop)
    assert quote.lines == ((SHIPPING, (TaxLine("GST", 1125),)),)
    assert quote.shipping == (TaxLine("GST", 50),)


def test_a_place_in_no_zone_and_a_basket_going_nowhere_are_not_taxed() -> None:
    for nowhere in (an_address(province_code="YT", country_code="NO"), None):
        quote = zone_taxes(a_basket(shipping_address=nowhere, billing_address=None), a_shop())
        assert quote.total() == 0
        assert quote.lines == ()


# Properties


@given(several_lines(), rates, places, rounding, round_at)
def test_the_parts_are_the_whole_and_no_total_is_negative(
    lines: Lines, found: tuple[TaxRate, ...], place: object, mode: Rounding, at: RoundAt
) -> None:
    for included in (False, True):
        shop = a_shop_that_taxes(found, rounding=mode, round_at=at, tax_shipping=True, prices_include_tax=included)
        basket = taxed(a_basket(lines=lines, shipping_address=place), shop)
        totals = price(basket)
        assert totals.total == totals.items + totals.shipping + totals.tax - totals.tax_included
        assert totals.tax == sum(tax.amount for tax in totals.taxes)
        assert totals.tax_included == (totals.tax if included else 0)
        assert basket.taxes is not None
        assert totals.tax == basket.taxes.total()
        assert min(totals.total, totals.items, totals.shipping, totals.tax) >= 0
        assert min((step.amount for step in totals.steps), default=0) >= 0


@given(several_lines(), rates, rounding, round_at)
def test_one_unit_more_never_costs_less(lines: Lines, found: tuple[TaxRate, ...], mode: Rounding, at: RoundAt) -> None:
    for included in (False, True):
        shop = a_shop_that_taxes(found, rounding=mode, round_at=at, prices_include_tax=included)
        first, *others = lines
        more = (replace(first, quantity=first.quantity + 1), *others)
        # Shipping may become free above a value, so goods and their tax alone are compared.
        before, after = (price(taxed(a_basket(lines=of, shipping=None), shop)) for of in (lines, more))
        assert before.total + (0 if included else first.unit_price) <= after.total


@given(several_lines(), rates, rounding)
def test_the_lines_of_an_order_rounded_as_a_document_add_up_to_its_tax(
    lines: Lines, found: tuple[TaxRate, ...], mode: Rounding
) -> None:
    shop = a_shop_that_taxes(found, rounding=mode, round_at=RoundAt.DOCUMENT)
    basket = taxed(a_basket(lines=lines, shipping=None), shop)
    one_line = a_line(unit_price=sum(line.subtotal for line in lines if line.taxable))
    as_one = taxed(a_basket(lines=(one_line,), shipping=None), shop)
    assert price(basket).tax == price(as_one).tax


def test_an_empty_basket_comes_to_nothing() -> None:
    totals = price(Basket("CAD"))
    assert (totals.total, totals.steps, totals.taxes) == (0, (), ())


# What the shopper agreed to


PAYMENT = a_payment()


def agreed(basket: Basket, *payments: Payment) -> str:
    return fingerprint(basket, payments or (PAYMENT,))


@pytest.mark.parametrize(
    "edit",
    [
        lambda basket: replace(basket, currency="USD"),
        lambda basket: replace(basket, lines=(a_line(quantity=2),)),
        lambda basket: replace(basket, lines=(a_line(unit_price=22499),)),
        lambda basket: replace(basket, lines=(a_line(variant_id="another"),)),
        lambda basket: replace(basket, lines=()),
        lambda basket: replace(basket, lines=(*basket.lines, a_line(key="line-2", unit_price=0))),
        lambda basket: replace(basket, shipping=replace(STANDARD, code="pigeon")),
        lambda basket: replace(basket, shipping=replace(STANDARD, amount=0)),
        lambda basket: replace(basket, shipping=None),
        lambda basket: replace(basket, taxes=replace(basket.taxes, included=True)),
        lambda basket: replace(basket, taxes=replace(basket.taxes, lines=())),
        lambda basket: replace(basket, taxes=replace(basket.taxes, shipping=(TaxLine("GST", 50),))),
        lambda basket: replace(basket, taxes=None),
        lambda basket: basket.with_shipping(EXPEDITED),
        lambda basket: basket.with_shipping_address(an_address(city="Brandon"), a_shop()),
        lambda basket: basket.with_line(a_line(properties={"engraving": "Anna"}), a_shop()),
    ],
)
def test_a_change_of_what_is_charged_or_shipped_needs_a_new_agreement(edit: Callable[[Basket], Basket]) -> None:
    assert agreed(edit(a_basket())) != agreed(a_basket())


@pytest.mark.parametrize(
    "payments",
    [
        (a_payment(amount=26199),),
        (a_payment(token="tok_decline"),),
        (a_payment(gateway_id="another"),),
        (a_payment(id="another"),),
        (PAYMENT, a_payment(id="second", amount=0)),
    ],
)
def test_another_payment_needs_a_new_agreement(payments: tuple[Payment, ...]) -> None:
    assert agreed(a_basket(), *payments) != agreed(a_basket(), PAYMENT)
    assert fingerprint(a_basket(), ()) != agreed(a_basket(), PAYMENT)


@pytest.mark.parametrize(
    "edit",
    [
        lambda basket: basket,
        lambda basket: replace(basket, customer=a_customer(email="jane@example.com", accepts_marketing=True)),
        lambda basket: replace(basket, customer=None),
        lambda basket: basket.with_billing_address(an_address(last_name="Smith")),
        lambda basket: basket.with_shipping(STANDARD),
        lambda basket: replace(basket, lines=(a_line(title="Renamed", image_url="https://cdn.example/new.png"),)),
        lambda basket: replace(basket, shipping=replace(STANDARD, description="Par la poste")),
        lambda basket: taxed(basket.with_shipping_address(an_address(phone_number="1"), a_shop()), a_shop()),
        lambda basket: replace(basket, taxes=replace(basket.taxes, provider="external", reference="quote-8")),
    ],
)
def test_a_change_of_anything_else_leaves_the_agreement_standing(edit: Callable[[Basket], Basket]) -> None:
    assert agreed(edit(a_basket())) == agreed(a_basket())


def test_one_more_of_a_free_sample_is_another_parcel() -> None:
    one, two = (a_basket(lines=(a_line(unit_price=0, quantity=quantity),)) for quantity in (1, 2))
    assert price(one).total == price(two).total
    assert agreed(one) != agreed(two)


def test_how_a_payment_is_shown_leaves_the_agreement_standing() -> None:
    assert agreed(a_basket(), a_payment(display_string="Visa 1111", retain=True)) == agreed(a_basket(), PAYMENT)


@given(several_lines())
def test_the_same_basket_always_has_the_same_fingerprint(lines: Lines) -> None:
    one, other = (a_basket(lines=tuple(replace(line) for line in lines)) for _ in range(2))
    assert agreed(one) == agreed(other)
