"""Who may call the Elastic Path dialect, on the deployed stack: with the permissions that its functions have there."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import httpx
import pytest

from scripts.checkout_client import STACK, Json, Merchant, good

PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def client(merchant: Merchant) -> Iterator[Json]:
    """A client of the demo shop, and its secret."""
    made = merchant.ask("POST", "/clients", {"name": "e2e"})["data"]
    yield made
    merchant.call("DELETE", f"/clients/{made['client_id']}")


def token(http: httpx.Client, client: Json, **more: str) -> dict[str, str]:
    """The headers of somebody with an access token; with `client_secret` of the merchant's own backend."""
    grant = "client_credentials" if more else "implicit"
    form = {"grant_type": grant, "client_id": client["client_id"], **more}
    return {"Authorization": f"Bearer {good(http.post('/oauth/access_token', data=form))['access_token']}"}


def test_the_demo_shops_client_is_in_the_stacks_file(http: httpx.Client) -> None:
    kept = json.loads(STACK.read_text())["elasticpath"]
    assert kept.keys() == {"client_id", "client_secret"}
    assert token(http, kept, client_secret=kept["client_secret"])


def test_a_customer_signs_up_signs_in_and_is_deleted_by_the_backend(http: httpx.Client, client: Json) -> None:
    shopper = token(http, client)
    backend = token(http, client, client_secret=client["client_secret"])
    email = f"{uuid.uuid4().hex}@example.com"
    body = {"data": {"type": "customer", "name": "Ron Swanson", "email": email, "password": PASSWORD}}
    key = {"Idempotency-Key": uuid.uuid4().hex}
    customer = good(http.post("/v2/customers", json=body, headers=shopper | key))["data"]
    assert good(http.post("/v2/customers", json=body, headers=shopper | key))["data"] == customer
    assert http.post("/v2/customers", json=body, headers=shopper).status_code == 409
    sign_in = {"data": {"type": "token", "email": email, "password": PASSWORD}}
    signed_in = good(http.post("/v2/customers/tokens", json=sign_in, headers=shopper))["data"]["token"]
    own, me = f"/v2/customers/{customer['id']}", shopper | {"X-Moltin-Customer-Token": signed_in}
    assert good(http.put(own, json={"data": {"name": "Ron"}}, headers=me))["data"]["name"] == "Ron"
    assert http.get(own, headers=shopper).status_code == 403
    # Unencoded, as the SDK writes it.
    listed = good(http.get(f"/v2/customers?filter=eq(email,{email})&page[limit]=5", headers=backend))
    assert [one["id"] for one in listed["data"]] == [customer["id"]]
    deleted = http.delete(own, headers=backend)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert http.get(own, headers=backend).status_code == 404


def test_a_member_of_an_account_signs_in(http: httpx.Client, client: Json, merchant: Merchant) -> None:
    account = merchant.ask("POST", "/accounts", {"name": "Acme"})["data"]["id"]
    email = f"{uuid.uuid4().hex}@example.com"
    person = {"email": email, "name": "Ann Lee", "password": PASSWORD}
    member = merchant.ask("POST", f"/accounts/{account}/members", person)["data"]["id"]
    sign_in = {
        "type": "account_management_authentication_token",
        "authentication_mechanism": "password",
        "username": email,
        "password": PASSWORD,
    }
    shopper = token(http, client)
    tokens = good(http.post("/v2/account-members/tokens", json={"data": sign_in}, headers=shopper))["data"]
    assert [one["account_name"] for one in tokens] == ["Acme"]
    assert merchant.ask("GET", f"/accounts/{account}/members")["data"][0]["id"] == member
    merchant.ask("DELETE", f"/accounts/{account}")
    assert http.post("/v2/account-members/tokens", json={"data": sign_in}, headers=shopper).status_code == 400


def test_who_has_no_token_or_a_wrong_one_is_told_so_in_the_documented_shape(http: httpx.Client, client: Json) -> None:
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Bearer: x"}):
        refused = http.get("/v2/customers", headers=headers)
        assert refused.status_code == 401
        assert refused.json() == {"errors": [{"status": 401, "title": "Unable to validate access token"}]}
    form = {"grant_type": "client_credentials", "client_id": client["client_id"], "client_secret": "x"}
    refused = http.post("/oauth/access_token", data=form)
    assert (refused.status_code, refused.json()) == (401, {"errors": [{"title": "Unauthorized", "status": "401"}]})


def test_a_page_of_no_shop_may_not_even_ask_and_only_one_of_the_tokens_shop_may_read(
    http: httpx.Client, client: Json, merchant: Merchant
) -> None:
    nobodys, other = (f"https://{uuid.uuid4().hex[:8]}.example" for _ in range(2))
    identifier = f"other-{uuid.uuid4().hex[:8]}"
    shop = {"identifier": identifier, "name": "Other", "currency": "USD", "country": "US"}
    headers = {"Authorization": f"Bearer {merchant.token}"}
    good(http.post("/merchant/shops", json=shop | {"settings": {"allowed_origins": [other]}}, headers=headers))
    made = good(http.post(f"/merchant/shops/{identifier}/clients", json={"name": "e2e"}, headers=headers))["data"]
    wanted = "authorization,x-moltin-currency,x-moltin-sdk-version,ep-account-management-authentication-token"
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": wanted}
    allowed = http.options("/v2/customers", headers=asked | {"Origin": nobodys}).headers
    assert "Access-Control-Allow-Origin" not in allowed
    theirs = token(http, made) | {"Origin": other}
    assert http.get("/v2/customers", headers=theirs).headers["Access-Control-Allow-Origin"] == other
    ours = token(http, client) | {"Origin": other}
    assert "Access-Control-Allow-Origin" not in http.get("/v2/customers", headers=ours).headers
