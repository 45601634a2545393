"""A request within a batch: the route that a group of functions declares for it, called with the batch's draft."""

from __future__ import annotations

import importlib
import re
from urllib.parse import parse_qsl

from bold.batch.models import SubRequest
from bold.errors import BOLD
from bold.storefront import ORDER
from bold.wire import Json
from till.application.editing import Draft
from till.application.idempotency import Answer
from till.domain.errors import Busy, Invalid, NotFound, TillError
from till.runtime.app import App, Kind, Request, parse_json

# The group that has the endpoints which begin so. Loaded when a batch asks for one: few need them all. What submits
# an order, calls plugins or answers pages is no part of a batch.
GROUPS = {
    "addresses": "addresses",
    "validate_address": "addresses",
    "customer": "customers",
    "validate_email_address": "customers",
    "discounts": "discounts",
    "validate_discount_code": "discounts",
    "items": "line_items",
    "meta_data": "metadata",
    "payments": "payments",
    "shipping_lines": "shipping_lines",
    "taxes": "taxes",
}
BATCHED = (Kind.READ, Kind.CHANGE)


def answer(request: Request, sub: SubRequest, draft: Draft) -> Json:
    """What a request of the batch is answered; one that is refused leaves the draft as it was.

    Raises `Busy`, with which the whole batch is to be sent again.
    """
    try:
        given = _call(request, sub, draft)
    except Busy:
        raise
    except TillError as error:
        given = BOLD.refuse(error)
    return {"method": sub.method, "endpoint": sub.endpoint, "status_code": given.status, **given.body}


def _call(request: Request, sub: SubRequest, draft: Draft) -> Answer:
    path, _, query = sub.endpoint.partition("?")
    payload = parse_json(sub.payload.encode(), "payload") if sub.payload else None
    asked = dict(parse_qsl(query)) | (_query(payload) if sub.method == "GET" else {})
    group = GROUPS.get(path.strip("/").partition("/")[0])
    app: App | None = importlib.import_module(f"bold.{group}.app").app if group else None
    for route, handler in app.handlers.items() if app else ():
        found = re.fullmatch(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", route.path.removeprefix(ORDER)), path)
        if found and route.method == sub.method and route.kind in BATCHED:
            body = None if sub.method == "GET" else payload
            parts = {**request.path, **found.groupdict()}
            given = parts, asked, request.headers, request.now, body
            return handler(Request(sub.method, route.path, *given, address=request.address, draft=draft))
    raise NotFound("A batch has no such endpoint.", "endpoint")


def _query(payload: object) -> dict[str, str]:
    """A query in the form in which a batch has it. null is not there."""
    members = {} if payload is None else payload
    if not isinstance(members, dict) or any(isinstance(value, dict | list) for value in members.values()):
        raise Invalid("The payload of a GET is an object of texts.", "payload")
    return {name: str(value) for name, value in members.items() if value is not None}
