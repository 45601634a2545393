"""Customers of a shop: who may create, read and change them, and who has signed in as one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from elasticpath.access import caller
from elasticpath.ids import ulid_of
from tests.builders import a_shop
from tests.contract.test_people import a_person, an_account
from tests.integration.api import Reply
from tests.integration.deployment import Deployment
from tests.integration.elasticpath.storefront import Storefront
from till.application import people
from till.domain.errors import Forbidden
from till.domain.password import hashed
from till.domain.people import PersonKind
from till.runtime import access, signed, wiring
from till.runtime.app import Request

CUSTOMERS = "/v2/customers"
TOKENS = f"{CUSTOMERS}/tokens"
SECRET = "till/jwt-signing-key"
PASSWORD = "mysecretpassword"
RON: dict[str, Any] = {"type": "customer", "name": "Ron Swanson", "email": "ron@swanson.com", "password": PASSWORD}


@pytest.fixture
def anybody(till: Deployment) -> Storefront:
    """A storefront of the shop, with a token that any shopper may have."""
    return Storefront(till)


@pytest.fixture
def backend(till: Deployment) -> Storefront:
    """The merchant's own, with the client's secret."""
    return Storefront(till, trusted=True, number=2)


def signed_in(storefront: Storefront, email: str = RON["email"], password: str = PASSWORD) -> str:
    """The customer's token."""
    reply = storefront.call("POST", TOKENS, {"type": "token", "email": email, "password": password})
    token: str = reply.data["token"]
    return token


def errors(reply: Reply) -> tuple[int, str, str]:
    """Status, title and source of the one error."""
    (error,) = reply.body["errors"]
    assert error["status"] == reply.status
    return reply.status, error["title"], error.get("source", "")


def by_customer(storefront: Storefront, token: str) -> str:
    """The id of the customer that a request with that token is of."""
    headers = {"authorization": f"Bearer {storefront.token}", "x-moltin-customer-token": token}
    return caller(Request("GET", "/v2/orders", {}, {}, headers, wiring.now())).customer_id


def test_a_customer_signs_up_and_in_at_a_storefront(anybody: Storefront) -> None:
    created = anybody.call("POST", CUSTOMERS, RON | {"external_ref": "crm-1"})
    assert created.status == 201
    customer = created.body["data"]
    assert (
        customer.items()
        >= {
            "type": "customer",
            "name": "Ron Swanson",
            "email": "ron@swanson.com",
            "password": True,
            "external_ref": "crm-1",
        }.items()
    )
    assert PASSWORD not in created.raw
    reply = anybody.call("POST", TOKENS, {"type": "token", "email": "RON@swanson.com", "password": PASSWORD})
    token = reply.data
    assert (token["type"], token["customer_id"]) == ("token", customer["id"])
    assert abs(token["expires"] - wiring.now() - 86_400) < 60
    assert by_customer(anybody, token["token"]) == ulid_of(customer["id"])


def test_an_email_address_is_signed_up_once(anybody: Storefront) -> None:
    anybody.call("POST", CUSTOMERS, RON)
    again = anybody.call("POST", CUSTOMERS, RON | {"email": "Ron@Swanson.com"})
    assert errors(again) == (409, "Duplicate email", "email")


def test_two_quick_clicks_make_one_customer_when_the_key_is_the_same(anybody: Storefront) -> None:
    first, again = (anybody.call("POST", CUSTOMERS, RON, Idempotency_Key="0123456789abcdef") for _ in range(2))
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_key_stands_for_one_thing_within_its_shop_and_for_who_sent_it(till: Deployment, anybody: Storefront) -> None:
    wiring.catalog().create_shop(a_shop(identifier="bean"))
    there, backend = Storefront(till, number=3, shop="bean"), Storefront(till, trusted=True, number=2)
    made = [one.call("POST", CUSTOMERS, RON, Idempotency_Key="0123456789abcdef") for one in (anybody, there, backend)]
    assert [one.status for one in made] == [201, 201, 409]
    assert made[0].body["data"]["id"] != made[1].body["data"]["id"]


