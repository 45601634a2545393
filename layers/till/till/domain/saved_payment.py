"""Ways to pay that a customer may use again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from till.domain.order import Order

ID_LENGTH = 32


@dataclass(frozen=True, slots=True)
class SavedPayment:
    """A gateway's token and what a shopper knows it by; never a card. `customer` is the merchant's own id."""

    id: str
    shop: str
    customer: str
    gateway_id: str
    token: str
    type: str
    display_string: str = ""
    brand: str = ""


def to_save(order: Order) -> tuple[SavedPayment, ...]:
    """What an order that is placed saves: what the shopper asked to keep, of a customer whom the merchant knows.

    One token is one saved payment, however often it pays.
    """
    customer = order.basket.customer
    if customer is None or not customer.platform_id:
        return ()
    return tuple(
        SavedPayment(
            id=hashlib.sha256(f"{payment.gateway_id}#{payment.token}".encode()).hexdigest()[:ID_LENGTH],
            shop=order.shop,
            customer=customer.platform_id,
            gateway_id=payment.gateway_id,
            token=payment.token,
            type=payment.type,
            display_string=payment.display_string,
            brand=payment.brand,
        )
        for payment in order.payments
        if payment.retain and not payment.is_gift_card
    )
