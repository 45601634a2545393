"""Who checks a cart out: a guest, a customer, an account by its backend, an account by its member."""

from __future__ import annotations

from typing import Any

import pytest

from elasticpath.ids import uuid_of
from tests.integration.deployment import Deployment
from tests.integration.elasticpath.carts import ANAHEIM, JOHN, checkout, put_cart
from tests.integration.elasticpath.storefront import Storefront
from tests.integration.elasticpath.test_cart_owners import Customer
from till.domain.password import hashed
from till.domain.people import Account, Person, PersonKind
from till.runtime import wiring

type Json = dict[str, Any]

CHECKOUT = "/v2/carts/cart-1/checkout"
NOBODY = "1c73326e-07e0-4043-81fc-54b8f13daeb4"
SECRET = "mysecretpassword"


class Member:
    """A member of an account who has signed in."""

    def __init__(self, front: Storefront, name: str = "jane") -> None:
        self.front = front
        now = wiring.now()
        account = wiring.accounts().save(Account(wiring.new_id(), "acme", "Roe Inc.", now, now))
        person = Person(wiring.new_id(), "acme", PersonKind.MEMBER, f"{name}@example.com", name, now, now)
        kept = person.with_password(hashed(SECRET, bytes(16))).joining(account.id)
        self.id, self.account = uuid_of(wiring.people().save(kept, None).id), uuid_of(account.id)
        body = {
            "type": "account_management_authentication_token",
            "authentication_mechanism": "password",
            "password_profile_id": NOBODY,
            "username": f"{name}@example.com",
            "password": SECRET,
        }
        self.token: str = front.call("POST", "/v2/account-members/tokens", body).body["data"][0]["token"]

    @property
    def header(self) -> dict[str, str]:
        return {"EP_Account_Management_Authentication_Token": self.token}


@pytest.fixture
def shopper(till: Deployment) -> Storefront:
    put_cart()
    return Storefront(till)


@pytest.fixture
def merchant(till: Deployment) -> Storefront:
    return Storefront(till, trusted=True, number=2)


def test_a_customer_checks_out_by_their_id(shopper: Storefront) -> None:
    ron = Customer(shopper, "ron")
    order = ron.call("POST", CHECKOUT, checkout({"id": ron.id})).body["data"]
    assert order["customer"] == {"name": "ron", "email": "ron@example.com"}
    assert order["relationships"]["customer"]["data"] == {"type": "customer", "id": ron.id}


def test_nobody_learns_from_an_id_whose_it_is(shopper: Storefront, merchant: Storefront) -> None:
    ron = Customer(shopper, "ron")
    order = shopper.call("POST", CHECKOUT, checkout({"id": ron.id})).body["data"]
    assert order["customer"] == {"name": "", "email": ""}
    known = merchant.call("GET", f"/v2/orders/{order['id']}").body["data"]
    assert known["customer"] == {"name": "ron", "email": "ron@example.com"}


def test_a_customers_order_is_read_with_their_token_only(shopper: Storefront, merchant: Storefront) -> None:
    ron, jane = Customer(shopper, "ron"), Customer(shopper, "jane")
    made = ron.call("POST", CHECKOUT, checkout({"id": ron.id})).body["data"]
    path = f"/v2/orders/{made['id']}"
    assert ron.call("GET", path).body["data"] == made
    assert merchant.call("GET", path).body["data"] == made
    assert jane.call("GET", path).status == 404
    assert shopper.call("GET", path).status == 404


def test_nobody_checks_out_as_somebody_who_is_not_there(shopper: Storefront) -> None:
    for unknown in (NOBODY, "nobody"):
        reply = shopper.call("POST", CHECKOUT, checkout({"id": unknown}))
        assert (reply.status, reply.body["errors"][0]["title"]) == (404, "Not Found")


def test_who_has_signed_in_does_not_check_out_as_somebody_else(shopper: Storefront) -> None:
    ron, jane = Customer(shopper, "ron"), Customer(shopper, "jane")
    assert jane.call("POST", CHECKOUT, checkout({"id": ron.id})).status == 403


def test_a_backend_checks_out_for_an_account(shopper: Storefront, merchant: Storefront) -> None:
    member = Member(shopper)
    account = {"id": member.account, "member_id": member.id}
    order = merchant.call("POST", CHECKOUT, checkout(account=account, contact=JOHN)).body["data"]
    assert order["contact"] == JOHN
    assert "customer" not in order
    assert order["relationships"]["account"]["data"] == {"type": "account", "id": member.account}
    assert order["relationships"]["account_member"]["data"] == {"type": "account_member", "id": member.id}


def test_a_backend_may_leave_the_member_out(shopper: Storefront, merchant: Storefront) -> None:
    body = checkout(account={"id": Member(shopper).account}, contact=JOHN)
    order = merchant.call("POST", CHECKOUT, body).body["data"]
    assert "account_member" not in order["relationships"]


def test_a_storefront_checks_out_for_no_account_by_its_id(shopper: Storefront) -> None:
    body = checkout(account={"id": Member(shopper).account}, contact=JOHN)
    reply = shopper.call("POST", CHECKOUT, body)
    assert (reply.status, reply.body["errors"][0]["title"]) == (403, "Forbidden")


def test_an_account_and_a_member_must_be_there(shopper: Storefront, merchant: Storefront) -> None:
    member, other = Member(shopper), Member(shopper, "john")
    for account in (
        {"id": NOBODY},
        {"id": "x"},
        {"id": member.account, "member_id": NOBODY},
        {"id": member.account, "member_id": other.id},
    ):
        assert merchant.call("POST", CHECKOUT, checkout(account=account, contact=JOHN)).status == 404


def test_a_member_checks_out_with_the_token_of_the_account(shopper: Storefront) -> None:
    member = Member(shopper)
    order = shopper.call("POST", CHECKOUT, checkout(contact=JOHN), **member.header).body["data"]
    assert order["contact"] == JOHN
    assert order["relationships"]["account"]["data"]["id"] == member.account
    assert order["relationships"]["account_member"]["data"]["id"] == member.id


def test_an_accounts_order_is_read_and_listed_with_its_token(shopper: Storefront) -> None:
    member, other = Member(shopper), Member(shopper, "john")
    made = shopper.call("POST", CHECKOUT, checkout(contact=JOHN), **member.header).body["data"]
    path = f"/v2/orders/{made['id']}"
    assert shopper.call("GET", path, **member.header).body["data"] == made
    assert [one["id"] for one in shopper.call("GET", "/v2/orders", **member.header).body["data"]] == [made["id"]]
    assert shopper.call("GET", "/v2/orders", **other.header).body["data"] == []
    for headers in ({}, other.header):
        assert shopper.call("GET", path, **headers).status == 404


def test_a_contact_alone_takes_the_token_of_a_member(shopper: Storefront, merchant: Storefront) -> None:
    for front in (shopper, merchant):
        assert front.call("POST", CHECKOUT, {"contact": JOHN, "billing_address": ANAHEIM}).status == 403
    headers = {"EP_Account_Management_Authentication_Token": "x"}
    assert shopper.call("POST", CHECKOUT, checkout(contact=JOHN), **headers).status == 403
