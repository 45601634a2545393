"""What a merchant looks for, in the query of a request.

`status`, `charge`, `push`, `email`, `number`, `tag`; `from` and `to` in Unix seconds, or as ISO 8601 dates and times,
UTC where they do not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from enum import StrEnum

from merchant.wire import Json
from order_document.rendering import summary
from till.application.searching import Found, Search
from till.domain.errors import Invalid
from till.domain.order import OrderStatus
from till.domain.sale import ChargeState, PushState

# The end of the year 5138: later times do not sort as text.
_LAST = 99_999_999_999


def search(query: Mapping[str, str]) -> Search:
    """What is empty is not asked. Raises `Invalid`, naming the parameter."""
    return Search(
        status=_one_of(OrderStatus, query, "status"),
        charge=_one_of(ChargeState, query, "charge"),
        push=_one_of(PushState, query, "push"),
        since=_second(query, "from", time.min),
        until=_second(query, "to", time.max),
        email=_email(query.get("email", "").strip()),
        number=_whole(query.get("number", "").removeprefix("#"), "number"),
        tag=query.get("tag", ""),
    )


def row(found: Found) -> Json:
    """An order in a list."""
    sale = found.sale
    return summary(found.order) | {
        "charge": sale.charge if sale else None,
        "push": sale.push if sale else None,
        "tags": list(sale.tags) if sale else [],
    }


def _one_of[E: StrEnum](kind: type[E], query: Mapping[str, str], name: str) -> E | None:
    given = query.get(name, "")
    if given and given not in kind:
        raise Invalid(f"This is one of {', '.join(kind)}.", name)
    return kind(given) if given else None


def _second(query: Mapping[str, str], name: str, of_day: time) -> int:
    """A day without a time is its first second, or its last."""
    given = query.get(name, "").strip()
    if given.isascii() and (given.isdigit() or not given):
        return _whole(given, name)
    try:
        at = datetime.combine(date.fromisoformat(given), of_day) if len(given) <= len("2026-01-31") else None
        at = at or datetime.fromisoformat(given)
        seconds = int(at.replace(tzinfo=at.tzinfo or UTC).timestamp())
    except (ValueError, OverflowError):
        seconds = -1
    if not 0 <= seconds <= _LAST:
        raise Invalid("Send Unix seconds, or a date as 2026-01-31 or 2026-01-31T12:00:00Z.", name)
    return seconds


def _whole(given: str, name: str) -> int:
    if given and not (given.isascii() and given.isdigit() and len(given) <= len(str(_LAST))):
        raise Invalid("This is a whole number.", name)
    return int(given or "0")


def _email(given: str) -> str:
    if given and "@" not in given:
        raise Invalid("This is no e-mail address.", "email")
    return given
