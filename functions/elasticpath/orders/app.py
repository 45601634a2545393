"""Checkout, and the orders that it makes."""

from __future__ import annotations

from elasticpath import wire
from elasticpath.access import caller
from elasticpath.orders.buyers import agreed
from elasticpath.orders.models import CheckoutBody
from elasticpath.requests import parse_data
from elasticpath.storefront import elasticpath
from till.application.idempotency import Answer
from till.domain.order import Order
from till.runtime import wiring
from till.runtime.app import Kind, Request

ORDERS = "/v2/orders"
ORDER = f"{ORDERS}/{{order_id}}"

app = elasticpath()
handler = app.handle


@app.route("POST", "/v2/carts/{cart_id}/checkout", Kind.CHANGE, "Check Out Cart", takes="CheckoutBody")
def check_out_cart(request: Request) -> Answer:
    by = caller(request)
    wanted = agreed(by, parse_data(CheckoutBody, request.body).data)
    shop = wiring.catalog().shop(by.shop)

    def made(order: Order) -> Answer:
        return Answer(shop.settings.checkout_status, wire.whole(order, None, shop))

    return wiring.checking_out().check_out(shop, request.path["cart_id"], wanted, made, request.claim)
