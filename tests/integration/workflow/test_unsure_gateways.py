"""Gateways that do not answer, and voids that fail: asked again until it is certain, and nobody waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from tests.builders import a_payment
from tests.integration.deployment import Deployment, put_ready_order
from tests.integration.shopper import Shopper, card
from tests.integration.workflow.test_processing import assert_nothing_is_left
from till.adapters import aws
from till.application.gateways import Authorize
from till.application.placing import Outcome
from till.application.steps import Run
from till.domain.attempt import Goal
from till.domain.payment import PaymentState
from till.runtime import wiring


@contextmanager
def gateway_down(after_calls: int = 0) -> Iterator[None]:
    """The sandbox's ledger cannot be reached, after so many calls that could."""
    calls = iter(range(1_000_000))

    def fail(params: Any, **_: Any) -> None:
        if "sandboxledgertable" in str(params["body"]) and next(calls) >= after_calls:
            raise EndpointConnectionError(endpoint_url="https://gateway.example")

    events = aws.client("dynamodb").meta.events
    events.register("before-call.dynamodb", fail)
    try:
        yield
    finally:
        events.unregister("before-call.dynamodb", fail)


def submit(till: Deployment, token: str) -> Outcome:
    order = put_ready_order(till, payments=(a_payment(token=token),))
    return till.placing().submit("acme", order.id, Goal.PROCESS)


@pytest.mark.parametrize("token", ["tok_timeout_after_success", "tok_error_before"])
def test_a_gateway_whose_answer_was_lost_is_asked_again_and_charges_once(till: Deployment, token: str) -> None:
    shopper = Shopper.ready(till, token)
    assert shopper.process().state["is_processed"] is True
    assert [(entry.state, entry.amount) for entry in till.ledger()] == [("authorized", 26200)]


def test_a_gateway_that_never_answers_reopens_the_order_at_once(till: Deployment) -> None:
    shopper = Shopper.ready(till, "tok_success_after_first_query")
    unsure = shopper.process()
    assert unsure.messages == ["The payment could not be confirmed and will not be charged. Try again."]
    assert (unsure.status, unsure.fields) == (422, ["payment"])
    assert till.order(shopper.order_id).status == "open"
    assert till.stock().available == 10
    shopper.delete("/payments", card("tok_success_after_first_query"))
    shopper.post("/payments", card())
    assert shopper.process().state["is_processed"] is True


def test_a_late_success_is_voided_after_two_minutes(till: Deployment) -> None:
    attempt = submit(till, "tok_success_after_first_query").attempt
    assert attempt.timeline[-1].outcome == "void_pending"
    assert till.live() == [26200]
    till.clock.pass_(seconds=110)
    assert till.undoing().retry_due() == 0
    assert till.live() == [26200]
    till.clock.pass_(seconds=20)
    assert till.undoing().retry_due() == 0
    assert [entry.state for entry in till.ledger()] == ["voided"]
    assert till.orders_at().due_voids(till.clock.seconds() + 10**6, 10) == []


def test_a_gateway_that_knows_nothing_is_asked_at_2_15_and_60_minutes(till: Deployment) -> None:
    with gateway_down():
        unsure = submit(till, "tok_approve")
    assert (unsure.order.status, unsure.attempt.authorizations[0].state) == ("open", "unknown")
    began = till.clock.seconds()
    asked = []
    for _ in range(70):
        till.clock.pass_(minutes=1)
        with till.counting() as calls:
            till.undoing().retry_due()
        if "GetItem" in calls.made:
            asked.append(round((till.clock.seconds() - began) / 60))
    assert asked == [2, 15, 60]
    assert till.orders_at().due_voids(till.clock.seconds() + 10**6, 10) == []


def test_a_gateway_that_is_silent_for_hours_gives_the_money_up_when_it_answers_again(till: Deployment) -> None:
    submit(till, "tok_success_after_first_query")
    assert till.live() == [26200]
    with gateway_down():
        for _ in range(5):
            till.clock.pass_(minutes=60)
            assert till.undoing().retry_due() == 1
    till.clock.pass_(minutes=360)
    assert till.undoing().retry_due() == 0
    assert till.live() == []


