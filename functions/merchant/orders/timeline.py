"""The flight recorder of an order, as the merchant reads it: all that was done for it, in the order of time.

Times are Unix milliseconds: when something began. Events and deliveries know the second alone, and come at its end:
after what they tell of. Amounts are integer minor units, but decimals in `detail`.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter

from merchant.wire import Json
from till.adapters.executions import execution_of
from till.application.announcing import starts_settling
from till.domain.attempt import Attempt
from till.domain.delivery import Delivery
from till.domain.event import TimelineEntry
from till.domain.recording import Announced, Recording

_UNDO = "undo"
_DONE = frozenset({"step", "compensation", "sale"})


def timeline(recording: Recording, order_machine: str, fulfilment_machine: str) -> Json:
    """In one sentence, by attempt, by execution of a workflow, and line by line."""
    order, sale = recording.order, recording.sale
    return {
        "order_id": order.id,
        "number": order.number or None,
        "status": order.status,
        "charge": sale.charge if sale else None,
        "summary": recording.story,
        "attempts": [_attempt(one) for one in recording.attempts],
        "executions": sorted(_executions(recording, order_machine, fulfilment_machine), key=itemgetter("at")),
        "entries": _in_order([*_entries(recording)]),
    }


def _in_order(entries: list[Json]) -> list[Json]:
    """By the second, then as they were gathered: what was done in its own order, then what was told of it."""

    def place(entry: Json) -> tuple[int, int]:
        at = int(str(entry["at"]))
        return at // 1000, at if entry["kind"] in _DONE else (at // 1000 + 1) * 1000

    return sorted(entries, key=place)


def _attempt(attempt: Attempt) -> Json:
    return {
        "id": attempt.id,
        "at": attempt.created_at * 1000,
        "state": attempt.state,
        "goal": attempt.goal,
        "runs": attempt.run,
        "payments": [
            {
                "payment_id": one.payment_id,
                "gateway_public_id": one.gateway_id,
                "gateway_key": one.key,
                "amount": one.amount,
                "currency": one.currency,
                "state": one.state,
                "reference": one.reference or None,
            }
            for one in attempt.authorizations
        ],
        "problems": [{"code": one.code, "message": one.message, "field": one.field} for one in attempt.problems],
    }


def _executions(recording: Recording, order_machine: str, fulfilment_machine: str) -> Iterator[Json]:
    for attempt in recording.attempts:
        for run in range(1, attempt.run + 1):
            steps = (one.at for one in attempt.timeline if one.run == run and one.what != _UNDO)
            known = attempt.created_at if run == 1 else attempt.run_started_at
            at = next(steps, known * 1000)
            yield _execution(order_machine, f"{attempt.id}-{run}", "order", at, attempt.id, run)
    for one in recording.events:
        if one.published_at and starts_settling(one.event):
            yield _execution(fulfilment_machine, one.event.id, "fulfilment", one.published_at * 1000)


def _execution(machine: str, name: str, workflow: str, at: int, attempt: str = "", run: int = 0) -> Json:
    found = execution_of(machine, name)
    return {
        "at": at,
        "workflow": workflow,
        "attempt": attempt or None,
        "run": run or None,
        "arn": found.arn,
        "console": found.console or None,
    }


def _entries(recording: Recording) -> Iterator[Json]:
    for attempt in recording.attempts:
        for one in attempt.timeline:
            kind = "compensation" if one.what == _UNDO else "step"
            yield _entry(kind, one) | {"attempt": attempt.id, "run": one.run or None} | _done(attempt, one)
    for one in recording.sale.timeline if recording.sale else ():
        yield _entry("sale", one)
    for announced in recording.events:
        yield _event(announced)
    for delivery in sorted(recording.deliveries, key=lambda one: one.event.sequence):
        yield from _delivery(delivery)


def _entry(kind: str, one: TimelineEntry) -> Json:
    return {
        "at": one.at,
        "kind": kind,
        "what": one.what,
        "outcome": one.outcome,
        "milliseconds": one.milliseconds,
        "attempt": None,
        "run": None,
        "detail": dict(one.detail),
    }


def _done(attempt: Attempt, one: TimelineEntry) -> Json:
    """What a step came to beyond its outcome: at the gateway, and for the stock."""
    detail: Json = dict(one.detail)
    if one.what == "authorize":
        detail["references"] = [made.reference for made in attempt.authorizations if made.reference]
    if one.outcome == "refused":
        detail["problems"] = [problem.message for problem in attempt.problems]
    if one.what == _UNDO:
        detail["payments"] = {made.payment_id: made.state for made in attempt.authorizations}
        detail["released"] = dict(attempt.held)
    return {"detail": detail}


def _event(one: Announced) -> Json:
    event = one.event
    return {
        "at": event.occurred_at * 1000,
        "kind": "event",
        "what": event.type,
        "outcome": "published" if one.published_at else "waiting",
        "milliseconds": max(0, one.published_at - event.occurred_at) * 1000,
        "attempt": None,
        "run": None,
        "detail": {"id": event.id, "sequence": event.sequence},
    }


def _delivery(delivery: Delivery) -> Iterator[Json]:
    """A line for each try, and one for the next that is due."""
    made: Json = {"kind": delivery.channel, "what": delivery.event.type, "attempt": None, "run": None}
    names: Json = {"endpoint_id": delivery.endpoint_id, "delivery_id": delivery.id}
    for one in delivery.tries:
        yield made | {
            "at": one.at * 1000,
            "outcome": "delivered" if one.is_success else "failed",
            "milliseconds": one.milliseconds,
            "detail": names | {"status": one.status, "answer": one.answer},
        }
    if delivery.is_pending:
        yield made | {"at": delivery.due_at * 1000, "outcome": "due", "milliseconds": 0, "detail": names}
