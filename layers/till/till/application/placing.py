"""Submitting an order: begin an attempt, start its run, wait for what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from till.application.editing import found, nudge
from till.application.idempotency import Claim, Record
from till.application.limits import BACKEND, Asker, Limits
from till.application.ports import Catalog, Orders, Workflow
from till.domain import session_events
from till.domain.attempt import Attempt, AttemptState, Goal
from till.domain.errors import AlreadyPlaced, Conflict, Locked, Refused
from till.domain.order import PLACED_MESSAGE, Order, OrderStatus
from till.domain.payment import Payment
from till.domain.pricing import fingerprint
from till.domain.readiness import authorizations, missing

LOCKED_MESSAGE = "This order is being processed. Try again in a moment."
# The reaper looks at a run after this long.
RUN_DUE_SECONDS = 30
_LONGEST_WAIT_SECONDS = 12.0
_SETTLED = frozenset({AttemptState.PARKED, AttemptState.PLACED, AttemptState.UNDONE})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a submission. `replayed` where an earlier request with the same key made it."""

    order: Order
    attempt: Attempt
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Placing:
    """Submits orders. `sleep` waits that many seconds."""

    orders: Orders
    catalog: Catalog
    workflow: Workflow
    limits: Limits
    now: Callable[[], int]
    new_id: Callable[[], str]
    sleep: Callable[[float], None]

    def submit(
        self,
        shop: str,
        order_id: str,
        goal: Goal,
        claim: Claim | None = None,
        payments: tuple[Payment, ...] | None = None,
        asker: Asker = BACKEND,
    ) -> Outcome:
        """The order and the attempt once it is placed, parked or undone.

        `payments` take the place of all that the order has; with their ids again, this waits for what becomes of them.

        Raises `Refused` with what is missing, `AlreadyPlaced`, `TooMany` where a new attempt is one too many, and
        `Locked` while another call is at the order or the run takes longer than a shopper's request may.
        """
        order, record = self._read(shop, order_id, claim)
        if record is not None and not self._resumes(order, record, goal):
            return self._outcome(order, record.attempt_id, replayed=True)
        if payments is None and self._went_on(order, goal):
            return self._outcome(order, order.attempt_id)
        if order.is_submitted:
            raise AlreadyPlaced(PLACED_MESSAGE, "is_processed")
        if order.status is OrderStatus.PROCESSING:
            if payments is not None and _ids(payments) == _ids(order.payments):
                return self._outcome(order, order.attempt_id)
            nudge(self.orders, self.workflow, order, self.now())
            raise Locked(LOCKED_MESSAGE, "order")
        if payments is not None:
            order = replace(order, payments=payments)
        wanted = self._attempt(order, goal, asker)
        if wanted is None:
            return self.submit(shop, order_id, goal, claim, payments, asker)
        order, attempt = self._begin(*wanted, claim)
        # If this is lost on the way, the next call or the reaper starts the same run.
        self.workflow.start(attempt)
        return self._outcome(order, attempt.id)

    def go_on(self, shop: str, order_id: str, attempt_id: str) -> bool:
        """Carry a parked attempt on to its order without the shopper, whose bank has confirmed; False where it is not
        parked any more, or was for an order that has changed since.

        Nobody waits for its end. Raises `Refused` with what is missing, and `Locked` where another call was first.
        """
        order = found(self.orders.get(shop, order_id))
        if order.status is not OrderStatus.PARKED or order.attempt_id != attempt_id:
            return False
        wanted = self._attempt(order, Goal.PROCESS, BACKEND)
        if wanted is None:
            return False
        order, attempt = wanted
        _, attempt = self._begin(order, replace(attempt, went_on=True), None)
        self.workflow.start(attempt)
        return True

    def _read(self, shop: str, order_id: str, claim: Claim | None) -> tuple[Order, Record | None]:
        if claim is None:
            return found(self.orders.get(shop, order_id)), None
        order, record = self.orders.get_with_record(shop, order_id, claim.id)
        if record is not None:
            claim.check(record)
        return found(order), record

    def _resumes(self, order: Order, record: Record, goal: Goal) -> bool:
        """An answer that asked for the shopper's action is not final: the same key goes on from there."""
        waits = order.status is OrderStatus.PARKED and order.attempt_id == record.attempt_id
        if not waits:
            return False
        attempt = self.orders.attempt(order.shop, order.id, order.attempt_id)
        return attempt is not None and attempt.goal is goal and bool(attempt.client_secret)

    def _went_on(self, order: Order, goal: Goal) -> bool:
        """Did a gateway's notice carry the attempt on before its shopper came back? Then this is their answer."""
        if goal is not Goal.PROCESS or not (order.is_submitted or order.status is OrderStatus.PROCESSING):
            return False
        attempt = self.orders.attempt(order.shop, order.id, order.attempt_id)
        return attempt is not None and attempt.went_on

    def _attempt(self, order: Order, goal: Goal, asker: Asker) -> tuple[Order, Attempt] | None:
        """The attempt to run: the parked one for the same order, or a new one. None: one was undone, look again."""
        shop = self.catalog.shop(order.shop)
        if problems := missing(order, shop):
            raise Refused.of(problems)
        agreed = fingerprint(order.basket, order.payments)
        now = self.now()
        if order.status is OrderStatus.PARKED:
            parked = self.orders.attempt(order.shop, order.id, order.attempt_id)
            if parked is None or parked.state is not AttemptState.PARKED:
                raise Locked(LOCKED_MESSAGE, "order")
            if parked.fingerprint != agreed:
                self.workflow.undo(parked)
                return None
            return order, replace(
                parked.to(AttemptState.RUNNING),
                goal=goal,
                run=parked.run + 1,
                run_started_at=now,
                due_at=now + RUN_DUE_SECONDS,
                client_secret="",
                went_on=False,
            )
        order, counted = self.limits.begun(shop, order, asker)
        attempt_id = self.new_id()
        return order, Attempt(
            id=attempt_id,
            order_id=order.id,
            shop=order.shop,
            goal=goal,
            fingerprint=agreed,
            created_at=now,
            run_started_at=now,
            due_at=now + RUN_DUE_SECONDS,
            authorizations=authorizations(order, attempt_id),
            counted=counted,
        )

    def _begin(self, order: Order, attempt: Attempt, claim: Claim | None) -> tuple[Order, Attempt]:
        # No expiry from here on: an order with an attempt is never tidied away.
        processing = replace(order.to(OrderStatus.PROCESSING), attempt_id=attempt.id, expires_at=0)
        processing, events = session_events.in_progress(processing, attempt, self.now())
        record = claim.attempted(order.id, attempt.id, attempt.run) if claim else None
        try:
            return self.orders.begin(processing, attempt, record, events)
        except Conflict:
            raise Locked(LOCKED_MESSAGE, "order") from None

    def _outcome(self, order: Order, attempt_id: str, replayed: bool = False) -> Outcome:
        ends = self.now() + _LONGEST_WAIT_SECONDS
        for pause in _pauses():
            attempt = self.orders.attempt(order.shop, order.id, attempt_id)
            if attempt is not None and attempt.state in _SETTLED:
                return Outcome(found(self.orders.get(order.shop, order.id)), attempt, replayed)
            if self.now() >= ends:  # the reads take their time too where the database is slow
                break
            self.sleep(pause)
        nudge(self.orders, self.workflow, order, self.now())
        raise Locked(LOCKED_MESSAGE, "order")


def _ids(payments: tuple[Payment, ...]) -> set[str]:
    return {payment.id for payment in payments}


def _pauses() -> Iterator[float]:
    waited = 0.0
    for pause in (0.15, 0.3):
        yield pause
        waited += pause
    while waited < _LONGEST_WAIT_SECONDS:
        yield 0.5
        waited += 0.5
