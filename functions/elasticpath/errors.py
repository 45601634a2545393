"""How the Elastic Path dialect says no: `{"errors": [{status, title, detail, source, meta}]}`.

Wire format: Elastic Path's carts and orders specification. `status` is a number; `source` is the field, in the dots of
the request; `meta` says which product, item or code it is about, its ids as UUIDs.
"""

from __future__ import annotations

from collections.abc import Mapping

from elasticpath.ids import uuid_of
from till.application.idempotency import Answer
from till.application.identifiers import is_ulid
from till.domain.card_numbers import refuse_card_numbers
from till.domain.errors import (
    Busy,
    Conflict,
    Forbidden,
    KeyReused,
    Locked,
    NotFound,
    Problem,
    Refused,
    TillError,
    TooMany,
    Unauthenticated,
)

# code -> title, and the status where it is not that of the error's kind.
_KNOWN: dict[str, tuple[str, int]] = {
    "missing": ("required", 0),
    "string_too_long": ("string_lte", 0),
    "string_too_short": ("string_gte", 0),
    "greater_than_equal": ("number_gte", 0),
    "less_than_equal": ("number_lte", 0),
    "string_pattern_mismatch": ("format", 0),
    "format": ("format", 0),
    "email_taken": ("Duplicate email", 409),
    "insufficient_stock": ("Insufficient stock", 400),
    "reservation_expired": ("Insufficient stock", 400),
    "no_price": ("Could not add product", 400),
    "product_missing": ("Product not found", 0),
    "not_over": ("Could not anonymize orders", 0),
    "last_cart": ("Last cart", 400),
    "cart_contact": ("Invalid Association", 0),
    "cart_group_missing": ("Cart shipping group not found", 0),
    "shipping_group_used": ("Cannot delete shipping group", 0),
    "dates_reversed": ("Date Logic Discrepancy", 0),
    "tax_items_full": ("Tax item not added to cart item.", 0),
    "tax_items_none": ("Resource Not Found", 0),
    "custom_discounts_full": ("Custom discount not added to cart", 0),
    "shipping_group_missing": ("Shipping groups not found", 0),
    **dict.fromkeys(
        (
            "custom_discounts",
            "discount_applied",
            "discounts_not_combinable",
            "discounts_require_email",
            "too_many_discounts",
        ),
        ("Could not apply EP promotion with the given code", 0),
    ),
    "payment_declined": ("Payment failed", 400),
    "payment_unknown": ("Payment failed", 400),
    "attempt_ended": ("Payment failed", 400),
    "capture_declined": ("Bad Request", 400),
    "refund_declined": ("Bad Request", 400),
    "authorization_expired": ("Bad Request", 400),
    "unsupported_operation": ("Unsupported gateway operation", 422),
}
_STATUSES: dict[type[TillError], int] = {
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Locked: 409,
    Busy: 503,
    TooMany: 429,
    Refused: 422,
}
_META = {"variant_id": "id", "line_key": "id"}
_IN_DETAIL = ("name", "available")


class ElasticPathDialect:
    """400 for bad input, 401, 403, 404, 409 for a write conflict, 422 for what the state does not allow."""

    def admit(self, body: object) -> None:
        """Anything but card numbers, wherever they stand."""
        refuse_card_numbers(body)

    def refuse(self, error: TillError) -> Answer:
        headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
        errors = [_error(error, problem) for problem in error.problems]
        return Answer(_status(error, error.problems[0]), {"errors": errors}, headers)

    def fault(self) -> Answer:
        detail = "There was an internal server error. Please try again later."
        return Answer(500, {"errors": [{"status": 500, "title": "Internal Server Error", "detail": detail}]})


def error_of(error: TillError) -> list[dict[str, object]]:
    """The members of `errors` for an answer that is good in part."""
    return [_error(error, problem) for problem in error.problems]


def _error(error: TillError, problem: Problem) -> dict[str, object]:
    if isinstance(error, Unauthenticated):
        return {"status": 401, "title": "Unable to validate access token"}
    title = _KNOWN[problem.code][0] if problem.code in _KNOWN else _title(error)
    detail = "Write conflict detected" if isinstance(error, (Conflict, Locked)) else problem.message
    said: dict[str, object] = {"status": _status(error, problem), "title": title, "detail": detail}
    if problem.field:
        said["source"] = problem.field
    if problem.about:
        said["meta"] = _meta(problem.about)
    return said


def _status(error: TillError, problem: Problem) -> int:
    if problem.code in _KNOWN and _KNOWN[problem.code][1]:
        return _KNOWN[problem.code][1]
    return next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), 400)


def _title(error: TillError) -> str:
    if isinstance(error, KeyReused):
        return "Idempotency-Key reused"
    kinds: dict[type[TillError], str] = {
        Forbidden: "Forbidden",
        NotFound: "Not Found",
        Conflict: "Conflict",
        Locked: "Conflict",
    }
    kinds |= {Busy: "Service Unavailable", TooMany: "Too Many Requests", Refused: "Unprocessable Entity"}
    return next((title for kind, title in kinds.items() if isinstance(error, kind)), "Bad Request")


def _meta(about: Mapping[str, str]) -> dict[str, str]:
    known = {name: value for name, value in about.items() if name not in _IN_DETAIL}
    return {_META.get(name, name): uuid_of(value) if is_ulid(value) else value for name, value in known.items()}


ELASTIC_PATH = ElasticPathDialect()
