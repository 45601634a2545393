"""Who buys: whose addresses can be written to, and what only the merchant's backend may say of a customer."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.fakes.dns_server import dns_server
from tests.integration.api import Reply
from tests.integration.deployment import Deployment
from tests.integration.shopper import JOHN, Shopper


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
