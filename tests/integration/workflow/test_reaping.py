"""The reaper's minute: what it cannot do now keeps nothing else waiting."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import a_payment
from tests.fakes.state_machine import FunctionLost, Start
from tests.integration.deployment import Deployment, put_ready_order
from till.application.reaping import Reaper
from till.domain.attempt import Goal
from till.domain.errors import Busy, Locked
from till.domain.event import Event
from till.runtime import wiring


def stuck(till: Deployment, start: Start, **changes: object) -> str:
    """An order whose run was begun and did not come to its end."""
    order = put_ready_order(till, **changes)
    till.machine.starts = start
    with pytest.raises((Locked, Busy)):
        till.placing().submit("acme", order.id, Goal.PROCESS)
    till.machine.starts = Start.RUNS
    return order.id


def test_a_start_that_aws_refuses_for_now_is_repeated_by_the_next_pass(till: Deployment) -> None:
    till.rule_works = False
    refused = stuck(till, Start.IS_REFUSED)
    till.clock.pass_(seconds=31)
    till.machine.starts = Start.IS_REFUSED
    assert till.reap().failed == 1
    till.machine.starts = Start.RUNS
    assert till.reap().started == 1
    assert till.order(refused).status == "placed"


def test_a_bus_that_breaks_keeps_no_attempt_waiting(till: Deployment) -> None:
    till.rule_works = False
    placed = put_ready_order(till)
    till.placing().submit("acme", placed.id, Goal.PROCESS)
    died = stuck(till, Start.DIES)
    till.clock.pass_(minutes=3)

    def breaks(events: object) -> list[Event]:
        raise ConnectionError

    reaper = Reaper(till.orders_at(), wiring.stock(), wiring.workflow(), breaks, lambda _: 0, till.clock.milliseconds)
    with pytest.raises(ConnectionError):
        reaper.run()
    assert till.order(died).status == "open"


def test_undos_that_hang_keep_neither_events_nor_other_attempts_waiting(till: Deployment) -> None:
    """Each hangs for as long as the reaper waits for it; of eight, three fit into a pass."""
    till.rule_works = False
    placed = put_ready_order(till)
    till.placing().submit("acme", placed.id, Goal.PROCESS)
    orders = [stuck(till, Start.DIES, payments=(a_payment(token="tok_approve"),)) for _ in range(8)]
    till.clock.pass_(minutes=3)
    asked: list[str] = []
    undo = till._payment_steps

    def hang(event: dict[str, Any]) -> dict[str, Any]:
        if event["step"] != "undo":
            return undo(event)
        asked.append(event["order"])
        till.clock.pass_(seconds=12)
        raise FunctionLost

    till._payment_steps = hang
    assert till.reap().events == 1
    assert len(asked) == 3
    for _ in range(10):
        till.clock.pass_(seconds=24)
        till.reap()
    assert set(asked) == set(orders)
