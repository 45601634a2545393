"""The three words for where an order stands, made of the order and its sale: status, payment, shipping.

Wire format: Elastic Path's carts and orders specification, and its table of payment and order status.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from till.domain.order import Order, OrderStatus

if TYPE_CHECKING:
    from till.domain.sale import Sale

# (is something still owed, is something authorized, was something taken) -> payment
_PAYMENT = {
    (True, False, False): "unpaid",
    (True, True, False): "partially_authorized",
    (True, False, True): "partially_paid",
    (True, True, True): "partially_paid",
    (False, True, False): "authorized",
    (False, True, True): "authorized",
    (False, False, True): "paid",
}
_STATUS = {"authorized": "processing", "paid": "complete", "refunded": "complete"}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an order stands, and how much of it is paid, authorized, refunded and neither (minor units)."""

    status: str
    payment: str
    shipping: str
    paid: int
    authorized: int
    refunded: int
    owing: int


def standing(order: Order, sale: Sale | None) -> Standing:
    """Where the order stands. It has a `sale` from its first payment on."""
    paid = sale.total_captured if sale else 0
    authorized = sale.authorized if sale else 0
    refunded = sale.total_refunded if sale else 0
    owing = sale.balance if sale else order.total
    payment = _payment(sale, owing, authorized, paid, refunded)
    status = "cancelled" if order.status is OrderStatus.CANCELLED else _STATUS.get(payment, "incomplete")
    shipping = "fulfilled" if order.status is OrderStatus.FULFILLED else "unfulfilled"
    return Standing(status, payment, shipping, paid, authorized, refunded, owing)


def _payment(sale: Sale | None, owing: int, authorized: int, paid: int, refunded: int) -> str:
    if paid and refunded >= paid:
        return "refunded"
    if not (owing or authorized or paid):  # it costs nothing, or it is cancelled
        # Loaded here: most orders that are read have something to pay, or no sale yet.
        from till.domain.sale import ChargeState

        return "paid" if sale and sale.charge is ChargeState.CAPTURED else "unpaid"
    return _PAYMENT[bool(owing), bool(authorized), bool(paid)]
