"""Schemathesis reads docs/openapi/bold.yaml and sends what it allows, and what it does not.

Whatever is sent: no unexpected error, and an answer that the document describes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.integration.deployment import ROOT_TOKEN, Deployment, deployed, put_ready_order
from tests.integration.dialect_document import FILES
from tests.integration.shopper import Shopper
from till.adapters import aws

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 10

document = schemathesis.openapi.from_path(str(FILES["bold"]), config=schemathesis.Config(seed=1))


class Storefront:
    """One order, as it was before each request, behind a WSGI application."""

    def __init__(self, till: Deployment) -> None:
        self._till = till
        self.shopper = Shopper(till, put_ready_order(till))
        self._before = till.stored(self.shopper.order_id)["ORDER"]

    def send(self, case: Case[Any]) -> None:
        """The request, for this order and with its token. Raises where an answer is wrong."""
        if case.method != case.operation.method.upper():
            return  # other methods never reach a function: API Gateway refuses them
        aws.client("dynamodb").put_item(TableName="orderstable", Item=self._before)
        case.path_parameters |= {"shop": "acme", "order": self.shopper.order_id}
        token = self.shopper.token if "{order}" in case.path else ROOT_TOKEN
        headers = {"Authorization": f"Bearer {token}"}
        case.call_and_validate(base_url="http://localhost", headers=headers, checks=CHECKS, app=self)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """As WSGI calls an application."""
        path, query = environ["REQUEST_URI"].partition("?")[::2]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        names = {"HTTP_AUTHORIZATION": "Authorization", "HTTP_IDEMPOTENCY_KEY": "Idempotency-Key"}
        headers = {names[name]: value for name, value in environ.items() if name in names}
        reply = self._till.api.call(environ["REQUEST_METHOD"], f"{path}?{query}", body, headers)
        start_response(f"{reply.status} -", list(reply.headers.items()))
        return [reply.raw.encode()]


@pytest.fixture(scope="module")
def storefront() -> Iterator[Storefront]:
    with pytest.MonkeyPatch.context() as patch, deployed(patch) as till:
        yield Storefront(till)


@document.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
def test_whatever_is_sent_is_answered_as_the_document_says(case: Case[Any], storefront: Storefront) -> None:
    storefront.send(case)
