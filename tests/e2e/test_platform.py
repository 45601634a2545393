"""What the deployment itself must do: CORS, the gateway's own answers, keys that rotate, events."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest

from scripts.checkout_client import Json, Merchant, Stack, good
from tests import told_events
from tests.e2e.deployment import Begin, Sell, aws, eventually, submitted
from tests.e2e.workers import kill

STORE = "https://store.example"
FOREIGN = "https://evil.example"


@pytest.fixture(scope="module")
def open_shop(http: httpx.Client, stack: Stack) -> str:
    """A shop whose storefront lives at STORE."""
    identifier = f"cors-{uuid.uuid4().hex[:8]}"
    body = {"identifier": identifier, "name": "Cors", "currency": "USD", "country": "US"}
    headers = {"Authorization": f"Bearer {stack.merchant_token}"}
    good(http.post("/merchant/shops", json=body | {"settings": {"allowed_origins": [STORE]}}, headers=headers))
    return identifier


@pytest.mark.parametrize("path", ["/checkout/orders/{shop}/init", "/checkout/storefront/{shop}/some-order/items"])
def test_a_browser_may_call_from_the_shops_own_origin_only(http: httpx.Client, open_shop: str, path: str) -> None:
    url = path.format(shop=open_shop)
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}

    preflight = http.options(url, headers=asked | {"Origin": STORE})
    assert preflight.is_success
    assert preflight.headers["Access-Control-Allow-Origin"] == STORE
    assert preflight.headers["Access-Control-Allow-Credentials"] == "true"
    assert {"authorization", "content-type"} <= set(preflight.headers["Access-Control-Allow-Headers"].split(","))
    assert {"GET", "POST", "PUT", "PATCH", "DELETE"} <= set(
        preflight.headers["Access-Control-Allow-Methods"].split(",")
    )

    assert "Access-Control-Allow-Origin" not in http.options(url, headers=asked | {"Origin": FOREIGN}).headers


def test_answers_and_refusals_name_the_origin_that_may_read_them(http: httpx.Client, open_shop: str) -> None:
    url = f"/checkout/storefront/{open_shop}/some-order/refresh"

    own = http.get(url, headers={"Origin": STORE})
    foreign = http.get(url, headers={"Origin": FOREIGN})

    assert own.status_code == foreign.status_code == 401
    assert own.headers["Access-Control-Allow-Origin"] == STORE
    assert "Origin" in own.headers["Vary"]
    assert "Access-Control-Allow-Origin" not in foreign.headers


def test_what_the_gateway_refuses_by_itself_is_json(http: httpx.Client) -> None:
    unknown = http.get("/no/such/route")
    assert unknown.status_code in (403, 404)
    assert "application/json" in unknown.headers["Content-Type"]
    assert unknown.json()["errors"][0]["message"]


def test_a_new_signing_key_logs_nobody_out(stack: Stack, begin: Begin) -> None:
    # They may still keep a key from before another test changed it.
    kill(stack, "BoldOrdersFunction", "BoldCustomersFunction")
    old = begin("HOUSE-250")
    old.ask("GET", "/customer")  # this function now knows the key, and keeps it for minutes

    new_key = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(64))
    aws(stack, "secretsmanager").put_secret_value(SecretId=stack.outputs["JwtSigningKey"], SecretString=new_key)
    kill(stack, "BoldOrdersFunction")  # as if its five minutes were over: it reads the secret again
    new = begin("HOUSE-250")

    assert jwt.get_unverified_header(new.jwt)["kid"] != jwt.get_unverified_header(old.jwt)["kid"]
    for cart in (old, new):
        cart.ask("GET", "/refresh")
        cart.ask("GET", "/customer")


@pytest.fixture
def inbox(stack: Stack) -> Iterator[str]:
    """A queue that gets whatever comes onto the event bus."""
    queues, events, name = aws(stack, "sqs"), aws(stack, "events"), f"e2e-{uuid.uuid4().hex[:8]}"
    url: str = queues.create_queue(QueueName=name)["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    bus = stack.outputs["EventBus"]
    pattern = json.dumps({"source": ["till"]})
    events.put_rule(Name=name, EventBusName=bus, EventPattern=pattern)
    events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "inbox", "Arn": arn}])
    yield url
    events.remove_targets(Rule=name, EventBusName=bus, Ids=["inbox"])
    events.delete_rule(Name=name, EventBusName=bus)
    queues.delete_queue(QueueUrl=url)


def test_a_cart_and_a_payment_that_failed_are_told_too(
    stack: Stack, merchant: Merchant, sell: Sell, begin: Begin, inbox: str
) -> None:
    sku = sell()
    made = merchant.ask("POST", "/carts", {"items": [{"sku": sku, "quantity": 1}]})["data"]
    assert submitted(begin(sku, pay_with="tok_decline")).status_code == 422
    queues = aws(stack, "sqs")
    seen: dict[str, Json] = {}

    def arrived() -> dict[str, Json]:
        messages = queues.receive_message(QueueUrl=inbox, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
        for message in messages:
            event = json.loads(message["Body"])["detail"]
            if event["shop"] == stack.shop:
                seen[event["type"]] = event
        return seen

    eventually(arrived, lambda found: {"cart.created", "payment.failed"} <= found.keys())
    for event in seen.values():
        told_events.hold(event)
    assert seen["cart.created"]["detail"] == {"cart_id": made["id"]}
    assert seen["payment.failed"]["detail"]["problem"] == "payment_declined"


def test_a_placed_order_is_announced_on_the_event_bus_and_marked_as_published(
    stack: Stack, merchant: Merchant, sell: Sell, begin: Begin, inbox: str
) -> None:
    cart = begin(sell(), pay_with="tok_approve")
    assert submitted(cart).status_code == 200
    order = merchant.order(cart.order)
    queues = aws(stack, "sqs")
    seen: list[Json] = []

    def arrived() -> list[Json]:
        messages = queues.receive_message(QueueUrl=inbox, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
        seen.extend(json.loads(message["Body"])["detail"] for message in messages)
        return [event for event in seen if event["order_id"] == order["id"] and event["type"] == "order.placed"]

    facts = [event["detail"] for event in eventually(arrived, bool)]
    assert [(fact["number"], fact["total"]) for fact in facts] == [(order["number"], order["total"])]
    for event in seen:
        told_events.hold(event)

    def unpublished() -> list[Any]:
        found = aws(stack, "dynamodb").query(
            TableName=stack.outputs["OrdersTable"],
            KeyConditionExpression="pk = :pk AND begins_with(sk, :outbox)",
            ExpressionAttributeValues={
                ":pk": {"S": f"SHOP#{stack.shop}#ORDER#{order['id']}"},
                ":outbox": {"S": "OUTBOX#"},
            },
        )["Items"]
        assert found
        return [item for item in found if "published_at" not in item]

    assert eventually(unpublished, lambda left: not left) == []
