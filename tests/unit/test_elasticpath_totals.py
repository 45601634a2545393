"""Elastic Path's totals: each part is there, and they sum."""

from dataclasses import replace
from typing import Any

from hypothesis import given

from elasticpath.totals import display_price, items_display_price, order_display_price, promotion_display_price
from tests.builders import a_basket, a_discount, a_line, a_shop
from tests.unit.strategies import places, rates, round_at, rounding, several_lines
from till.domain.basket import Basket, LineItem
from till.domain.discount import DiscountKind
from till.domain.money import Rounding
from till.domain.pricing import price, zone_taxes
from till.domain.region import Region
from till.domain.shop import Settings
from till.domain.tax import RoundAt, TaxRate, TaxZone


def amounts(block: Any) -> dict[str, int]:
    return {name: one["amount"] for name, one in block.items()}


def test_an_empty_cart_that_nobody_stored_costs_0_of_no_currency() -> None:
    nothing = {"amount": 0, "currency": "", "formatted": "0"}
    assert display_price(Basket(""), "en") == dict.fromkeys(
        ["with_tax", "without_tax", "tax", "discount", "without_discount", "shipping", "shipping_discount"], nothing
    )


def test_the_recorded_order_comes_to_262_dollars() -> None:
    block = display_price(a_basket(), "en-CA")
    assert block["with_tax"] == {"amount": 26200, "currency": "CAD", "formatted": "$262.00"}
    assert amounts(block) == {
        "with_tax": 26200,
        "without_tax": 23500,
        "tax": 2700,
        "discount": 0,
        "without_discount": 26200,
        "shipping": 1000,
        "shipping_discount": 0,
    }


def test_a_discount_is_negative_and_what_shipping_is_reduced_by_stands_apart() -> None:
    free = a_discount(id="01JXSHIPPING0000000000000", code="FREE", kind=DiscountKind.FREE_SHIPPING, value=0)
    basket = a_basket(discounts=(a_discount(), free), taxes=None)
    block = display_price(basket, "en-CA")
    assert amounts(block) == {
        "with_tax": 20250,
        "without_tax": 20250,
        "tax": 0,
        "discount": -2250,
        "without_discount": 23500,
        "shipping": 1000,
        "shipping_discount": -1000,
    }
    assert block["discount"] == {"amount": -2250, "currency": "CAD", "formatted": "-$22.50"}


def test_an_order_also_says_what_is_paid_authorized_and_owed() -> None:
    block = order_display_price(a_basket(), "en-CA", paid=6000, authorized=4000, balance_owing=16200)
    assert block["paid"] == {"amount": 6000, "currency": "CAD", "formatted": "$60.00"}
    assert block["authorized"] == {"amount": 4000, "currency": "CAD", "formatted": "$40.00"}
    assert block["balance_owing"] == {"amount": 16200, "currency": "CAD", "formatted": "$162.00"}
    assert block["with_tax"] == {"amount": 26200, "currency": "CAD", "formatted": "$262.00"}


def test_an_item_says_what_all_of_it_comes_to_and_what_one_does() -> None:
    basket = a_basket(lines=(a_line(quantity=3, unit_price=1000),), discounts=(a_discount(),), shipping=None)
    block: Any = items_display_price(basket, "en-CA")["line-1"]
    values, units = ({name: one[kind] for name, one in block.items()} for kind in ("value", "unit"))
    assert amounts(values) == {
        "with_tax": 3024, "without_tax": 2700, "tax": 324, "discount": -300, "without_discount": 3324,
    }  # fmt: skip
    assert amounts(units) == {
        "with_tax": 1008, "without_tax": 900, "tax": 108, "discount": -100, "without_discount": 1108,
    }  # fmt: skip
    assert values["with_tax"] == {"amount": 3024, "currency": "CAD", "formatted": "$30.24"}


def test_a_promotion_is_an_item_of_less_than_nothing() -> None:
    (one,) = price(a_basket(discounts=(a_discount(),))).discounts
    block: Any = promotion_display_price(one, "CAD", "en-CA")
    off = {"amount": -2250, "currency": "CAD", "formatted": "-$22.50"}
    assert block["with_tax"] == {"unit": off, "value": off}


@given(several_lines(), places, rates, rounding, round_at)
def test_every_block_sums(
    lines: tuple[LineItem, ...], place: Any, found: tuple[TaxRate, ...], mode: Rounding, at: RoundAt
) -> None:
    shop = a_shop(
        settings=Settings(rounding=mode, round_at=at), tax_zones=(TaxZone("all", "All", (Region("*"),), found),)
    )
    basket = a_basket(lines=lines, shipping_address=place, discounts=(a_discount(),), taxes=None)
    basket = replace(basket, taxes=zone_taxes(basket, shop))
    whole = amounts(display_price(basket, "en"))
    assert whole["with_tax"] == whole["without_tax"] + whole["tax"]
    assert whole["with_tax"] == whole["without_discount"] + whole["discount"] + whole["shipping_discount"]
    items: Any = items_display_price(basket, "en").values()
    for block in items:
        for kind in ("unit", "value"):
            one = amounts({name: member[kind] for name, member in block.items()})
            assert one["with_tax"] == one["without_tax"] + one["tax"] == one["without_discount"] + one["discount"]
    assert sum(block["discount"]["value"]["amount"] for block in items) == whole["discount"]
    assert sum(block["with_tax"]["value"]["amount"] for block in items) + whole["shipping"] == whole["with_tax"]
