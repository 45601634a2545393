"""Schemathesis reads docs/openapi/cocart.yaml and sends what it allows, and what it does not.

Whatever is sent: no unexpected error, and an answer that the document describes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from schemathesis import Case

from tests.builders import a_variant
from tests.integration.deployment import Deployment, deployed
from tests.integration.schemathesis_app import Served, document_of, few
from till.runtime import wiring

document = document_of("cocart")
SITE = "/cocart/acme/wp-json/cocart"
ADDRESS = {"first_name": "John", "last_name": "Doe", "email": "john@example.com", "phone": "2048784038"}
ADDRESS |= {"address_1": "123 Fake Street", "city": "Winnipeg", "state": "MB", "postcode": "R3T 1B8", "country": "CA"}
CARD = {"payment_method": "sandbox-1", "payment_data": [{"key": "token", "value": "tok_approve"}]}


class Site(Served):
    """A guest's cart, and an order of an earlier one, as they were before each request."""

    def __init__(self, till: Deployment) -> None:
        super().__init__(till.cocart)
        wiring.stock().set_on_hand("acme", a_variant().id, 1_000_000)
        ordered = self._filled()["cart_key"]
        body = {"billing_address": ADDRESS}
        [method, *_] = self._made("PUT", "preview/checkout", body, ordered)["shipping_methods"]
        order = self._made("POST", "preview/checkout", body | CARD | {"shipping_method": method}, ordered)
        cart = self._filled()
        self._made("PUT", "preview/checkout", body | {"shipping_method": method}, cart["cart_key"])
        self._key = cart["cart_key"]
        self._ids = {
            "shop": "acme",
            "item_key": cart["items"][0]["item_key"],
            "order_id": str(order["order_id"]),
            "code": "SAVE10",
        }
        self._order_key = order["order_key"]
        self.keep()

    def ask(self, case: Case[Any]) -> None:
        """The request, of the guest whose cart it is."""
        case.path_parameters |= {name: self._ids[name] for name in case.path_parameters}
        # A key or a customer that is nobody's would be all that is looked at.
        case.query.pop("cart_key", None)
        if "order_key" in case.query:
            case.query["order_key"] = self._order_key
        self.send(case, {"Cart-Key": self._key})

    def _filled(self) -> Any:
        return self._made("POST", "v2/cart/add-item", {"id": a_variant().sku, "quantity": "1"}, "")

    def _made(self, method: str, path: str, body: Any, key: str) -> Any:
        reply = self.api.call(method, f"{SITE}/{path}", body, {"Cart-Key": key} if key else {})
        assert reply.status == 200, reply.raw
        return reply.body


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with pytest.MonkeyPatch.context() as patch, deployed(patch) as till:
        till.lift_limits()
        yield Site(till)


@document.parametrize()
@few
def test_whatever_is_sent_is_answered_as_the_document_says(case: Case[Any], site: Site) -> None:
    site.ask(case)
