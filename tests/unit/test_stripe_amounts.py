"""Stripe's units, for every currency that a shop may have: absolute amounts, never a factor that cancels out.

The table is written out from https://docs.stripe.com/currencies, not computed: what charges 100 times as much would be
undone by the same mistake on the way back.
"""

from __future__ import annotations

import pytest

from till.adapters.payments.stripe.amounts import check, from_stripe, to_stripe
from till.domain.currency import all_currencies
from till.domain.errors import Refused

# 1230 minor units of ISO 4217 are 1230 of Stripe's.
ALIKE = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF
    CHW CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD
    HNL HTG HUF IDR ILS INR IRR JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK
    MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB
    RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH USD USN
    UYI UYU UZS VED VES VND VUV WST XAD XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
WITH_TWO_ZEROS = ["ISK", "UGX"]
WITHOUT_CENTS = ["MGA"]
ONLY_TENS = ["BHD", "JOD", "KWD", "OMR", "TND"]
NEVER = ["CLF", "IQD", "LYD", "UYW"]


def test_every_currency_is_in_the_table() -> None:
    table = [*ALIKE.split(), *WITH_TWO_ZEROS, *WITHOUT_CENTS, *NEVER]
    assert sorted(table) == sorted(currency.code for currency in all_currencies())


@pytest.mark.parametrize("code", ALIKE.split())
def test_most_amounts_are_written_alike(code: str) -> None:
    assert (to_stripe(1230, code), from_stripe(1230, code)) == (1230, 1230)


@pytest.mark.parametrize("code", WITH_TWO_ZEROS)
def test_currencies_that_lost_their_cents_keep_them_at_stripe(code: str) -> None:
    assert (to_stripe(1230, code), from_stripe(123000, code)) == (123000, 1230)


@pytest.mark.parametrize("code", WITHOUT_CENTS)
def test_currencies_whose_cents_stripe_does_not_take(code: str) -> None:
    assert (to_stripe(123000, code), from_stripe(1230, code)) == (1230, 123000)
    with pytest.raises(Refused):
        to_stripe(123001, code)


@pytest.mark.parametrize("code", ONLY_TENS)
def test_the_third_decimal_is_refused_and_never_rounded(code: str) -> None:
    with pytest.raises(Refused) as refused:
        check(1234, code)
    assert refused.value.problems[0].field == "amount"
    assert f"Card payments in {code} are of multiples of 0.010." in str(refused.value)


@pytest.mark.parametrize("code", NEVER)
def test_currencies_that_stripe_cannot_write_are_refused(code: str) -> None:
    with pytest.raises(Refused):
        check(123000, code)


@pytest.mark.parametrize(
    ("amount", "code", "units"),
    [
        (80, "JPY", 80),
        (1230, "KWD", 1230),
        (5, "ISK", 500),
        (5, "UGX", 500),
        (2620, "CAD", 2620),
        (17500, "HUF", 17500),
    ],
)
def test_what_a_price_is_at_stripe(amount: int, code: str, units: int) -> None:
    check(amount, code)
    assert to_stripe(amount, code) == units


@pytest.mark.parametrize(
    ("least", "code", "shown"),
    [
        (200, "AED", "2.00"), (50, "AUD", "0.50"), (50, "BRL", "0.50"), (50, "CAD", "0.50"), (50, "CHF", "0.50"),
        (1500, "CZK", "15.00"), (250, "DKK", "2.50"), (50, "EUR", "0.50"), (30, "GBP", "0.30"), (400, "HKD", "4.00"),
        (17500, "HUF", "175.00"), (50, "INR", "0.50"), (50, "JPY", "50"), (1000, "MXN", "10.00"), (200, "MYR", "2.00"),
        (300, "NOK", "3.00"), (50, "NZD", "0.50"), (200, "PLN", "2.00"), (200, "RON", "2.00"), (300, "SEK", "3.00"),
        (50, "SGD", "0.50"), (1000, "THB", "10.00"), (50, "USD", "0.50"), (1, "KRW", "1"),
    ],
)  # fmt: skip
def test_too_little_is_refused_before_anybody_is_asked(least: int, code: str, shown: str) -> None:
    check(least, code)
    with pytest.raises(Refused) as refused:
        check(least - 1, code)
    assert str(refused.value) == f"Card payments are of at least {shown} {code}."
    assert refused.value.problems[0].code == "amount_too_small"
