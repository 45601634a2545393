"""Orders, carts and ledgers as the merchant reads them. Amounts are integer minor units, times Unix seconds.

In `timeline` alone times are milliseconds, and amounts decimal strings.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter

from merchant.wire import Json
from order_document.rendering import document, line_item
from till.adapters.payments.sandbox import LedgerEntry
from till.domain.attempt import Attempt
from till.domain.cart import Cart
from till.domain.event import TimelineEntry
from till.domain.money import to_decimal
from till.domain.order import Order
from till.domain.sale import Sale


def detail(order: Order, attempts: Sequence[Attempt], sale: Sale | None) -> Json:
    """An order with all that is known of it. `timeline` says what happened, in the order of time; a `sale` there is
    once the order is placed."""
    entries = [entry for attempt in attempts for entry in _timeline(attempt)]
    entries += [_entry(one) for one in sale.timeline] if sale else []
    return document(order, sale) | {"timeline": sorted(entries, key=itemgetter("at"))}


def cart(value: Cart) -> Json:
    """A cart; its id begins a checkout."""
    return {
        "id": value.id,
        "number": value.number,
        "currency": value.basket.currency,
        "total": value.basket.items_total,
        "line_items": [line_item(line) for line in value.basket.lines],
        "created_at": value.created_at,
        "expires_at": value.expires_at,
    }


FORSAKEN = "Nothing of this order is paid any more, and it keeps its stock. Cancel it, or have it paid."


def failed_charge(sale: Sale) -> Json:
    """An order at which somebody must look. `unanswered` is what the gateway did not answer to for hours."""
    return {
        "order_id": sale.order_id,
        "charge": sale.charge,
        "problem": sale.charge_problem or (FORSAKEN if sale.is_forsaken else None),
        "unanswered": [one.kind for one in sale.transactions if one.is_stuck],
        "placed_at": sale.placed_at,
    }


def failed_push(sale: Sale) -> Json:
    """An order that the platform has not taken. `status` is what it answered last, 0 where it was not reached."""
    last = next((one.detail for one in reversed(sale.timeline) if one.what == "push" and "status" in one.detail), {})
    return {
        "order_id": sale.order_id,
        "tries": sale.push_tries,
        "status": int(last.get("status", 0)),
        "answer": last.get("answer"),
        "placed_at": sale.placed_at,
    }


def ledger_entry(entry: LedgerEntry) -> Json:
    """What the sandbox really holds under one key."""
    return {
        "key": entry.key,
        "token": entry.token,
        "amount": entry.amount,
        "currency": entry.currency,
        "reference": entry.reference,
        "state": entry.state,
        "captured": entry.captured,
        "refunded": entry.refunded,
        "captures": dict(entry.captures),
        "refunds": dict(entry.refunds),
        "disputed": entry.disputed,
        "calls": entry.calls,
        "created_at": entry.created_at,
    }


def _timeline(attempt: Attempt) -> list[Json]:
    entries = [_entry(one, attempt.id) for one in attempt.timeline]
    asked = attempt.authorizations
    for entry in entries:
        if asked and entry["what"] == "authorize":
            total, currency = sum(one.amount for one in asked), asked[0].currency
            entry["detail"] = {"amount": to_decimal(total, currency), "currency": currency}
    if entries and attempt.problems:
        entries[-1]["problems"] = [
            {"code": problem.code, "message": problem.message, "field": problem.field} for problem in attempt.problems
        ]
    return entries


def _entry(one: TimelineEntry, attempt: str | None = None) -> Json:
    """One line of the history: what an attempt did to place the order, or what came after."""
    return {
        "at": one.at,
        "attempt": attempt,
        "what": one.what,
        "outcome": one.outcome,
        "milliseconds": one.milliseconds,
        "detail": dict(one.detail),
    }
