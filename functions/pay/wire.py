"""How the page of a payment link is told no: `{"errors": [{code, message, field}]}`, each with a sentence to show."""

from __future__ import annotations

from till.application.idempotency import Answer
from till.domain.card_numbers import refuse_card_numbers
from till.domain.errors import Busy, NotFound, Problem, TillError, TooMany, Unauthenticated


class PayDialect:
    """401 for a link that has ended, 404, 503 with Retry-After, 422 for all else that is refused."""

    def admit(self, body: object) -> None:
        """Anything but card numbers, wherever they stand."""
        refuse_card_numbers(body)

    def refuse(self, error: TillError) -> Answer:
        headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
        return Answer(_status(error), {"errors": [_said(problem) for problem in error.problems]}, headers)

    def fault(self) -> Answer:
        return Answer(500, {"errors": [_said(Problem("internal", "Something went wrong on our side."))]})


def _status(error: TillError) -> int:
    if isinstance(error, Unauthenticated):
        return 401
    if isinstance(error, NotFound) and error.problems[0].field in ("order_id", "shop", "path"):
        return 404
    if isinstance(error, TooMany):
        return 429
    return 503 if isinstance(error, Busy) else 422


def _said(problem: Problem) -> dict[str, object]:
    return {"code": problem.code, "message": problem.message, "field": problem.field or None}


PAY = PayDialect()