@pytest.mark.parametrize(
    ("changes", "source", "title"),
    [
        ({"email": None}, "data.email", "required"),
        ({"email": "ron"}, "data.email", "format"),
        ({"email": "ron@"}, "data.email", "format"),
        ({"name": None}, "data.name", "required"),
        ({"name": " "}, "data.name", "string_gte"),
        ({"password": "1234567"}, "data.password", "Bad Request"),
        ({"password": "x" * 257}, "data.password", "Bad Request"),
        ({"external_ref": "x" * 2049}, "data.external_ref", "string_lte"),
    ],
)
def test_what_is_wrong_with_a_customer_is_named(
    anybody: Storefront, changes: dict[str, Any], source: str, title: str
) -> None:
    body = {name: value for name, value in (RON | changes).items() if value is not None}
    assert errors(anybody.call("POST", CUSTOMERS, body)) == (400, title, source)


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(anybody: Storefront) -> None:
    anybody.call("POST", CUSTOMERS, RON)
    wrong = {"type": "token", "email": RON["email"], "password": "another one"}
    replies = [anybody.call("POST", TOKENS, wrong | {"email": email}) for email in (RON["email"], "nobody@swanson.com")]
    assert replies[0].body == replies[1].body
    assert errors(replies[0]) == (400, "Bad Request", "")


def test_customers_read_and_change_themselves_and_nobody_else(anybody: Storefront, backend: Storefront) -> None:
    ron, ann = (
        anybody.call("POST", CUSTOMERS, RON | {"email": email}).body["data"]["id"]
        for email in (RON["email"], "ann@perkins.com")
    )
    token = signed_in(anybody)
    mine, hers = f"{CUSTOMERS}/{ron}", f"{CUSTOMERS}/{ann}"
    assert anybody.call("GET", mine, X_Moltin_Customer_Token=token).data["id"] == ron
    renamed = anybody.call("PUT", mine, {"type": "customer", "name": "Ronald"}, X_Moltin_Customer_Token=token)
    assert (renamed.data["name"], renamed.data["email"]) == ("Ronald", RON["email"])
    for method, body in (("GET", None), ("PUT", {"name": "x"})):
        assert errors(anybody.call(method, hers, body, X_Moltin_Customer_Token=token))[0] == 404
        assert errors(anybody.call(method, mine, body))[0] == 403
        assert errors(anybody.call(method, hers, body, X_Moltin_Customer_Token="x"))[0] == 403
    assert errors(anybody.call("DELETE", mine, X_Moltin_Customer_Token=token))[0] == 403
    assert backend.call("GET", hers).data["name"] == "Ron Swanson"


def test_who_changes_the_password_is_signed_out_everywhere(anybody: Storefront) -> None:
    ron = anybody.call("POST", CUSTOMERS, RON).body["data"]["id"]
    token = signed_in(anybody)
    body = {"password": "yetanothersecret"}
    assert anybody.call("PUT", f"{CUSTOMERS}/{ron}", body, X_Moltin_Customer_Token=token).status == 200
    with pytest.raises(Forbidden):
        by_customer(anybody, token)
    assert by_customer(anybody, signed_in(anybody, password="yetanothersecret")) == ulid_of(ron)


def test_a_deleted_customer_is_signed_out_and_may_sign_up_again(anybody: Storefront, backend: Storefront) -> None:
    ron = anybody.call("POST", CUSTOMERS, RON).body["data"]["id"]
    token = signed_in(anybody)
    assert by_customer(anybody, token)
    gone = backend.call("DELETE", f"{CUSTOMERS}/{ron}")
    assert (gone.status, gone.raw) == (204, "")
    assert errors(backend.call("DELETE", f"{CUSTOMERS}/{ron}"))[0] == 404
    assert errors(backend.call("GET", f"{CUSTOMERS}/{ron}"))[0] == 404
    with pytest.raises(Forbidden):
        by_customer(anybody, token)
    assert anybody.call("POST", CUSTOMERS, RON).body["data"]["id"] != ron


