"""What discounts and fees come to: never more than there is, never a unit lost, and tax on what is really paid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import (
    NOON,
    STANDARD,
    a_basket,
    a_customer,
    a_discount,
    a_fee,
    a_line,
    a_payment,
    a_shop,
    an_order,
)
from tests.unit.strategies import rates, round_at, rounding, several_lines
from tests.unit.test_pricing import a_shop_that_taxes
from till.domain.basket import Basket, LineItem
from till.domain.discount import Discount, DiscountKind, DiscountSource, clash
from till.domain.discounting import Reduction, discounted, reductions
from till.domain.fee import Fee, FeeKind
from till.domain.money import Rounding, divide
from till.domain.pricing import FEES, SHIPPING, Step, fingerprint, price, zone_taxes
from till.domain.readiness import missing
from till.domain.tax import RoundAt, TaxLine, TaxRate

MILLION = 1_000_000
ROAST = a_line(key="roast", product_platform_id="90", unit_price=1000, collections=("coffee", "sale"))
MUG = a_line(key="mug", product_platform_id="91", unit_price=500, quantity=2, collections=("sale",))
FILTER = a_line(key="filter", product_platform_id="92", unit_price=300)


def off(**changes: Any) -> Discount:
    """Percentage unless said otherwise; `percent` and `amount` as people write them."""
    kind = DiscountKind.FIXED if "amount" in changes else DiscountKind.PERCENTAGE
    value = changes.pop("amount", changes.pop("percent", 10) * 10_000)
    return a_discount(
        **{"kind": kind, "value": value, "currency": "CAD" if kind is DiscountKind.FIXED else ""} | changes
    )


def custom(line_key: str = "", **changes: Any) -> Discount:
    """What a client takes off by itself."""
    return off(**{"id": "custom", "source": DiscountSource.CUSTOM, "line_key": line_key, "combines": False} | changes)


def free_shipping(**changes: Any) -> Discount:
    return a_discount(
        **{"id": "shipping", "code": "SHIPFREE", "kind": DiscountKind.FREE_SHIPPING, "value": 0} | changes
    )


def basket_with(*discounts: Discount, lines: tuple[LineItem, ...] = (ROAST, MUG, FILTER), **changes: Any) -> Basket:
    """2,300 of goods, unless other lines are given; shipped for 1,000."""
    return a_basket(lines=lines, discounts=discounts, **{"taxes": None} | changes)


def taken(*discounts: Discount, **changes: Any) -> list[dict[str, int]]:
    """What each discount takes off, by line key and off shipping."""
    reduced = reductions(basket_with(*discounts, **changes))
    return [dict(one.lines) | ({SHIPPING: one.shipping} if one.shipping else {}) for one in reduced]


def refusal(discount: Discount, **changes: Any) -> str:
    """Why the basket does not meet the discount's conditions; nothing is taken off then."""
    (one,) = reductions(basket_with(discount, **changes))
    assert one.problem
    assert (one.amount, one.problem.code, one.problem.field) == (0, "discount_conditions", "discounts")
    return one.problem.message


# What one discount takes off


def test_a_percentage_is_taken_off_every_line() -> None:
    assert taken(off(percent=10)) == [{"roast": 100, "mug": 100, "filter": 30}]


def test_a_percentage_is_rounded_once_and_not_on_every_line() -> None:
    lines = tuple(a_line(key=key, unit_price=5) for key in "abc")
    (one,) = taken(off(percent=10), lines=lines)
    assert sum(one.values()) == 2  # 1.5, and not three times 0.5


def test_a_fixed_amount_is_shared_out_by_value() -> None:
    assert taken(off(amount=460)) == [{"roast": 200, "mug": 200, "filter": 60}]


def test_what_cannot_be_shared_evenly_loses_no_cent() -> None:
    lines = tuple(a_line(key=key, unit_price=100) for key in "abc")
    assert taken(off(amount=100), lines=lines) == [{"a": 34, "b": 33, "c": 33}]


