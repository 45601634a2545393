"""scripts/restore.py: what was lost comes back, and nothing that happened since is undone."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from scripts import restore
from tests.builders import a_product, a_shop
from tests.integration.deployment import ROOT_TOKEN, Deployment, put_ready_order
from tests.integration.placed import Placed
from tests.integration.shopper import Shopper
from till.adapters import aws
from till.runtime import wiring

THEN = "2026-11-22T10:00:00Z"
STACK = "till"
VARIANT = "01JXVAR1ANT000000000000000"

type Say = Callable[..., list[list[str]]]


@pytest.fixture
def say(till: Deployment, capsys: pytest.CaptureFixture[str]) -> Say:
    """Types a command; its lines, each as words."""
    del till
    machine = boto3.client("stepfunctions").create_state_machine(
        name="fulfilment", definition="{}", roleArn="arn:aws:iam::123456789012:role/fulfilment"
    )
    outputs = {name: name.lower() for name in restore.TABLES} | {"FulfilmentStateMachine": machine["stateMachineArn"]}
    template = {
        "Resources": {"Alarms": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    boto3.client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(template))

    def said(*words: str, status: int = 0) -> list[list[str]]:
        capsys.readouterr()  # the functions' metrics
        assert restore.main(words) == status
        return [line.split() for line in capsys.readouterr().out.splitlines()]

    return said


def placed(till: Deployment) -> str:
    """The id of an order that is placed and charged."""
    order = put_ready_order(till)
    assert Shopper(till, order).process().status == 200
    for _ in ("the order's event", "and that of its charge"):
        till.deliver_streams()
    return order.id


def lose(table: str, begins: str) -> int:
    """Deletes items as by accident; how many."""
    client: Any = aws.client("dynamodb")
    items = [one for one in client.scan(TableName=table)["Items"] if one["pk"]["S"].startswith(begins)]
    for one in items:
        client.delete_item(TableName=table, Key={"pk": one["pk"], "sk": one["sk"]})
    return len(items)


def test_what_was_deleted_comes_back_and_events_are_not_told_again(till: Deployment, say: Say) -> None:
    order_id = placed(till)
    told = till.events()
    tables = say("at", STACK, THEN)[0]
    kept = till.stored(order_id)
    lose("orderstable", f"SHOP#acme#ORDER#{order_id}")

    missing = [words for words in say("compare", STACK, *tables) if "missing" in words]
    assert {tuple(words[:2]) for words in missing} == {
        ("OrdersTable", "ORDER"),
        ("OrdersTable", "ATTEMPT"),
        ("OrdersTable", "SALE"),
    }
    say("copy", STACK, *tables)

    assert not [words for words in say("compare", STACK, *tables) if "missing" in words or "different" in words]
    assert till.stored(order_id) == {name: item for name, item in kept.items() if not name.startswith("OUTBOX")}
    till.deliver_streams()
    assert till.events() == told


def test_what_was_sold_since_stays_sold(till: Deployment, say: Say) -> None:
    tables = say("at", STACK, THEN)[0]
    order_id = placed(till)

    say("copy", STACK, *tables)

    assert till.order(order_id).status == "placed"
    assert till.stock(VARIANT).allocated == 1


def test_a_product_that_was_spoilt_is_put_back_alone(till: Deployment, say: Say) -> None:
    tables = say("at", STACK, THEN)[0]
    order_id = placed(till)
    till.change_product(lambda product: replace(product, title="Brwing systm"))

    catalog = next(one for one in tables if one.startswith("CatalogTable="))
    say("copy", STACK, catalog, "--keys", "SHOP#acme#PRODUCTS", "--replace")

    found = wiring.catalog().product("acme", a_product().id)
    assert found is not None
    assert found.title == a_product().title
    assert till.order(order_id).status == "placed"


def test_an_order_that_was_spoilt_is_put_back_and_can_be_refunded(till: Deployment, say: Say) -> None:
    order = Placed(till, placed(till))
    orders = say("at", STACK, THEN)[0][0]
    assert order.refund(amount="1.00").status == 200
    till.deliver_streams()

    for _ in ("once", "and again"):
        say("copy", STACK, orders, "--keys", f"SHOP#acme#ORDER#{order.id}", "--replace")
    assert order.detail["refunded"] == 0
    assert not [words for words in say("compare", STACK, orders) if "different" in words]

    assert order.refund(amount="2.00").status == 200
    till.deliver_streams()
    assert order.detail["refunded"] == 200
    assert len(set(till.events())) == len(till.events())


def test_one_shop_is_put_back_and_not_the_next_whose_name_begins_so(till: Deployment, say: Say) -> None:
    for shop in ("acme-2", "acme-20"):
        wiring.catalog().create_shop(a_shop(identifier=shop))
    catalog = say("at", STACK, THEN)[0][1]

    for keys in ("SHOP#acme", "SHOP#acme-2"):
        assert [words[1:] for words in say("compare", STACK, catalog, "--keys", keys) if "SHOP" in words] == [
            ["SHOP", "same", "1"]
        ]
    assert not [words for words in say("compare", STACK, catalog, "--keys", "SHOP#acme#") if "SHOP" in words]


def test_whoever_was_shut_out_stays_out_unless_access_is_asked_for(till: Deployment, say: Say) -> None:
    def ask(method: str, path: str, token: str = ROOT_TOKEN, body: object = None) -> tuple[int, Any]:
        reply = till.around.call(method, f"/merchant/{path}", body, {"Authorization": f"Bearer {token}"})
        return reply.status, json.loads(reply.raw or "{}").get("data")

    _, token = ask("POST", "tokens", body={"name": "agency", "scopes": ["settings"]})
    _, client = ask("POST", "shops/acme/clients", body={"name": "storefront"})
    catalog = say("at", STACK, THEN)[0][1]
    ask("DELETE", f"tokens/{token['id']}")
    ask("DELETE", f"shops/acme/clients/{client['client_id']}")

    say("copy", STACK, catalog)
    assert ask("GET", "shops", token["secret"])[0] == 401
    assert ask("GET", "shops/acme/clients") == (200, [])

    say("copy", STACK, catalog, "--access")
    assert ask("GET", "shops", token["secret"])[0] == 200
    assert len(ask("GET", "shops/acme/clients")[1]) == 1


@pytest.mark.parametrize(
    "words",
    [("OrdersTable=old", "--replace"), ("StockTable=old", "--keys", "SHOP#acme", "--replace"), ("Orders",)],
)
def test_what_would_sell_twice_or_is_misspelt_is_refused(words: tuple[str, ...], say: Say) -> None:
    say("copy", STACK, *words, status=2)


def test_workflows_that_were_lost_begin_again_once(till: Deployment, say: Say) -> None:
    order_id = placed(till)

    assert say("restart", STACK) == say("restart", STACK) == [["1", "orders", "looked", "at", "again"]]
    assert say("restart", STACK, "--since", f"{datetime.now(UTC).year + 1}-01-01T00:00:00Z")[0][0] == "0"

    (machine,) = boto3.client("stepfunctions").list_state_machines()["stateMachines"]
    (execution,) = boto3.client("stepfunctions").list_executions(stateMachineArn=machine["stateMachineArn"])[
        "executions"
    ]
    begun = boto3.client("stepfunctions").describe_execution(executionArn=execution["executionArn"])
    assert json.loads(begun["input"]) == {"shop": "acme", "order": order_id}
