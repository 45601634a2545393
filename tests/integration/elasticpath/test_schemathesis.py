"""Schemathesis reads docs/openapi/elasticpath.yaml and sends what it allows, and what it does not.

Whatever is sent: no unexpected error, and an answer that the document describes.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from schemathesis import Case

from tests.builders import a_variant
from tests.integration.deployment import Deployment, deployed
from tests.integration.elasticpath.storefront import Storefront
from tests.integration.schemathesis_app import Served, document_of, few
from till.runtime import wiring

type Json = dict[str, Any]

document = document_of("elasticpath")
# What a path may name beside what is there: nobody.
NOBODY = str(uuid.uuid4())
ADDRESS = {"first_name": "John", "last_name": "Doe", "line_1": "1 Street", "postcode": "92802", "country": "US"}
ADDRESS |= {"city": "Anaheim", "region": "CA"}


class Backend(Served):
    """Who may ask for everything, of a cart and an order that are as they were before each request."""

    def __init__(self, till: Deployment) -> None:
        super().__init__(till.elasticpath)
        wiring.stock().set_on_hand("acme", a_variant().id, 1_000_000)
        self._front = Storefront(till, trusted=True)
        cart = "/v2/carts/cart-1"
        items = self._made("POST", f"{cart}/items", {"type": "cart_item", "sku": "ABS", "quantity": 1})
        group = self._made(
            "POST", f"{cart}/shipping-groups", {"shipping_type": "express", "shipping_price": {"base": 5}}
        )
        item = items[0]["id"]
        tax = {"name": "VAT", "code": "VAT", "jurisdiction": "UK", "rate": 0.2}
        paid = {"customer": {"name": "John Doe", "email": "john@example.com"}, "billing_address": ADDRESS}
        order = self._made("POST", f"{cart}/checkout", paid)["id"]
        card = {"gateway": "sandbox-1", "method": "authorize", "payment": "tok_approve", "amount": 100}
        customer = {"type": "customer", "name": "Ron Swanson", "email": "ron@swanson.co"}
        self._ids = {
            "cart_id": "cart-1",
            "item_id": item,
            "group_id": group["id"],
            "tax_id": self._made("POST", f"{cart}/items/{item}/taxes", tax)["id"],
            "discount_id": NOBODY,
            "code": "SAVE10",
            "order_id": order,
            "transaction_id": self._made("POST", f"/v2/orders/{order}/payments", card)["id"],
            "customer_id": self._made("POST", "/v2/customers", customer)["id"],
        }
        self.keep()

    def ask(self, case: Case[Any]) -> None:
        """The request, about what there is and with a token that is good for it."""
        case.path_parameters |= {name: self._ids[name] for name in case.path_parameters}
        # A token that is nobody's would be all that is looked at.
        for name in ("X-Moltin-Customer-Token", "EP-Account-Management-Authentication-Token"):
            case.headers.pop(name, None)
        self.send(case, {"Authorization": f"Bearer {self._front.token}"})

    def _made(self, method: str, path: str, body: Json) -> Any:
        reply = self._front.call(method, path, body)
        assert reply.status in (200, 201), reply.raw
        return reply.body["data"]


@pytest.fixture(scope="module")
def backend() -> Iterator[Backend]:
    with pytest.MonkeyPatch.context() as patch, deployed(patch) as till:
        till.lift_limits()
        yield Backend(till)


@document.parametrize()
@few
def test_whatever_is_sent_is_answered_as_the_document_says(case: Case[Any], backend: Backend) -> None:
    backend.ask(case)
