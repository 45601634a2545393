"""The taxes of an order."""

from __future__ import annotations

from dataclasses import replace

from bold import wire
from bold.storefront import ORDER, change, storefront
from till.application.idempotency import Answer
from till.domain.errors import Invalid
from till.domain.order import Order
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import Kind, Request

app = storefront()
handler = app.handle


@app.route("POST", f"{ORDER}/taxes", Kind.CHANGE, "Generate Taxes")
def generate_taxes(request: Request) -> Answer:
    def edit(order: Order, shop: Shop) -> Order:
        basket = order.basket
        if shop.tax_zones and basket.shipping_address is None and basket.billing_address is None:
            raise Invalid("Taxes depend on an address: set one first.", "shipping_address")
        return order.with_basket(replace(basket, taxes=wiring.taxes().quote(basket, shop)))

    return change(request, edit, lambda order, _: {"taxes": wire.taxes(order)})
