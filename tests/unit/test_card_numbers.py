"""Card numbers are recognised however they are written, and what only looks a little like one is not."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from till.domain.card_numbers import refuse_card_numbers
from till.domain.errors import Invalid

VISA = "4111111111111111"
CARDS = [VISA, "5555555555554444", "378282246310005", "6011111111111117", "30569309025904", "4222222222222"]


def field_of(body: object) -> str:
    """The field that is refused, or nothing; and nothing is said of what it holds."""
    try:
        refuse_card_numbers(body)
    except Invalid as refusal:
        (problem,) = refusal.problems
        assert problem.code == "card_number"
        assert not any(char.isdigit() for char in problem.message)
        return problem.field
    return ""


@pytest.mark.parametrize("number", CARDS)
def test_a_card_number_is_refused(number: str) -> None:
    assert field_of({"token": number}) == "token"


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111 - 1111 - 1111 - 1111",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "3782 822463 10005",
        "my card is 4111 1111 1111 1111, exp 12/27",
        "4111 1111 1111 1111 12 27 123",
        "(4111111111111111)",
        "#4111111111111111#",
        "Visa4111111111111111",
        "tok_4111111111111111",
        "4111111111111111x",
        "2026-11-22 4111111111111111",
        "4111\u00a01111\u00a01111\u00a01111",
        "4111\u20131111\u20131111\u20131111",
        "\uff14" + "\uff11" * 15,
        "4111111111111111@example.com",
    ],
)
def test_a_card_number_is_refused_however_it_is_written(text: str) -> None:
    assert field_of({"notes": text}) == "notes"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1111",
        "411111111111",
        "4111111111111112",
        "0000000000000000",
        "41111111111111111111",
        "a4b1c1d1e1f1a1b1c1d1e1f1a1b1c1d1",
        "01JX0RDER00000000000000000",
        "90027654-4111-8111-a111-1111111111b1",
        "tok_1763778615122",
        "2026-11-22 2026-12-17",
        "+49 151 2345 6787",
        "{",
        "ab4111111111111111cdef0123456789",  # the key of a cart's line
    ],
)
def test_what_is_no_card_number_is_let_in(text: str) -> None:
    assert field_of({"notes": text, text: "x"}) == ""


@pytest.mark.parametrize(
    "name", ["id", "platform_id", "platorm_id", "variantId", "sku", "line_item_key", "gateway_public_id", "uuid"]
)
def test_the_ids_of_platforms_are_long_and_let_in_unless_a_network_gives_them_out(name: str) -> None:
    for platforms in ("6940095643920", "39397465849946", "1700000000000004", "1005004111111117", "17296120374921300"):
        assert field_of({"note": with_check_digit(platforms[:-1])}) == "note"
        assert field_of({"cart_items": [{name: with_check_digit(platforms[:-1])}]}) == ""
    for card in (VISA, "4111 1111 1111 1111", "378282246310005", "cart_5555555555554444", "3530111333300000"):
        assert field_of({"cart_items": [{name: card}]}) == f"cart_items.0.{name}"


@pytest.mark.parametrize("barcode", ["4006381333931", "00012345678905", "5901234123457", "12345678"])
def test_barcodes_are_let_into_what_is_full_of_them(barcode: str) -> None:
    refuse_card_numbers({"barcode": barcode, "title": f"Mug {barcode}"}, full_of_ids=True)
    with pytest.raises(Invalid):
        refuse_card_numbers({"title": VISA}, full_of_ids=True)


def test_a_phone_number_is_longer_than_a_card_number_may_be_short() -> None:
    assert field_of({"phone_number": "4915123456787"}) == ""
    assert field_of({"phone_number": "+491512345678914"}) == ""
    assert field_of({"phone_number": VISA}) == "phone_number"
    assert field_of({"phone_number": "+378282246310005"}) == "phone_number"


def test_numbers_of_json_are_amounts_unless_a_network_gives_them_out() -> None:
    amount = int(with_check_digit("100000000000000"))
    assert field_of({"amount": amount, "list": [amount, True]}) == ""
    assert field_of({"payload": json.dumps({"amount": amount})}) == ""
    assert field_of({"amount": int(VISA)}) == "amount"
    assert field_of({"payload": json.dumps([{"a": int(VISA)}])}) == "payload"
    assert field_of({"payload": json.dumps({"a": int(VISA)})}) == "payload.a"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (VISA, "body"),
        ([VISA], "0"),
        ({VISA: 1}, "body"),
        ({"note_attributes": {VISA: 1}}, "note_attributes"),
        ({"note_attributes": {"a": {"b": ["x", {"c": VISA}]}}}, "note_attributes.a.b.1.c"),
        ({"tags": ["x", VISA]}, "tags.1"),
        ({"payload": json.dumps({"token": VISA})}, "payload.token"),
        ({"payload": json.dumps({"platform_id": VISA})}, "payload.platform_id"),
        ({"payload": f'{{"token": "{VISA}"'}, "payload"),
    ],
)
def test_the_field_is_named(body: Any, field: str) -> None:
    assert field_of(body) == field


def test_a_text_that_is_nested_without_end_is_a_text() -> None:
    assert field_of({"notes": '{"a":' * 50_000}) == ""


def with_check_digit(digits: str) -> str:
    """The number that Luhn's rule makes of them."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


@given(st.from_regex(r"[1-9][0-9]{11,17}", fullmatch=True), st.data())
def test_every_number_with_a_right_check_digit_is_refused_and_with_a_wrong_one_not(
    digits: str, data: st.DataObject
) -> None:
    right = with_check_digit(digits)
    gaps = data.draw(st.lists(st.sampled_from(["", " ", "-"]), min_size=len(right), max_size=len(right)))
    spaced = "".join(digit + gap for digit, gap in zip(right, gaps, strict=True)).strip(" -")
    assume(not re.search(r"(19|20)\d\d-\d\d-\d\d", spaced))  # a day is none, whatever number follows it
    assert field_of({"notes": right}) == "notes"
    assert field_of({"notes": spaced}) == "notes"
    assert field_of({"notes": digits + str((int(right[-1]) + 1) % 10)}) == ""


@pytest.mark.parametrize("text", ["1 ", "0-", "5 ", "x1", "1", "2026-11-22 ", '{"a":'])
def test_the_largest_body_is_looked_through(text: str) -> None:
    """Half a minute each, were every row added up by itself."""
    assert field_of({"notes": text * (256_000 // len(text))}) == ""