def test_the_backend_lists_customers_filtered_sorted_and_in_pages(anybody: Storefront, backend: Storefront) -> None:
    ids = {}
    for name, email in (("B", "c@x.com"), ("C", "b@x.com"), ("A", "a@x.com")):
        body = {"name": name, "email": email, "external_ref": f"ref-{name}"}
        ids[name] = anybody.call("POST", CUSTOMERS, body).body["data"]["id"]

    def names(query: str) -> str:
        return "".join(one["name"] for one in backend.call("GET", f"{CUSTOMERS}?{query}").data)

    assert names("") == "ACB"
    assert names("sort=name") == "ABC"
    assert names("sort=-email") == "BCA"
    assert names("sort=created_at") == "BCA"
    assert names("filter=eq(email,B@x.com)") == "C"
    assert names("filter=eq(name,A)") == "A"
    assert names("filter=eq(external_ref,ref-B)") == "B"
    assert names(f"filter=eq(id,{ids['C']})") == "C"
    assert names("filter=eq(email,nobody@x.com)") == ""
    page = backend.call("GET", f"{CUSTOMERS}?sort=name&page[limit]=2&page[offset]=2&page[total_method]=exact")
    assert [one["name"] for one in page.data] == ["C"]
    assert page.body["meta"] == {
        "page": {"limit": 2, "offset": 2, "current": 2, "total": 2},
        "results": {"total": 3},
    }
    assert errors(anybody.call("GET", CUSTOMERS))[0] == 403
    for query, source in (
        ("page[limit]=0", "page[limit]"),
        ("page[limit]=101", "page[limit]"),
        ("page[offset]=-1", "page[offset]"),
        ("page[offset]=x", "page[offset]"),
        ("sort=password", "sort"),
        ("filter=eq(password,x)", "filter"),
        ("filter=x", "filter"),
    ):
        status, _, named = errors(backend.call("GET", f"{CUSTOMERS}?{query}"))
        assert (status, named) == (400, source)


def a_member(till: Deployment) -> tuple[str, list[str]]:
    """The id of a member of two accounts, and theirs."""
    accounts = [wiring.accounts().save(an_account(number)).id for number in (1, 2)]
    password = hashed(PASSWORD, b"0123456789abcdef")
    member = a_person(kind=PersonKind.MEMBER, email="ann@acme.example.com", password=password, accounts=tuple(accounts))
    wiring.people().save(member, None)
    return member.id, accounts


SIGN_IN = {
    "type": "account_management_authentication_token",
    "authentication_mechanism": "password",
    "username": "ann@acme.example.com",
    "password": PASSWORD,
    "password_profile_id": "c5687352-d102-46fd-b85e-256f10574019",
}
MEMBER_TOKENS = "/v2/account-members/tokens"


def by_member(storefront: Storefront, token: str) -> tuple[str, str]:
    """The ids of the member and the account that a request with that token is of."""
    headers = {"authorization": f"Bearer {storefront.token}", "ep-account-management-authentication-token": token}
    one = caller(Request("GET", "/v2/orders", {}, {}, headers, wiring.now()))
    return one.member_id, one.account_id


def test_a_member_gets_a_token_for_each_account(till: Deployment, anybody: Storefront) -> None:
    member_id, accounts = a_member(till)
    reply = anybody.call("POST", MEMBER_TOKENS, SIGN_IN)
    assert reply.status == 201
    tokens = reply.body["data"]
    assert [one["account_name"] for one in tokens] == ["Account 1", "Account 2"]
    assert {one["type"] for one in tokens} == {"account_management_authentication_token"}
    assert ulid_of(reply.body["meta"]["account_member_id"]) == member_id
    assert reply.body["meta"]["results"] == {"total": 2}
    for account_id, one in zip(accounts, tokens, strict=True):
        assert ulid_of(one["account_id"]) == account_id
        assert by_member(anybody, one["token"]) == (member_id, account_id)


def test_a_member_signs_in_with_name_and_password_only(till: Deployment, anybody: Storefront) -> None:
    a_member(till)
    for changes in ({"password": "a wrong one"}, {"username": "nobody@acme.example.com"}):
        assert errors(anybody.call("POST", MEMBER_TOKENS, SIGN_IN | changes)) == (400, "Bad Request", "")
    oidc = errors(anybody.call("POST", MEMBER_TOKENS, SIGN_IN | {"authentication_mechanism": "oidc"}))
    assert oidc[2] == "data.authentication_mechanism"
    # A customer of the same address is somebody else.
    assert errors(anybody.call("POST", TOKENS, {"email": SIGN_IN["username"], "password": PASSWORD}))[0] == 400


