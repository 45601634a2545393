"""How the checkout page is told no: as by Bold's routes, with which it goes on."""

from __future__ import annotations

from dataclasses import replace

from bold.errors import BoldDialect
from till.application.idempotency import Answer
from till.domain.errors import NotFound, TillError


class PageDialect(BoldDialect):
    """A cart that is not there is a 404, too."""

    def refuse(self, error: TillError) -> Answer:
        answer = super().refuse(error)
        is_cart = isinstance(error, NotFound) and error.problems[0].field == "cart_id"
        return replace(answer, status=404) if is_cart else answer


PAGE = PageDialect()
