"""Several requests of a storefront in one, and what a storefront has to report."""

from __future__ import annotations

import re

from bold.batch.models import BatchBody, LogBody
from bold.batch.sub_requests import answer
from bold.storefront import ORDER, current, storefront
from bold.wire import Json, application_state
from till.adapters.log import logger
from till.application.editing import Draft
from till.application.idempotency import Answer
from till.application.quoting import Quoting
from till.domain.order import Order
from till.runtime import wiring
from till.runtime.app import Kind, Request
from till.runtime.validation import parse

app = storefront()
handler = app.handle

_LONGEST = 200
# Who reports an error may repeat what was typed in.
_PERSONAL = re.compile(r"\S+@\S+|\d[\d\s().-]{3,}\d")


@app.route("POST", f"{ORDER}/batch", Kind.CHANGE, "Batch", takes="BatchBody")
def batch(request: Request) -> Answer:
    """One read, the requests in their order, one write. 422 where one of them was refused; the others stay done."""
    wanted = parse(BatchBody, request.body).in_time()
    shop = wiring.catalog().shop(request.path["shop"])
    answers: list[Json] = []
    quoting = Quoting(wiring.taxes())

    def edit(order: Order) -> Order:
        draft = Draft(order, quoting)
        answers[:] = [answer(request, sub, draft) for sub in wanted]
        return draft.order

    def render(order: Order) -> Answer:
        errors = [error for one in answers for error in one.get("errors", ())]  # type: ignore[attr-defined]  # a list
        body: Json = {"data": answers, "application_state": application_state(order, shop)}
        return Answer(422, body | {"errors": errors}) if errors else Answer(200, body)

    if all(sub.method == "GET" for sub in wanted):
        return render(edit(current(request)))
    return wiring.editor().change(shop.identifier, request.path["order"], edit, render, request.claim)


@app.route("POST", f"{ORDER}/log", Kind.READ, "Log", takes="LogBody")
def log(request: Request) -> Answer:
    """Kept in the function's log, cut short and without addresses and numbers."""
    body = parse(LogBody, request.body)
    said = {"said": _impersonal(body.message), "key": _impersonal(body.key or "")}
    logger.info("a storefront reports", extra={"shop": request.path["shop"], **said})
    return Answer(200, {"data": {"success": True}})


def _impersonal(text: str) -> str:
    return _PERSONAL.sub("…", text[:_LONGEST])
