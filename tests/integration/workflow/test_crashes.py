"""Functions that are killed, executions that are lost: the order is placed and paid, or it is as before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.fakes.state_machine import FunctionLost, Start
from tests.integration.deployment import Deployment, put_ready_order
from tests.integration.workflow.test_processing import assert_nothing_is_left
from till.adapters import aws
from till.application.steps import Next, Run
from till.domain.attempt import Goal
from till.domain.errors import AlreadyPlaced, Locked, Refused
from till.domain.order import Order
from till.runtime import wiring

STEPS = ("PreProcess", "CheckInventory", "Authorize", "Process")


def submit(till: Deployment, order: Order) -> None:
    """The shopper's call, whatever its answer."""
    with suppress(Locked, Refused):
        till.placing().submit("acme", order.id, Goal.PROCESS)


@pytest.mark.parametrize("state", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_step_whose_function_always_dies_ends_in_an_order_as_before(till: Deployment, state: str, when: str) -> None:
    order = put_ready_order(till)

    def die(entered: str) -> None:
        if entered == state:
            raise FunctionLost

    setattr(till.machine, when, die)
    submit(till, order)
    if (state, when) == ("Process", "after"):
        assert till.order(order.id).status == "placed"
        assert till.live() == [26200]
    else:
        assert_nothing_is_left(till, order.id)


def test_a_lost_execution_is_started_again_under_its_name_by_the_next_call(till: Deployment) -> None:
    order = put_ready_order(till)
    till.machine.starts = Start.IS_LOST
    placing = till.placing()
    with pytest.raises(Locked):
        placing.submit("acme", order.id, Goal.PROCESS)
    till.machine.starts = Start.RUNS
    till.clock.pass_(seconds=6)
    with pytest.raises(Locked):
        placing.submit("acme", order.id, Goal.PROCESS)
    (attempt,) = till.attempts(order.id)
    assert list(till.machine.executions) == [f"{attempt.id}-1"]
    assert till.order(order.id).status == "placed"
    with pytest.raises(AlreadyPlaced):
        placing.submit("acme", order.id, Goal.PROCESS)


def test_an_edit_also_starts_a_lost_execution(till: Deployment) -> None:
    order = put_ready_order(till)
    till.machine.starts = Start.IS_LOST
    with pytest.raises(Locked):
        till.placing().submit("acme", order.id, Goal.PROCESS)
    till.machine.starts = Start.RUNS
    till.clock.pass_(seconds=6)
    with pytest.raises(Locked):
        till.editor().change("acme", order.id, lambda found: found, lambda _: pytest.fail("no answer"))
    assert till.order(order.id).status == "placed"


def test_the_reaper_starts_a_lost_execution_and_not_a_live_one(till: Deployment) -> None:
    order = put_ready_order(till)
    till.machine.starts = Start.IS_LOST
    with pytest.raises(Locked):
        till.placing().submit("acme", order.id, Goal.PROCESS)
    till.machine.starts = Start.RUNS
    till.clock.pass_(seconds=31)
    assert till.reap().started == 1
    assert till.order(order.id).status == "placed"
    assert till.reap().started == 0
    assert len(till.machine.executions) == 1


def test_an_execution_that_died_is_undone_by_the_reaper_once_it_cannot_be_alive(till: Deployment) -> None:
    till.rule_works = False
    order = put_ready_order(till)
    till.machine.starts = Start.DIES
    with pytest.raises(Locked):
        till.placing().submit("acme", order.id, Goal.PROCESS)
    till.clock.pass_(seconds=60)
    assert till.reap().undone == 0
    till.clock.pass_(seconds=60)
    assert till.reap().undone == 1
    assert_nothing_is_left(till, order.id)
    (attempt,) = till.attempts(order.id)
    assert attempt.problems[0].message == "The payment was not completed in time. Try again."


def test_an_undo_that_gives_no_answer_keeps_the_reaper_from_no_other_order(till: Deployment) -> None:
    till.rule_works = False
    till.machine.starts = Start.DIES
    orders = [put_ready_order(till) for _ in range(3)]
    for order in orders:
        submit(till, order)
    till.clock.pass_(minutes=3)
    with answers_lost(1):
        reaped = till.reap()
    assert (reaped.undone, reaped.failed) == (2, 1)
    till.reap()
    assert [till.order(order.id).status for order in orders] == ["open"] * 3


@contextmanager
def answers_lost(times: int) -> Iterator[None]:
    """So many calls of functions are made, and nobody hears of it."""
    left = iter(range(times))

    def lose(**_: Any) -> None:
        if next(left, None) is not None:
            raise ReadTimeoutError(endpoint_url="https://lambda.example")

    events = aws._client("lambda").meta.events
    events.register("after-call.lambda.Invoke", lose)
    try:
        yield
    finally:
        events.unregister("after-call.lambda.Invoke", lose)


def test_an_aborted_execution_is_undone_by_the_rule(till: Deployment) -> None:
    order = put_ready_order(till)
    till.machine.starts = Start.DIES
    ended = till.placing().submit("acme", order.id, Goal.PROCESS)
    assert (ended.order.status, ended.attempt.problems[0].code) == ("open", "attempt_ended")
    assert_nothing_is_left(till, order.id)


def test_a_stale_run_does_nothing(till: Deployment) -> None:
    """The run of a pre-process comes round again: beside and after the next run, and after an undo."""
    order = put_ready_order(till)
    placing = till.placing()
    placing.submit("acme", order.id, Goal.PRE_PROCESS)
    stale = till.run_of(order.id)
    placing.submit("acme", order.id, Goal.PROCESS)
    before, ledger = till.stored(order.id), till.ledger()
    steps = till.steps()
    for step in (steps.pre_process, steps.check_inventory, steps.authorize, steps.process):
        assert step(stale) is Next.DONE
    assert (till.stored(order.id), till.ledger()) == (before, ledger)

    other = put_ready_order(till)
    placing.submit("acme", other.id, Goal.PRE_PROCESS)
    stale = till.run_of(other.id)
    till.machine.starts = Start.WAITS
    with pytest.raises(Locked):
        placing.submit("acme", other.id, Goal.PROCESS)
    before, ledger = till.stored(other.id), till.ledger()
    for step in (steps.pre_process, steps.check_inventory, steps.authorize, steps.process):
        assert step(stale) is Next.DONE
    assert (till.stored(other.id), till.ledger()) == (before, ledger)
    run = till.run_of(other.id)
    till.undoing().undo(Run("acme", other.id, run.attempt_id, run.number))
    before, ledger = till.stored(other.id), till.ledger()
    for step in (steps.pre_process, steps.check_inventory, steps.authorize, steps.process):
        assert step(run) is Next.UNDO
    assert (till.stored(other.id), till.ledger()) == (before, ledger)


def test_a_commit_that_lost_its_hold_voids_and_tells(till: Deployment) -> None:
    order = put_ready_order(till)

    def release(state: str) -> None:
        if state == "Authorize":
            (attempt,) = till.attempts(order.id)
            wiring.stock().release("acme", attempt.id)

    till.machine.after = release
    attempt = till.placing().submit("acme", order.id, Goal.PROCESS).attempt
    assert attempt.problems[0].code == "reservation_expired"
    assert_nothing_is_left(till, order.id)


def test_an_order_that_would_expire_while_it_is_processed_does_not(till: Deployment) -> None:
    order = put_ready_order(till, expires_at=till.clock.seconds() + 300)
    till.placing().submit("acme", order.id, Goal.PRE_PROCESS)
    till.clock.pass_(minutes=16)
    till.undoing().undo(Run("acme", order.id, till.attempts(order.id)[0].id, 1))
    assert till.live() == []
    found = till.orders_at().get("acme", order.id)
    assert found
    assert found.status == "open"


def test_events_that_were_not_published_in_time_are_published_by_the_reaper(till: Deployment) -> None:
    order = put_ready_order(till)
    till.placing().submit("acme", order.id, Goal.PROCESS)
    assert till.reap().events == 0
    till.clock.pass_(seconds=121)
    assert till.reap().events == 1
    (attempt,) = till.attempts(order.id)
    assert till.events() == [f"{attempt.id}-placed"]
    assert till.reap().events == 1, "the charge, which the first one started"
    assert till.events() == [f"{attempt.id}-placed", f"{attempt.order_id}-2"]
    assert till.reap().events == 0
