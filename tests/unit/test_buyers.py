"""What a shopper says bit by bit adds up to an address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import an_address
from till.adapters.addresses import AddressBook
from till.domain.address import FIELDS, Address
from till.domain.buyer import CustomerSession, Said, country_of, flaws, together

BOOK = AddressBook()


def told(*said: dict[str, str], before: Address = Address()) -> Address:  # noqa: B008  # it is frozen
    for parts in said:
        words = Said(parts=parts)
        before = together(before, words, BOOK.rules(country_of(before, words)))
    return before


def missing(address: Address, phone_required: bool = False) -> bool:
    return flaws(address, BOOK.rules(address.country_code), phone_required=phone_required).is_incomplete


def wrong(address: Address) -> set[str]:
    return set(flaws(address, BOOK.rules(address.country_code), phone_required=False).wrong)


JANE = {"first_name": "Jane", "last_name": "Doe"}
STREET = {"address_line_1": "350 5th Ave", "city": "New York"}
PLACE = {"country_code": "us", "province_code": "ny", "postal_code": "10118"}


@pytest.mark.parametrize("said", [(JANE, STREET, PLACE), (PLACE, STREET, JANE), (STREET, JANE, PLACE)])
def test_an_address_is_whole_once_all_of_it_was_said_in_any_order(said: tuple[dict[str, str], ...]) -> None:
    for most in (said[:1], said[:2]):
        assert missing(told(*most))
        assert not wrong(told(*most))
    whole = told(*said)
    assert not missing(whole)
    assert (whole.country, whole.province, whole.province_code) == ("United States", "New York", "NY")


def test_what_is_not_said_again_stays_and_an_empty_text_takes_it_back() -> None:
    whole = told(JANE, STREET, PLACE, {"address_line_2": "Apt 4"})
    assert told({"first_name": "Joan"}, before=whole) == told(JANE | {"first_name": "Joan"}, before=whole)
    assert told({"address_line_2": ""}, before=whole).address_line_2 == ""
    assert missing(told({"city": ""}, before=whole))


def test_another_country_keeps_nothing_of_the_place_that_was_in_the_first() -> None:
    moved = told(JANE, STREET, PLACE, {"country_code": "CA"})
    assert (moved.province, moved.province_code, moved.postal_code, moved.country) == ("", "", "", "Canada")
    assert (missing(moved), wrong(moved), moved.city) == (True, set(), "New York")
    there = told({"province_code": "MB", "postal_code": "r3y0l6"}, before=moved)
    assert (missing(there), there.postal_code) == (False, "R3Y 0L6")


def test_another_province_of_the_country_is_named_anew() -> None:
    assert told(PLACE, {"province_code": "CA"}).province == "California"
    assert told(PLACE, {"province_code": ""}).province == ""


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"country_code": "XX"}, "country_code"),
        (PLACE | {"province_code": "ZZ"}, "province"),
        (PLACE | {"postal_code": "R3Y 0L6"}, "postal_code"),
        ({"first_name": "a" * 256}, "first_name"),
        ({"city": "New\u0000York"}, "city"),
    ],
)
def test_what_is_wrong_is_told_from_what_is_missing(said: dict[str, str], field: str) -> None:
    assert wrong(told(said)) == {field}


def test_a_telephone_number_is_missing_where_the_shop_requires_one() -> None:
    whole = told(JANE, STREET, PLACE)
    assert not missing(whole)
    assert missing(whole, phone_required=True)
    assert not missing(told({"phone_number": "+12125550123"}, before=whole), phone_required=True)


def test_what_a_shop_told_of_its_customer_is_said_as_if_they_had_said_it() -> None:
    session = CustomerSession("id", "acme", "john.doe@example.com", an_address(), 1)
    assert session.said.email == "john.doe@example.com"
    assert told(dict(session.said.parts)) == an_address()


@given(st.dictionaries(st.sampled_from([name for name in FIELDS if name != "country"]), st.text(max_size=20)))
def test_to_say_the_same_again_changes_nothing(parts: dict[str, str]) -> None:
    once = told(parts)
    assert told(parts, before=once) == once
