"""An attempt to place an order. It owns its hold on the stock and its authorizations; nobody else undoes them.

An attempt is carried forward by runs, one workflow execution each. A parked attempt waits for the shopper and is
continued by its next run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from till.domain.errors import Problem, Refused
from till.domain.event import TimelineEntry
from till.domain.payment import Authorization


class AttemptState(StrEnum):
    """Where an attempt stands."""

    RUNNING = "running"
    PARKED = "parked"
    UNDOING = "undoing"
    PLACED = "placed"
    UNDONE = "undone"


TRANSITIONS: dict[AttemptState, frozenset[AttemptState]] = {
    AttemptState.RUNNING: frozenset({AttemptState.PARKED, AttemptState.UNDOING, AttemptState.PLACED}),
    AttemptState.PARKED: frozenset({AttemptState.RUNNING, AttemptState.UNDOING}),
    AttemptState.UNDOING: frozenset({AttemptState.UNDONE}),
    AttemptState.PLACED: frozenset(),
    AttemptState.UNDONE: frozenset(),
}
FINAL = frozenset({AttemptState.PLACED, AttemptState.UNDONE})


class Goal(StrEnum):
    """How far a run goes: until the money is authorized, or until the order is placed."""

    PRE_PROCESS = "pre_process"
    PROCESS = "process"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. `fingerprint` is what the shopper agreed to; `due_at` is when the reaper looks at it.

    `problems` say why it was, or is being, undone. `client_secret` is what 3-D Secure needs. `number` is the order's,
    drawn before money moves. `held` is what the attempt holds, by part. `overridden` are the variants that a plugin
    spoke for: they are not in it. `went_on` says that a gateway's notice carried it on, and not its shopper. `counted`
    is where a decline is counted. Unix seconds.
    """

    id: str
    order_id: str
    shop: str
    goal: Goal
    fingerprint: str
    created_at: int
    due_at: int
    state: AttemptState = AttemptState.RUNNING
    version: int = 0
    run: int = 1
    run_started_at: int = 0
    authorizations: tuple[Authorization, ...] = ()
    problems: tuple[Problem, ...] = ()
    client_secret: str = ""
    number: int = 0
    held: Mapping[str, int] = field(default_factory=dict)
    timeline: tuple[TimelineEntry, ...] = ()
    overridden: tuple[str, ...] = ()
    went_on: bool = False
    counted: tuple[str, ...] = ()

    @property
    def is_final(self) -> bool:
        """Nothing changes it any more."""
        return self.state in FINAL

    @property
    def run_name(self) -> str:
        """The name of the workflow execution: the same run can only be started once."""
        return f"{self.id}-{self.run}"

    def to(self, state: AttemptState) -> Attempt:
        """The next state. Raises `Refused` for one that the table does not allow."""
        if state not in TRANSITIONS[self.state]:
            raise Refused(f"An attempt that is {self.state} cannot become {state}.", "attempt")
        return replace(self, state=state)

    def with_authorization(self, authorization: Authorization) -> Attempt:
        """The authorization in the place of the one for the same payment."""
        return replace(
            self,
            authorizations=tuple(
                authorization if old.payment_id == authorization.payment_id else old for old in self.authorizations
            ),
        )