def test_free_shipping_takes_off_the_price_of_shipping_and_nothing_else() -> None:
    assert taken(free_shipping()) == [{SHIPPING: 1000}]
    assert taken(free_shipping(), shipping=None) == [{}]


def test_a_discount_on_products_is_for_them_alone() -> None:
    assert taken(off(percent=50, products=("91", "404"))) == [{"mug": 500}]


def test_a_discount_on_collections_is_for_what_is_in_one_of_them() -> None:
    assert taken(off(percent=50, collections=("coffee",))) == [{"roast": 500}]
    assert taken(off(percent=10, collections=("sale", "coffee"))) == [{"roast": 100, "mug": 100}]


def test_products_and_collections_together_are_either() -> None:
    assert taken(off(percent=10, products=("92",), collections=("coffee",))) == [{"roast": 100, "filter": 30}]


def test_free_shipping_with_certain_products_needs_one_of_them_in_the_basket() -> None:
    assert taken(free_shipping(products=("90",))) == [{SHIPPING: 1000}]
    assert refusal(free_shipping(products=("404",))) == "SHIPFREE is for none of these items."


# Conditions


def test_a_discount_on_what_is_not_in_the_basket_says_so() -> None:
    assert refusal(off(products=("404",))) == "SAVE10 is for none of these items."
    assert refusal(off(collections=("tea",))) == "SAVE10 is for none of these items."


def test_a_minimum_value_is_of_the_whole_basket_before_discounts() -> None:
    assert taken(off(amount=230, minimum_value=2300)) == [{"roast": 100, "mug": 100, "filter": 30}]
    assert refusal(off(amount=230, minimum_value=2301)) == "This order is too small for SAVE10."
    narrow = off(percent=50, products=("92",), minimum_value=2300)
    assert taken(off(percent=10), replace(narrow, id="narrow"))[1] == {"filter": 150}


def test_a_minimum_quantity_counts_units_and_not_lines() -> None:
    assert taken(off(minimum_quantity=4))
    assert refusal(off(minimum_quantity=5)) == "This order is too small for SAVE10."


@pytest.mark.parametrize("discount", [off(amount=500), off(percent=10, currency="CAD", minimum_value=100)])
def test_an_amount_or_a_minimum_in_another_currency_does_not_count(discount: Discount) -> None:
    assert refusal(discount, currency="USD") == "SAVE10 is not for orders in USD."


def test_an_order_that_does_not_meet_the_conditions_of_its_discount_is_not_ready() -> None:
    basket = a_basket(discounts=(off(minimum_quantity=2),))
    (problem,) = missing(an_order(basket=basket), a_shop())
    assert problem.message == "This order is too small for SAVE10."


def test_a_discount_of_a_plugin_that_does_not_fit_takes_nothing_and_stops_nobody() -> None:
    basket = a_basket(discounts=(off(minimum_quantity=2, source=DiscountSource.PLUGIN),))
    assert price(basket).total == 26200
    assert missing(an_order(basket=basket), a_shop()) == ()


def test_dates_begin_with_their_first_second_and_end_before_their_last() -> None:
    timed = a_discount(starts_at=NOON, ends_at=NOON + 60)
    assert [timed.runs_at(NOON + second) for second in (-1, 0, 59, 60)] == [False, True, True, False]
    assert a_discount().runs_at(0)


# Several codes


def test_codes_for_some_products_come_first_whatever_the_order_they_were_entered_in() -> None:
    whole, narrow = off(percent=10), off(id="narrow", percent=50, products=("90",))
    assert taken(whole, narrow) == [{"roast": 50, "mug": 100, "filter": 30}, {"roast": 500}]
    assert taken(narrow, whole) == [{"roast": 500}, {"roast": 50, "mug": 100, "filter": 30}]


def test_two_codes_of_one_kind_take_each_of_what_the_one_before_has_left() -> None:
    assert [sum(one.values()) for one in taken(off(percent=10), off(id="second", percent=10))] == [230, 207]


def test_two_fixed_codes_never_take_more_than_the_goods() -> None:
    assert [sum(one.values()) for one in taken(off(amount=2000), off(id="second", amount=2000))] == [2000, 300]


