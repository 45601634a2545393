"""Schemathesis reads docs/openapi/bold.yaml and sends what it allows, and what it does not.

Whatever is sent: no unexpected error, and an answer that the document describes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from schemathesis import Case

from tests.integration.deployment import ROOT_TOKEN, Deployment, deployed, put_ready_order
from tests.integration.schemathesis_app import Served, document_of, few
from tests.integration.shopper import Shopper

document = document_of("bold")


class Storefront(Served):
    """One order, as it was before each request."""

    def __init__(self, till: Deployment) -> None:
        super().__init__(till.api)
        self.shopper = Shopper(till, put_ready_order(till))
        self.keep()

    def ask(self, case: Case[Any]) -> None:
        """The request, for this order and with its token."""
        case.path_parameters |= {"shop": "acme", "order": self.shopper.order_id}
        token = self.shopper.token if "{order}" in case.path else ROOT_TOKEN
        self.send(case, {"Authorization": f"Bearer {token}"})


@pytest.fixture(scope="module")
def storefront() -> Iterator[Storefront]:
    with pytest.MonkeyPatch.context() as patch, deployed(patch) as till:
        till.lift_limits()
        yield Storefront(till)


@document.parametrize()
@few
def test_whatever_is_sent_is_answered_as_the_document_says(case: Case[Any], storefront: Storefront) -> None:
    storefront.ask(case)
