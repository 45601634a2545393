"""The six events of a checkout session, told of orders that were begun as one and of no others; and, of any order, that
its payment failed.

Wire format: the names of Diddo's webhooks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from till.domain.attempt import Attempt
from till.domain.event import Event
from till.domain.order import Order

INITIALIZED = "checkout.initialized"
IN_PROGRESS = "checkout.in_progress"
SUCCEEDED = "checkout.succeeded"
FAILED = "checkout.failed"
CANCELLED = "checkout.cancelled"
SUBMITTED = "order.submitted"
PAYMENT_FAILED = "payment.failed"

type Told = tuple[Order, tuple[Event, ...]]


def initialized(order: Order, now: int) -> Told:
    """It begins. Like the others: the order that counts what is told of it, and the events."""
    return _told(order, now, {"cart_id": order.cart_id}, INITIALIZED)


def in_progress(order: Order, attempt: Attempt, now: int) -> Told:
    """The shopper pays; a run that carries an attempt on is not told again."""
    return (order, ()) if attempt.version else _told(order, now, {"attempt": attempt.id}, IN_PROGRESS)


def succeeded(order: Order, now: int) -> Told:
    """It is placed."""
    detail = {"number": order.number, "total": order.total, "currency": order.basket.currency}
    return _told(order, now, detail, SUCCEEDED, SUBMITTED)


def failed(order: Order, attempt: Attempt, now: int) -> Told:
    """An attempt is undone; told where that is because of its payment, and not of stock or prices."""
    refused = [problem.code for problem in attempt.problems if problem.field == "payment"]
    if not refused:
        return order, ()
    types = (PAYMENT_FAILED, FAILED) if order.is_session else (PAYMENT_FAILED,)
    return _numbered(order, now, {"attempt": attempt.id, "problem": refused[0]}, types)


def beside(event_type: str, order: Order) -> tuple[str, ...]:
    """What a merchant's change of a placed order is told as besides its own event."""
    return (CANCELLED,) if order.is_session and event_type == "order.cancelled" else ()


def _told(order: Order, now: int, detail: dict[str, object], *types: str) -> Told:
    return _numbered(order, now, detail, types) if order.is_session else (order, ())


def _numbered(order: Order, now: int, detail: dict[str, object], types: Sequence[str]) -> Told:
    events = tuple(
        Event(f"{order.id}-{sequence}", type_, order.shop, order.id, sequence, now, detail)
        for sequence, type_ in enumerate(types, order.events + 1)
    )
    return replace(order, events=order.events + len(events)), events
