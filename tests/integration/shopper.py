"""A storefront that speaks the Bold dialect, as a shopper's browser and the merchant's backend use it."""

from __future__ import annotations

from typing import Any

from tests.builders import a_basket, a_line, a_payment
from tests.integration.api import Reply
from tests.integration.deployment import ROOT_TOKEN, Deployment, put_ready_order
from till.domain.order import Order
from till.domain.pricing import price

WINNIPEG = {
    "first_name": "John",
    "last_name": "Doe",
    "address_line_1": "50 Fultz Blvd",
    "address_line_2": "",
    "country": "Canada",
    "city": "Winnipeg",
    "province": "Manitoba",
    "country_code": "CA",
    "province_code": "MB",
    "postal_code": "R3Y 0L6",
    "business_name": "",
    "phone_number": "204-678-9087",
}
JOHN = {"first_name": "John", "last_name": "Doe", "email_address": "john.doe@example.com", "accepts_marketing": True}
BREWER = {"platform_id": "66", "quantity": 1, "line_item_key": "line-1"}


type Json = dict[str, Any]


def card(kind: str = "tok_approve", **members: Any) -> dict[str, Any]:
    """A payment at the shop's sandbox."""
    return {"gateway_public_id": "sandbox-1", "token": kind, **members}


def backend(till: Deployment, path: str, body: Any = None, key: str = "", token: str = ROOT_TOKEN) -> Reply:
    """A call of the merchant's backend."""
    return till.api.call("POST", f"/checkout/orders/acme/{path}", body, _headers(token, key))


class Shopper:
    """One order and the token of its session: a new order, or with `of` one that is there."""

    def __init__(self, till: Deployment, of: Order | None = None, **init: Any) -> None:
        self._till = till
        self.begun = backend(till, "resume", {"public_order_id": of.public_id}) if of else backend(till, "init", init)
        self.order_id: str = self.begun.data["public_order_id"]
        self.token: str = self.begun.data["jwt_token"]

    @classmethod
    def ready(cls, till: Deployment, paid_with: str = "tok_approve", quantity: int = 1) -> Shopper:
        """With an order that only waits to be processed: 262.00 CAD for one brewing system to Winnipeg, by card."""
        basket = a_basket(lines=(a_line(quantity=quantity),))
        payment = a_payment(token=paid_with, amount=price(basket).total)
        return cls(till, put_ready_order(till, basket=basket, payments=(payment,) if paid_with else ()))

    @classmethod
    def through_all_steps(cls, till: Deployment, *items: Json) -> Shopper:
        """The same of any items, as a storefront gets there."""
        shopper = cls(till, cart_items=items)
        steps: list[tuple[str, Json | None]] = [
            ("/customer/guest", JOHN),
            ("/addresses/shipping", WINNIPEG),
            ("/addresses/billing", WINNIPEG),
            ("/shipping_lines", {"index": "0"}),
            ("/taxes", None),
            ("/payments", card()),
        ]
        for path, body in steps:
            assert shopper.post(path, body).status == 200
        return shopper

    def call(self, method: str, path: str, body: Any = None, key: str = "", token: str | None = None) -> Reply:
        headers = _headers(self.token if token is None else token, key)
        return self._till.api.call(method, f"/checkout/storefront/acme/{self.order_id}{path}", body, headers)

    def get(self, path: str) -> Reply:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None, key: str = "") -> Reply:
        return self.call("POST", path, body, key)

    def put(self, path: str, body: Any = None, key: str = "") -> Reply:
        return self.call("PUT", path, body, key)

    def patch(self, path: str, body: Any = None, key: str = "") -> Reply:
        return self.call("PATCH", path, body, key)

    def delete(self, path: str, body: Any = None, key: str = "") -> Reply:
        return self.call("DELETE", path, body, key)

    def process(self, key: str = "") -> Reply:
        return self.post("/process_order", key=key)

    def pre_process(self, key: str = "") -> Reply:
        return self.post("/pre_process_order", key=key)

    @property
    def state(self) -> Any:
        """The order as the storefront sees it."""
        return self.get("/refresh").state


def _headers(token: str, key: str) -> dict[str, str]:
    given = {"Authorization": f"Bearer {token}"} if token else {}
    return given | ({"Idempotency-Key": key} if key else {})
