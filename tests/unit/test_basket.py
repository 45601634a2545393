"""What is bought, where to and how it ships: every change keeps the rest true."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import EXPEDITED, STANDARD, a_basket, a_line, a_shop, a_variant, an_address
from tests.unit.strategies import lines, places
from till.domain.address import Address
from till.domain.basket import LARGEST_QUANTITY, MOST_LINES, Basket, check_quantity, custom_line, line_of
from till.domain.errors import Invalid, NotFound
from till.domain.money import LARGEST_AMOUNT
from till.domain.pricing import price, zone_taxes
from till.domain.region import Region
from till.domain.shipping import RateKind, ShippingRate, ShippingZone, Tier
from till.domain.shop import Shop
from till.domain.tax import TaxRate, TaxZone

SHOP = a_shop()
OSLO = an_address(country="Norway", country_code="NO", city="Oslo", province="", province_code="", postal_code="0150")
# Rates of every kind, and taxes that differ from place to place, so that each edit can move something.
BUSY_SHOP = a_shop(
    shipping_zones=(
        ShippingZone(
            "canada",
            "Canada",
            (Region("CA"),),
            (
                ShippingRate("standard", "Standard", amount=1000, free_over=500_000),
                ShippingRate("parcel", "Parcel", RateKind.WEIGHT, tiers=(Tier(5000, 700), Tier(50_000, 2000))),
                ShippingRate("post", "Post", RateKind.VALUE, tiers=(Tier(100_000, 900), Tier(None, 1900))),
            ),
        ),
        ShippingZone("us", "US", (Region("US"),), (ShippingRate("standard", "Standard", amount=2500),)),
    ),
    tax_zones=(
        *SHOP.tax_zones,
        TaxZone("canada", "Canada", (Region("CA"),), (TaxRate("GST", 50_000),), tax_shipping=True),
        TaxZone("us", "US", (Region("US"),), (TaxRate("Sales tax", 88_750),), included=True),
    ),
)

type Edit = Callable[[Basket, Shop], Basket]


def shipped_by(position: int) -> Edit:
    def choose(basket: Basket, shop: Shop) -> Basket:
        offered = basket.shipping_offers(shop)
        return basket.with_shipping(offered[position % len(offered)]) if offered else basket

    return choose


def billed_to(place: Address | None) -> Edit:
    return lambda basket, _: basket.with_billing_address(place)


def without_first_line(basket: Basket, shop: Shop) -> Basket:
    return basket.without_line(basket.lines[0].key, shop) if basket.lines else basket


edits: st.SearchStrategy[Edit] = st.one_of(
    lines().map(lambda line: lambda basket, shop: basket.with_line(line, shop)),
    st.just(without_first_line),
    (places | st.none()).map(lambda place: lambda basket, shop: basket.with_shipping_address(place, shop)),
    (places | st.none()).map(billed_to),
    st.integers(0, 2).map(shipped_by),
    st.just(lambda basket, shop: replace(basket, taxes=zone_taxes(basket, shop))),
)


@given(st.lists(edits, max_size=25))
def test_whatever_a_shopper_does_the_choice_is_offered_the_taxes_are_right_and_the_parts_add_up(
    session: list[Edit],
) -> None:
    basket = Basket("CAD")
    for edit in session:
        basket = edit(basket, BUSY_SHOP)
        assert basket.shipping is None or basket.shipping in basket.shipping_offers(BUSY_SHOP)
        assert basket.taxes is None or basket.taxes == zone_taxes(basket, BUSY_SHOP)
        assert len({line.key for line in basket.lines}) == len(basket.lines)
        assert basket.items_total == sum(line.unit_price * line.quantity for line in basket.lines)
        totals = price(basket)
        assert totals.total == totals.items + totals.shipping + totals.tax - totals.tax_included
        assert totals.total >= 0


# Lines


def test_a_line_takes_its_price_and_facts_from_the_catalogue() -> None:
    variant = a_variant(compare_at_prices={"CAD": 25_000}, taxable=False, requires_shipping=False)
    line = line_of(variant, "CAD", "line-1", 3, {"engraving": "Anna"})
    assert line == a_line(
        quantity=3, compare_at_price=25_000, taxable=False, requires_shipping=False, properties={"engraving": "Anna"}
    )
    assert line.subtotal == 67_500


def test_a_line_without_an_earlier_price_compares_with_its_own() -> None:
    assert line_of(a_variant(), "USD", "line-1", 1).compare_at_price == 16_900


def test_a_variant_without_a_price_in_the_currency_is_not_sold_for_nothing() -> None:
    with pytest.raises(Invalid) as refusal:
        line_of(a_variant(), "EUR", "line-1", 1)
    assert refusal.value.problems[0].field == "currency"


@pytest.mark.parametrize("quantity", [0, -1, LARGEST_QUANTITY + 1, 10**9])
def test_a_quantity_that_no_shopper_can_mean_is_refused(quantity: int) -> None:
    with pytest.raises(Invalid) as refusal:
        line_of(a_variant(), "CAD", "line-1", quantity)
    assert refusal.value.problems[0].field == "quantity"


def test_one_and_the_largest_quantity_are_fine() -> None:
    check_quantity(1)
    check_quantity(LARGEST_QUANTITY)


def test_a_line_with_a_known_key_takes_the_place_of_the_old_one() -> None:
    first, second = a_line(key="a"), a_line(key="b")
    basket = Basket("CAD").with_lines((first, second), SHOP).with_line(replace(first, quantity=5), SHOP)
    assert [(line.key, line.quantity) for line in basket.lines] == [("a", 5), ("b", 1)]


def test_a_line_can_be_taken_out_once() -> None:
    basket = Basket("CAD", (a_line(key="a"), a_line(key="b"))).without_line("a", SHOP)
    assert [line.key for line in basket.lines] == ["b"]
    with pytest.raises(NotFound) as refusal:
        basket.without_line("a", SHOP)
    assert refusal.value.problems[0].field == "line_item_key"


def test_two_lines_of_one_variant_are_one_claim_on_its_stock() -> None:
    basket = Basket("CAD", (a_line(key="a", quantity=2), a_line(key="b", quantity=2), a_line(variant_id="other")))
    assert basket.quantities() == {a_variant().id: 4, "other": 1}


def test_line_501_is_refused() -> None:
    most = tuple(a_line(key=str(n)) for n in range(MOST_LINES))
    basket = Basket("CAD").with_lines(most, SHOP)
    assert len(basket.lines) == 500
    with pytest.raises(Invalid) as refusal:
        basket.with_line(a_line(key="one more"), SHOP)
    assert refusal.value.problems[0].field == "line_items"


def test_an_order_worth_more_than_any_real_one_is_refused() -> None:
    dear = a_line(unit_price=LARGEST_AMOUNT)
    basket = Basket("CAD").with_line(dear, SHOP)
    with pytest.raises(Invalid) as refusal:
        basket.with_line(replace(dear, quantity=2), SHOP)
    assert refusal.value.problems[0].field == "quantity"


# Shipping


def test_nothing_is_offered_before_there_is_an_address_or_where_nothing_is_sent() -> None:
    basket = Basket("CAD", (a_line(),))
    assert basket.shipping_offers(SHOP) == ()
    assert basket.with_shipping_address(an_address(), SHOP).shipping_offers(SHOP) == (STANDARD, EXPEDITED)
    download = Basket("CAD", (a_line(requires_shipping=False),), shipping_address=an_address())
    assert download.shipping_offers(SHOP) == ()


def test_only_what_is_shipped_is_weighed() -> None:
    rate = ShippingRate("parcel", "Parcel", RateKind.WEIGHT, tiers=(Tier(1000, 500), Tier(None, 9900)))
    shop = a_shop(shipping_zones=(ShippingZone("canada", "Canada", (Region("CA"),), (rate,)),))
    sent = a_line(key="a", quantity=2, weight_grams=500)
    download = a_line(key="b", weight_grams=100_000, requires_shipping=False)
    (offer,) = Basket("CAD", (sent, download), shipping_address=an_address()).shipping_offers(shop)
    assert offer.amount == 500


def test_the_choice_is_kept_at_the_price_that_the_changed_basket_ships_for() -> None:
    basket = replace(a_basket(), shipping=replace(STANDARD, amount=1))
    assert basket.with_line(a_line(quantity=2), SHOP).shipping == STANDARD


def test_the_choice_is_kept_at_the_price_that_the_shop_now_ships_for() -> None:
    dearer = ShippingRate("standard", "Standard", amount=1200)
    shop = a_shop(shipping_zones=(ShippingZone("canada", "Canada", (Region("CA"),), (dearer,)),))
    assert a_basket().reoffered(shop).shipping == replace(STANDARD, amount=1200)
    assert a_basket(shipping=EXPEDITED).reoffered(shop).shipping is None


def test_a_choice_that_is_not_offered_at_the_new_destination_is_dropped() -> None:
    assert a_basket().with_shipping_address(OSLO, SHOP).shipping is None
    assert a_basket().with_shipping_address(None, SHOP).shipping is None


def test_a_basket_of_downloads_alone_no_longer_ships() -> None:
    assert a_basket().with_lines([a_line(requires_shipping=False)], SHOP).shipping is None


# Taxes


@pytest.mark.parametrize(
    "edit",
    [
        lambda basket: basket.with_line(a_line(quantity=2), SHOP),
        lambda basket: basket.without_line("line-1", SHOP),
        lambda basket: basket.with_shipping_address(OSLO, SHOP),
        lambda basket: basket.with_shipping(EXPEDITED),
    ],
)
def test_taxes_are_generated_again_after_whatever_can_move_them(edit: Callable[[Basket], Basket]) -> None:
    assert a_basket().taxes is not None
    assert edit(a_basket()).taxes is None


def test_taxes_stay_where_nothing_can_move_them() -> None:
    basket = a_basket()
    assert basket.with_shipping(STANDARD).taxes == basket.taxes
    assert basket.with_billing_address(OSLO).taxes == basket.taxes
    assert basket.reoffered(SHOP) == basket


def test_the_billing_address_decides_the_tax_where_nothing_is_shipped() -> None:
    download = a_line(requires_shipping=False)
    basket = Basket("CAD", (download,), shipping_address=OSLO, billing_address=an_address())
    assert [tax.name for tax in zone_taxes(basket, SHOP).by_name()] == ["GST", "PST"]
    taxed = replace(basket, taxes=zone_taxes(basket, SHOP))
    assert taxed.with_billing_address(OSLO).taxes is None


# Lines of nothing in the catalogue


def test_a_custom_line_costs_what_its_client_says_and_nothing_is_taken_from_stock() -> None:
    engraving = custom_line("engraving", "Engraving", 2, 750, sku="ENGRAVE", description="A name")
    basket = a_basket(taxes=None).with_line(engraving, SHOP)
    assert basket.items_total == 22500 + 1500
    assert basket.quantities() == {a_line().variant_id: 1}
    assert (engraving.is_custom, engraving.product_title, engraving.description) == (True, "Engraving", "A name")


def test_a_custom_price_with_tax_in_it_is_final_and_one_without_is_taxed() -> None:
    final, taxed = custom_line("final", "Final", 1, 1000), custom_line("net", "Net", 1, 1000, includes_tax=False)
    assert zone_taxes(a_basket(lines=(final,)), SHOP).total() == 0
    assert zone_taxes(a_basket(lines=(taxed,)), SHOP).total() == 120


@pytest.mark.parametrize("price", [-1, LARGEST_AMOUNT + 1])
def test_a_custom_price_that_no_shop_can_mean_is_refused(price: int) -> None:
    with pytest.raises(Invalid, match="price") as refused:
        custom_line("line", "Thing", 1, price)
    assert refused.value.problems[0].field == "price"
