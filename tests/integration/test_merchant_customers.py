"""Customers, accounts and members through the merchant API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.merchant_api import MerchantApi, api
from till.adapters import aws
from till.application import people
from till.domain.people import PersonKind
from till.runtime import wiring

__all__ = ["api"]  # the fixture

ACME = "/merchant/shops/acme"
CUSTOMERS = f"{ACME}/customers"
ACCOUNTS = f"{ACME}/accounts"
PASSWORD = "mysecretpassword"
A_SHOP = {"identifier": "acme", "name": "Acme", "currency": "CAD", "country": "CA", "locale": "en-CA"}
PAT = {"email": "Pat@Example.com", "name": " Pat Doe ", "password": PASSWORD, "external_ref": "crm-7"}


@pytest.fixture
def acme(api: MerchantApi) -> MerchantApi:
    """The API, with a shop."""
    assert api.post("/merchant/shops", A_SHOP).status == 201
    return api


def an_account(acme: MerchantApi, name: str = "Acme Ltd") -> str:
    """Where its members are."""
    return f"{ACCOUNTS}/{acme.post(ACCOUNTS, {'name': name}).data['id']}"


def signs_in(kind: PersonKind, email: str, password: str) -> str:
    return people.sign_in(wiring.people(), "acme", kind, email, password).id


def test_a_customer_is_kept_without_their_password(acme: MerchantApi) -> None:
    made = acme.post(CUSTOMERS, PAT)
    assert made.status == 201
    facts = {"email": "Pat@example.com", "name": "Pat Doe", "external_ref": "crm-7", "has_password": True}
    assert made.data.items() >= facts.items()
    assert acme.get(f"{CUSTOMERS}/{made.data['id']}").data == made.data
    assert acme.get(CUSTOMERS).data == [made.data]
    assert PASSWORD not in str(aws.client("dynamodb").scan(TableName="orderstable")["Items"])
    assert signs_in(PersonKind.CUSTOMER, "pat@example.com", PASSWORD) == made.data["id"]


def test_a_customer_is_changed_member_by_member(acme: MerchantApi) -> None:
    before = acme.post(CUSTOMERS, PAT).data
    one = f"{CUSTOMERS}/{before['id']}"
    assert acme.patch(one, {"name": "Patricia"}).data["name"] == "Patricia"
    assert signs_in(PersonKind.CUSTOMER, PAT["email"], PASSWORD)
    assert acme.patch(one, {"email": "new@example.com"}).data["email"] == "new@example.com"
    assert acme.patch(one, {"password": "another password"}).data["has_password"]
    assert signs_in(PersonKind.CUSTOMER, "new@example.com", "another password")
    assert not acme.patch(one, {"password": None}).data["has_password"]
    assert acme.patch(one, {}).data["external_ref"] == "crm-7"


def test_customers_without_a_password_are_kept_too(acme: MerchantApi) -> None:
    made = acme.post(CUSTOMERS, {"email": "a@example.com", "name": "A"})
    assert (made.data["has_password"], made.data["external_ref"]) == (False, "")


def test_an_email_address_is_one_customers_and_free_again_when_they_are_gone(acme: MerchantApi) -> None:
    pat, ann = acme.post(CUSTOMERS, PAT).data, acme.post(CUSTOMERS, PAT | {"email": "ann@example.com"}).data
    assert acme.post(CUSTOMERS, PAT | {"email": "PAT@EXAMPLE.COM"}).refusal == (409, "email")
    assert acme.patch(f"{CUSTOMERS}/{ann['id']}", {"email": "pat@example.com"}).refusal == (409, "email")
    assert acme.delete(f"{CUSTOMERS}/{pat['id']}").data == {"id": pat["id"]}
    assert acme.delete(f"{CUSTOMERS}/{pat['id']}").refusal == (404, "customer_id")
    assert acme.get(f"{CUSTOMERS}/{pat['id']}").refusal == (404, "customer_id")
    assert acme.patch(f"{CUSTOMERS}/{ann['id']}", {"email": "pat@example.com"}).status == 200


def test_customers_are_listed_in_pages(acme: MerchantApi) -> None:
    made = [acme.post(CUSTOMERS, {"email": f"{i}@example.com", "name": "x"}).data for i in range(3)]
    page = acme.get(CUSTOMERS, limit="2")
    rest = acme.get(CUSTOMERS, limit="2", cursor=page.body["next_cursor"])
    assert {one["id"] for one in page.data + rest.data} == {one["id"] for one in made}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "pat"}, "email"),
        ({"email": ""}, "email"),
        ({"email": None}, "email"),
        ({"name": " "}, "name"),
        ({"password": "1234567"}, "password"),
        ({"password": "x" * 257}, "password"),
        ({"password": 12345678}, "password"),
        ({"external_ref": "x" * 2049}, "external_ref"),
        ({"id": "mine"}, "id"),
    ],
)
def test_what_is_wrong_with_a_customer_is_named(acme: MerchantApi, changes: dict[str, Any], field: str) -> None:
    pat = acme.post(CUSTOMERS, PAT).data["id"]
    assert acme.post(CUSTOMERS, PAT | changes).refusal == (422, field)
    assert acme.patch(f"{CUSTOMERS}/{pat}", changes).refusal == (422, field)


def test_an_account_is_made_changed_and_listed(acme: MerchantApi) -> None:
    facts = {"name": "Acme", "legal_name": "Acme Ltd", "registration_id": "12345", "external_ref": "crm-8"}
    made = acme.post(ACCOUNTS, facts)
    assert made.status == 201
    assert made.data.items() >= facts.items()
    one = f"{ACCOUNTS}/{made.data['id']}"
    changed = acme.patch(one, {"name": "Acme North", "legal_name": None}).data
    assert (changed["name"], changed["legal_name"], changed["registration_id"]) == ("Acme North", "", "12345")
    assert acme.get(one).data == changed
    assert acme.get(ACCOUNTS).data == [changed]
    assert acme.post(ACCOUNTS, {}).refusal == (422, "name")
    assert acme.get(f"{ACCOUNTS}/nobody").refusal == (404, "account_id")


def test_a_member_signs_in_for_an_account(acme: MerchantApi) -> None:
    members = f"{an_account(acme)}/members"
    made = acme.post(members, {"email": "ann@example.com", "name": "Ann Lee", "password": PASSWORD})
    assert made.status == 201
    assert made.data["accounts"] == [members.split("/")[-2]]
    assert acme.get(members).data == [made.data]
    assert acme.get(f"{members}/{made.data['id']}").data == made.data
    assert signs_in(PersonKind.MEMBER, "ann@example.com", PASSWORD) == made.data["id"]
    changed = acme.patch(f"{members}/{made.data['id']}", {"password": "another password", "name": "Ann"}).data
    assert changed["name"] == "Ann"
    assert signs_in(PersonKind.MEMBER, "ann@example.com", "another password")
    assert acme.post(members, {"email": "bob@example.com"}).refusal == (422, "name")
    assert acme.post(members, {"email": "ANN@example.com"}).refusal == (409, "email")


def test_a_member_of_one_account_joins_another_as_the_same_person(acme: MerchantApi) -> None:
    first, second = an_account(acme, "First"), an_account(acme, "Second")
    ann = acme.post(f"{first}/members", {"email": "ann@example.com", "name": "Ann", "password": PASSWORD}).data
    joined = acme.post(f"{second}/members", {"email": "Ann@example.com", "name": "Nobody", "password": "x" * 10}).data
    assert (joined["id"], joined["name"], len(joined["accounts"])) == (ann["id"], "Ann", 2)
    assert signs_in(PersonKind.MEMBER, "ann@example.com", PASSWORD)
    left = acme.delete(f"{first}/members/{ann['id']}").data
    assert left["accounts"] == [second.split("/")[-1]]
    assert acme.get(f"{first}/members/{ann['id']}").refusal == (404, "member_id")
    assert acme.get(f"{first}/members").data == []
    acme.delete(f"{second}/members/{ann['id']}")
    assert acme.delete(f"{second}/members/{ann['id']}").refusal == (404, "member_id")
    assert acme.post(f"{second}/members", {"email": "ann@example.com", "name": "New"}).data["id"] != ann["id"]


def test_a_closed_account_lets_its_members_go(acme: MerchantApi) -> None:
    account, other = an_account(acme), an_account(acme)
    ann = acme.post(f"{account}/members", {"email": "ann@example.com", "name": "Ann"}).data
    acme.post(f"{other}/members", {"email": "ann@example.com"})
    acme.post(f"{account}/members", {"email": "bob@example.com", "name": "Bob"})
    assert acme.delete(account).data == {"id": account.split("/")[-1]}
    assert acme.get(account).refusal == (404, "account_id")
    assert acme.get(f"{account}/members").refusal == (404, "account_id")
    assert acme.get(f"{other}/members/{ann['id']}").data["accounts"] == [other.split("/")[-1]]
    assert wiring.people().by_email("acme", PersonKind.MEMBER, "bob@example.com") is None


def test_who_is_known_to_a_shop_takes_the_scope_and_the_shop(acme: MerchantApi) -> None:
    acme.post("/merchant/shops", A_SHOP | {"identifier": "bean"})
    pat, account = acme.post(CUSTOMERS, PAT).data["id"], an_account(acme)
    clerk = acme.with_token("orders", "settings", "checkout")
    for path in (CUSTOMERS, f"{CUSTOMERS}/{pat}", ACCOUNTS, account, f"{account}/members"):
        assert clerk.get(path).status == 403
    assert acme.with_token("customers").get(CUSTOMERS).status == 200
    bound = acme.with_token("customers", shop="bean")
    assert bound.get(CUSTOMERS).refusal == (404, "shop")
    assert acme.get(f"/merchant/shops/bean/customers/{pat}").refusal == (404, "customer_id")
    assert acme.get(f"/merchant/shops/bean/accounts/{account.split('/')[-1]}").refusal == (404, "account_id")
    assert acme.post("/merchant/shops/nobody/customers", PAT).refusal == (404, "shop")
