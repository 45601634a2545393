"""What a shop offers to ship for, and at what price."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from till.domain.region import Region
from till.domain.shipping import RateKind, ShippingLine, ShippingRate, ShippingZone, Tier, offers

by_weight = ShippingRate("parcel", "Parcel", RateKind.WEIGHT, tiers=(Tier(500, 400), Tier(2000, 900)))
by_value = ShippingRate("post", "Post", RateKind.VALUE, tiers=(Tier(5000, 800), Tier(None, 300)))
flat = ShippingRate("courier", "Courier", amount=1500, free_over=10_000)

measures = st.integers(0, 10**6)


@st.composite
def rising_tiers(draw: st.DrawFn) -> tuple[Tier, ...]:
    """Tiers as the merchant API takes them: limits rise, and here prices do not fall."""
    limits = sorted(draw(st.sets(st.integers(0, 10**6), min_size=1, max_size=6)))
    amounts = sorted(draw(st.lists(st.integers(0, 10**5), min_size=len(limits), max_size=len(limits))))
    return tuple(Tier(limit, amount) for limit, amount in zip(limits, amounts, strict=True))


@pytest.mark.parametrize(("grams", "price"), [(0, 400), (500, 400), (501, 900), (2000, 900), (2001, None)])
def test_a_tier_applies_up_to_and_including_its_weight(grams: int, price: int | None) -> None:
    assert by_weight.price(grams, value=0) == price


@pytest.mark.parametrize(("value", "price"), [(0, 800), (5000, 800), (5001, 300), (10**9, 300)])
def test_a_tier_without_limit_takes_every_value_above_the_others(value: int, price: int) -> None:
    assert by_value.price(weight_grams=0, value=value) == price


@pytest.mark.parametrize(("value", "price"), [(9999, 1500), (10_000, 0), (10_001, 0)])
def test_goods_worth_enough_ship_free(value: int, price: int) -> None:
    assert flat.price(weight_grams=100, value=value) == price


def test_a_parcel_too_heavy_for_a_rate_is_not_taken_however_much_it_is_worth() -> None:
    rate = ShippingRate("parcel", "Parcel", RateKind.WEIGHT, tiers=(Tier(500, 400),), free_over=0)
    assert rate.price(501, value=10**9) is None


@given(rising_tiers(), measures, st.sampled_from([RateKind.WEIGHT, RateKind.VALUE]))
def test_the_first_tier_that_takes_a_parcel_gives_its_price(
    tiers: tuple[Tier, ...], measure: int, kind: RateKind
) -> None:
    rate = ShippingRate("rate", "Rate", kind, tiers=tiers)
    taking = [tier.amount for tier in tiers if tier.up_to is not None and measure <= tier.up_to]
    other = 7
    weight, value = (measure, other) if kind is RateKind.WEIGHT else (other, measure)
    assert rate.price(weight, value) == (taking[0] if taking else None)


@given(rising_tiers(), measures, measures)
def test_a_heavier_parcel_never_ships_for_less_where_prices_rise(tiers: tuple[Tier, ...], one: int, other: int) -> None:
    rate = ShippingRate("rate", "Rate", RateKind.WEIGHT, tiers=tiers)
    light, heavy = rate.price(min(one, other), 0), rate.price(max(one, other), 0)
    assert heavy is None or (light is not None and light <= heavy)


def a_zone(name: str, regions: tuple[Region, ...], *rates: ShippingRate) -> ShippingZone:
    return ShippingZone(name, name, regions, rates)


WORLD = a_zone("world", (Region("*"),), flat)
CANADA = a_zone("canada", (Region("CA"),), by_weight, flat)
NUNAVUT = a_zone("nunavut", (Region("CA", ("NU",)),))


def test_offers_come_in_the_merchants_order_without_those_that_do_not_take_the_parcel() -> None:
    assert offers([CANADA], "CA", "MB", 600, 5000) == (
        ShippingLine("parcel", "Parcel", 900),
        ShippingLine("courier", "Courier", 1500),
    )
    assert offers([CANADA], "CA", "MB", 3000, 20_000) == (ShippingLine("courier", "Courier", 0),)


def test_only_the_most_exact_zone_offers() -> None:
    zones = [WORLD, NUNAVUT, CANADA]
    assert [offer.code for offer in offers(zones, "CA", "MB", 100, 0)] == ["parcel", "courier"]
    assert [offer.code for offer in offers(zones, "NO", "", 100, 0)] == ["courier"]
    assert offers(zones, "CA", "NU", 100, 0) == ()


def test_a_country_in_no_zone_is_not_shipped_to() -> None:
    assert offers([CANADA], "NO", "", 100, 0) == ()
    assert offers([], "CA", "MB", 100, 0) == ()


@given(st.text())
def test_a_way_to_ship_has_the_same_whole_number_each_time(code: str) -> None:
    number = ShippingLine(code, "Standard", 1000).number
    assert number == ShippingLine(code, "Express", 1).number
    assert 1 <= number <= 2_147_483_647
