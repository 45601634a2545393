"""Who buys: whose addresses can be written to, and what only the merchant's backend may say of a customer."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.fakes.dns_server import dns_server
from tests.integration.api import Reply
from tests.integration.deployment import ROOT_TOKEN, Deployment
from tests.integration.shopper import JOHN, WINNIPEG, Json, Shopper

JANE = {"platform_id": "1234", "first_name": "Jane", "last_name": "Roe", "email_address": "jane@example.com"}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A DNS server that the functions ask."""
    with dns_server() as address:
        monkeypatch.setenv("TILL_DNS_SERVER", address)
        yield


@pytest.fixture
def shopper(asked: None, till: Deployment) -> Shopper:
    return Shopper(till)


def validate(shopper: Shopper, email: str) -> Reply:
    return shopper.get(f"/validate_email_address?email_address={quote(email)}")


def backend(till: Deployment, method: str, shopper: Shopper, path: str, body: Json | None = None, **more: str) -> Reply:
    """A call of the merchant's backend about the shopper's order."""
    headers = {"Authorization": f"Bearer {more.pop('token', ROOT_TOKEN)}"} | more
    return till.api.call(method, f"/checkout/orders/acme/{shopper.order_id}/customer{path}", body, headers)


# Email


@pytest.mark.parametrize(
    "email",
    ["john@mail.example", "j+1@address-only.example", "j@bücher.example", "j@broken.example"],
)
def test_an_address_that_mail_can_reach_is_valid(till: Deployment, shopper: Shopper, email: str) -> None:
    before = till.stored(shopper.order_id)
    assert validate(shopper, email).body == {"data": []}
    assert till.stored(shopper.order_id) == before


@pytest.mark.parametrize("email", ["", "john", "john@", "j@x", "john@nobody.example", "john@null-mx.example"])
def test_an_address_that_no_mail_can_reach_is_not(shopper: Shopper, email: str) -> None:
    refused = validate(shopper, email)
    assert refused.status == 422
    assert refused.errors == [
        {
            "message": "Email format is invalid.",
            "type": "validation",
            "field": "email_address",
            "severity": "validation",
            "sub_type": "email_address",
        }
    ]
    assert shopper.get("/validate_email_address").errors == refused.errors


def test_a_customer_needs_an_address_but_not_a_mail_server(shopper: Shopper) -> None:
    assert shopper.post("/customer/guest", JOHN | {"email_address": "john@nobody.example"}).status == 200
    for method, path in (("PUT", "/customer"), ("PUT", "/customer/guest")):
        assert shopper.call(method, path, JOHN | {"email_address": "john"}).errors == [
            {
                "message": "Email format is invalid.",
                "type": "order",
                "field": "email_address",
                "severity": "validation",
                "sub_type": "customer",
            }
        ]


# Customers that the merchant knows


def test_the_merchants_backend_says_who_the_customer_is_and_takes_it_back(till: Deployment, shopper: Shopper) -> None:
    saved = [WINNIPEG | {"id": "7"}, WINNIPEG | {"id": None, "first_name": "Mum"}]
    known = backend(till, "POST", shopper, "/authenticated", JANE | {"saved_addresses": saved})
    assert known.data["customer"] == JANE | {
        "public_id": known.data["customer"]["public_id"],
        "accepts_marketing": False,
        "saved_addresses": saved,
    }
    assert known.state["customer"] == shopper.get("/customer").data["customer"] == known.data["customer"]
    assert backend(till, "DELETE", shopper, "").data["customer"] == []
    assert shopper.state["customer"] == []


def test_a_saved_address_is_shown_as_the_merchant_has_it(till: Deployment, shopper: Shopper) -> None:
    sent = {
        "id": 7,
        "address": "1 Old St",
        "address_line_1": "1 Old St",
        "city": None,
        "country_code": "CA",
        "postal_code": "?",
        "default": True,
    }
    body = JANE | {"platform_id": "", "public_id": 99, "accepts_marketing": None, "saved_addresses": [sent]}
    customer = backend(till, "POST", shopper, "/authenticated", body).data["customer"]
    (shown,) = customer["saved_addresses"]
    assert shown == dict.fromkeys(WINNIPEG, "") | {
        "id": "7",
        "address_line_1": "1 Old St",
        "country_code": "CA",
        "postal_code": "?",
    }
    assert customer["platform_id"] == "99"


