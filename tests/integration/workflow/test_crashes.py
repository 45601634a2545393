"""Functions that are killed, executions that are lost: the order is placed and paid, or it is as before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import count

import pytest

from tests.builders import a_payment, a_variant
from tests.fakes.state_machine import FunctionLost, Start
from tests.integration.deployment import Deployment, put_ready_order
from tests.integration.workflow.test_processing import assert_nothing_is_left
from till.application.steps import Next, Run
from till.domain.attempt import AttemptState, Goal
from till.domain.errors import AlreadyPlaced, Locked, Refused
from till.domain.order import Order
from till.runtime import wiring

STEPS = ("PreProcess", "CheckInventory", "Authorize", "Process")


def submit(till: Deployment, order: Order) -> None:
    """The shopper's call, whatever its answer."""
    with suppress(Locked, Refused):
        till.placing().submit("acme", order.id, Goal.PROCESS)


def assert_whole(till: Deployment, order: Order, sold_before: int) -> bool:
    """Either placed, paid and allocated, or open with nothing of it left. Says which."""
    status, states = till.order(order.id).status, [attempt.state for attempt in till.attempts(order.id)]
    stock, is_placed = till.stock(), status == "placed"
    assert (stock.held, stock.allocated) == (0, sold_before + is_placed)
    assert till.live() == ([26200] if is_placed else [])
    assert status in ("placed", "open")
    assert states.count(AttemptState.PLACED) == is_placed
    assert set(states) <= {AttemptState.PLACED, AttemptState.UNDONE}
    return is_placed


def kill_points(
    till: Deployment, card: str = "tok_approve", *, for_good: bool = False, every: int = 1
) -> Iterator[tuple[Order, int]]:
    """An order for each call of DynamoDB that a run makes, where its function is killed before that call.

    What was done by then is what a function leaves that is killed after the call before. With each order comes how
    many units had been sold before it.
    """
    wiring.stock().set_on_hand("acme", a_variant().id, 1000)
    for call in count(step=every):
        till.forget_orders()
        sold = till.stock().allocated
        order = put_ready_order(till, payments=(a_payment(token=card),))
        with till.killed(call, for_good=for_good) as calls:
            submit(till, order)
        if not calls.killed:
            assert call > 15
            return
        yield order, sold


def test_a_function_that_is_killed_once_at_any_moment_places_the_order_all_the_same(till: Deployment) -> None:
    for order, sold in kill_points(till):
        assert assert_whole(till, order, sold)


def test_a_declined_order_is_reopened_wherever_a_function_is_killed(till: Deployment) -> None:
    for order, sold in kill_points(till, "tok_decline"):
        assert not assert_whole(till, order, sold)


def test_functions_that_stay_dead_leave_what_the_rule_on_ended_executions_undoes(till: Deployment) -> None:
    till.rule_works = False
    for order, sold in kill_points(till, for_good=True, every=3):
        (execution,) = [one for one in till.machine.executions.values() if one.input["order"] == order.id]
        if execution.status != "SUCCEEDED":
            for _ in range(2):
                till.deliver_rule(execution)
        assert_whole(till, order, sold)


def test_functions_that_stay_dead_leave_what_the_reaper_undoes(till: Deployment) -> None:
    till.rule_works = False
    for order, sold in kill_points(till, for_good=True):
        till.clock.pass_(minutes=3)
        till.reap()
        assert_whole(till, order, sold)


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