def test_two_free_shippings_are_one() -> None:
    assert taken(free_shipping(), free_shipping(id="second")) == [{SHIPPING: 1000}, {}]


# More than there is


def test_a_discount_larger_than_the_basket_takes_all_of_it_and_no_more() -> None:
    totals = price(basket_with(off(amount=10_000)))
    assert (totals.discounts[0].amount, totals.total) == (2300, STANDARD.amount)


def test_a_discount_on_one_product_never_takes_more_than_that_product_costs() -> None:
    assert taken(off(amount=5000, products=("92",))) == [{"filter": 300}]


def test_all_of_it_free_comes_to_zero_and_needs_no_payment() -> None:
    basket = basket_with(off(percent=100), free_shipping())
    basket = replace(basket, taxes=zone_taxes(basket, a_shop()))
    assert price(basket).total == 0
    assert missing(an_order(basket=basket, payments=()), a_shop()) == ()


# Tax is of what is paid


def test_tax_is_on_the_price_after_discounts() -> None:
    basket = a_basket(discounts=(off(percent=10),))
    assert basket.taxes
    assert basket.taxes.by_name() == (TaxLine("GST", 1013), TaxLine("PST", 1418))
    assert price(basket).total == 22500 - 2250 + 1000 + 1013 + 1418


def test_shipping_that_is_free_is_not_taxed() -> None:
    shop = a_shop_that_taxes((TaxRate("VAT", 190_000),), tax_shipping=True)
    assert zone_taxes(basket_with(), shop).shipping == (TaxLine("VAT", 190),)
    assert zone_taxes(basket_with(free_shipping()), shop).shipping == (TaxLine("VAT", 0),)


@pytest.mark.parametrize(
    ("at", "included", "tax"),
    # 3 x 3.33 less a third is 6.66: units of 2.22, a line of 6.66.
    [
        (RoundAt.UNIT, False, 126),
        (RoundAt.LINE, False, 127),
        (RoundAt.DOCUMENT, False, 127),
        (RoundAt.UNIT, True, 105),
        (RoundAt.LINE, True, 106),
        (RoundAt.DOCUMENT, True, 106),
    ],
)
def test_discounted_prices_are_taxed_where_the_shop_rounds(at: RoundAt, included: bool, tax: int) -> None:
    shop = a_shop_that_taxes((TaxRate("VAT", 190_000),), round_at=at, prices_include_tax=included)
    lines = (a_line(unit_price=333, quantity=3),)
    basket = basket_with(off(amount=333), lines=lines, shipping=None)
    basket = replace(basket, taxes=zone_taxes(basket, shop))
    totals = price(basket)
    assert totals.tax == tax
    assert totals.total == (666 if included else 666 + tax)


def test_a_change_of_the_discounts_asks_for_the_taxes_anew() -> None:
    basket = a_basket()
    assert basket.with_discounts([off()]).taxes is None
    assert basket.with_discounts([]).taxes is basket.taxes
    assert basket.with_fees([a_fee()]).taxes is None


# What clients add up


def test_the_recorded_order_with_a_discount_and_a_fee_adds_up_as_clients_add_it_up() -> None:
    basket = a_basket(discounts=(off(amount=500), free_shipping()), fees=(a_fee(),))
    totals = price(basket)
    goods, taxes = totals.items, sum(tax.amount for tax in totals.taxes)
    values = sum(one.amount for one in totals.discounts)
    fees = sum(amount for _, amount in totals.fees)
    assert (goods, totals.shipping, taxes, values, fees) == (22500, 1000, 1100 + 1540, 1500, 500)
    assert totals.total == goods + totals.shipping + taxes - values + fees == 25140
    assert totals.steps == (
        Step("1 x ABS", 22500),
        Step("Standard", 1000),
        Step("SAVE10", -500),
        Step("SHIPFREE", -1000),
        Step("Gift wrapping", 500),
        Step("GST", 1100),
        Step("PST", 1540),
    )


# Fees