def test_an_order_begins_with_a_customer_and_the_addresses_they_saved(till: Deployment) -> None:
    shopper = Shopper(till, customer=JANE | {"saved_addresses": [WINNIPEG | {"id": "7"}]})
    assert shopper.begun.state["customer"]["saved_addresses"] == [WINNIPEG | {"id": "7"}]
    assert Shopper(till, customer=JANE | {"saved_addresses": None}).state["customer"]["saved_addresses"] == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email_address": "jane"}, "email_address"),
        ({"saved_addresses": [WINNIPEG | {"city": "x" * 256}]}, "saved_addresses.0.city"),
        ({"saved_addresses": [WINNIPEG] * 251}, "saved_addresses"),
        ({"platform_id": []}, "platform_id"),
    ],
)
def test_a_customer_that_cannot_be_stored_is_refused(
    till: Deployment, shopper: Shopper, changes: Json, field: str
) -> None:
    assert backend(till, "POST", shopper, "/authenticated", JANE | changes).fields == [field]
    assert shopper.state["customer"] == []


def test_a_customer_does_not_take_the_place_of_another(till: Deployment, shopper: Shopper) -> None:
    shopper.post("/customer/guest", JOHN)
    assert backend(till, "POST", shopper, "/authenticated", JANE).fields == ["customer"]
    assert shopper.state["customer"]["first_name"] == "John"
    backend(till, "DELETE", shopper, "")
    assert backend(till, "POST", shopper, "/authenticated", JANE).status == 200
    assert shopper.post("/customer/guest", JOHN).fields == ["customer"]


def test_the_same_customer_under_one_key_is_set_once(till: Deployment, shopper: Shopper) -> None:
    key = {"Idempotency-Key": "0123456789abcdef"}
    first, again = (backend(till, "POST", shopper, "/authenticated", JANE, **key) for _ in range(2))
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.body == first.body


def test_only_the_merchants_backend_says_who_a_customer_is(till: Deployment, shopper: Shopper) -> None:
    for token in ("", shopper.token, "till_unknown"):
        assert backend(till, "POST", shopper, "/authenticated", JANE, token=token).status == 401
        assert backend(till, "DELETE", shopper, "", token=token).status == 401
    assert shopper.state["customer"] == []


@pytest.mark.parametrize("from_init", [True, False])
def test_a_customer_that_the_merchant_knows_is_no_guest(till: Deployment, from_init: bool) -> None:
    shopper = Shopper(till, customer=JANE) if from_init else Shopper(till)
    if not from_init:
        backend(till, "POST", shopper, "/authenticated", JANE)
    before = till.stored(shopper.order_id)
    refused = shopper.put("/customer/guest", JOHN)
    assert (refused.status, refused.fields) == (422, ["customer"])
    assert till.stored(shopper.order_id) == before
    # Updated as the customer that it is, it stays one; who comes after it is a guest.
    assert shopper.put("/customer", JOHN).data["customer"]["platform_id"] == "1234"
    assert shopper.put("/customer/guest", JOHN).status == 422
    shopper.delete("/customer")
    shopper.post("/customer/guest", JOHN)
    assert shopper.put("/customer/guest", JANE).data["customer"]["first_name"] == "Jane"


def test_updating_a_guest_works_and_says_that_it_is_deprecated(shopper: Shopper) -> None:
    assert "Deprecation" not in shopper.post("/customer/guest", JOHN).headers
    assert "Deprecation" not in shopper.put("/customer", JOHN).headers
    good = shopper.put("/customer/guest", JOHN | {"first_name": "Jack"})
    again = [shopper.put("/customer/guest", JOHN, key="0123456789abcdef") for _ in range(2)]
    bad = shopper.put("/customer/guest", JOHN | {"email_address": ""})
    assert (good.status, [reply.status for reply in again], bad.status) == (200, [200, 200], 422)
    assert {reply.headers["Deprecation"] for reply in (good, *again, bad)} == {"@1640995200"}
