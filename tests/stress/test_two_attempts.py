"""Two attempts on one order, their steps and undos in any order, twice and late: each takes back only its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fakes.state_machine import Start
from tests.proof import LONG, Guarantee, Proof, proves
from tests.stress.chaos import chaotic
from tests.stress.judge import Verdict
from tests.stress.stage import Stage
from till.application.steps import Run
from till.domain.attempt import Goal
from till.domain.errors import TillError
from till.domain.payment import PaymentState

STEPS = ("pre_process", "check_inventory", "authorize", "process")
# Most often it is the next step of the newest attempt.
WHICH = (*[0] * 12, *range(1, 2 * len(STEPS)))
ACTS = ("submit", "reaper", "undo", *["again"] * 2, *["step"] * 10)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with pytest.MonkeyPatch.context() as monkeypatch, chaotic(monkeypatch) as chaos:
        yield Stage(chaos.till, chaos)


@proves(Guarantee.OWN_EFFECTS)
def test_an_attempt_takes_back_only_its_own(stage: Stage, proof: Proof) -> None:
    seen: list[tuple[int, Verdict]] = []

    @settings(
        phases=[Phase.generate],
        max_examples=proof.rounds(short=25, long=300),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        derandomize=not LONG,
    )
    @given(st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from(WHICH)), min_size=4, max_size=30))
    def in_any_order(acts: list[tuple[str, int]]) -> None:
        stage.begin()
        stage.till.machine.starts = Start.WAITS
        for act, which in [("submit", 0), *acts]:
            do(stage, act, which)
            assert_nothing_is_shared(stage)
        stage.till.machine.starts = Start.RUNS
        verdict = stage.ends()
        seen.append((len(stage.till.attempts(stage.order.id)), verdict))

    in_any_order()
    several = sum(attempts > 1 for attempts, _ in seen)
    placed = sum(verdict is Verdict.PLACED for _, verdict in seen)
    proof.saw(
        f"{len(seen)} orders of steps, undos and reapers of one order's attempts, {several} with two or more",
        f"{placed} {Verdict.PLACED}, {len(seen) - placed} {Verdict.OPEN}, none touched another's",
    )


def do(stage: Stage, act: str, which: int) -> None:
    """Whatever comes of it. A step is the next one of a run or one that comes again; it and an undo are of the newest
    attempt, or of the one before it. `again` gives the newest up and begins another."""
    if act == "again":
        do(stage, "undo", 0)
        do(stage, "submit", 0)
        return
    if act == "submit":
        with suppress(TillError):
            stage.till.placing().submit("acme", stage.order.id, Goal.PROCESS)
        return
    if act == "reaper":
        stage.till.clock.pass_(minutes=3)
        stage.till.reap()
        return
    attempts = stage.till.attempts(stage.order.id)
    if len(attempts) <= which // len(STEPS):
        return
    attempt = attempts[-1 - which // len(STEPS)]
    run = Run("acme", attempt.order_id, attempt.id, attempt.run)
    passed = {entry.what for entry in attempt.timeline}
    with suppress(TillError):
        if act == "undo":
            stage.till.undoing().undo(run)
        else:
            steps = [step for step in STEPS if step in passed]
            steps += STEPS[len(steps) : len(steps) + 1]
            getattr(stage.till.steps(), steps[-1 - which % len(STEPS) % len(steps)])(run)


def assert_nothing_is_shared(stage: Stage) -> None:
    """What a placed attempt took stays taken, and at most one of all attempts has money, however they are mixed."""
    order = stage.till.order(stage.order.id)
    held = {entry.key.split(":")[0] for entry in stage.till.ledger() if entry.state is PaymentState.AUTHORIZED}
    if order.is_submitted:
        assert held == {order.attempt_id}
    else:
        assert len(held) <= 1