@pytest.mark.parametrize(
    ("fee", "amount"),
    [
        (a_fee(value=500), 500),
        (a_fee(kind=FeeKind.PERCENTAGE, value=20_000), 41),  # 2 % of 20.70
        (a_fee(kind=FeeKind.PERCENTAGE, value=100_000, line_key="mug"), 90),
        (a_fee(kind=FeeKind.PERCENTAGE, value=100_000, line_key="gone"), 0),
        (a_fee(value=250, line_key="mug"), 250),
    ],
)
def test_a_fee_is_an_amount_or_a_share_of_the_goods_after_discounts(fee: Fee, amount: int) -> None:
    assert price(basket_with(off(percent=10), fees=(fee,))).fees == ((fee, amount),)


def test_taxable_fees_are_taxed_together_and_others_are_not() -> None:
    shop = a_shop_that_taxes((TaxRate("VAT", 190_000),))
    fees = (a_fee(value=333, taxable=True), a_fee(id="second", value=333, taxable=True), a_fee(id="third", value=9999))
    quote = zone_taxes(basket_with(fees=fees), shop)
    assert quote.fees == (TaxLine("VAT", 127),)
    assert sum(tax.amount for tax in quote.by_name()) == quote.total()
    assert FEES not in dict(quote.lines)


def test_a_fee_on_a_line_that_is_not_there_is_of_nothing() -> None:
    fee = a_fee(kind=FeeKind.PERCENTAGE, value=MILLION, line_key="gone")
    assert price(basket_with(fees=(fee,))).fees == ((fee, 0),)


def test_the_fee_of_a_line_goes_with_it() -> None:
    basket = basket_with(fees=(a_fee(line_key="mug"), a_fee(id="second")))
    assert [fee.id for fee in basket.without_line("mug", a_shop()).fees] == ["second"]


# Properties


discounts = st.lists(
    st.builds(
        a_discount,
        kind=st.sampled_from(DiscountKind),
        value=st.integers(1, MILLION),
        currency=st.just("CAD"),
        products=st.sampled_from([(), ("86",)]),
        collections=st.sampled_from([(), ("sale",), ("sale", "coffee")]),
        minimum_quantity=st.integers(0, 3),
    ),
    max_size=4,
).map(lambda found: tuple(replace(one, id=str(n)) for n, one in enumerate(found)))


@st.composite
def baskets(draw: st.DrawFn) -> Basket:
    """Lines of any price in some collections, with up to four discounts."""
    lines = tuple(
        replace(line, collections=draw(st.sampled_from([(), ("sale",), ("coffee",)])), product_platform_id="86")
        for line in draw(several_lines())
    )
    return basket_with(*draw(discounts), lines=lines)


@given(baskets())
def test_no_discount_takes_more_than_a_line_and_all_together_leave_nothing_below_zero(basket: Basket) -> None:
    reduced = reductions(basket)
    assert [one.discount for one in reduced] == list(basket.discounts)
    assert all(amount > 0 for one in reduced for _, amount in one.lines)
    assert min(discounted(basket, reduced).values()) >= 0
    assert sum(one.shipping for one in reduced) <= STANDARD.amount
    totals = price(basket)
    assert totals.total == totals.items + totals.shipping - sum(one.amount for one in reduced) >= 0


@given(several_lines(), st.integers(1, 10**10))
def test_a_fixed_amount_is_shared_out_to_the_last_unit_and_a_dearer_line_never_bears_less(
    lines: tuple[LineItem, ...], amount: int
) -> None:
    (one,) = reductions(basket_with(off(amount=amount), lines=lines))
    shares, costs = dict(one.lines), {line.key: line.subtotal for line in lines}
    assert one.amount == min(amount, sum(costs.values()))
    assert all(share <= costs[key] for key, share in shares.items())
    in_order = [shares.get(key, 0) for key in sorted(costs, key=lambda key: (costs[key], -list(costs).index(key)))]
    assert in_order == sorted(in_order)


