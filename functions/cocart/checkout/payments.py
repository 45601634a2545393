"""How the shopper pays: which gateways of the shop are offered, and what a draft is to be paid with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from till.application.identifiers import steady_ulid
from till.application.limits import Asker
from till.domain.errors import Invalid
from till.domain.order import Order, OrderStatus
from till.domain.payment import Payment
from till.domain.shop import Gateway, Shop
from till.runtime import wiring
from till.runtime.settings import environment

if TYPE_CHECKING:
    from cocart.checkout.models import PaymentBody
    from till.runtime.app import Request

PRODUCTION = "prod"
_UNAVAILABLE = "cocart_payment_method_not_available"
_DATA_REQUIRED = "cocart_payment_data_required"


def asker(request: Request, order: Order) -> Asker:
    """Who pays, as limits count them: by the cart that the order was made of, since guests have no token."""
    return Asker(request.address, order.cart_id)


def offered(shop: Shop) -> list[Gateway]:
    """What shoppers may pay with: what a manual gateway is told is for the shop to say."""
    return [one for one in shop.gateways if not (one.is_manual or _is_off(one))]


def gateway_named(shop: Shop, name: str) -> Gateway:
    """The gateway with that id, or the only one of that kind. Raises `Invalid`."""
    meant = [one for one in shop.gateways if one.id == name] or [one for one in shop.gateways if one.kind == name]
    if len(meant) != 1:
        raise Invalid("Invalid payment method.", "payment_method", "cocart_invalid_payment_method")
    if _is_off(meant[0]):
        message = "This payment method is currently disabled."
        raise Invalid(message, "payment_method", "cocart_payment_method_disabled")
    if meant[0].is_manual:
        raise Invalid("This payment method is not available for your order.", "payment_method", _UNAVAILABLE)
    return meant[0]


def payments_of(order: Order, shop: Shop, method: str, body: PaymentBody, by: Asker) -> tuple[Payment, ...]:
    """What pays the whole draft: nothing, a card, a gift card, or a gift card and a card for the rest.

    The same is asked for under the same ids each time. Raises `Invalid`, and `TooMany` for one code too many.
    """
    if not order.total:
        return ()
    gateway = gateway_named(shop, method)
    gifts = _by_gift_card(order, shop, gateway, body, by)
    rest = order.total - sum(one.amount for one in gifts)
    if rest and gateway.is_gift_card:
        raise Invalid("This gift card does not cover the order: pay another way.", "payment_data", _UNAVAILABLE)
    if not rest:
        return gifts
    waiting = _waiting(order, gateway)
    if not body.token and waiting:
        return (*gifts, waiting)
    if not body.token:
        raise Invalid("Send the payment method's token as payment_data.", "payment_data", _DATA_REQUIRED)
    paid_with = steady_ulid(f"payment {order.id} {gateway.id} {body.token}")
    return (*gifts, Payment(paid_with, gateway.id, body.token, rest, order.basket.currency))


def _by_gift_card(order: Order, shop: Shop, gateway: Gateway, body: PaymentBody, by: Asker) -> tuple[Payment, ...]:
    code = body.gift_card or (body.token if gateway.is_gift_card else "")
    own = gateway if gateway.is_gift_card else next((one for one in shop.gateways if one.is_gift_card), None)
    if not code:
        if gateway.is_gift_card:
            raise Invalid("Send the gift card's code as payment_data.", "payment_data", _DATA_REQUIRED)
        return ()
    if own is None:
        raise Invalid("This gift card cannot be used.", "payment_data", _UNAVAILABLE)
    wiring.limits().spend_code(shop, order.id, by)
    try:
        _, payment, _ = wiring.paying_with_gift_cards().add(replace(order, payments=()), own.id, code, None)
    except Invalid as invalid:
        raise Invalid(invalid.problems[0].message, "payment_data", _UNAVAILABLE) from None
    return (replace(payment, id=steady_ulid(f"gift card {order.id} {payment.token}")),)


def _waiting(order: Order, gateway: Gateway) -> Payment | None:
    """The card of an attempt that is under way: whoever comes back from the bank need not send it again."""
    if order.status not in (OrderStatus.PARKED, OrderStatus.PROCESSING):
        return None
    return next((one for one in order.payments if one.gateway_id == gateway.id and not one.is_gift_card), None)


def _is_off(gateway: Gateway) -> bool:
    """Takes it no real money, where real money is meant?"""
    return gateway.is_test and environment().stage == PRODUCTION
