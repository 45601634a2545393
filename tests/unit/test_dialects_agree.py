"""The same basket costs the same in every dialect, and its parts are the whole."""

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bold.wire import application_state
from elasticpath.totals import display_price, items_display_price, promotion_display_price
from tests.builders import NOON, STANDARD, a_basket, a_discount, a_fee, a_line, a_shop, a_variant, an_order
from tests.unit.strategies import places, prices, quantities, rates, round_at, rounding
from till.domain.basket import Basket, custom_line
from till.domain.discount import Discount, DiscountKind, DiscountSource
from till.domain.fee import FeeKind
from till.domain.gifts import due, with_gifts
from till.domain.item_taxes import with_item_taxes
from till.domain.pricing import price, zone_taxes
from till.domain.region import Region
from till.domain.shop import Settings, Shop
from till.domain.tax import TaxItem, TaxZone

MILLION = 1_000_000
A_GIFT = a_discount(id="mug", code="", kind=DiscountKind.GIFT, value=0, gift_variant_id="MUG", gift_quantity=2)
KEYS = st.sampled_from(["", "line-0", "line-1", "line-2", "engraving"])
AMOUNTS = st.none() | st.integers(0, 10_000)


@dataclass(frozen=True)
class Priced:
    """A basket with its taxes, as both dialects tell it."""

    basket: Basket
    bold: Any
    elastic: Any
    items: Any


@st.composite
def discounts(draw: st.DrawFn) -> tuple[Discount, ...]:
    """Codes and discounts of a client's own, off all or off some."""

    def one(n: int) -> Discount:
        kind = draw(st.sampled_from([DiscountKind.PERCENTAGE, DiscountKind.FIXED, DiscountKind.FREE_SHIPPING]))
        most = {DiscountKind.PERCENTAGE: MILLION, DiscountKind.FIXED: 10**7}.get(kind, 0)
        is_custom = draw(st.booleans())
        return a_discount(
            id=f"discount-{n}",
            code=f"CODE{n}",
            kind=kind,
            value=draw(st.integers(0, most)),
            products=draw(st.sampled_from([(), ("0",), ("1", "2")])),
            minimum_quantity=draw(st.sampled_from([0, 0, 3])),
            source=DiscountSource.CUSTOM if is_custom else DiscountSource.CODE,
            line_key=draw(KEYS) if is_custom else "",
        )

    return tuple(one(n) for n in range(draw(st.integers(0, 4))))


@st.composite
def shops(draw: st.DrawFn) -> Shop:
    """One tax zone for the whole world, and any way to reckon with it."""
    settings = Settings(
        rounding=draw(rounding),
        round_at=draw(round_at),
        prices_include_tax=draw(st.booleans()),
        tax_shipping=draw(st.booleans()),
    )
    zone = TaxZone("all", "All", (Region("*"),), draw(rates))
    return a_shop(settings=settings, tax_zones=(zone,), promotions=(A_GIFT,) if draw(st.booleans()) else ())


@st.composite
def priced(draw: st.DrawFn) -> Priced:
    """Lines of the catalogue, perhaps one of a client's own and a gift; taxed by the shop or by the client."""
    shop = draw(shops())
    lines = [
        a_line(
            key=f"line-{n}",
            product_platform_id=str(n),
            unit_price=draw(prices),
            quantity=draw(quantities),
            taxable=draw(st.booleans()),
        )
        for n in range(draw(st.integers(1, 3)))
    ]
    if draw(st.booleans()):
        lines.append(
            custom_line("engraving", "Engraving", draw(quantities), draw(prices), includes_tax=draw(st.booleans()))
        )
    found = draw(discounts())
    taxes_of_its_own = tuple(
        TaxItem(f"tax-{n}", f"Tax {n}", draw(st.integers(0, 400_000)), draw(KEYS), amount=draw(AMOUNTS))
        for n in range(draw(st.integers(0, 2)))
    )
    fees = (
        a_fee(kind=draw(st.sampled_from(FeeKind)), value=draw(st.integers(0, 10_000)), taxable=draw(st.booleans())),
    )
    basket = a_basket(
        lines=tuple(lines),
        shipping_address=draw(places),
        shipping=draw(st.sampled_from([None, STANDARD])),
        discounts=found,
        fees=draw(st.sampled_from([(), fees])),
        tax_items=taxes_of_its_own,
        taxes=None,
    )
    given_to = with_gifts(basket, due(shop.promotions, basket, NOON), {"MUG": a_variant(id="MUG", sku="MUG")}, shop)
    basket = replace(given_to, shipping=basket.shipping)
    taxed = with_item_taxes(basket, shop) if basket.tax_items else replace(basket, taxes=zone_taxes(basket, shop))
    state = application_state(an_order(basket=taxed, payments=()), shop)
    return Priced(taxed, state, _amounts(display_price(taxed, "en")), items_display_price(taxed, "en"))


