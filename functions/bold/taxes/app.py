"""The taxes of an order."""

from __future__ import annotations

from bold import wire
from bold.storefront import ORDER, change, storefront
from till.application.idempotency import Answer
from till.application.quoting import Quoting
from till.domain.errors import Invalid
from till.domain.order import Order
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import Kind, Request

app = storefront()
handler = app.handle


@app.route("POST", f"{ORDER}/taxes", Kind.CHANGE, "Generate Taxes")
def generate_taxes(request: Request) -> Answer:
    # One for the request: the edit is made again where another writer was first, a provider is not asked again.
    quoting = Quoting(wiring.taxes())

    def edit(order: Order, shop: Shop) -> Order:
        basket = order.basket
        if (shop.tax_zones or shop.tax_provider) and basket.shipping_address is None and basket.billing_address is None:
            raise Invalid("Taxes depend on an address: set one first.", "shipping_address")
        return order.with_basket(quoting.taxed(basket, shop))

    return change(request, edit, lambda order, _: {"taxes": wire.taxes(order)})
