"""Clients of a shop through the merchant API: whoever has a client's secret may do what the merchant's backend may."""

from __future__ import annotations

import hashlib
import time
from typing import Any

import pytest

from tests.integration.merchant_api import MerchantApi, api
from till.adapters import aws
from till.application.idempotency import KEPT_SECONDS
from till.runtime import wiring

__all__ = ["api"]  # the fixture

ACME = "/merchant/shops/acme"
CLIENTS = f"{ACME}/clients"
A_SHOP = {"identifier": "acme", "name": "Acme", "currency": "CAD", "country": "CA", "locale": "en-CA"}
NEEDED = ("tokens", "orders", "customers", "settings")


@pytest.fixture
def acme(api: MerchantApi) -> MerchantApi:
    """The API, with a shop."""
    assert api.post("/merchant/shops", A_SHOP).status == 201
    return api


def test_a_clients_secret_is_shown_once_and_only_its_digest_is_stored(acme: MerchantApi) -> None:
    made = acme.post(CLIENTS, {"name": " Storefront "})
    assert made.status == 201
    assert (made.data["name"], len(made.data["client_id"]), len(made.data["client_secret"])) == ("Storefront", 32, 43)
    listed = acme.get(CLIENTS)
    assert listed.data == [{name: value for name, value in made.data.items() if name != "client_secret"}]
    items = aws.client("dynamodb").scan(TableName="catalogtable")["Items"]
    assert made.data["client_secret"] not in str(items)
    client = wiring.clients().get(made.data["client_id"])
    assert client
    assert client.shop == "acme"
    assert client.secret_digest == hashlib.sha256(made.data["client_secret"].encode()).hexdigest()


def test_repeating_the_request_for_a_client_does_not_show_its_secret_again(acme: MerchantApi) -> None:
    first, again = (acme.call("POST", CLIENTS, {"name": "x"}, key="0123456789abcdef") for _ in range(2))
    assert again.data == first.data | {"client_secret": None}
    assert len(acme.get(CLIENTS).data) == 1


def test_a_key_of_yesterday_makes_another_client_and_the_old_one_lives(
    acme: MerchantApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = acme.call("POST", CLIENTS, {"name": "x"}, key="0123456789abcdef").data
    a_day_later = time.time() + KEPT_SECONDS + 1
    monkeypatch.setattr(time, "time", lambda: a_day_later)
    new = acme.call("POST", CLIENTS, {"name": "x"}, key="0123456789abcdef").data
    assert new["client_secret"]
    assert {one["client_id"] for one in acme.get(CLIENTS).data} == {old["client_id"], new["client_id"]}
    assert new["client_id"] != old["client_id"]


def test_a_client_whose_making_broke_off_is_made_again_with_a_secret_and_once(acme: MerchantApi) -> None:
    def fail(model: Any, **_: Any) -> None:
        if model.name == "TransactWriteItems":
            raise RuntimeError("lost after the write")

    events = aws.client("dynamodb").meta.events
    events.register("after-call.dynamodb", fail)
    try:
        assert acme.call("POST", CLIENTS, {"name": "x"}, key="0123456789abcdef").status == 500
    finally:
        events.unregister("after-call.dynamodb", fail)
    (begun,) = acme.get(CLIENTS).data
    again = acme.call("POST", CLIENTS, {"name": "x"}, key="0123456789abcdef").data
    assert again["client_secret"]
    assert [one["client_id"] for one in acme.get(CLIENTS).data] == [again["client_id"]] == [begun["client_id"]]


def test_clients_are_listed_in_pages(acme: MerchantApi) -> None:
    ids = {acme.post(CLIENTS, {"name": "x"}).data["client_id"] for _ in range(3)}
    page = acme.get(CLIENTS, limit="2")
    rest = acme.get(CLIENTS, limit="2", cursor=page.body["next_cursor"])
    assert rest.body["next_cursor"] is None
    assert {one["client_id"] for one in page.data + rest.data} == ids


def test_a_deleted_client_is_gone_and_no_shop_deletes_anothers(acme: MerchantApi) -> None:
    acme.post("/merchant/shops", A_SHOP | {"identifier": "bean"})
    client_id = acme.post(CLIENTS, {"name": "x"}).data["client_id"]
    assert acme.delete(f"/merchant/shops/bean/clients/{client_id}").refusal == (404, "client_id")
    assert wiring.clients().get(client_id)
    assert acme.delete(f"{CLIENTS}/{client_id}").data["client_id"] == client_id
    assert wiring.clients().get(client_id) is None
    assert acme.get(CLIENTS).data == []
    assert acme.delete(f"{CLIENTS}/{client_id}").refusal == (404, "client_id")
    assert acme.delete(f"{CLIENTS}/{'x' * 3000}").refusal == (404, "client_id")


@pytest.mark.parametrize("missing", NEEDED)
def test_nobody_makes_a_client_that_may_do_more_than_themselves(acme: MerchantApi, missing: str) -> None:
    assert acme.with_token(*NEEDED).post(CLIENTS, {"name": "x"}).status == 201
    fewer = acme.with_token(*(scope for scope in NEEDED if scope != missing))
    assert fewer.post(CLIENTS, {"name": "x"}).status == 403


def test_a_client_is_of_a_shop_that_there_is(acme: MerchantApi) -> None:
    assert acme.post("/merchant/shops/nobody/clients", {"name": "x"}).refusal == (404, "shop")
    assert acme.get("/merchant/shops/nobody/clients").refusal == (404, "shop")
    assert acme.post(CLIENTS, {"name": ""}).refusal == (422, "name")
    assert acme.post(CLIENTS, {"name": "x", "client_id": "mine"}).refusal == (422, "client_id")
