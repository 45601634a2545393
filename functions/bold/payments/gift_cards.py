"""Payments by gift card. The code comes in as the token; what is stored and answered is the card's id."""

from __future__ import annotations

from bold import wire
from bold.payments.models import PaymentBody
from till.domain.errors import NotFound
from till.domain.order import Order
from till.domain.payment import Payment
from till.runtime import wiring
from till.runtime.app import Request


def count_try(request: Request) -> None:
    """Counts every try of a gift card's code. Raises `TooMany`."""
    shop = wiring.catalog().shop(request.path["shop"])
    wiring.limits().spend_code(shop, request.path["order"], request.asker)


def add(order: Order, body: PaymentBody, answered: wire.Json) -> Order:
    """The order with the card's payment. `answered` becomes that payment, with the card's `balance` in cents."""
    body.check_currency(order.basket.currency)
    paying = wiring.paying_with_gift_cards()
    changed, payment, balance = paying.add(order, body.gateway_public_id, body.token, body.amount)
    answered.update(wire.payment(payment) | {"balance": balance})
    return changed


def set_amount(order: Order, payment: Payment, amount: int) -> Order:
    """The order with another amount on the card's payment."""
    return wiring.paying_with_gift_cards().set_amount(order, payment, amount)


def payment(order: Order, payment_id: str) -> Payment:
    """The gift card payment with that id. Raises `NotFound`."""
    for one in order.payments:
        if one.is_gift_card and one.id == payment_id:
            return one
    raise NotFound("There is no gift card payment with this id.", "id")
