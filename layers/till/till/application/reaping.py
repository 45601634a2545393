"""Nothing stays stuck: each minute, what stands still is finished or undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from till.application.ports import Orders, Stock, Workflow
from till.application.steps import RUN_BUDGET_SECONDS
from till.domain.attempt import Attempt, AttemptState
from till.domain.errors import TillError
from till.domain.event import Event

_MOST = 25
# One pass ends well within its function's time, though an undo that hangs takes 12 seconds of it.
_ATTEMPTS_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Reaped:
    """What one pass found: attempts by what was done, events that were late and those that the bus still refuses,
    holds that were swept, and deliveries whose messages were lost."""

    started: int = 0
    undone: int = 0
    failed: int = 0
    events: int = 0
    events_stuck: int = 0
    holds: int = 0
    deliveries: int = 0


@dataclass(frozen=True, slots=True)
class Reaper:
    """One pass over all that is due. Running it twice, or beside a live workflow, does no harm."""

    orders: Orders
    stock: Stock
    workflow: Workflow
    publish: Callable[[list[Event]], list[Event]]
    resume: Callable[[int], int]
    clock: Callable[[], int]

    def run(self) -> Reaped:
        """Holds, attempts for as long as there is time, events, deliveries. What breaks keeps nothing of the rest from
        being done, and is raised at the end."""
        now = self.clock() // 1000
        try:
            holds = self.stock.sweep(now, _MOST)
        finally:
            try:
                outcomes = list(self._attempts(now))
            finally:
                try:
                    events = list(self.orders.due_events(now, _MOST))
                    stuck = self.publish(events)
                finally:
                    deliveries = self.resume(now)
        return Reaped(
            started=outcomes.count("started"),
            undone=outcomes.count("undone"),
            failed=outcomes.count("failed"),
            events=len(events),
            events_stuck=len(stuck),
            holds=holds,
            deliveries=deliveries,
        )

    def _attempts(self, now: int) -> Iterator[str]:
        """What was done with each, until the time is up. Each minute another is first: those that cannot be undone now
        keep nobody waiting for ever."""
        due = self.orders.due_attempts(now, _MOST)
        first = now // 60 % len(due) if due else 0
        ends = self.clock() // 1000 + _ATTEMPTS_SECONDS
        for attempt in (*due[first:], *due[:first]):
            if self.clock() // 1000 >= ends:
                return
            yield self._attempt(attempt, now)

    def _attempt(self, attempt: Attempt, now: int) -> str:
        """A run that may still be alive is started under its own name; one that cannot be is undone."""
        young = attempt.run_started_at + RUN_BUDGET_SECONDS > now
        try:
            if attempt.state is AttemptState.RUNNING and young:
                self.workflow.start(attempt)
                return "started"
            self.workflow.undo(attempt)
        except TillError:
            # Somebody else is at it; the next pass looks again.
            return "failed"
        return "undone"
