"""What the stream of the orders table tells: the life of carts, payments that failed, and what is only counted."""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest

from tests.builders import a_payment, a_variant
from tests.integration.deployment import Deployment, put_ready_order, record
from tests.integration.elasticpath.shopping import Cart, product, sell
from tests.integration.elasticpath.storefront import Storefront
from till.adapters import aws
from till.domain.attempt import Goal
from till.runtime import wiring


def a_cart(till: Deployment) -> dict[str, Any]:
    """A cart with something in it, as it lies in the table."""
    assert Cart(Storefront(till)).add(product(sell(till, "pot"))).status == 201
    found = aws.client("dynamodb").get_item(
        TableName="orderstable", Key={"pk": {"S": "SHOP#acme#CART#my-cart"}, "sk": {"S": "CART"}}
    )
    return dict(found["Item"])


def deliver(change: dict[str, Any]) -> None:
    outbox = importlib.import_module("events.outbox.app")
    assert outbox.handler({"Records": [change]}, None) == {"batchItemFailures": []}


def told(till: Deployment) -> list[tuple[str, str, int, Any]]:
    events = [json.loads(entry["Detail"]) for entry in till.put_events]
    return [(event["type"], event["order_id"], event["sequence"], event["detail"]) for event in events]


def counted(capsys: pytest.CaptureFixture[str]) -> dict[tuple[str, str], float]:
    """Facts by name and reason, as they stand in the log."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    names = [(line, line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"]) for line in lines]
    return {(name, line.get("reason", "")): line[name][0] for line, name in names}


def test_a_cart_is_told_when_it_is_made_when_it_is_deleted_and_when_nobody_uses_it(till: Deployment) -> None:
    item = a_cart(till)
    over = int(item["expires_at"]["N"]) + 3600
    with till.counting() as calls:
        for change in (record(item), record(None, item), record(None, item, at=over)):
            deliver(change)
    about = {"cart_id": "my-cart"}
    life = ("cart.created", "cart.deleted", "cart.expired")
    assert told(till) == [(type_, "", 0, about) for type_ in life]
    assert calls.made == []


def test_a_cart_in_the_place_of_one_that_has_expired_is_told_as_both(till: Deployment) -> None:
    item = a_cart(till)
    deliver(record(item, item, at=int(item["expires_at"]["N"]) + 1))
    assert [event[0] for event in told(till)] == ["cart.expired", "cart.created"]


def test_a_record_that_comes_again_tells_of_the_same_event(till: Deployment) -> None:
    item = a_cart(till)
    for _ in range(2):
        deliver(record(item))
    first, again = till.events()
    assert first == again


def test_a_checkout_is_counted_when_it_begins(till: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    order = put_ready_order(till)
    deliver(record(till.stored(order.id)["ORDER"]))
    assert counted(capsys) == {("CheckoutsStarted", ""): 1}


@pytest.mark.parametrize(
    ("token", "on_hand", "facts"),
    [
        ("tok_decline", 10, {("Compensations", ""): 1, ("PaymentsDeclined", "payment_declined"): 1}),
        ("tok_approve", 0, {("Compensations", ""): 1, ("OutOfStock", ""): 1}),
    ],
)
def test_a_checkout_that_fails_is_told_by_its_payment_and_counted_by_its_reason(
    till: Deployment,
    capsys: pytest.CaptureFixture[str],
    token: str,
    on_hand: int,
    facts: dict[tuple[str, str], int],
) -> None:
    wiring.stock().set_on_hand("acme", a_variant().id, on_hand)
    order = put_ready_order(till, payments=(a_payment(token=token),))
    till.placing().submit("acme", order.id, Goal.PROCESS)
    stored = till.stored(order.id)
    (attempt,) = (item for item in stored.values() if item["kind"] == {"S": "ATTEMPT"})
    capsys.readouterr()
    deliver(record(attempt, attempt | {"state": {"S": "undoing"}}))
    assert counted(capsys) == facts
    till.deliver_streams()
    failed = [event[3]["problem"] for event in told(till) if event[0] == "payment.failed"]
    assert failed == ["payment_declined"] * (token == "tok_decline")
