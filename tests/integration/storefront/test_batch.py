"""Several requests in one: made in their order, each with its own result, written once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bold.batch.models import MOST_REQUESTS, MOST_WAITING
from bold.batch.sub_requests import BATCHED, GROUPS
from tests.integration.api import Reply
from tests.integration.deployment import Deployment
from tests.integration.shopper import BREWER, JOHN, WINNIPEG, Shopper, card
from till.adapters import aws

KEY = "a-batch-sent-twice-01"
type Sub = tuple[str, str, Any]

CUSTOMER_PAGE: list[Sub] = [
    ("GET", "/validate_email_address", {"email_address": "john.doe@example.com"}),
    ("POST", "/customer/guest", JOHN),
    ("POST", "/addresses/shipping", WINNIPEG),
    ("POST", "/addresses/billing", WINNIPEG),
    ("GET", "/shipping_lines", None),
]


@pytest.fixture
def shopper(till: Deployment) -> Shopper:
    return Shopper(till, cart_items=[BREWER])


def batch(shopper: Shopper, *subs: Sub, key: str = "") -> Reply:
    """As the client writes it: a payload is text, or null."""
    written = [
        {"method": method, "endpoint": endpoint, "payload": None if payload is None else json.dumps(payload)}
        for method, endpoint, payload in subs
    ]
    return shopper.post("/batch", {"sub_requests": written}, key)


def results(reply: Reply) -> list[int]:
    return [one["status_code"] for one in reply.body["data"]]


def test_a_customers_page_is_one_request(shopper: Shopper) -> None:
    reply = batch(shopper, *CUSTOMER_PAGE)
    assert reply.status == 200
    assert reply.body.keys() == {"data", "application_state"}
    assert [(one["method"], one["endpoint"]) for one in reply.body["data"]] == [sub[:2] for sub in CUSTOMER_PAGE]
    email, customer, shipping, billing, lines = [one["data"] for one in reply.body["data"]]
    assert email == []
    assert customer["customer"]["email_address"] == JOHN["email_address"]
    assert shipping == billing == {"address": WINNIPEG | {"id": None}}
    # It sees the address that was set before it.
    assert [line["code"] for line in lines["shipping_lines"]] == ["standard", "expedited"]
    assert reply.body["application_state"] == shopper.state


def test_a_whole_checkout_is_one_read_and_one_write(till: Deployment, shopper: Shopper) -> None:
    with till.counting() as calls:
        reply = batch(
            shopper,
            *CUSTOMER_PAGE[1:],
            ("POST", "/shipping_lines", {"index": "0"}),
            ("POST", "/taxes", None),
            ("PATCH", "/meta_data", {"note_attributes": {"gift": "yes"}}),
            ("POST", "/payments", card()),
        )
    assert results(reply) == [200] * 8
    assert calls.made == ["GetItem", "PutItem"]
    assert shopper.process().state["order_total"] == 26200


def test_what_is_refused_is_told_and_the_others_are_done(shopper: Shopper) -> None:
    reply = batch(
        shopper,
        ("POST", "/customer/guest", JOHN | {"email_address": "nobody"}),
        ("POST", "/addresses/shipping", WINNIPEG | {"postal_code": "12345"}),
        ("POST", "/addresses/billing", WINNIPEG),
    )
    assert reply.status == 422
    assert results(reply) == [422, 422, 200]
    refused = [error for one in reply.body["data"] for error in one.get("errors", [])]
    assert reply.errors == refused
    assert reply.fields == ["email_address", "postal_code"]
    assert "data" not in reply.body["data"][0]
    state = shopper.state
    assert reply.body["application_state"] == state
    assert (state["customer"], state["addresses"]["shipping"]) == ([], [])
    assert state["addresses"]["billing"]["city"] == "Winnipeg"


def test_a_request_sees_what_those_before_it_did(shopper: Shopper) -> None:
    reply = batch(
        shopper,
        ("POST", "/items", BREWER),
        ("PUT", "/items", {"line_item_key": "line-1", "quantity": 0}),
        ("DELETE", "/items", {"line_item_key": "line-1"}),
        ("GET", "/items", None),
    )
    assert results(reply) == [200, 200, 422, 200]
    assert reply.body["data"][0]["data"]["line_item"]["quantity"] == 2
    assert reply.body["data"][3]["data"] == {"line_items": []}


@pytest.mark.parametrize(
    ("method", "endpoint"),
    [
        ("POST", "/process_order"),
        ("POST", "/pre_process_order"),
        ("POST", "/app_hook"),
        ("POST", "/batch"),
        ("POST", "/log"),
        ("GET", "/payments/iframe"),
        ("DELETE", "/shipping_lines"),
        ("get", "/items"),
        ("GET", "items"),
        ("GET", "/../items"),
        ("GET", "/nothing"),
        ("GET", "/"),
        ("GET", ""),
        ("BREW", "é"),
    ],
)
def test_what_is_no_part_of_a_batch_is_refused_by_itself(shopper: Shopper, method: str, endpoint: str) -> None:
    reply = batch(shopper, (method, endpoint, None), ("GET", "/customer", None))
    assert results(reply) == [422, 200]
    assert reply.fields == ["endpoint"]


@pytest.mark.parametrize(
    ("method", "payload", "field"),
    [
        ("POST", "{", "payload"),
        ("POST", "[1", "payload"),
        ("POST", '{"quantity": NaN}', "payload"),
        ("POST", "7", "body"),
        ("POST", "{}", "quantity"),
        ("GET", "[]", "payload"),
        ("GET", '{"a": {"b": 1}}', "payload"),
    ],
)
def test_a_payload_is_json_that_its_endpoint_takes(shopper: Shopper, method: str, payload: str, field: str) -> None:
    body = {"sub_requests": [{"method": method, "endpoint": "/items", "payload": payload}]}
    assert field in shopper.post("/batch", body).fields


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (None, "sub_requests"),
        ({"sub_requests": []}, "sub_requests"),
        ({"sub_requests": [{"method": "GET", "endpoint": "/items"}] * (MOST_REQUESTS + 1)}, "sub_requests"),
        ({"sub_requests": [{"method": "POST", "endpoint": "/taxes"}] * (MOST_WAITING + 1)}, "sub_requests"),
        ({"sub_requests": [{"endpoint": "/items"}]}, "sub_requests.0.method"),
        ({"sub_requests": [{"method": "GET"}]}, "sub_requests.0.endpoint"),
        ({"sub_requests": [{"method": "GET", "endpoint": "/items", "payload": {}}]}, "sub_requests.0.payload"),
    ],
)
def test_a_batch_has_limits(shopper: Shopper, body: Any, field: str) -> None:
    assert shopper.post("/batch", body).fields == [field]


def test_the_query_of_a_get_is_its_payload_or_stands_in_its_endpoint(shopper: Shopper) -> None:
    bad = {"email_address": "nobody"}
    reply = batch(
        shopper,
        ("GET", "/validate_email_address", bad),
        ("GET", "/validate_email_address?email_address=nobody", None),
        ("GET", "/validate_address", WINNIPEG | {"address_line_2": None}),
    )
    assert results(reply) == [422, 422, 200]


def test_the_same_batch_again_under_its_key_has_one_effect(shopper: Shopper) -> None:
    subs: list[Sub] = [("POST", "/items", BREWER), ("POST", "/customer/guest", JOHN), ("POST", "/customer/guest", JOHN)]
    first = batch(shopper, *subs, key=KEY)
    assert results(first) == [200, 200, 422]
    again = batch(shopper, *subs, key=KEY)
    assert (again.status, again.raw) == (first.status, first.raw)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert shopper.state["line_items"][0]["product_data"]["quantity"] == 2
    assert batch(shopper, ("POST", "/items", BREWER), key=KEY).fields == ["Idempotency-Key"]


def test_a_batch_that_another_writer_was_before_is_made_again_on_what_is_there_now(shopper: Shopper) -> None:
    met: list[str] = []

    def another_writer(**_: Any) -> None:
        if not met:
            met.append("once")
            shopper.patch("/meta_data", {"notes": "first"})

    aws.client("dynamodb").meta.events.register("before-call.dynamodb.PutItem", another_writer)
    reply = batch(shopper, ("PATCH", "/meta_data", {"tags": ["t"]}), ("GET", "/meta_data", None))
    aws.client("dynamodb").meta.events.unregister("before-call.dynamodb.PutItem", another_writer)
    assert reply.body["data"][1]["data"]["order_meta_data"]["notes"] == "first"
    assert shopper.state["order_meta_data"] == reply.body["application_state"]["order_meta_data"]
    assert shopper.state["order_meta_data"]["tags"] == ["t"]


def test_a_placed_order_is_looked_at_and_no_longer_changed(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    shopper.process()
    looked = batch(shopper, ("GET", "/items", None), ("GET", "/payments", None))
    assert results(looked) == [200, 200]
    assert batch(shopper, ("GET", "/items", None), ("POST", "/items", BREWER)).fields == ["is_processed"]


def test_a_card_number_in_a_payload_is_refused_before_anything_is_done(shopper: Shopper) -> None:
    reply = batch(shopper, ("POST", "/customer/guest", JOHN), ("POST", "/payments", card("4111111111111111")), key=KEY)
    assert (reply.status, reply.fields) == (422, ["sub_requests.1.payload.token"])
    assert "4111" not in reply.raw
    assert shopper.state["customer"] == []
    assert results(batch(shopper, ("POST", "/items", {"platform_id": "30569309025904", "quantity": 1}))) == [422]


def test_every_group_of_a_batch_is_there_and_nothing_else_is_missing(till: Deployment) -> None:
    prefix = "/checkout/storefront/{shop}/{order}/"
    declared = {
        route.path.removeprefix(prefix).partition("/")[0]
        for route, *_ in till.api.routes
        if route.path.startswith(prefix) and route.kind in BATCHED
    }
    alone = {"refresh", "check_inventory", "batch", "log", "wallet_pay", "app_hook"}
    assert declared - alone == GROUPS.keys()
