"""Which addresses are accepted: the same whether they are only validated or set."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import pytest

from tests.integration.api import Reply
from tests.integration.deployment import Deployment
from tests.integration.shopper import WINNIPEG, Shopper

PLACE = ("country_code", "country", "province_code", "province", "postal_code")
ROUTES = (
    ("POST", "/addresses/shipping"),
    ("PUT", "/addresses/shipping"),
    ("POST", "/addresses/billing"),
    ("PUT", "/addresses/billing"),
)


@pytest.fixture
def shopper(till: Deployment) -> Shopper:
    return Shopper(till)


def validate(shopper: Shopper, address: Mapping[str, str]) -> Reply:
    return shopper.get(f"/validate_address?{urlencode(address)}")


def test_a_good_address_is_valid_and_goes_nowhere(till: Deployment, shopper: Shopper) -> None:
    before = till.stored(shopper.order_id)
    for address in (WINNIPEG, {"firstName" if name == "first_name" else name: WINNIPEG[name] for name in WINNIPEG}):
        assert validate(shopper, address).body == {"data": []}
    assert till.stored(shopper.order_id) == before


def test_names_may_be_spelled_as_the_documents_do(shopper: Shopper) -> None:
    documented = WINNIPEG | {"firstName": "John", "lastName": ""}
    del documented["first_name"], documented["last_name"]
    assert validate(shopper, documented).fields == ["last_name"]


def test_a_form_that_asks_for_the_place_first_may_send_only_that(till: Deployment) -> None:
    till.change_settings(phone_required=True, company_required=True)
    shopper = Shopper(till)
    place = {name: WINNIPEG[name] for name in PLACE}
    assert validate(shopper, place).body == {"data": []}
    assert validate(shopper, place | {"postal_code": "12345"}).fields == ["postal_code"]
    assert validate(shopper, {}).fields == ["country_code"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"postal_code": "R3Y"}, "postal_code"),
        ({"postal_code": ""}, "postal_code"),
        ({"province": "", "province_code": ""}, "province"),
        ({"province": "", "province_code": "NY"}, "province"),
        ({"country_code": "ZZ"}, "country_code"),
        ({"country_code": ""}, "country_code"),
        ({"first_name": " "}, "first_name"),
        ({"last_name": ""}, "last_name"),
        ({"address_line_1": ""}, "address_line_1"),
        ({"city": ""}, "city"),
        ({"phone_number": ""}, "phone_number"),
        ({"business_name": ""}, "business_name"),
    ],
)
def test_what_is_wrong_with_an_address_is_named_the_same_by_every_route(
    till: Deployment, changes: dict[str, str], field: str
) -> None:
    till.change_settings(phone_required=True, company_required=True)
    shopper = Shopper(till)
    whole = WINNIPEG | {"business_name": "Acme"}
    refused = validate(shopper, whole | changes)
    assert refused.status == 422
    (error,) = refused.errors
    assert error == {
        "message": error["message"],
        "type": "address",
        "field": field,
        "severity": "validation",
        "sub_type": "",
    }
    for method, path in ROUTES:
        assert shopper.call(method, path, whole | changes).errors == [error]
        assert shopper.call(method, path, whole).status == 200


def test_everything_that_is_wrong_is_said_at_once(shopper: Shopper) -> None:
    wrong = WINNIPEG | {"first_name": "", "city": "", "postal_code": "?"}
    assert validate(shopper, wrong).fields == ["first_name", "city", "postal_code"]


@pytest.mark.parametrize(
    ("country", "good", "bad"),
    [
        ("CA", "R3Y0L6", "R3Y 0LO"),
        ("US", "10001-1234", "1000"),
        ("IE", "D02 AF30", "D2 AF30"),
        ("GB", "sw1a 1aa", "SW1A"),
        ("FR", "75001", "7500"),
        ("SG", "238801", "23880"),
        ("DE", "10115", "1011"),
        ("JP", "100-0001", "1000"),
    ],
)
def test_postal_codes_are_those_of_their_country(shopper: Shopper, country: str, good: str, bad: str) -> None:
    provinces = {"CA": "MB", "US": "NY", "JP": "13"}
    place = {"country_code": country, "country": country, "province_code": provinces.get(country, "")}
    assert validate(shopper, place | {"postal_code": good}).status == 200
    assert validate(shopper, place | {"postal_code": bad}).fields == ["postal_code"]


@pytest.mark.parametrize(("country", "city", "postal_code"), [("SG", "Singapore", "238801"), ("FR", "Paris", "75001")])
def test_an_address_is_replaced_by_one_of_a_country_without_provinces(
    shopper: Shopper, country: str, city: str, postal_code: str
) -> None:
    shopper.post("/addresses/billing", WINNIPEG)
    place = {"country_code": country, "country": "", "city": city, "postal_code": postal_code}
    stored = shopper.put("/addresses/billing", WINNIPEG | place | {"province": "", "province_code": ""}).data["address"]
    assert (stored["country_code"], stored["province"], stored["province_code"]) == (country, "", "")
    assert stored["country"] in ("Singapore", "France")
