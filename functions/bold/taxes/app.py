"""The taxes of an order."""

from __future__ import annotations

from bold import wire
from bold.places import place
from bold.storefront import ORDER, change, read, storefront
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
    quoting = _quoting(request)

    def edit(order: Order, shop: Shop) -> Order:
        basket = order.basket
        if (shop.tax_zones or shop.tax_provider) and basket.shipping_address is None and basket.billing_address is None:
            raise Invalid("Taxes depend on an address: set one first.", "shipping_address")
        return order.with_basket(quoting.taxed(basket, shop))

    return change(request, edit, lambda order, _: {"taxes": wire.taxes(order)})


@app.route("POST", f"{ORDER}/taxes/estimate", Kind.READ, "Estimate Taxes", takes="TaxEstimateBody")
def estimate_taxes(request: Request) -> Answer:
    """What would be owed at another address. Nothing is stored."""
    to = place(request.body)

    def render(order: Order, shop: Shop) -> wire.Json:
        there = order.basket.with_shipping_address(to, shop).with_billing_address(to)
        return {"taxes": wire.taxes(order.with_basket(_quoting(request).taxed(there, shop)))}

    return read(request, render)


def _quoting(request: Request) -> Quoting:
    return request.draft.quoting if request.draft else Quoting(wiring.taxes())
