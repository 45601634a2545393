"""Everything that Till refuses, as one tree. A dialect maps these to its own statuses and bodies.

TillError
├── Invalid            bad input; names the field
├── Unauthenticated    no, wrong or expired credentials
├── Forbidden          known, but not allowed
├── NotFound           no such thing, or not yours
├── Refused            understood, but the order's state or rules say no
│   ├── AlreadyPlaced      the order is placed: nothing changes it any more
│   ├── HoldLost           the stock held for this attempt is gone
│   └── KeyReused          an idempotency key was sent again with another body
├── Busy               try again shortly; nothing was done
│   ├── Conflict           another writer was first
│   └── Locked             a workflow is at this order
└── TooMany            asked too often; nothing was done
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason for a refusal: a stable code, a sentence for a person, the field it is about.

    `about` names what it is about, where that is known: `variant_id`, `sku`, `discount_code`, `line_key`...
    """

    code: str
    message: str
    field: str = ""
    about: Mapping[str, str] = dataclass_field(default_factory=dict)


class TillError(Exception):
    """The root. `problems` is never empty; the error's own text is the first one's message.

    `retry_after` is in seconds, 0 where the same request has no better chance later.
    """

    code = "error"
    retry_after = 0

    def __init__(
        self,
        message: str,
        field: str = "",
        code: str = "",
        problems: tuple[Problem, ...] = (),
        about: Mapping[str, str] | None = None,
        retry_after: int | None = None,
    ) -> None:
        self.problems = problems or (Problem(code or self.code, message, field, about or {}),)
        if retry_after is not None:
            self.retry_after = retry_after
        super().__init__(message)

    @classmethod
    def of(cls, problems: list[Problem] | tuple[Problem, ...]) -> TillError:
        """One error that carries several problems."""
        return cls(problems[0].message, problems=tuple(problems))


class Invalid(TillError):
    """The input is wrong."""

    code = "invalid"


class Unauthenticated(TillError):
    """Who is asking is not known."""

    code = "unauthenticated"


class Forbidden(TillError):
    """Who is asking may not do this."""

    code = "forbidden"


class NotFound(TillError):
    """There is no such thing, or it belongs to somebody else."""

    code = "not_found"


class Refused(TillError):
    """A rule or the state of the order says no."""

    code = "refused"


class AlreadyPlaced(Refused):
    """The order is placed."""

    code = "is_processed"


class HoldLost(Refused):
    """The attempt's hold was released, or it expired."""

    code = "reservation_expired"


class KeyReused(Refused):
    """The idempotency key belongs to another request."""

    code = "idempotency_key_reused"


class Busy(TillError):
    """Nothing was done; the same request may succeed in a moment."""

    code = "busy"
    retry_after = 1


class Conflict(Busy):
    """Another writer changed the record first, and went on doing so."""

    code = "conflict"


class Locked(Busy):
    """The order workflow is at this order."""

    code = "order_locked"


class TooMany(TillError):
    """Asked more often than anybody needs to."""

    code = "too_many"
