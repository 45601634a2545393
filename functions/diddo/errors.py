"""How the Diddo dialect says no: `{"errors": [{code, message, field}], code, message}`.

Wire format: Diddo's guide to its errors names the statuses and some codes; its public sandbox reads `errors`. Where the
members stand is ours, and so are most codes. Each route lists the statuses that it has.
"""

from __future__ import annotations

from dataclasses import dataclass

from till.application.idempotency import Answer
from till.domain.card_numbers import refuse_card_numbers
from till.domain.errors import Busy, Forbidden, NotFound, Problem, Refused, TillError, TooMany, Unauthenticated

CART_NOT_FOUND = "cart_not_found"
# Ours -> theirs, where it is not only written in capitals.
_CODES = {"is_processed": "ALREADY_SUBMITTED", "invalid": "INVALID_REQUEST"}
# A 404 is for what the path names.
_IN_PATH = ("cart_id", "path")


@dataclass(frozen=True, slots=True)
class DiddoDialect:
    """400 for bad input, 401, 403 for what is another organisation's, 404, 429, 503 with Retry-After. `refused` is for
    what the state does not allow."""

    refused: int

    def admit(self, body: object) -> None:
        """Anything but card numbers, wherever they stand."""
        refuse_card_numbers(body)

    def refuse(self, error: TillError) -> Answer:
        headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
        return Answer(self._status(error), _said(error.problems), headers)

    def fault(self) -> Answer:
        return Answer(500, _said((Problem("internal", "Something went wrong on our side."),)))

    def _status(self, error: TillError) -> int:
        if isinstance(error, NotFound):
            return 404 if error.problems[0].field in _IN_PATH else 400
        kinds = {Unauthenticated: 401, Forbidden: 403, Busy: 503, TooMany: 429, Refused: self.refused}
        return next((status for kind, status in kinds.items() if isinstance(error, kind)), 400)


def _said(problems: tuple[Problem, ...]) -> dict[str, object]:
    errors = [_error(problem) for problem in problems]
    return {"errors": errors, "code": errors[0]["code"], "message": errors[0]["message"]}


def _error(problem: Problem) -> dict[str, str]:
    code = _CODES.get(problem.code) or problem.code.upper()
    error = {"code": code, "message": problem.message}
    return error | {"field": problem.field} if problem.field else error
