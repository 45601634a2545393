"""What Schemathesis sends, carried to the functions of a dialect, and what it checks of each answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import batched
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import BaseSchema, Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.integration.api import Api
from tests.integration.dialect_document import FILES
from till.adapters import aws

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
KEPT = {
    "HTTP_AUTHORIZATION": "Authorization",
    "HTTP_IDEMPOTENCY_KEY": "Idempotency-Key",
    "HTTP_IF_NONE_MATCH": "If-None-Match",
    "HTTP_CART_KEY": "Cart-Key",
    "CONTENT_TYPE": "Content-Type",
}
# Ten of each route are enough: the documents are read by their every run.
few = settings(max_examples=10, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


def document_of(dialect: str) -> BaseSchema:
    """As Schemathesis reads it."""
    return schemathesis.openapi.from_path(str(FILES[dialect]), config=schemathesis.Config(seed=1))


class Served:
    """Functions behind a WSGI application, and the orders and carts that requests are about."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self._before: list[Any] = []
        self._is_changed = False
        self._sent: set[str] = set()

    def keep(self) -> None:
        """What there is now, there will be before each request."""
        self._before = aws.client("dynamodb").scan(TableName="orderstable")["Items"]

    def send(self, case: Case[Any], headers: dict[str, str]) -> None:
        """The request with these headers. Raises where an answer is wrong."""
        if case.method != case.operation.method.upper():
            return  # other methods never reach a function: API Gateway refuses them
        kept = sorted((name, value) for name, value in case.headers.items() if name in KEPT.values())
        sent = repr((case.operation.label, case.path_parameters, case.query, kept, case.body))
        if sent in self._sent:
            return  # many differ only in what is replaced here
        self._sent.add(sent)
        if self._is_changed:
            for some in batched(self._before, 25, strict=False):
                put: list[Any] = [{"PutRequest": {"Item": item}} for item in some]
                aws.client("dynamodb").batch_write_item(RequestItems={"orderstable": put})
        # What was refused changed nothing that another request would look at.
        self._is_changed = case.method != "GET"
        case.call_and_validate(base_url="http://localhost", headers=headers, checks=CHECKS, app=self)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """As WSGI calls an application."""
        path, query = environ["REQUEST_URI"].partition("?")[::2]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        headers = {KEPT[name]: value for name, value in environ.items() if name in KEPT and value}
        reply = self.api.call(environ["REQUEST_METHOD"], f"{path}?{query}", body, headers)
        self._is_changed &= reply.status < 400
        start_response(f"{reply.status} -", list(reply.headers.items()))
        return [reply.content or reply.raw.encode()]
