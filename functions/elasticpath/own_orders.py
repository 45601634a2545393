"""Whose order it is: who may see it, and pay it."""

from __future__ import annotations

from elasticpath.access import Caller
from elasticpath.ids import ulid_of
from till.domain.errors import NotFound
from till.domain.order import Order
from till.runtime import wiring
from till.runtime.app import Request


def order_asked(request: Request, by: Caller) -> Order:
    """The order of the path, if it is the caller's. Raises `NotFound`."""
    order = own_order(by, request.path["order_id"])
    if order is None:
        raise NotFound("Order not found", "order_id")
    return order


def own_order(by: Caller, given: str) -> Order | None:
    """The order with that id as clients write it, if it is the caller's."""
    order_id = ulid_of(given)
    order = wiring.orders().get(by.shop, order_id) if order_id else None
    return order if order and is_own(order, by) else None


def is_own(order: Order, by: Caller) -> bool:
    """A guest's order is whose who knows its id; a customer's or an account's takes their token."""
    if order.agreement is None:
        return False
    if by.is_trusted:
        return True
    if order.agreement.account_id:
        return order.agreement.account_id == by.account_id
    customer = order.basket.customer
    return customer is None or customer.is_guest or customer.id == by.customer_id