def _amounts(block: Any) -> dict[str, int]:
    return {name: one["amount"] for name, one in block.items()}


def _values(block: Any) -> dict[str, int]:
    return {name: one["value"]["amount"] for name, one in block.items()}


def _sum(found: Any, name: str = "value") -> int:
    return sum(one[name] for one in found)


def _added(taxes: Any) -> int:
    return sum(one["value"] for one in taxes if not one["is_included"])


@given(priced())
def test_an_order_costs_the_same_in_both_dialects(one: Priced) -> None:
    bold, elastic = one.bold, one.elastic
    assert elastic["with_tax"] == bold["order_total"] == price(one.basket).total
    assert elastic["tax"] == _sum(bold["taxes"])
    assert elastic["discount"] + elastic["shipping_discount"] == -_sum(bold["discounts"])
    assert elastic["shipping_discount"] == -_sum(bold["shipping"]["discounts"])
    shipping = bold["shipping"]["selected_shipping"]
    assert elastic["shipping"] == (shipping["amount"] if shipping else 0)


@given(priced())
def test_each_line_costs_the_same_in_both_dialects(one: Priced) -> None:
    assert [line["product_data"]["line_item_key"] for line in one.bold["line_items"]] == list(one.items)
    for line in one.bold["line_items"]:
        data, values = line["product_data"], _values(one.items[line["product_data"]["line_item_key"]])
        assert values["discount"] == -_sum(line["discounts"])
        assert values["tax"] == _sum(line["taxes"])
        assert values["with_tax"] == data["total_price"] - _sum(line["discounts"]) + _added(line["taxes"])


@given(priced())
def test_the_parts_are_the_whole_in_both_dialects(one: Priced) -> None:
    bold, elastic = one.bold, one.elastic
    assert elastic["with_tax"] == elastic["without_tax"] + elastic["tax"]
    assert elastic["with_tax"] == elastic["without_discount"] + elastic["discount"] + elastic["shipping_discount"]
    lines = [_values(block) for block in one.items.values()]
    assert sum(line["discount"] for line in lines) == elastic["discount"]
    on_lines = sum(_added(line["taxes"]) for line in bold["line_items"])
    besides = elastic["shipping"] + elastic["shipping_discount"] + _sum(bold["fees"]) + _added(bold["taxes"]) - on_lines
    assert sum(line["with_tax"] for line in lines) + besides == elastic["with_tax"]
    goods = sum(line["product_data"]["total_price"] for line in bold["line_items"])
    shipping = bold["shipping"]["selected_shipping"]
    parts = goods + _sum(bold["fees"]) + _added(bold["taxes"]) - _sum(bold["discounts"])
    assert parts + (shipping["amount"] if shipping else 0) == bold["order_total"]


@given(priced())
def test_promotions_take_off_what_the_order_says(one: Priced) -> None:
    reduced = price(one.basket).discounts
    blocks = [promotion_display_price(reduction, one.basket.currency, "en") for reduction in reduced]
    taken = sum(_values(block)["with_tax"] for block in blocks)
    assert taken == one.elastic["discount"] + one.elastic["shipping_discount"]


@given(priced())
def test_nobody_pays_for_a_gift(one: Priced) -> None:
    gifts = [line.key for line in one.basket.lines if line.gift_of]
    assert all(set(_values(one.items[key]).values()) == {0} for key in gifts)