def test_who_left_an_account_buys_for_it_no_more(till: Deployment, anybody: Storefront) -> None:
    member_id, (left, kept) = a_member(till)
    old = {
        ulid_of(one["account_id"]): one["token"] for one in anybody.call("POST", MEMBER_TOKENS, SIGN_IN).body["data"]
    }
    people.leave(wiring.people(), "acme", left, member_id, wiring.now())
    with pytest.raises(Forbidden, match="member of the account"):
        by_member(anybody, old[left])
    assert by_member(anybody, old[kept]) == (member_id, kept)
    assert [one["account_name"] for one in anybody.call("POST", MEMBER_TOKENS, SIGN_IN).body["data"]] == ["Account 2"]


def test_a_token_of_a_shopper_is_good_only_as_it_was_made(till: Deployment, anybody: Storefront) -> None:
    member_id, (account_id, _) = a_member(till)
    said = {"shop": "acme", "person": member_id, "sign_in": "0", "account": account_id}
    now = wiring.now()

    def made(type_: str = access.MEMBER, at: int = now, life: int = 86_400, **changes: str) -> str:
        return signed.sign(SECRET, type_, said | changes, at, life)

    assert by_member(anybody, made()) == (member_id, account_id)
    wrong = {
        "unknown": "x",
        "an access token": anybody.token,
        "a customer's": made(access.CUSTOMER),
        "expired": made(at=now - 90_000),
        "too long a life": made(life=100_000),
        "another shop": made(shop="bean"),
        "nobody": made(person="01JXNOBODY0000000000000000"),
        "before the password changed": made(sign_in="-1"),
        "another account": made(account="01JXACC0VNT000000000000009"),
        "no account": made(account=""),
        "100 kB": made(more="x" * 100_000),
    }
    for what, token in wrong.items():
        with pytest.raises(Forbidden):
            pytest.fail(f"{what}: {by_member(anybody, token)}")
        assert errors(anybody.call("GET", CUSTOMERS, EP_Account_Management_Authentication_Token=token))[0] == 403
    with pytest.raises(Forbidden):
        by_customer(anybody, made())


def test_a_shoppers_token_is_nothing_in_another_shop(till: Deployment, anybody: Storefront) -> None:
    wiring.catalog().create_shop(a_shop(identifier="bean"))
    anybody.call("POST", CUSTOMERS, RON)
    token = signed_in(anybody)
    there = Storefront(till, number=3, shop="bean")
    with pytest.raises(Forbidden):
        by_customer(there, token)
    assert there.call("POST", CUSTOMERS, RON).status == 201
    assert errors(there.call("POST", TOKENS, {"email": RON["email"], "password": "wrong password"}))[0] == 400


def test_a_page_of_the_shop_may_read_refusals_too(till: Deployment, anybody: Storefront) -> None:
    till.change_settings(allowed_origins=("https://acme.example",))
    settings = replace(a_shop().settings, allowed_origins=("https://bean.example",))
    wiring.catalog().create_shop(a_shop(identifier="bean", settings=settings))

    def reader(origin: str, token: str) -> tuple[int, str | None]:
        headers = {"Authorization": f"Bearer {token}", "Origin": origin}
        reply = till.elasticpath.call("GET", CUSTOMERS, headers=headers)
        return reply.status, reply.headers.get("Access-Control-Allow-Origin")

    said = {"shop": "acme", "client": anybody.client.id, "grant": access.IMPLICIT}
    expired = signed.sign(SECRET, access.ACCESS, said, wiring.now() - 7200, 3600)
    assert reader("https://acme.example", anybody.token) == (403, "https://acme.example")
    assert reader("https://acme.example", expired) == (401, "https://acme.example")
    assert reader("https://bean.example", anybody.token) == (403, None)
    assert reader("https://bean.example", expired) == (401, None)
    assert reader("https://acme.example", "x") == (401, None)


def test_an_access_token_is_asked_for_at_every_route(till: Deployment) -> None:
    for route in (one for one, *_ in till.elasticpath.routes):
        if route.path == "/oauth/access_token":
            continue
        path = route.path.replace("{", "").replace("}", "")
        reply = till.elasticpath.call(route.method, path, {"data": {}})
        assert (reply.status, reply.body) == (
            401,
            {"errors": [{"title": "Unable to validate access token", "status": 401}]},
        ), route