@given(several_lines(), st.integers(1, MILLION))
def test_a_percentage_of_all_lines_is_the_percentage_of_their_sum(lines: tuple[LineItem, ...], share: int) -> None:
    (one,) = reductions(basket_with(a_discount(value=share), lines=lines))
    assert one.amount == divide(sum(line.subtotal for line in lines) * share, MILLION)


@given(baskets(), rates, rounding, round_at, st.booleans())
def test_what_is_paid_and_its_tax_are_the_total(
    basket: Basket, found: tuple[TaxRate, ...], mode: Rounding, at: RoundAt, included: bool
) -> None:
    shop = a_shop_that_taxes(found, rounding=mode, round_at=at, prices_include_tax=included, tax_shipping=True)
    basket = replace(basket, fees=(a_fee(taxable=True),))
    basket = replace(basket, taxes=zone_taxes(basket, shop))
    totals = price(basket)
    paid = sum(discounted(basket, totals.discounts).values())
    shipping = totals.shipping - sum(one.shipping for one in totals.discounts)
    assert totals.total == paid + shipping + 500 + (0 if included else totals.tax)
    assert 0 <= totals.tax_included <= totals.total


# What the shopper agreed to


@pytest.mark.parametrize(
    "edit",
    [
        lambda basket: replace(basket, discounts=()),
        lambda basket: replace(basket, discounts=(off(id="another"),)),
        lambda basket: replace(basket, discounts=(off(percent=11),)),
        lambda basket: replace(basket, discounts=(off(most_uses=5),)),
        lambda basket: replace(basket, discounts=(off(most_uses_per_customer=1),)),
        lambda basket: replace(basket, fees=(a_fee(),)),
        lambda basket: replace(basket, fees=(a_fee(value=0),)),
    ],
)
def test_another_discount_or_fee_needs_a_new_agreement(edit: Callable[[Basket], Basket]) -> None:
    basket = a_basket(discounts=(off(),))
    assert fingerprint(edit(basket), ()) != fingerprint(basket, ())


@pytest.mark.parametrize(
    "changed", [off(text="Ten off"), off(code="save10"), off(ends_at=NOON), off(minimum_quantity=1)]
)
def test_what_changes_no_amount_leaves_the_agreement_standing(changed: Discount) -> None:
    basket = a_basket(discounts=(off(),))
    assert fingerprint(replace(basket, discounts=(changed,)), ()) == fingerprint(basket, ())


def test_another_customer_is_another_agreement_only_where_a_code_is_limited_by_customer() -> None:
    jane = a_customer(email="jane@example.com")
    for discount, same in ((off(), True), (off(most_uses=3), True), (off(most_uses_per_customer=1), False)):
        basket = a_basket(discounts=(discount,))
        agreed = fingerprint(basket, (a_payment(),))
        assert (fingerprint(replace(basket, customer=jane), (a_payment(),)) == agreed) is same


def test_a_reduction_sums_up_lines_and_shipping() -> None:
    assert Reduction(off(), (("a", 1), ("b", 2)), shipping=4).amount == 7


# What a client takes off by itself


def test_a_custom_discount_is_off_one_line_or_off_all() -> None:
    one, all_ = custom("mug", amount=250), custom(id="all", amount=230)
    found = reductions(basket_with(all_, one))
    assert found[1].lines == (("mug", 250),)
    assert [key for key, _ in found[0].lines] == ["roast", "mug", "filter"]
    assert found[0].amount == 230


def test_a_custom_discount_takes_off_no_more_than_its_line_costs() -> None:
    assert reductions(basket_with(custom("filter", amount=1000)))[0].lines == (("filter", 300),)


def test_a_custom_discount_goes_with_its_line() -> None:
    basket = basket_with(custom("mug", amount=250), off()).without_line("mug", a_shop())
    assert [one.id for one in basket.discounts] == [off().id]


def test_custom_discounts_leave_room_for_the_shoppers_codes() -> None:
    assert clash([off(combines=False), custom(), custom(id="other")], 1) is None
    order = an_order(basket=basket_with(custom("mug", minimum_quantity=100)))
    assert "discount_conditions" not in {problem.code for problem in missing(order, a_shop())}
