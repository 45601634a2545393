"""The requests themselves: what is wrong is named, what is lost on the way is found, what is pending is said to be."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.builders import a_line, a_variant
from tests.contract.faults import interrupted_at
from tests.fakes.state_machine import FunctionLost
from tests.integration.deployment import Deployment
from tests.integration.gift_cards import a_gift_card, take_gift_cards
from tests.integration.merchant_api import MerchantApi, api
from tests.integration.placed import MUG_LINE, Placed, placed, sell_mugs
from tests.integration.shopper import Shopper
from till.adapters import aws
from till.runtime import wiring

__all__ = ["api"]  # the fixture

KEY = "0123456789abcdef"
ACTIONS = ("capture", "cancel", "refund", "fulfil")
BREWER = a_variant().id
LINE = {"key": "line-1", "quantity": 1}


PAYMENT = {"id": "p", "amount": "1"}
BAD_INPUT: list[tuple[str, Any, str]] = [
    ("capture", {"amount": 5}, "amount"),
    ("capture", {"amount": "0"}, "amount"),
    ("capture", {"amount": "-1.00"}, "amount"),
    ("capture", {"amount": "1.001"}, "amount"),
    ("capture", {"sum": "1"}, "sum"),
    ("cancel", {"reason": "x" * 501}, "reason"),
    ("cancel", {"reason": 5}, "reason"),
    ("refund", {"amount": "1e3"}, "amount"),
    ("refund", {"amount": "1.234"}, "amount"),
    ("refund", {"amount": None, "lines": "all"}, "lines"),
    ("refund", {"lines": [LINE | {"quantity": 0}]}, "lines.0.quantity"),
    ("refund", {"lines": [LINE | {"quantity": "1"}]}, "lines.0.quantity"),
    ("refund", {"lines": [LINE | {"quantity": 2}]}, "lines.0.quantity"),
    ("refund", {"lines": [LINE, LINE | {"key": "other"}]}, "lines.1.key"),
    ("refund", {"lines": [LINE, LINE]}, "lines.1.key"),
    ("refund", {"lines": [LINE | {"restock": "yes"}]}, "lines.0.restock"),
    ("refund", {"lines": [LINE | {"unsent": 0}]}, "lines.0.unsent"),
    ("refund", {"lines": [LINE | {"unsent": "1"}]}, "lines.0.unsent"),
    ("refund", {"lines": [LINE | {"units": 1}]}, "lines.0.units"),
    ("refund", {"lines": [LINE] * 501}, "lines"),
    ("refund", {"shipping": 5}, "shipping"),
    ("refund", {"shipping": "-5"}, "shipping"),
    ("refund", {"shipping": None}, "shipping"),
    ("refund", {"amount": "1", "payments": [PAYMENT]}, "payments.0.id"),
    ("refund", {"amount": "1", "payments": [PAYMENT | {"amount": "1.001"}]}, "payments.0.amount"),
    ("refund", {"amount": "1", "payments": [PAYMENT] * 11}, "payments"),
    ("refund", {"reason": "x" * 501}, "reason"),
    ("fulfil", {"lines": [{"key": "", "quantity": 1}]}, "lines.0.key"),
    ("fulfil", {"lines": [LINE | {"quantity": 10**6}]}, "lines.0.quantity"),
    ("fulfil", {"tracking": {"url": "javascript:alert(1)"}}, "tracking.url"),
    ("fulfil", {"tracking": {"number": "x" * 256}}, "tracking.number"),
    ("fulfil", {"tracking": None}, "tracking"),
]


def test_bad_input_names_its_field_and_changes_nothing(till: Deployment) -> None:
    order = placed(till)
    before = order.detail
    for what, body, field in BAD_INPUT:
        refused = order.post(what, body)
        assert refused.status == 422, (what, body, refused.raw)
        assert field in [error["field"] for error in refused.body["errors"]], (what, body, refused.raw)
    assert order.detail == before


def test_every_field_that_is_wrong_is_named(till: Deployment) -> None:
    refused = placed(till).post("refund", {"amount": 1, "shipping": 1, "lines": [{"quantity": 0}], "reason": 1})
    assert {error["field"] for error in refused.body["errors"]} == {
        "amount",
        "shipping",
        "lines.0.key",
        "lines.0.quantity",
        "reason",
    }


@pytest.mark.parametrize("what", ACTIONS)
def test_an_order_that_is_not_there_or_was_never_placed_is_not_found(api: MerchantApi, what: str) -> None:
    api.post("/merchant/shops", {"identifier": "acme", "name": "Acme", "currency": "CAD", "country": "CA"})
    path = f"/merchant/shops/acme/orders/01JX0RDER00000000000000000/{what}"
    assert api.call("POST", path, {}, KEY).refusal == (404, "order_id")


@pytest.mark.parametrize("what", ACTIONS)
def test_what_a_merchant_does_with_orders_asks_for_the_scope_of_orders(api: MerchantApi, what: str) -> None:
    for shop in ("acme", "other"):
        api.post("/merchant/shops", {"identifier": shop, "name": shop, "currency": "CAD", "country": "CA"})
    path = f"/merchant/shops/acme/orders/01JX0RDER00000000000000000/{what}"
    assert MerchantApi("wrong").call("POST", path, {}, KEY).status == 401
    assert api.with_token("stock", "catalog", "settings").call("POST", path, {}, KEY).status == 403
    assert api.with_token("orders", shop="other").call("POST", path, {}, KEY).status == 404
    assert api.with_token("orders", shop="acme").call("POST", path, {}, KEY).refusal == (404, "order_id")


def test_a_function_that_is_lost_half_way_has_its_effect_once_when_the_request_comes_again(till: Deployment) -> None:
    """At each of its calls of DynamoDB; those of the payment function are among them."""
    for call in itertools.count():
        till.forget_orders()
        order, deaths = placed(till), 0

        def die() -> None:
            nonlocal deaths
            deaths += 1
            raise FunctionLost

        with suppress(FunctionLost), interrupted_at(aws.client("dynamodb"), call, die, after=True):
            order.refund(KEY, lines=[LINE | {"restock": True}])
        if not deaths:
            assert call > 10
            return
        forget_the_key()
        assert order.refund(KEY, lines=[LINE | {"restock": True}]).status == 200
        assert (order.refunds, len(order.detail["refunds"])) == ([25200], 1)
        assert till.stock().available == till.stock().on_hand


def forget_the_key() -> None:
    """Its record ends after 24 hours; the order remembers."""
    client = aws.client("dynamodb")
    for item in client.scan(TableName="idempotencytable")["Items"]:
        client.delete_item(TableName="idempotencytable", Key={"pk": item["pk"], "sk": item["sk"]})


@pytest.mark.parametrize(("what", "body"), [("refund", {"amount": "1.00"}), ("cancel", {}), ("fulfil", {})])
def test_a_day_later_the_same_key_still_has_one_effect(till: Deployment, what: str, body: Any) -> None:
    order = placed(till)
    first = order.post(what, body, KEY).data
    forget_the_key()
    again = order.post(what, body, KEY)
    assert (again.status, again.data) == (200, first)


def token(till: Deployment, name: str) -> Placed:
    """An order whose card behaves like that."""
    shopper = Shopper.ready(till, name)
    assert shopper.process().status == 200
    till.deliver_streams()
    return Placed(till, shopper.order_id)


def test_a_refund_whose_answer_is_lost_is_pending_and_found_by_itself(till: Deployment) -> None:
    order = token(till, "tok_refund_timeout_after_success")
    reply = order.refund(lines=[LINE | {"restock": True}])
    assert reply.status == 202
    (refund,) = reply.body["data"]["refunds"]
    assert (refund["state"], refund["refunded"]) == ("pending", 0)
    assert wiring.stock().levels("acme", [BREWER])[BREWER].allocated == 1, "goods wait for their money"
    till.deliver_streams()
    assert order.detail["refunds"][0]["state"] == "succeeded"
    assert (order.refunds, till.stock().allocated) == ([25200], 0)


def test_a_request_that_was_only_accepted_goes_on_under_its_key_to_its_final_answer(till: Deployment) -> None:
    order = token(till, "tok_refund_timeout_after_success")
    key = "the-same-refund-0001"
    assert order.refund(key, amount="1.00").status == 202
    assert order.refund(key, amount="2.00").status == 422
    done = order.refund(key, amount="1.00")
    assert (done.status, done.headers.get("Idempotent-Replayed")) == (200, None)
    again = order.refund(key, amount="1.00")
    assert (again.raw, again.headers["Idempotent-Replayed"]) == (done.raw, "true")
    assert order.refunds == [100]


@pytest.mark.parametrize("error", [ReadTimeoutError(endpoint_url="lambda"), FunctionLost()], ids=["slow", "lost"])
def test_a_payment_function_that_takes_too_long_is_not_waited_for(till: Deployment, error: BaseException) -> None:
    order = placed(till)
    with in_its_place("lambda", "before-call.lambda.Invoke", error):
        reply = order.refund(amount="1.00")
    assert (reply.status, reply.body["data"]["refunds"][0]["state"]) == (202, "pending")
    till.deliver_streams()
    assert (order.refunds, order.detail["refunds"][0]["state"]) == ([100], "succeeded")


@contextmanager
def in_its_place(service: Any, event: str, error: BaseException) -> Iterator[None]:
    """AWS fails so, before anything else of the test answers for it."""

    def fail(**_: Any) -> Any:
        if isinstance(error, FunctionLost):
            return SimpleNamespace(status_code=200), {"FunctionError": "Unhandled", "ResponseMetadata": {}}
        raise error

    events = aws._client(service).meta.events
    events.register_first(event, fail)
    try:
        yield
    finally:
        events.unregister(event, fail)


def test_what_the_gateway_refuses_is_said_in_its_words(till: Deployment) -> None:
    order = token(till, "tok_refund_declined")
    refused = order.refund(KEY, amount="1.00")
    (error,) = refused.body["errors"]
    assert (refused.status, error["code"], error["field"]) == (409, "refund_declined", "payment")
    assert error["message"] == "The bank did not take the money back."
    assert order.refund(KEY, amount="1.00").status == 409
    detail = order.detail
    assert (detail["refunds"][0]["state"], detail["net_total"], detail["adjustments"]) == ("failed", 26200, [])
    assert len(detail["transactions"]) == 2


def test_an_order_whose_charge_failed_is_not_sent(till: Deployment) -> None:
    order = token(till, "tok_capture_declined")
    refused = order.post("fulfil")
    (error,) = refused.body["errors"]
    assert (refused.status, error["code"], error["field"]) == (409, "payment_failed", "charge")
    assert order.post("cancel").data["charge"] == "voided"


def test_the_history_of_an_order_is_one_from_its_first_step_to_its_last(till: Deployment) -> None:
    take_gift_cards(till)
    sell_mugs(till)
    order = placed(till, [a_line(), MUG_LINE], [a_gift_card(till, 4000)])
    order.refund(lines=[{"key": "mugs", "quantity": 1, "restock": True}])
    order.post("fulfil", {"tracking": {"number": "1Z"}})
    timeline = order.detail["timeline"]
    assert [(one["what"], one["outcome"]) for one in timeline] == [
        ("pre_process", "passed"),
        ("check_inventory", "held"),
        ("authorize", "authorized"),
        ("gift_card", "spent"),
        ("process", "placed"),
        ("capture", "succeeded"),
        ("refund", "requested"),
        ("refund", "succeeded"),
        ("fulfil", "sent"),
    ]
    assert [one["at"] for one in timeline] == sorted(one["at"] for one in timeline)
    assert [bool(one["attempt"]) for one in timeline] == [True] * 5 + [False] * 4


def test_an_order_that_is_still_open_has_nothing_of_that(till: Deployment) -> None:
    order = Placed(till, Shopper.ready(till).order_id)
    assert "refunds" not in order.detail
    assert order.post("refund").status == 404


def test_a_line_that_was_sold_under_another_shops_rules_keeps_its_mode(till: Deployment) -> None:
    order = placed(till, charged=False)
    till.change_settings(capture_mode="on_request")
    wiring.catalog().shop("acme", fresh=True)
    till.deliver_streams()
    assert order.captures == [26200]
