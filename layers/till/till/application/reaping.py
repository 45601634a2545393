"""Nothing stays stuck: each minute, what stands still is finished or undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from till.application.ports import Orders, Stock, Workflow
from till.application.steps import RUN_BUDGET_SECONDS
from till.domain.attempt import Attempt, AttemptState
from till.domain.errors import TillError
from till.domain.event import Event

_MOST = 25


@dataclass(frozen=True, slots=True)
class Reaped:
    """What one pass found: attempts by what was done, events that were late and those that the bus still refuses,
    and holds that were swept."""

    started: int = 0
    undone: int = 0
    failed: int = 0
    events: int = 0
    events_stuck: int = 0
    holds: int = 0


@dataclass(frozen=True, slots=True)
class Reaper:
    """One pass over all that is due. Running it twice, or beside a live workflow, does no harm."""

    orders: Orders
    stock: Stock
    workflow: Workflow
    publish: Callable[[list[Event]], list[Event]]
    clock: Callable[[], int]

    def run(self) -> Reaped:
        """Attempts, events, holds."""
        now = self.clock() // 1000
        outcomes = [self._attempt(attempt, now) for attempt in self.orders.due_attempts(now, _MOST)]
        events = list(self.orders.due_events(now, _MOST))
        stuck = self.publish(events)
        return Reaped(
            started=outcomes.count("started"),
            undone=outcomes.count("undone"),
            failed=outcomes.count("failed"),
            events=len(events),
            events_stuck=len(stuck),
            holds=self.stock.sweep(now, _MOST),
        )

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