def test_an_authorization_that_arrives_an_hour_late_is_voided(till: Deployment) -> None:
    """The gateway heard of it only after it was asked at 2 and 15 minutes."""
    with gateway_down():
        attempt = submit(till, "tok_approve").attempt
    till.clock.pass_(minutes=16)
    for _ in range(2):
        assert till.undoing().retry_due() == 1
        till.clock.pass_(minutes=14)
    authorization = attempt.authorizations[0]
    gateway = wiring.gateways().of(wiring.catalog().shop("acme"), "sandbox-1")
    gateway.authorize(Authorize(authorization.key, "tok_approve", 26200, "CAD", "1"))
    assert till.live() == [26200]
    till.clock.pass_(minutes=61)
    assert till.undoing().retry_due() == 0
    assert till.live() == []


def test_a_void_that_fails_keeps_neither_the_order_nor_the_stock(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    shopper.pre_process()
    with gateway_down():
        assert shopper.put("/items", {"line_item_key": "line-1", "quantity": 2}).status == 200
    assert till.live() == [26200]
    assert till.stock().available == 10
    (attempt,) = till.attempts(shopper.order_id)
    assert (attempt.state, attempt.authorizations[0].state) == ("undone", PaymentState.VOID_PENDING)
    shopper.post("/taxes")
    shopper.put("/payments", card(amount=51400))
    assert shopper.process().state["is_processed"] is True
    till.clock.pass_(minutes=2)
    assert till.undoing().retry_due() == 0
    assert [(entry.state, entry.amount) for entry in till.ledger()] == [("voided", 26200), ("authorized", 51400)]


def test_a_void_is_retried_for_days_more_and_more_rarely(till: Deployment) -> None:
    order = put_ready_order(till)
    till.placing().submit("acme", order.id, Goal.PRE_PROCESS)
    with gateway_down():
        till.undoing().undo(Run("acme", order.id, till.attempts(order.id)[0].id, 1))
        waits = []
        for _ in range(14):
            (void,) = till.orders_at().due_voids(till.clock.seconds() + 10**6, 10)
            wait = void.due_at - till.clock.seconds()
            # In whole minutes: the real clock may have ticked since the void was written.
            waits.append(round(wait / 60))
            till.clock.pass_(seconds=wait + 1)
            assert till.undoing().retry_due() == 1
    assert waits[0] == 1
    assert waits == sorted(waits)
    assert waits[-1] == 6 * 60
    till.clock.pass_(minutes=7 * 60)
    assert till.undoing().retry_due() == 0
    assert till.live() == []
    assert till.order(order.id).status == "open"


def test_the_gateway_that_dies_between_two_cards_leaves_nothing(till: Deployment) -> None:
    order = put_ready_order(till, payments=(a_payment(id="P1", amount=10_000), a_payment(id="P2", token="tok_2")))
    with gateway_down(after_calls=2):
        reopened = till.placing().submit("acme", order.id, Goal.PROCESS).order
    assert reopened.status == "open"
    assert till.stock().available == 10
    for minutes in (3, 15, 60, 400):
        till.clock.pass_(minutes=minutes)
        till.undoing().retry_due()
    assert_nothing_is_left(till, order.id)


def test_a_second_undo_finds_nothing_to_do(till: Deployment) -> None:
    order = put_ready_order(till)
    till.placing().submit("acme", order.id, Goal.PRE_PROCESS)
    (attempt,) = till.attempts(order.id)
    undone = [till.undoing().undo(Run("acme", order.id, attempt.id, 1)) for _ in range(2)]
    assert undone[0] == undone[1]
    assert_nothing_is_left(till, order.id)


def test_an_undo_never_touches_the_attempt_that_came_after(till: Deployment) -> None:
    order = put_ready_order(till)
    till.placing().submit("acme", order.id, Goal.PRE_PROCESS)
    (first,) = till.attempts(order.id)
    till.undoing().undo(Run("acme", order.id, first.id, 1))
    till.placing().submit("acme", order.id, Goal.PROCESS)
    till.undoing().undo(Run("acme", order.id, first.id, 1))
    assert till.order(order.id).status == "placed"
    assert till.live() == [26200]
    assert till.stock().allocated == 1


def test_a_placed_attempt_is_never_undone(till: Deployment) -> None:
    order = put_ready_order(till)
    till.placing().submit("acme", order.id, Goal.PROCESS)
    (attempt,) = till.attempts(order.id)
    assert till.undoing().undo(Run("acme", order.id, attempt.id, 1)).state == "placed"
    assert till.live() == [26200]
    assert till.stock().allocated == 1
