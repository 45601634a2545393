"""Orders that were checked out, and what becomes of them."""

from __future__ import annotations

from typing import Any

from elasticpath.ids import ulid_of
from tests.integration.api import Reply
from tests.integration.deployment import Deployment
from tests.integration.elasticpath.carts import checkout, put_cart
from tests.integration.elasticpath.storefront import Storefront
from till.application.limits import BACKEND
from till.application.paying import Paid
from till.domain.payment import Payment
from till.domain.refunding import Wanted
from till.runtime import wiring

type Json = dict[str, Any]


def check_out(front: Storefront, body: Json | None = None, **headers: str) -> str:
    """The id of a new order: of a guest's one brewing system for 225.00 CAD unless said otherwise."""
    put_cart()
    reply = front.call("POST", "/v2/carts/cart-1/checkout", body or checkout(), **headers)
    assert reply.status == 200, reply.raw
    made: str = reply.body["data"]["id"]
    return made


def pay(till: Deployment, order_id: str, amount: int | None = None, is_purchase: bool = True, token: str = "") -> Paid:
    """Pay so much at the sandbox, or all that is left."""
    payment = Payment(wiring.new_id(), "sandbox-1", token or "tok_approve", 0, "CAD", is_purchase=is_purchase)
    paid = wiring.paying().pay(wiring.catalog().shop("acme"), ulid_of(order_id), payment, amount, BACKEND)
    till.deliver_streams()
    return paid


def refund(order_id: str) -> None:
    """Give all of it back."""
    wiring.after_sales().refund("acme", ulid_of(order_id), wiring.new_id(), Wanted())


def words(reply: Reply) -> tuple[str, str, str]:
    """The three axes of the order that was answered."""
    assert reply.status == 200, reply.raw
    order = reply.body["data"]
    return order["status"], order["payment"], order["shipping"]
