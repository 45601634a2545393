"""How the CoCart dialect says no: `{"code", "message", "data": {"status"}}`.

Wire format: CoCart 4.3.6, whose codes and statuses clients in the field have met; of WordPress are `rest_...`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from till.application.idempotency import Answer
from till.domain.card_numbers import refuse_card_numbers
from till.domain.errors import (
    Busy,
    Conflict,
    Forbidden,
    KeyReused,
    Locked,
    NotFound,
    Problem,
    TillError,
    TooMany,
    Unauthenticated,
)

# No cache may keep an answer, and none may take one shopper's for another's.
PRIVATE = {"Cache-Control": "no-store", "Vary": "Cart-Key, CoCart-API-Cart-Key, Authorization, Origin"}
AUTHENTICATION_REQUIRED = "cocart_rest_authentication_required"
AUTHENTICATION_ERROR = "cocart_authentication_error"
_AUTHENTICATION_INVALID = "Authentication is invalid. Please check your credentials and try again."
_OWN = ("cocart_", "rest_")

type Codes = Mapping[str, tuple[str, int]]

# code -> what CoCart calls it, and the status where it is not that of the error's kind.
CART_CODES: Codes = {
    "insufficient_stock": ("cocart_not_enough_in_stock", 404),
    "product_missing": ("cocart_unknown_product_id", 404),
    "no_price": ("cocart_product_not_purchasable", 400),
    "discount_invalid": ("cocart_coupon_not_exist", 404),
    "cocart_product_id_not_numeric": ("cocart_product_id_not_numeric", 405),
    "cocart_quantity_not_numeric": ("cocart_quantity_not_numeric", 405),
    "cocart_quantity_invalid_amount": ("cocart_quantity_invalid_amount", 405),
    "cocart_can_not_increase_quantity": ("cocart_can_not_increase_quantity", 405),
    "item_restored": ("cocart_item_restored_to_cart", 405),
    "cocart_product_out_of_stock": ("cocart_product_out_of_stock", 404),
    "cocart_can_not_remove_item": ("cocart_can_not_remove_item", 403),
    "cocart_clear_cart_failed": ("cocart_clear_cart_failed", 406),
}
# Of the kind of an error: the code and the status of what has none of its own.
_KINDS: tuple[tuple[type[TillError], str, int], ...] = (
    (Unauthenticated, AUTHENTICATION_ERROR, 401),
    (Forbidden, "cocart_rest_forbidden", 403),
    (NotFound, "rest_no_route", 404),
    (Conflict, "cocart_cart_conflict", 409),
    (Locked, "cocart_request_in_progress", 409),
    (TooMany, "cocart_too_many_requests", 429),
    (Busy, "cocart_busy", 503),
    (KeyReused, "cocart_idempotency_key_reused", 400),
)


@dataclass(frozen=True, slots=True)
class CoCartDialect:
    """400 for bad input, 401, 403, 404, 409, and what `codes` say of others."""

    codes: Codes

    def admit(self, body: object) -> None:
        """Anything but card numbers, wherever they stand."""
        refuse_card_numbers(body)

    def refuse(self, error: TillError) -> Answer:
        headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
        code, status = self._named(error, error.problems[0])
        data: dict[str, object] = {"status": status}
        message = " ".join(dict.fromkeys(problem.message for problem in error.problems))
        if code == "rest_invalid_param":
            message, data["params"] = _params(error.problems)
        elif isinstance(error, Unauthenticated) and code == AUTHENTICATION_ERROR:
            message = _AUTHENTICATION_INVALID
        return Answer(status, {"code": code, "message": message, "data": data}, PRIVATE | headers)

    def fault(self) -> Answer:
        message = "There has been a critical error. Please try again later."
        return Answer(500, {"code": "cocart_cart_error", "message": message, "data": {"status": 500}}, PRIVATE)

    def _named(self, error: TillError, problem: Problem) -> tuple[str, int]:
        kind = next((one for one in _KINDS if isinstance(error, one[0])), (TillError, "rest_invalid_param", 400))
        if problem.code in self.codes:
            return self.codes[problem.code]
        if problem.code.startswith(_OWN):
            return problem.code, kind[2]
        return kind[1], kind[2]


def _params(problems: Sequence[Problem]) -> tuple[str, dict[str, str]]:
    """What is wrong with each parameter; one of the sentences stands alone where it is about none."""
    params = {problem.field or "body": problem.message for problem in problems}
    return f"Invalid parameter(s): {', '.join(params)}. {problems[0].message}", params


CART = CoCartDialect(CART_CODES)
