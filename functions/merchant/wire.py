"""The merchant API on the wire: one thing, a page of things, and how it says no.

`{"data": {...}}`; `{"data": [...], "next_cursor"}`, null on the last page; `{"errors": [{code, message, field}]}`.
"""

from __future__ import annotations

from collections.abc import Callable

from till.application.idempotency import Answer
from till.application.ports import Page
from till.domain.card_numbers import refuse_card_numbers
from till.domain.errors import (
    Busy,
    Forbidden,
    Invalid,
    KeyReused,
    NotFound,
    Problem,
    Refused,
    TillError,
    TooMany,
    Unauthenticated,
)
from till.runtime.app import Request

type Json = dict[str, object]

DEFAULT_LIMIT = 50
MOST_LIMIT = 100
# The first class that fits gives the status.
_STATUSES: tuple[tuple[type[TillError], int], ...] = (
    (Unauthenticated, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (KeyReused, 422),
    (Refused, 409),
    (Busy, 503),
    (TooMany, 429),
    (Invalid, 422),
)


class MerchantDialect:
    """400 for a body that cannot be read, 401, 403, 404, 409 refused, 422 invalid, 503 with Retry-After busy."""

    def admit(self, body: object) -> None:
        """Anything but card numbers; a file is looked at row by row, where it is read."""
        if not isinstance(body, str):
            refuse_card_numbers(body, full_of_ids=True)

    def refuse(self, error: TillError) -> Answer:
        headers: dict[str, str] = {}
        if error.retry_after:
            headers["Retry-After"] = str(error.retry_after)
        if isinstance(error, Unauthenticated):
            headers["WWW-Authenticate"] = "Bearer"
        return Answer(_status(error), {"errors": [_problem(problem) for problem in error.problems]}, headers)

    def fault(self) -> Answer:
        return Answer(500, {"errors": [_problem(Problem("internal", "Something went wrong on our side."))]})


MERCHANT = MerchantDialect()


def one(data: Json, status: int = 200) -> Answer:
    """A single thing."""
    return Answer(status, {"data": data})


def listed[T](page: Page[T], render: Callable[[T], Json]) -> Answer:
    """A page of things."""
    return Answer(200, {"data": [render(thing) for thing in page.data], "next_cursor": page.next_cursor or None})


def everything[T](things: tuple[T, ...], render: Callable[[T], Json]) -> Answer:
    """A list that has only one page."""
    return listed(Page(things), render)


def page_asked(request: Request, default: int = DEFAULT_LIMIT, most: int = MOST_LIMIT) -> tuple[int, str]:
    """`limit` (1 to 100, 50 where not given) and `cursor` of the query. Raises `Invalid`."""
    given = request.query.get("limit", str(default))
    limit = int(given) if given.isascii() and given.isdigit() and len(given) <= 4 else 0
    if not 1 <= limit <= most:
        raise Invalid(f"The limit is a number from 1 to {most}.", "limit")
    return limit, request.query.get("cursor", "")


def _status(error: TillError) -> int:
    first = error.problems[0]
    if isinstance(error, Invalid) and (first.code, first.field) == (Invalid.code, "body"):
        return 400
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 422)


def _problem(problem: Problem) -> Json:
    return {"code": problem.code, "message": problem.message, "field": problem.field or None}
