"""How the Bold dialect says no: its error shape, and the statuses that its clients survive.

Clients know 400, 401, 403, 404, 422, 429, 503, 504, 530 and 544; 500 is fatal to them and anything else is unknown.
"""

from __future__ import annotations

from till.application.idempotency import Answer
from till.domain.address import FIELDS as ADDRESS_FIELDS
from till.domain.card_numbers import refuse_card_numbers
from till.domain.errors import Busy, Forbidden, Locked, NotFound, Problem, TillError, TooMany, Unauthenticated
from till.domain.errors import Conflict as Changed

# code -> type, field, severity, sub_type. An empty field keeps the problem's own.
_KNOWN = {
    "cart_empty": ("order", "cart", "validation", "cart"),
    "cart": ("order", "cart", "validation", "cart"),
    "total_changed": ("order", "cart", "validation", "cart"),
    "customer_email": ("order", "email_address", "validation", "customer"),
    "customer_missing": ("order", "customer", "validation", "customer"),
    "shipping_address_missing": ("address", "address_line_1", "validation", "shipping_address"),
    "no_shipping_to_address": ("address", "country_code", "critical", "no_shipping_to_address"),
    "shipping_line_missing": ("shipping_line", "shipping_lines", "validation", "shipping_lines"),
    "taxes_missing": ("order", "tax", "validation", "tax"),
    "taxes_failed": ("order", "tax", "validation", "tax"),
    "insufficient_payments": ("order", "payment", "validation", "payment"),
    "discount_invalid": ("order", "discounts", "validation", "discounts"),
    "discount_conditions": ("order", "discounts", "validation", "discounts"),
    "discount_applied": ("order", "discounts", "validation", "discounts"),
    "discount_fixed": ("order", "discounts", "validation", "discounts"),
    "discount_missing": ("order", "discounts", "validation", "discounts"),
    "discounts_not_combinable": ("order", "discounts", "validation", "discounts"),
    "discounts_require_email": ("order", "discounts", "validation", "discounts"),
    "too_many_discounts": ("order", "discounts", "validation", "discounts"),
    "discount_check": ("validation", "discount", "validation", "discount"),
    "code_required": ("authorization", "code", "validation", ""),
    "gift_card_invalid": ("order", "payment", "validation", "payment"),
    "gift_card_empty": ("order", "payment", "validation", "payment"),
    "payment_declined": ("order", "payment", "validation", "payment"),
    "payment_unknown": ("order", "payment", "validation", "payment"),
    "attempt_ended": ("order", "payment", "validation", "payment"),
    "insufficient_stock": ("order", "inventory", "validation", "insufficient_stock"),
    "inventory_unknown": ("order", "inventory", "validation", "inventory"),
    "reservation_expired": ("order", "inventory", "validation", "insufficient_stock"),
    "is_processed": ("order", "is_processed", "critical", "is_processed"),
    "order_locked": ("order", "public_order_id", "critical", "order_locked"),
    "expired_jwt": ("authorization.expired_jwt", "", "critical", ""),
    "missing_jwt": ("authorization.missing_jwt", "", "critical", ""),
    "invalid_jwt": ("authorization.invalid_jwt", "", "critical", ""),
    "unauthenticated": ("authorization", "", "critical", ""),
}
_ADDRESS_TYPE = {"shipping_address_missing": "shipping"}


class BoldDialect:
    """422 `{"errors":[{message, type, field, severity, sub_type}]}`, 401 the same, 530 while an order is locked."""

    def admit(self, body: object) -> None:
        """Anything but card numbers, wherever they stand."""
        refuse_card_numbers(body)

    def refuse(self, error: TillError) -> Answer:
        headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
        return Answer(_status(error), {"errors": [_error(problem) for problem in error.problems]}, headers)

    def fault(self) -> Answer:
        message = "Something went wrong. Please try again later."
        return Answer(500, {"errors": [_error(Problem("api", message))]})


def _status(error: TillError) -> int:
    if isinstance(error, Unauthenticated):
        return 401
    if isinstance(error, Forbidden):
        return 403
    if isinstance(error, NotFound) and error.problems[0].field in ("public_order_id", "shop", "path"):
        return 404
    if isinstance(error, (Locked, Changed)):
        return 530
    if isinstance(error, TooMany):
        return 429
    return 503 if isinstance(error, Busy) else 422


def _error(problem: Problem) -> dict[str, str]:
    kind, field, severity, sub_type = _KNOWN.get(problem.code) or _plain(problem)
    error = {
        "message": problem.message,
        "type": kind,
        "field": field,
        "severity": severity,
        "sub_type": sub_type,
    }
    if problem.code in _ADDRESS_TYPE:
        error["address_type"] = _ADDRESS_TYPE[problem.code]
    return error


def _plain(problem: Problem) -> tuple[str, str, str, str]:
    if problem.code == "address" or problem.field in ADDRESS_FIELDS:
        return "address", problem.field, "validation", ""
    if problem.field == "public_order_id":
        return "order", problem.field, "critical", problem.field
    if problem.code == "api":
        return "api", "", "critical", ""
    return "validation", problem.field, "validation", problem.field


BOLD = BoldDialect()
