"""The fulfilment workflow: what was authorized is charged once the order is placed, by the real file and handlers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.builders import a_payment
from tests.fakes.state_machine import Execution, FunctionLost, Start
from tests.integration.deployment import Deployment, put_ready_order
from tests.integration.gift_cards import a_gift_card, merchant, take_gift_cards
from tests.integration.placed import Placed
from tests.integration.shopper import Shopper
from tests.integration.workflow.test_unsure_gateways import gateway_down
from till.application.settling import WARN_AFTER_SECONDS
from till.domain.attempt import Goal
from till.domain.shop import CaptureMode
from till.runtime import backstage, wiring

DAY_SECONDS = 86_400
KEY = "charge-0123456789"


def placed(till: Deployment, token: str = "tok_approve") -> Placed:  # noqa: S107  # the sandbox's tokens are no secrets
    """An order that is placed; nothing has left the outbox yet."""
    order = put_ready_order(till, payments=(a_payment(token=token),))
    till.placing().submit("acme", order.id, Goal.PROCESS)
    return Placed(till, order.id)


def only_execution(till: Deployment) -> Execution:
    (execution,) = till.fulfilment.executions.values()
    return execution


def failed_charges() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = merchant("/failed_charges").data
    return found


def counted(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Names of the facts that an alarm watches, as they stand in the log beside how many orders were placed."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    names = [one["Name"] for line in lines for one in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
    return [name for name in names if name != "OrdersPlaced"]


# Started


def test_a_placed_order_is_charged_when_its_event_leaves_the_outbox(till: Deployment) -> None:
    order = placed(till)
    assert order.detail["charge"] == "pending"
    till.deliver_streams()
    assert order.detail["charge"] == "captured"
    assert order.captures == [26200]
    (attempt,) = till.attempts(order.id)
    execution = only_execution(till)
    assert (execution.name, execution.entered) == (f"{attempt.id}-placed", ["Settle", "Settled", "Done"])
    assert execution.input == {"shop": "acme", "order": order.id}


def test_an_event_that_is_delivered_again_and_again_starts_one_execution(till: Deployment) -> None:
    order = placed(till)
    till.deliver_streams(times=3)
    assert only_execution(till).status == "SUCCEEDED"
    assert order.captures == [26200]


def test_an_execution_under_a_name_that_aws_has_forgotten_changes_nothing(till: Deployment) -> None:
    """After 90 days an event that comes again starts one more: the sale knows that it is charged."""
    order = placed(till)
    (event,) = wiring.orders().due_events(till.clock.seconds() + 300, 10)
    till.deliver_streams()
    before, ledger = till.stored(order.id), till.ledger()
    till.fulfilment.executions.clear()
    backstage.announcing().fulfilment.start(event)
    assert only_execution(till).status == "SUCCEEDED"
    assert (till.stored(order.id), till.ledger()) == (before, ledger)


def test_an_execution_that_cannot_be_started_leaves_the_event_in_the_outbox_for_the_reaper(till: Deployment) -> None:
    order = placed(till)
    till.fulfilment.starts = Start.IS_REFUSED
    with pytest.raises(AssertionError):  # the stream is told to bring it again
        till.deliver_streams()
    till.clock.pass_(minutes=3)
    assert till.reap().events_stuck == 1
    assert till.events() == []
    till.fulfilment.starts = Start.RUNS
    assert till.reap().events_stuck == 0
    assert order.captures == [26200]
    assert len(till.events()) == 1


def test_an_order_that_a_gift_card_pays_costs_no_execution(till: Deployment) -> None:
    take_gift_cards(till)
    shopper = Shopper.ready(till, paid_with="")
    assert shopper.post("/payments", a_gift_card(till, 26200).payment()).status == 200
    assert shopper.process().status == 200
    till.deliver_streams()
    assert till.fulfilment.executions == {}
    assert Placed(till, shopper.order_id).detail["charge"] == "captured"
    assert len(till.events()) == 1


# What breaks


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_function_that_dies_is_run_again_by_the_workflow_and_charges_once(till: Deployment, when: str) -> None:
    order = placed(till)
    died: list[str] = []

    def die(state: str) -> None:
        if len(died) < 3:
            died.append(state)
            raise FunctionLost

    setattr(till.fulfilment, when, die)
    till.deliver_streams()
    assert only_execution(till).entered == ["Settle"] * 4 + ["Settled", "Done"]
    assert order.captures == [26200]


def test_a_step_that_is_delivered_twice_charges_once(till: Deployment) -> None:
    order = placed(till)
    till.fulfilment.delivered_twice = frozenset({"Settle"})
    till.deliver_streams()
    assert order.captures == [26200]


def test_a_capture_whose_answer_is_lost_is_waited_for_and_found(till: Deployment) -> None:
    order = placed(till, "tok_capture_timeout_after_success")
    till.deliver_streams()
    execution = only_execution(till)
    assert (execution.entered[-1], execution.waits, order.detail["charge"]) == ("Wait", 30, "pending")
    till.fulfilment.run(execution)
    assert (execution.status, order.detail["charge"]) == ("SUCCEEDED", "captured")
    assert order.captures == [26200]


# What fails


def test_a_charge_that_fails_is_an_alarm_stands_in_a_list_and_keeps_the_goods_at_home(
    till: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    order = placed(till, "tok_capture_declined")
    till.deliver_streams()
    execution = only_execution(till)
    assert (execution.status, execution.entered[-1]) == ("FAILED", "Failed")
    refused = "The bank refused to pay. Ask the customer to pay another way."
    assert (order.detail["charge"], order.detail["charge_problem"]) == ("failed", refused)
    (failed,) = failed_charges()
    assert (failed["order_id"], failed["charge"], failed["problem"]) == (order.id, "failed", refused)
    (listed,) = merchant("/orders").data
    assert listed["charge"] == "failed"
    assert order.post("fulfil", {}).status == 409
    till.deliver_streams()
    assert counted(capsys) == ["ChargeFailed"]


def test_a_charge_that_nobody_answered_for_hours_is_begun_again_by_hand_and_leaves_the_list(till: Deployment) -> None:
    order = placed(till)
    with gateway_down():
        till.deliver_streams()
        while (execution := only_execution(till)).status == "RUNNING":
            till.fulfilment.run(execution)
    assert execution.status == "FAILED"
    (failed,) = failed_charges()
    assert (failed["order_id"], failed["unanswered"]) == (order.id, ["capture"])
    answer = order.post("charge", key=KEY)
    assert (answer.status, answer.data["charge"]) == (200, "captured")
    assert failed_charges() == []
    till.deliver_streams()
    assert order.captures == [26200]


def test_a_charge_that_is_begun_again_twice_under_one_key_is_begun_once(till: Deployment) -> None:
    order = placed(till, "tok_capture_declined")
    till.deliver_streams()
    answers = [order.post("charge", key=KEY) for _ in range(2)]
    assert [(answer.status, answer.data["charge"]) for answer in answers] == [(200, "failed")] * 2
    assert [one["kind"] for one in order.detail["transactions"]] == ["capture"] * 2


def test_a_charge_is_begun_again_only_under_a_key_and_only_where_it_failed(till: Deployment) -> None:
    order = placed(till)
    till.deliver_streams()
    assert order.post("charge", key="").status == 422
    assert order.post("charge").status == 409


# Later


@pytest.mark.parametrize("mode", [CaptureMode.ON_FULFILMENT, CaptureMode.ON_REQUEST])
def test_money_that_is_taken_later_is_watched_warned_about_and_told_when_it_is_gone(
    till: Deployment, mode: CaptureMode, capsys: pytest.CaptureFixture[str]
) -> None:
    till.change_settings(capture_mode=mode)
    till.fulfilment.functions = till.functions_at_the_clocks_time()
    order = placed(till, "tok_expired")
    till.deliver_streams()
    execution = only_execution(till)
    assert WARN_AFTER_SECONDS - 60 < execution.waits <= WARN_AFTER_SECONDS
    for day in (5, 6, 7):
        assert (order.detail["charge"], order.captures) == ("pending", [])
        till.clock.pass_(seconds=execution.waits)
        till.fulfilment.run(execution)
        assert execution.status == ("RUNNING" if day < 7 else "FAILED")
    assert order.detail["charge"] == "failed"
    assert order.history == [("charge", "expires_soon"), ("charge", "expired")]
    till.deliver_streams()
    assert counted(capsys) == ["AuthorizationExpiring", "ChargeFailed"]


def test_a_shop_can_have_it_captured_before_it_expires(till: Deployment) -> None:
    till.change_settings(capture_mode=CaptureMode.ON_FULFILMENT, capture_before_expiry=True)
    till.fulfilment.functions = till.functions_at_the_clocks_time()
    order = placed(till)
    till.deliver_streams()
    till.clock.pass_(seconds=6 * DAY_SECONDS)
    till.fulfilment.run(only_execution(till))
    assert (order.detail["charge"], order.captures) == ("captured", [26200])
