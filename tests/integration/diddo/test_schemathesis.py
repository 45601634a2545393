"""Schemathesis reads docs/openapi/diddo.yaml and sends what it allows, and what it does not.

Whatever is sent: no unexpected error, and an answer that the document describes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from schemathesis import Case

from tests.builders import a_variant
from tests.integration.deployment import ROOT_TOKEN, Deployment, deployed
from tests.integration.schemathesis_app import Served, document_of, few
from till.runtime import wiring

document = document_of("diddo")
TOKEN = {"Authorization": f"Bearer {ROOT_TOKEN}"}


class Organisation(Served):
    """A cart and a session of it, as they were before each request."""

    def __init__(self, till: Deployment) -> None:
        super().__init__(till.diddo)
        wiring.stock().set_on_hand("acme", a_variant().id, 1_000_000)
        item = {"variant_id": a_variant().id, "quantity": 1}
        self._template = self._made("/cart/add", {"item": item})["id"]
        self._live = self._made(f"/checkout/begin/{self._template}", None)["cart_id"]
        self.keep()

    def ask(self, case: Case[Any]) -> None:
        """The request, about what there is."""
        case.path_parameters |= dict.fromkeys(case.path_parameters, self._template)
        # What no cart has would be all that is looked at.
        if isinstance(case.body, dict) and case.body.get("cart_id"):
            case.body["cart_id"] = self._live if case.path.startswith("/checkout") else self._template
            case.body.pop("payment_intent_id", None)
        self.send(case, TOKEN)

    def _made(self, path: str, body: Any) -> Any:
        reply = self.api.call("POST", path, body, TOKEN)
        assert reply.status == 200, reply.raw
        return reply.body


@pytest.fixture(scope="module")
def organisation() -> Iterator[Organisation]:
    with pytest.MonkeyPatch.context() as patch, deployed(patch) as till:
        yield Organisation(till)


@document.parametrize()
@few
def test_whatever_is_sent_is_answered_as_the_document_says(case: Case[Any], organisation: Organisation) -> None:
    organisation.ask(case)
