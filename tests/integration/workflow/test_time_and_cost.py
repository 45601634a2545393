"""Time is a chain: whoever waits, waits longer than what it waits for. And what a checkout costs in transitions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse
from tests.integration.deployment import DEFINITION, Deployment
from tests.integration.shopper import Shopper

from till.adapters import aws
from till.application.editing import STALE_SECONDS
from till.application.placing import RUN_DUE_SECONDS, _pauses
from till.application.steps import RUN_BUDGET_SECONDS
from till.domain.shop import Settings

MACHINE: Any = json.loads(DEFINITION.read_text("utf-8"))
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
    call = aws._CONFIG.connect_timeout + aws._CONFIG.read_timeout
    tasks = [state["TimeoutSeconds"] for state in MACHINE["States"].values() if state.get("Resource") == resource]
    assert tasks
    for task in tasks:
        assert call < timeout(function) < task < MACHINE["TimeoutSeconds"] < RUN_BUDGET_SECONDS


def test_all_steps_of_a_healthy_run_fit_into_the_machines_time() -> None:
    tasks = [state["TimeoutSeconds"] for name, state in MACHINE["States"].items() if "Resource" in state]
    assert sum(tasks) - MACHINE["States"]["Undo"]["TimeoutSeconds"] < MACHINE["TimeoutSeconds"]


def test_the_shoppers_call_is_answered_before_api_gateway_gives_up() -> None:
    longest = sum(_pauses())
    assert longest <= 13
    assert longest < timeout("BoldOrdersFunction") < GATEWAY_OF_API_SECONDS


def test_who_waits_for_an_undo_waits_longer_than_it_takes() -> None:
    """A storefront's function calls the undo and waits; the SDK must not give up and call it once more."""
    assert STALE_SECONDS < RUN_DUE_SECONDS < RUN_BUDGET_SECONDS < Settings().parked_minutes * 60


def test_a_normal_checkout_makes_at_most_twelve_state_transitions(till: Deployment) -> None:
    Shopper.ready(till).process()
    (execution,) = till.machine.executions.values()
    assert execution.entered[-1] == "Done"
    assert execution.transitions <= 12


def test_only_ids_travel_between_the_steps(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    shopper.process()
    (execution,) = till.machine.executions.values()
    (attempt,) = till.attempts(shopper.order_id)
    assert execution.input == {"shop": "acme", "order": attempt.order_id, "attempt": attempt.id, "run": 1}
