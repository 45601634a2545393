"""Elastic Path's own SDK, as its users install it: customers and members of accounts, who sign in."""

from __future__ import annotations

import uuid

from tests.clients.elasticpath_sdk import Market, OpenSdk

PASSWORD = "correct horse"


def test_a_customer_signs_up_and_in_and_changes_their_name(open_sdk: OpenSdk, market: Market) -> None:
    storefront, email = open_sdk(market), f"{uuid.uuid4().hex}@example.com"
    made = storefront.do("Customers", ["Create", {"name": "Ron Swanson", "email": email, "password": PASSWORD}])["data"]
    assert (made["type"], made["email"], made["password"]) == ("customer", email, True)
    token = storefront.do("Customers", ["Token", email, PASSWORD])["data"]
    assert (token["type"], token["customer_id"]) == ("token", made["id"])
    assert storefront.do("Customers", ["Get", made["id"], token["token"]])["data"]["name"] == "Ron Swanson"
    renamed = storefront.do("Customers", ["Update", made["id"], {"name": "Ron"}, token["token"]])["data"]
    assert (renamed["name"], renamed["email"]) == ("Ron", email)


def test_an_address_is_signed_up_once_and_a_wrong_password_lets_nobody_in(open_sdk: OpenSdk, market: Market) -> None:
    storefront, email = open_sdk(market), f"{uuid.uuid4().hex}@example.com"
    ron = {"name": "Ron Swanson", "email": email, "password": PASSWORD}
    storefront.do("Customers", ["Create", ron])
    assert storefront.refusal("Customers", ["Create", ron]).error["status"] == 409
    wrong, unknown = (
        storefront.refusal("Customers", ["Token", address, "a wrong one"]).error
        for address in (email, f"{uuid.uuid4().hex}@example.com")
    )
    assert wrong == unknown
    assert storefront.refusal("Customers", ["Get", str(uuid.uuid4()), "nobodys token"]).error["status"] == 403


def test_a_back_end_finds_and_deletes_customers(open_sdk: OpenSdk, market: Market) -> None:
    back_end, email = open_sdk(market, trusted=True), f"{uuid.uuid4().hex}@example.com"
    made = back_end.do("Customers", ["Create", {"name": "Ron Swanson", "email": email}])["data"]
    assert not made["password"]
    found = back_end.do("Customers", ["Filter", {"eq": {"email": email}}], ["Limit", 10], "All")
    assert ([one["id"] for one in found["data"]], found["meta"]["results"]["total"]) == ([made["id"]], 1)
    back_end.do("Customers", ["Delete", made["id"]])
    assert back_end.refusal("Customers", ["Get", made["id"]]).error["status"] == 404
    assert open_sdk(market).refusal("Customers", "All").error["status"] == 403


def test_a_member_of_two_accounts_gets_a_token_for_each(open_sdk: OpenSdk, market: Market) -> None:
    storefront, email = open_sdk(market), f"{uuid.uuid4().hex}@example.com"
    person = {"email": email, "name": "Ann Lee", "password": PASSWORD}
    for name in ("North", "South"):
        account = market.owner.ask("POST", "/accounts", {"name": name})["data"]["id"]
        market.owner.ask("POST", f"/accounts/{account}/members", person)
    sign_in = {
        "type": "account_management_authentication_token",
        "authentication_mechanism": "password",
        "username": email,
        "password": PASSWORD,
        "password_profile_id": str(uuid.uuid4()),
    }
    signed_in = storefront.do("AccountMembers", ["GenerateAccountToken", sign_in])
    assert [one["account_name"] for one in signed_in["data"]] == ["North", "South"]
    assert {one["type"] for one in signed_in["data"]} == {"account_management_authentication_token"}
    wrong = sign_in | {"password": "a wrong one"}
    assert storefront.refusal("AccountMembers", ["GenerateAccountToken", wrong]).error["status"] == 400
