"""A placed order is charged by itself, once, on the deployed stack; what fails is seen and begun again by hand."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from scripts.checkout_client import Json, Merchant, Stack
from scripts.redrive import failed_charges, redrive
from tests.e2e.deployment import Begin, Sell, aws, eventually, function_name, submitted


def placed(sell: Sell, begin: Begin, token: str) -> str:
    cart = begin(sell(), pay_with=token)
    assert submitted(cart).status_code == 200
    return cart.order


def charged(merchant: Merchant, order_id: str) -> Json:
    """The order when its charge has come to an end."""
    return eventually(lambda: merchant.order(order_id), lambda order: order["charge"] != "pending")


def executions(stack: Stack, status: str) -> list[str]:
    """Names of executions of the fulfilment workflow."""
    machine = stack.outputs["FulfilmentStateMachine"]
    pages = aws(stack, "stepfunctions").get_paginator("list_executions").paginate(stateMachineArn=machine)
    found: list[Any] = [one for page in pages for one in page["executions"]]
    return [one["name"] for one in found if one["status"] == status]


def test_a_placed_order_is_charged_within_moments(merchant: Merchant, stack: Stack, sell: Sell, begin: Begin) -> None:
    order = charged(merchant, placed(sell, begin, "tok_approve"))
    assert order["charge"] == "captured"
    (entry,) = merchant.ledger(stack.gateway, order)
    assert list(entry["captures"].values()) == [order["total"]]
    name = f"{order['timeline'][0]['attempt']}-placed"
    assert eventually(lambda: name in executions(stack, "SUCCEEDED"), bool)


def test_many_that_settle_one_order_at_once_charge_it_once(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin
) -> None:
    order = merchant.order(placed(sell, begin, "tok_approve"))
    payload = json.dumps({"step": "settle", "shop": stack.shop, "order": order["id"]})
    functions, name = aws(stack, "lambda"), function_name(stack, "PaymentStepsFunction")
    with ThreadPoolExecutor(6) as threads:
        calls = [threads.submit(functions.invoke, FunctionName=name, Payload=payload) for _ in range(6)]
        assert all(call.result()["StatusCode"] == httpx.codes.OK for call in calls)
    order = charged(merchant, order["id"])
    (entry,) = merchant.ledger(stack.gateway, order)
    assert list(entry["captures"].values()) == [order["total"]]
    assert [one["kind"] for one in order["transactions"]] == ["capture"]


def test_a_capture_whose_answer_is_lost_is_found_when_it_is_asked_for_again(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin
) -> None:
    order_id = placed(sell, begin, "tok_capture_timeout_after_success")
    order = eventually(lambda: merchant.order(order_id), lambda order: order["transactions"])
    assert (order["charge"], order["transactions"][0]["state"]) == ("pending", "pending")
    answer = merchant.call("POST", f"/orders/{order['id']}/charge", headers={"Idempotency-Key": uuid.uuid4().hex})
    assert (answer.status_code, answer.json()["data"]["charge"]) == (200, "captured")
    (entry,) = merchant.ledger(stack.gateway, order)
    assert list(entry["captures"].values()) == [order["total"]]


def test_a_charge_that_fails_is_listed_and_redriven(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin, capsys: pytest.CaptureFixture[str]
) -> None:
    order = charged(merchant, placed(sell, begin, "tok_capture_declined"))
    assert order["charge"] == "failed"
    listed = eventually(
        lambda: [one for one in failed_charges(merchant) if one["order_id"] == order["id"]], lambda found: found
    )
    assert [one["problem"] for one in listed] == [order["charge_problem"]]
    assert eventually(lambda: f"{order['timeline'][0]['attempt']}-placed" in executions(stack, "FAILED"), bool)
    assert redrive(merchant) >= 1
    assert f"{order['id']}  failed The bank refused to pay." in capsys.readouterr().out
    kinds = [one["kind"] for one in merchant.order(order["id"])["transactions"]]
    assert kinds == ["capture", "capture"]
