"""What a storefront begins a checkout with: the order, the shop, and a fresh token for both."""

from __future__ import annotations

from bold.orders.initial_data import initial_data
from bold.wire import Json, application_state
from till.domain.order import Order
from till.domain.shop import Shop
from till.runtime import session, wiring
from till.runtime.app import Request
from till.runtime.settings import environment


def session_of(order: Order, shop: Shop, request: Request) -> Json:
    """The members that init, resume and the checkout page's own session have in common."""
    token = session.issue(environment().jwt_secret, shop.identifier, order.public_id, request.now)
    countries = wiring.address_book().countries()
    customer_id = order.basket.customer.platform_id if order.basket.customer else ""
    saved = wiring.saved_payments().of(shop.identifier, customer_id) if customer_id else ()
    return {
        "initial_data": initial_data(order, shop, countries, saved, request.api_url, token),
        "application_state": application_state(order, shop),
        "jwt_token": token,
        "public_order_id": order.public_id,
    }
