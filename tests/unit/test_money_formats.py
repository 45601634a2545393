"""Amounts as people read them: the generated formats say what Babel says, in every locale and every currency."""

import re
from decimal import Decimal

import pytest
from babel import Locale
from babel.numbers import format_currency, parse_pattern
from hypothesis import given
from hypothesis import strategies as st

from elasticpath.money import amount
from scripts import money_formats as generator
from till.adapters.money_formats import DATA, formatted
from till.domain.currency import all_currencies, currency
from till.domain.errors import Invalid

LOCALES = dict(generator.locales())
NBSP = "\N{NO-BREAK SPACE}"
AMOUNTS = st.integers(-(10**13), 10**13)
CODES = st.sampled_from([one.code for one in all_currencies()])


def babel(minor: int, code: str, locale: Locale) -> str:
    """With the decimals of ISO 4217; CLDR leaves out those that are out of use."""
    exponent = currency(code).exponent
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)
    pattern.frac_prec = (exponent, exponent)
    return str(pattern.apply(Decimal(minor).scaleb(-exponent), locale, code, currency_digits=False))


def without_spaces(text: str) -> str:
    return text.replace(NBSP, "")


def test_the_committed_formats_are_what_the_generator_makes() -> None:
    assert {path.name: path.read_bytes() for path in DATA.iterdir()} == generator.build()


def test_the_formats_are_small_enough_to_read_with_a_request() -> None:
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 50_000


@given(AMOUNTS, CODES, st.sampled_from(sorted(LOCALES)))
def test_every_amount_is_written_as_babel_writes_it(minor: int, code: str, locale: str) -> None:
    assert without_spaces(formatted(minor, code, locale)) == without_spaces(babel(minor, code, LOCALES[locale]))


@given(AMOUNTS, st.sampled_from(sorted(LOCALES)))
def test_the_euro_is_written_to_the_letter_as_babel_writes_it(minor: int, locale: str) -> None:
    if LOCALES[locale].currency_symbols["EUR"] == "€":
        assert formatted(minor, "EUR", locale) == babel(minor, "EUR", LOCALES[locale])


@pytest.mark.parametrize("locale", sorted(LOCALES))
def test_no_locale_writes_a_letter_against_a_digit(locale: str) -> None:
    for one in all_currencies():
        for minor in (1234567, -1234567):
            text = formatted(minor, one.code, locale)
            assert not re.search(r"[^\W\d_]\d|\d[^\W\d_]", text), text


@pytest.mark.parametrize(
    ("minor", "code", "locale", "text"),
    [
        (1000, "USD", "en", "$10.00"),
        (-1000, "USD", "en", "-$10.00"),
        (0, "USD", "en-US", "$0.00"),
        (123456789, "USD", "en", "$1,234,567.89"),
        (500, "JPY", "en", "¥500"),
        (1500, "KWD", "en", f"KWD{NBSP}1.500"),
        (123450, "CHF", "de-CH", f"CHF{NBSP}1\N{RIGHT SINGLE QUOTATION MARK}234.50"),
        (-123450, "EUR", "de", f"-1.234,50{NBSP}€"),
        (123450, "EUR", "nl", f"€{NBSP}1.234,50"),
        (12345678900, "INR", "hi-IN", "₹12,34,56,789.00"),
        (123450, "SEK", "sv", f"1{NBSP}234,50{NBSP}kr"),
        (123450, "TWD", "zh-TW", "$1,234.50"),
        (1000, "USD", "en-AU", f"USD{NBSP}10.00"),
    ],
)
def test_amounts_read_as_people_write_them_where_they_are(minor: int, code: str, locale: str, text: str) -> None:
    assert formatted(minor, code, locale) == text


def test_a_locale_that_nobody_knows_is_written_as_its_language_is() -> None:
    assert formatted(100, "EUR", "de-XX-1996") == format_currency(1, "EUR", locale="de")
    assert formatted(100, "USD", "tlh") == f"US${NBSP}1.00"


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(Invalid, match="ISO 4217"):
        formatted(100, "ABC", "en")


def test_a_cart_without_a_currency_costs_nothing() -> None:
    assert amount(0, "", "en") == {"amount": 0, "currency": "", "formatted": "0"}


def test_an_amount_is_minor_units_currency_and_text() -> None:
    assert amount(47500, "USD", "en") == {"amount": 47500, "currency": "USD", "formatted": "$475.00"}
