"""Orders afterwards: shown to whoever knows the key, and paid where the first try failed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cocart.access import customer
from cocart.checkout.payments import asker, payments_of
from cocart.checkout.refusals import is_unpaid
from cocart.checkout.wire import ORDER_KEY, order_key, payment_result, status
from cocart.errors import PRIVATE
from cocart.storefront import LONG, shop_of
from till.application.idempotency import Answer
from till.domain.attempt import AttemptState
from till.domain.errors import Forbidden, Invalid, NotFound, Refused
from till.domain.order import Order, OrderStatus
from till.domain.people import PersonKind
from till.runtime import beginnings, wiring
from till.runtime.app import Request

if TYPE_CHECKING:
    from cocart.checkout.models import PayBody
    from till.application.placing import Outcome


def order_asked(request: Request, key: str) -> Order:
    """The order with that key and the number of the path. Raises `Invalid`, `NotFound`, and `Forbidden` for a number of
    another order, or a customer's of another customer."""
    if not key:
        raise Invalid("Order ID and order key are required.", "order_key", "cocart_order_invalid_params")
    shop = shop_of(request)
    found = wiring.orders().get(shop, key.removeprefix(ORDER_KEY)) if key.startswith(ORDER_KEY) else None
    # Without the rest of the public id it would be the id alone, which others may learn; and orders of other dialects
    # are not for whoever knows their public id, which stands in many URLs there.
    if found is None or not found.is_draft or not found.is_public_as(key.removeprefix(ORDER_KEY)):
        raise NotFound("Order not found.", "order_id", "cocart_order_not_found")
    if not found.number or request.path["order_id"] != str(found.number):
        raise Forbidden("Invalid order key.", "order_key", "cocart_order_invalid_key")
    by, buyer = customer(request, shop), found.basket.customer
    if by and buyer and not buyer.is_guest and buyer.id != by.id:
        raise Forbidden("This order is another customer's.", "order_id", "cocart_order_not_owned")
    return found


def pay(request: Request, body: PayBody) -> Answer:
    """Pay an order whose payment failed, or goes on when the bank has confirmed. Raises `Invalid` and `Refused`."""
    order = order_asked(request, body.order_key or request.query.get("order_key", ""))
    drafting, shop, by = beginnings.drafting(), wiring.catalog().shop(order.shop), asker(request, order)
    outcome = drafting.replayed(order.shop, request.claim, by) if request.claim else None
    if outcome is None:
        _payable(order)
        payments = payments_of(order, shop, body.payment_method, body, by)
        outcome = drafting.place(order, payments, by, request.claim)
    return _paid(request, outcome)


def received_url(request: Request, order: Order) -> str:
    """Where the order can be looked at by whoever has this link."""
    path = LONG.format(shop=order.shop)
    return f"{request.api_url}{path}/preview/order-received/{order.number}?order_key={order_key(order)}"


def customer_number(order: Order) -> int:
    """The number of the customer who bought, 0 of a guest."""
    buyer = order.basket.customer
    if buyer is None or buyer.is_guest:
        return 0
    person = wiring.people().recall(order.shop, PersonKind.CUSTOMER, buyer.id)
    return person.number if person else 0


def _payable(order: Order) -> None:
    if order.status in (OrderStatus.PLACED, OrderStatus.FULFILLED):
        message = "This order does not require payment."
        raise Invalid(message, "order_id", "cocart_order_no_payment_needed")
    if order.agreement or order.status is OrderStatus.CANCELLED:
        raise Invalid("This order cannot be paid for.", "order_id", "cocart_order_invalid_status")


def _paid(request: Request, outcome: Outcome) -> Answer:
    order, attempt = outcome.order, outcome.attempt
    if attempt.state is AttemptState.UNDONE:
        failed = [replace(one, code="cocart_payment_failed") if is_unpaid(one) else one for one in attempt.problems]
        raise Refused.of(failed)
    is_placed = attempt.state is AttemptState.PLACED
    if is_placed:
        beginnings.drafting().clear(order)
    url = received_url(request, order)
    shop = wiring.catalog().shop(order.shop)
    answer = {"success": is_placed, "order_id": order.number, "order_status": status(order), "redirect_url": url}
    if not is_placed:
        answer["payment_result"] = payment_result(outcome, url, shop)
    return Answer(200, answer, PRIVATE, replayed=outcome.replayed)
