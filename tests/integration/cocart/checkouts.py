"""A shopper at CoCart's checkout: a cart in v2, and the preview of the checkout over it."""

from __future__ import annotations

import base64
from typing import Any

from tests.integration.api import Reply
from tests.integration.cocart.storefront import SITE, Shopper, good, refusal
from tests.integration.deployment import Deployment
from till.domain.order import Order
from till.domain.stock import StockLevel

BILLING = {
    "first_name": "John",
    "last_name": "Doe",
    "email": "john.doe@example.com",
    "phone": "+1 204 678 9087",
    "address_1": "50 Fultz Blvd",
    "address_2": "",
    "city": "Winnipeg",
    "state": "MB",
    "postcode": "R3Y 0L6",
    "country": "CA",
    "company": "",
}
SHIPPING = {name: text for name, text in BILLING.items() if name not in ("email", "phone")}
TOTAL = 26200

type Json = dict[str, Any]


def paid_by(token: str = "tok_approve", method: str = "sandbox-1", **more: Any) -> Json:  # noqa: S107  # no secret
    """How a storefront says what is paid with, and who pays."""
    data = [{"key": "paymentMethodID", "value": token}] if token else []
    return {"billing_address": BILLING, "payment_method": method, "payment_data": data} | more


class Checkout:
    """One shopper with a cart of one brewing system: 262.00 CAD to Winnipeg, unless it is left empty."""

    def __init__(self, till: Deployment, quantity: int = 1, authorization: str = "", site: str = SITE) -> None:
        self.till = till
        self.cart = Shopper(till, authorization=authorization, site=f"{site}/v2")
        self.site = f"{site}/preview"
        if quantity:
            self.cart.add(quantity=str(quantity))

    def call(self, method: str, path: str = "checkout", body: Any = None, **headers: str) -> Reply:
        """Of the preview; `headers` by their names with _ for -."""
        shopper = Shopper(self.till, self.cart.key, self.cart.authorization, self.site)
        return shopper.call(method, path, body, None, **headers)

    def get(self) -> Any:
        return good(self.call("GET"))

    def put(self, **body: Any) -> Any:
        return good(self.call("PUT", body=body))

    def post(self, key: str = "", **body: Any) -> Reply:
        return self.call("POST", body=paid_by(**body), **({"Idempotency_Key": key} if key else {}))

    def placed(self, **body: Any) -> Any:
        """What a checkout answers that is no refusal."""
        return good(self.post(**body))

    def received(self, order: Any, **query: str) -> Reply:
        """The page after the checkout."""
        asked = {"order_key": order["order_key"]} | query
        where = f"order-received/{order['order_id']}"
        return Shopper(self.till, authorization=self.cart.authorization, site=self.site).call("GET", where, query=asked)

    def pay(self, order: Any, token: str = "tok_approve", **body: Any) -> Reply:  # noqa: S107  # no secret
        paid = {name: value for name, value in paid_by(token).items() if name != "billing_address"}
        return self.call(
            "POST", f"order-received/{order['order_id']}/pay", {"order_key": order["order_key"]} | paid | body
        )


def order_of(till: Deployment, answered: Any) -> Order:
    return till.order(answered["order_key"].removeprefix("wc_order_")[:26])


def orders(till: Deployment) -> list[Order]:
    """All that the merchant sees as placed."""
    from till.runtime import wiring

    return list(wiring.orders().placed("acme", 1_700_000_000, 100, "").data)


def counted(level: StockLevel) -> tuple[int, int, int]:
    """On hand, allocated, available."""
    return level.on_hand, level.allocated, level.available


def outcome(answered: Any) -> tuple[str, str]:
    """What became of a checkout: of the payment, and the order."""
    return answered["payment_result"]["payment_status"], answered["status"]


def said(reply: Reply) -> tuple[int, str, str]:
    """Status, code and message of a refusal."""
    status, code = refusal(reply)
    return status, code, reply.body["message"]


def basic(email: str, password: str) -> str:
    """The header Authorization of who signs in with each request."""
    return "Basic " + base64.b64encode(f"{email}:{password}".encode()).decode()


__all__ = ["BILLING", "SHIPPING", "TOTAL", "Checkout", "counted", "good", "order_of", "orders", "outcome", "paid_by"]
