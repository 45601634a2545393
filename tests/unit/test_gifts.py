"""Automatic promotions that add a gift: given while their conditions are met, and paid for by nobody."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOON, a_basket, a_discount, a_line, a_shop, a_variant
from till.domain.basket import Basket
from till.domain.discount import Discount, DiscountKind
from till.domain.discounting import reductions
from till.domain.gifts import due, with_gifts, without_gifts
from till.domain.pricing import price

SHOP = a_shop()
MUG = a_variant(id="01JXMVG0000000000000000000", sku="MUG", product_title="Mug", prices={"CAD": 900}, weight_grams=300)
SPOON = a_variant(id="01JXSP00N00000000000000000", sku="SPOON", product_title="Spoon", prices={"USD": 200})
VARIANTS = {variant.id: variant for variant in (MUG, SPOON)}


def a_promotion(**changes: Any) -> Discount:
    """A mug with every order."""
    mug = a_discount(id="free-mug", code="", kind=DiscountKind.GIFT, value=0, gift_variant_id=MUG.id, gift_quantity=1)
    return replace(mug, **changes)


def given_to(basket: Basket, *promotions: Discount, now: int = NOON) -> Basket:
    return with_gifts(basket, due(promotions, basket, now), VARIANTS, SHOP)


def gifts(basket: Basket) -> dict[str, int]:
    """Units by SKU."""
    return {line.sku: line.quantity for line in basket.lines if line.gift_of}


def test_a_gift_is_a_line_that_nobody_pays_for() -> None:
    basket = given_to(a_basket(taxes=None), a_promotion())
    gift = basket.lines[-1]
    assert (gift.sku, gift.quantity, gift.unit_price, gift.compare_at_price) == ("MUG", 1, 0, 900)
    assert gift.gift_of == "free-mug"
    assert price(basket).total == price(a_basket(taxes=None)).total


def test_a_gift_is_taken_from_stock() -> None:
    bought_too = a_line(key="mug", variant_id=MUG.id, quantity=2)
    basket = given_to(a_basket(lines=(a_line(), bought_too)), a_promotion(gift_quantity=3))
    assert basket.quantities()[MUG.id] == 5


def test_a_gift_is_given_once_however_often_it_is_asked_for() -> None:
    once = given_to(a_basket(), a_promotion())
    assert given_to(once, a_promotion()) is once


def test_a_basket_that_is_given_nothing_keeps_its_taxes() -> None:
    basket = a_basket()
    assert given_to(basket) is basket


def test_several_promotions_give_each_its_own() -> None:
    spoons = a_promotion(id="spoons", gift_variant_id=SPOON.id, gift_quantity=4)
    basket = given_to(a_basket(), a_promotion(), spoons)
    assert gifts(basket) == {"MUG": 1, "SPOON": 4}
    assert gifts(given_to(basket, spoons)) == {"SPOON": 4}


def test_a_gift_goes_when_the_order_is_too_small_for_it() -> None:
    promotion = a_promotion(minimum_value=45_000, currency="CAD")
    two = a_basket(lines=(a_line(quantity=2),))
    assert gifts(given_to(two, promotion)) == {"MUG": 1}
    one = replace(given_to(two, promotion), lines=(a_line(), given_to(two, promotion).lines[-1]))
    assert gifts(given_to(one, promotion)) == {}


def test_what_is_given_is_not_counted_as_bought() -> None:
    promotion = a_promotion(minimum_quantity=2)
    basket = replace(a_basket(), lines=(a_line(), replace(a_line(key="gift", unit_price=0), gift_of="other")))
    assert gifts(given_to(basket, promotion)) == {}
    for_its_own_kind = a_promotion(products=("86",))
    assert gifts(given_to(replace(basket, lines=basket.lines[1:]), for_its_own_kind)) == {}


def test_a_gift_may_be_for_some_products_or_collections_only() -> None:
    coffee = a_basket(lines=(a_line(product_platform_id="90", collections=("coffee",)),))
    for named in (a_promotion(products=("90",)), a_promotion(collections=("coffee",))):
        assert gifts(given_to(coffee, named)) == {"MUG": 1}
        assert gifts(given_to(a_basket(), named)) == {}


def test_a_gift_is_given_from_its_first_second_to_its_last() -> None:
    promotion = a_promotion(starts_at=NOON, ends_at=NOON + 60)
    found = [gifts(given_to(a_basket(), promotion, now=now)) for now in (NOON - 1, NOON, NOON + 59, NOON + 60)]
    assert found == [{}, {"MUG": 1}, {"MUG": 1}, {}]


def test_a_minimum_in_another_currency_is_never_reached() -> None:
    assert gifts(given_to(a_basket(), a_promotion(minimum_value=1, currency="USD"))) == {}


def test_a_gift_needs_no_price_in_the_currency_of_the_cart() -> None:
    gift = given_to(a_basket(), a_promotion(gift_variant_id=SPOON.id)).lines[-1]
    assert (gift.sku, gift.unit_price, gift.compare_at_price) == ("SPOON", 0, 0)


def test_a_gift_that_is_not_in_the_catalogue_any_more_is_not_given() -> None:
    basket = given_to(a_basket(), a_promotion())
    assert gifts(with_gifts(basket, [a_promotion()], {}, SHOP)) == {}


def test_an_empty_basket_is_given_nothing() -> None:
    assert given_to(Basket("CAD"), a_promotion()).lines == ()


def test_a_basket_without_its_gifts_is_what_was_bought() -> None:
    assert without_gifts(given_to(a_basket(), a_promotion()), SHOP).lines == a_basket().lines


def test_a_discount_takes_nothing_off_a_gift() -> None:
    basket = replace(given_to(a_basket(), a_promotion()), discounts=(a_discount(),))
    assert reductions(basket)[0].lines == (("line-1", 2250),)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60_000), st.booleans()), max_size=4), st.integers(1, 4))
def test_gifts_made_anew_are_the_same_gifts(wanted: list[tuple[int, int, bool]], quantity: int) -> None:
    promotions = [
        a_promotion(
            id=f"promotion-{n}",
            minimum_quantity=least,
            minimum_value=value,
            currency="CAD" if value else "",
            gift_variant_id=MUG.id if is_mug else SPOON.id,
        )
        for n, (least, value, is_mug) in enumerate(wanted)
    ]
    basket = given_to(a_basket(lines=(a_line(quantity=quantity),), taxes=None), *promotions)
    assert given_to(basket, *promotions) is basket
    assert len({line.key for line in basket.lines}) == len(basket.lines)
    assert price(basket).items == quantity * 22500
