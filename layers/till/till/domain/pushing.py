"""Pushing: a placed order is told to the merchant's platform, again and again until it takes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from till.domain.retrying import PAUSES, next_try
from till.domain.sale import PushState, Sale

# A try is written before it is made. If nobody writes what came of it, the next is made no sooner than this.
TRY_SECONDS: Final = 60


def is_due(sale: Sale, now: int) -> bool:
    """Is it time for a try, and is nobody else at one?"""
    return sale.push is PushState.PENDING and sale.push_due_at <= now


def is_worn_out(sale: Sale) -> bool:
    """Has its last try begun?"""
    return sale.push_tries > len(PAUSES)


def begun(sale: Sale, now: int) -> Sale:
    """One more try begins. Unless somebody writes what came of it, it is one that failed."""
    tries = sale.push_tries + 1
    return replace(sale, push_tries=tries, push_due_at=max(now + TRY_SECONDS, next_try(tries, now) or 0))


def delivered(sale: Sale, reference: str) -> Sale:
    """The platform has taken it, and calls it so."""
    return replace(sale, push=PushState.DELIVERED, push_reference=reference or sale.push_reference)


def refused(sale: Sale, now: int) -> Sale:
    """A try that failed: the next one waits for its time, unless it was the last."""
    if sale.push_tries == 0:  # asked for anew meanwhile
        return sale
    due_at = next_try(sale.push_tries, now)
    return failed(sale) if due_at is None else replace(sale, push_due_at=due_at)


def failed(sale: Sale) -> Sale:
    """It is given up."""
    return replace(sale, push=PushState.FAILED)


def again(sale: Sale, now: int) -> Sale:
    """To be pushed now, whatever came of it before, with all tries before it."""
    return replace(sale, push=PushState.PENDING, push_tries=0, push_due_at=now)
