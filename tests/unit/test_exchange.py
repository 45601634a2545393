"""Prices are shown in another currency at the merchant's rates: each amount converted and rounded once."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.strategies import amounts
from till.domain.errors import Invalid
from till.domain.exchange import check_rates, view

RATES = {"EUR": "0.85", "JPY": "149.5", "KWD": "0.307"}


@pytest.mark.parametrize(
    ("code", "shown"), [("EUR", ["16.99", "33.98", "4.25", "38.23"]), ("JPY", ["2989", "5977", "748", "6725"])]
)
def test_every_amount_is_converted_and_rounded_by_itself(code: str, shown: list[str]) -> None:
    one = view(code, "USD", "USD", RATES)
    assert [one.decimal(amount) for amount in (1999, 3998, 500, 4498)] == shown


def test_an_amount_has_the_decimals_of_the_currency_that_it_is_shown_in() -> None:
    assert view("KWD", "USD", "USD", RATES).decimal(1000) == "3.070"
    assert view("USD", "JPY", "JPY", {"USD": "0.0067"}).decimal(1999) == "13.39"


def test_what_is_taken_off_is_rounded_like_what_is_put_on() -> None:
    one = view("EUR", "USD", "USD", {"EUR": "0.5"})
    assert (one.amount(1), one.amount(-1)) == (1, -1)


@given(amounts, st.sampled_from(["USD", ""]))
def test_prices_in_the_shops_own_currency_are_what_they_are(amount: int, shown: str) -> None:
    one = view(shown, "USD", "USD", RATES)
    assert (one.amount(amount), one.rate, one.is_converted) == (amount, Fraction(1), False)


@given(amounts, st.decimals("0.000001", "999999", places=8))
def test_no_amount_is_off_by_more_than_half_a_unit(amount: int, rate: object) -> None:
    shown = view("EUR", "USD", "USD", {"EUR": str(rate)}).amount(amount)
    assert abs(shown - amount * Fraction(str(rate))) <= Fraction(1, 2)


def test_a_cart_in_a_further_currency_of_the_catalogue_is_shown_in_that_one() -> None:
    one = view("", "EUR", "USD", RATES)
    assert (one.code, one.base, one.rate, one.decimal(1999)) == ("EUR", "USD", Fraction("0.85"), "19.99")
    assert view("", "GBP", "USD", RATES).rate is None


@pytest.mark.parametrize(("shown", "charged"), [("GBP", "USD"), ("JPY", "EUR"), ("USD", "EUR"), ("XXX", "USD")])
def test_a_currency_without_a_rate_is_refused(shown: str, charged: str) -> None:
    with pytest.raises(Invalid, match=f"Invalid currency code: {shown}"):
        view(shown, charged, "USD", RATES)


@pytest.mark.parametrize("rates", [{"USD": "1"}, {"XXX": "2"}, {"EUR": "0.00"}])
def test_a_rate_is_of_another_currency_and_more_than_nothing(rates: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        check_rates(rates, "USD")
    check_rates(RATES, "USD")
