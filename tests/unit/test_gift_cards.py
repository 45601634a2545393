"""Gift cards: codes that nobody guesses or takes for a card number, and what a card is good for."""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOON, a_basket, a_payment, an_order
from tests.unit.after_sales import refusal
from till.domain.errors import Problem
from till.domain.gift_card import (
    CODE_BYTES,
    GiftCard,
    digest,
    grouped,
    imported_code,
    last_characters,
    new_code,
    normal,
)
from till.domain.readiness import authorizations, parts_to_hold

CARD = GiftCard("01JXG1FT000000000000000000", "acme", "CAD", "7QXM", NOON, expires_at=NOON + 60)


@given(st.binary(min_size=CODE_BYTES, max_size=CODE_BYTES))
def test_a_code_has_no_look_alikes_and_is_never_a_card_number(randomness: bytes) -> None:
    code = new_code(randomness)
    assert re.fullmatch("[A-HJKMNP-Z2-9]{16}", code)
    assert not re.search("[0-9]{13}", code)
    assert normal(grouped(code)) == imported_code(code) == code


def test_other_randomness_is_another_code() -> None:
    codes = {new_code(number.to_bytes(CODE_BYTES)) for number in range(10_000)}
    assert len(codes) == 10_000


def test_only_the_beginning_of_each_half_of_a_code_is_never_a_digit() -> None:
    codes = [new_code(sha256(bytes([number])).digest()[:CODE_BYTES]) for number in range(256)]
    assert [place for place in range(16) if not any(code[place].isdigit() for code in codes)] == [0, 8]
    assert all(any(code[place].isalpha() for code in codes) for place in range(16))


@pytest.mark.parametrize("written", ["summer-2025-ABCD", " SUMMER 2025 abcd", "Summer2025\u2013abcd\n"])
def test_a_code_is_read_without_case_spaces_and_dashes(written: str) -> None:
    assert imported_code(written) == "SUMMER2025ABCD"
    assert digest("acme", written) == digest("acme", "SUMMER2025ABCD")
    assert last_characters(written) == "ABCD"


def test_a_code_is_another_one_in_another_shop() -> None:
    assert digest("acme", "SUMMER2025ABCD") != digest("other", "SUMMER2025ABCD")


@pytest.mark.parametrize("code", ["ELEVENCHARS", "", "A" * 65, "SUMMER_2025_ABCD"])
def test_a_code_that_could_be_guessed_is_not_taken(code: str) -> None:
    why = refusal(lambda: imported_code(code))
    assert why == Problem("invalid", "A code has 12 to 64 letters and digits.", "code")


@pytest.mark.parametrize("code", ["4111111111111111", "123456789012", "A4111111111111111"])
def test_a_code_that_looks_like_a_card_number_is_not_taken(code: str) -> None:
    message = "A code has a letter among its digits, so that it is not taken for a card number."
    assert refusal(lambda: imported_code(code)) == Problem("invalid", message, "code")


def test_whatever_is_typed_as_a_code_has_a_digest() -> None:
    assert digest("acme", "\ud800") != digest("acme", "\ud801")


def test_a_card_is_good_in_its_currency_until_it_expires_and_while_it_is_not_disabled() -> None:
    assert CARD.is_good("CAD", NOON + 59)
    assert not CARD.is_good("CAD", NOON + 60)
    assert not CARD.is_good("USD", NOON)
    assert not replace(CARD, disabled=True).is_good("CAD", NOON)
    assert replace(CARD, expires_at=0).is_good("CAD", NOON * 2)


def test_gift_cards_are_spent_before_cards_and_never_more_than_the_total() -> None:
    gift = a_payment(id="gift", type="gift_card", token=CARD.id, amount=30_000)
    order = an_order(basket=a_basket(), payments=(a_payment(amount=10_000), gift))
    assert parts_to_hold(order, with_stock=False) == {CARD.part: 26_200}
    assert authorizations(order, "attempt") == ()


def test_one_card_in_two_payments_is_held_for_both() -> None:
    gifts = [a_payment(id=f"gift-{n}", type="gift_card", token=CARD.id, amount=1000) for n in (1, 2)]
    assert parts_to_hold(an_order(payments=tuple(gifts)), with_stock=False) == {CARD.part: 2000}
