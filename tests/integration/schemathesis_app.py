"""What Schemathesis sends, carried to the functions of a dialect, and what it checks of each answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
    "CONTENT_TYPE": "Content-Type",
}
# Ten of each route are enough: the documents are read by their every run.
few = settings(max_examples=10, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


def document_of(dialect: str) -> BaseSchema:
    """As Schemathesis reads it."""
    return schemathesis.openapi.from_path(str(FILES[dialect]), config=schemathesis.Config(seed=1))


class Served:
    """Functions behind a WSGI application."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def send(self, case: Case[Any], headers: dict[str, str]) -> None:
        """The request with these headers. Raises where an answer is wrong."""
        case.call_and_validate(base_url="http://localhost", headers=headers, checks=CHECKS, app=self)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """As WSGI calls an application."""
        path, query = environ["REQUEST_URI"].partition("?")[::2]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        headers = {KEPT[name]: value for name, value in environ.items() if name in KEPT and value}
        reply = self._api.call(environ["REQUEST_METHOD"], f"{path}?{query}", body, headers)
        start_response(f"{reply.status} -", list(reply.headers.items()))
        return [reply.raw.encode()]
