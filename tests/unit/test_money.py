"""Money is whole minor units; splitting and rounding it loses none."""

import re
from fractions import Fraction
from itertools import pairwise
from math import floor

import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.strategies import amounts
from till.domain.currency import Currency, all_currencies, currency
from till.domain.errors import Invalid
from till.domain.money import LARGEST_AMOUNT, Rounding, allocate, divide, from_decimal, to_decimal

currencies = st.sampled_from([each.code for each in all_currencies()])
weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=20)

# ISO 4217 list one. Whoever is not named here has two decimals.
DECIMALS = {
    **dict.fromkeys(re.findall("...", "BIFCLPDJFGNFISKJPYKMFKRWPYGRWFUGXUYIVNDVUVXAFXOFXPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
# Metals, units of account, and the codes for tests and for no currency: nothing is priced in them.
NOT_FOR_PRICES = re.compile("XA[GU]|XP[DT]|XB[ABCD]|XDR|XSU|XUA|XTS|XXX")
PRICED = [each for each in pycountry.currencies if not NOT_FOR_PRICES.fullmatch(each.alpha_3)]


def test_every_currency_has_the_decimals_of_the_standard() -> None:
    exponents = {each.code: each.exponent for each in all_currencies()}
    assert exponents == {each.alpha_3: DECIMALS.get(each.alpha_3, 2) for each in PRICED}


def test_every_currency_has_the_number_of_the_standard() -> None:
    assert {each.code: each.number for each in all_currencies()} == {each.alpha_3: int(each.numeric) for each in PRICED}


@pytest.mark.parametrize("code", ["", "usd", "US", "USDX", "XXX", "XAU", "BTC", "840"])
def test_what_is_no_currency_is_refused(code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        currency(code)
    assert refusal.value.problems[0].field == "currency"


def test_a_currency_is_shown_by_its_sign_or_else_its_code() -> None:
    assert currency("CAD") == Currency("CAD", 124, 2)
    assert currency("CAD").symbol == "$"
    assert currency("CHF").symbol == "CHF"


@pytest.mark.parametrize(
    ("written", "code", "minor"),
    [
        ("80", "JPY", 80),
        ("1.234", "KWD", 1234),
        ("1.234", "IQD", 1234),
        ("1.2345", "CLF", 12345),
        ("12.34", "USD", 1234),
        ("12.3", "USD", 1230),
        ("12", "USD", 1200),
        ("12.340", "USD", 1234),
        ("80.00", "JPY", 80),
        ("0", "USD", 0),
        (".5", "USD", 50),
        (" 12.34 ", "USD", 1234),
        ("60.00", "USD", 6000),
    ],
)
def test_a_written_price_is_that_many_minor_units(written: str, code: str, minor: int) -> None:
    assert from_decimal(written, code) == minor


@given(st.integers(0, LARGEST_AMOUNT), currencies)
def test_a_price_can_be_written_and_read_back_in_every_currency(amount: int, code: str) -> None:
    written = to_decimal(amount, code)
    assert len(written.partition(".")[2]) == currency(code).exponent
    assert from_decimal(written, code) == amount


@pytest.mark.parametrize(
    "written",
    [
        *("", " ", ".", "abc", "NaN", "sNaN", "Infinity", "-0.01", "$5", "12,34", "1,234.56", "1 000", "1.2.3"),
        # Python reads these as numbers; no price list means them.
        *("1_000", "1e2", "1E-1", "\uff11\uff12", "\ud800"),
    ],
)
def test_what_no_merchant_writes_as_a_price_is_refused(written: str) -> None:
    with pytest.raises(Invalid, match="is not a price") as refusal:
        from_decimal(written, "USD", "compare_at_price")
    assert refusal.value.problems[0].field == "compare_at_price"


@pytest.mark.parametrize(
    ("written", "code"),
    [("80.5", "JPY"), ("12.345", "USD"), ("1.2345", "KWD"), ("12.34" + "0" * 30 + "1", "USD")],
)
def test_more_decimals_than_the_currency_has_are_refused_and_never_rounded(written: str, code: str) -> None:
    with pytest.raises(Invalid, match=rf"more than the \d decimals of {code}\.$") as refusal:
        from_decimal(written, code)
    assert refusal.value.problems[0].field == "price"


@given(currencies)
def test_a_price_above_the_largest_amount_is_refused_in_every_currency(code: str) -> None:
    assert from_decimal(to_decimal(LARGEST_AMOUNT, code), code) == LARGEST_AMOUNT
    with pytest.raises(Invalid, match="is not a price") as refusal:
        from_decimal(to_decimal(LARGEST_AMOUNT + 1, code), code)
    assert refusal.value.problems[0].field == "price"


@pytest.mark.parametrize(
    "written",
    ["1e999999999999999999", "1e-999999999999999999", "9" * 100_000, "9" * 14 + "." + "0" * 90, "0." + "1" * 100_000],
)
def test_an_absurd_price_is_refused_at_once_and_not_told_in_full(written: str) -> None:
    with pytest.raises(Invalid, match=rf"^'{re.escape(written[:40])}' ") as refusal:
        from_decimal(written, "USD")
    assert refusal.value.problems[0].field == "price"


@given(st.integers(0, 10**15), st.integers(1, 50) | st.integers(1, 10**7))
def test_a_division_rounds_to_the_nearest_unit_and_half_as_the_shop_says(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    assert divide(numerator, denominator, Rounding.HALF_UP) == floor(exact + Fraction(1, 2))
    assert divide(numerator, denominator, Rounding.HALF_EVEN) == round(exact)
    assert divide(numerator, denominator, Rounding.DOWN) == floor(exact)


@pytest.mark.parametrize(
    ("numerator", "mode", "whole"),
    [
        (1, Rounding.HALF_UP, 1),
        (3, Rounding.HALF_UP, 2),
        (5, Rounding.HALF_UP, 3),
        (1, Rounding.HALF_EVEN, 0),
        (3, Rounding.HALF_EVEN, 2),
        (5, Rounding.HALF_EVEN, 2),
    ],
)
def test_half_a_unit_goes_up_or_to_the_even_neighbour(numerator: int, mode: Rounding, whole: int) -> None:
    assert divide(numerator, 2, mode) == whole


@given(amounts, weights)
def test_a_split_loses_no_unit(amount: int, shares: list[int]) -> None:
    parts = allocate(amount, shares)
    assert len(parts) == len(shares)
    assert sum(parts) == amount
    assert min(parts) >= 0


@given(amounts, weights)
def test_a_larger_share_never_gets_less_and_equal_shares_differ_by_a_unit_at_most(
    amount: int, shares: list[int]
) -> None:
    shares = [*shares, max(shares)] if any(shares) else [1, 1]
    parts = allocate(amount, shares)
    by_share = sorted(zip(shares, parts, strict=True))
    for (smaller, less), (larger, more) in pairwise(by_share):
        assert less <= more
        assert smaller != larger or more - less <= 1


@given(amounts, weights.filter(any))
def test_every_part_is_within_a_unit_of_its_exact_share(amount: int, shares: list[int]) -> None:
    for part, share in zip(allocate(amount, shares), shares, strict=True):
        assert abs(part * sum(shares) - amount * share) < sum(shares)


@given(weights.filter(any), st.data())
def test_no_line_is_discounted_by_more_than_it_costs(costs: list[int], data: st.DataObject) -> None:
    discount = data.draw(st.integers(0, sum(costs)))
    assert all(part <= cost for part, cost in zip(allocate(discount, costs), costs, strict=True))


def test_a_unit_that_nobody_has_a_better_claim_to_goes_to_the_first() -> None:
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(5, [0, 0]) == [5, 0]


def test_money_cannot_be_split_among_nobody() -> None:
    with pytest.raises(ValueError, match=r"^nothing to allocate to$"):
        allocate(1, [])
