"""What happened, told to the outside: small facts and ids, numbered per order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Event:
    """`sequence` orders the events of one order; `detail` holds ids and small facts. Unix seconds."""

    id: str
    type: str
    shop: str
    order_id: str
    sequence: int
    occurred_at: int
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of the history of an attempt or a sale, for the merchant. `at` is when it began, in Unix milliseconds.
    `run` is the attempt's."""

    at: int
    what: str
    outcome: str
    milliseconds: int = 0
    detail: Mapping[str, str] = field(default_factory=dict)
    run: int = 0


def timestamp(seconds: int) -> str:
    """A Unix time as messages say it: ISO 8601, UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
