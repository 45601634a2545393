"""Time is a chain: whoever waits, waits longer than what it waits for. And what a checkout costs in transitions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]  # it ships no types

from tests.integration.deployment import DEFINITION, FULFILMENT, Deployment
from tests.integration.shopper import BREWER, Shopper
from till.adapters import aws
from till.adapters.outbound import DEADLINE_SECONDS
from till.application.editing import STALE_SECONDS
from till.application.placing import RUN_DUE_SECONDS, _pauses
from till.application.settling import GIVE_UP_AFTER_SECONDS, LONGEST_PAUSE_SECONDS, _pause
from till.application.steps import RUN_BUDGET_SECONDS
from till.domain.retrying import PAUSES
from till.domain.shop import Settings
from till.domain.transaction import MOST_TRIES, Transaction, TransactionKind

MACHINE: Any = json.loads(DEFINITION.read_text("utf-8"))
FULFILMENT_MACHINE: Any = json.loads(FULFILMENT.read_text("utf-8"))
TEMPLATE: Any = yaml_parse((Path(__file__).parents[3] / "template.yaml").read_text("utf-8"))
GATEWAY_OF_API_SECONDS = 29


def timeout(function: str) -> int:
    properties = TEMPLATE["Resources"][function]["Properties"]
    seconds: int = properties.get("Timeout", TEMPLATE["Globals"]["Function"]["Timeout"])
    return seconds


@pytest.mark.parametrize(
    ("function", "resource"),
    [
        ("OrderStepsFunction", "${OrderStepsFunctionArn}"),
        ("PaymentStepsFunction", "${PaymentStepsFunctionArn}"),
    ],
)
def test_a_gateways_call_is_shorter_than_its_function_its_task_its_machine_and_the_run(
    function: str, resource: str
) -> None:
    # The sandbox is reached through the SDK; any gateway's own client must keep to the same chain.
    config: Any = aws._CONFIG
    call = config.connect_timeout + config.read_timeout
    tasks = [state["TimeoutSeconds"] for state in MACHINE["States"].values() if state.get("Resource") == resource]
    assert tasks
    for task in tasks:
        assert call < timeout(function) < task < MACHINE["TimeoutSeconds"] < RUN_BUDGET_SECONDS


@pytest.mark.parametrize("function", ["OrderStepsFunction", "BoldOrdersFunction", "BoldTaxesFunction"])
def test_a_merchants_service_is_given_up_before_whoever_waits_for_it(function: str) -> None:
    assert timeout(function) > 2 * DEADLINE_SECONDS, "taxes are asked at most twice in one request"


def test_all_steps_of_a_healthy_run_fit_into_the_machines_time() -> None:
    tasks = [state["TimeoutSeconds"] for name, state in MACHINE["States"].items() if "Resource" in state]
    assert sum(tasks) - MACHINE["States"]["Undo"]["TimeoutSeconds"] < MACHINE["TimeoutSeconds"]


def test_the_shoppers_call_is_answered_before_api_gateway_gives_up() -> None:
    longest = sum(_pauses())
    assert longest <= 13
    assert longest < timeout("BoldOrdersFunction") < GATEWAY_OF_API_SECONDS


def test_a_step_without_a_free_function_waits_longer_than_the_shoppers_calls_that_may_be_at_all_of_them() -> None:
    for state in MACHINE["States"].values():
        if "Resource" in state:
            busy = state["Retry"][0]
            assert busy["ErrorEquals"] == ["Lambda.TooManyRequestsException"]
            waits = (busy["IntervalSeconds"] * busy["BackoffRate"] ** n for n in range(busy["MaxAttempts"]))
            assert sum(_pauses()) < sum(waits) < MACHINE["TimeoutSeconds"]


def test_a_run_is_nudged_then_reaped_then_given_up_and_a_parked_one_waits_longest() -> None:
    assert STALE_SECONDS < RUN_DUE_SECONDS < RUN_BUDGET_SECONDS < Settings().parked_minutes * 60


def test_a_payment_function_that_fails_is_tried_again_as_long_as_the_execution_lives() -> None:
    """However long it takes until a broken deployment is mended: no placed order stands still."""
    (retry,) = FULFILMENT_MACHINE["States"]["Settle"]["Retry"]
    pauses = [
        min(retry["IntervalSeconds"] * retry["BackoffRate"] ** n, retry["MaxDelaySeconds"])
        for n in range(retry["MaxAttempts"])
    ]
    assert sum(pauses) > FULFILMENT_MACHINE["TimeoutSeconds"]
    assert sum(pauses[:10]) < 3600
    # An execution has at most 25,000 events, and a try three of them.
    assert 3 * retry["MaxAttempts"] < 25_000


def test_a_push_function_that_fails_keeps_money_waiting_for_minutes_and_is_tried_again_for_days() -> None:
    (retry,) = FULFILMENT_MACHINE["States"]["Push"]["Retry"]
    seconds = sum(retry["IntervalSeconds"] * retry["BackoffRate"] ** n for n in range(retry["MaxAttempts"]))
    assert seconds < 600
    # An execution has at most 25,000 events. A try is three of them, the rest of the loop ten.
    assert 25_000 // (3 * (retry["MaxAttempts"] + 1) + 10) * seconds > sum(PAUSES)


def test_a_gateway_that_does_not_answer_is_asked_for_half_a_day() -> None:
    asked = [Transaction("c", "c", TransactionKind.CAPTURE, "p", 1, 0, tries=n) for n in range(1, MOST_TRIES)]
    assert 8 * 3600 < sum(map(_pause, asked)) < 16 * 3600


def test_an_execution_lives_longer_than_any_authorization_that_it_watches() -> None:
    last_look = GIVE_UP_AFTER_SECONDS + 86_400 + MOST_TRIES * LONGEST_PAUSE_SECONDS
    assert last_look < FULFILMENT_MACHINE["TimeoutSeconds"] < 90 * 86_400, "its name is free again after 90 days"


def test_a_normal_checkout_makes_at_most_twelve_state_transitions(till: Deployment) -> None:
    Shopper.through_all_steps(till, BREWER).process()
    (execution,) = till.machine.executions.values()
    assert execution.entered[-1] == "Done"
    # As AWS bills them: each state, the start and the end.
    assert len(execution.entered) + 2 <= 12


def test_only_ids_travel_between_the_steps(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    shopper.process()
    (execution,) = till.machine.executions.values()
    (attempt,) = till.attempts(shopper.order_id)
    assert execution.input == {"shop": "acme", "order": attempt.order_id, "attempt": attempt.id, "run": 1}


def test_the_charge_of_a_normal_checkout_makes_at_most_five_state_transitions(till: Deployment) -> None:
    Shopper.through_all_steps(till, BREWER).process()
    till.deliver_streams()
    (execution,) = till.fulfilment.executions.values()
    assert execution.status == "SUCCEEDED"
    assert len(execution.entered) + 2 <= 5


@pytest.mark.parametrize("machine", [MACHINE, FULFILMENT_MACHINE], ids=["order", "fulfilment"])
def test_the_file_says_nothing_that_these_tests_do_not_interpret(machine: Any) -> None:
    known = {
        "Task": {"Type", "Resource", "Parameters", "ResultPath", "TimeoutSeconds", "Retry", "Catch", "Next"},
        "Choice": {"Type", "Choices", "Default"},
        "Wait": {"Type", "SecondsPath", "Next"},
        "Fail": {"Type", "Error", "Cause"},
        "Succeed": {"Type"},
    }
    for state in machine["States"].values():
        assert state.keys() <= known[state["Type"]]
        for rule in (*state.get("Retry", ()), *state.get("Catch", ())):
            assert rule["ErrorEquals"] in (["States.ALL"], ["Lambda.TooManyRequestsException"])
        for choice in state.get("Choices", ()):
            assert choice.keys() == {"Variable", "StringEquals", "Next"}
