"""How an order ships."""

from __future__ import annotations

from bold import wire
from bold.places import place
from bold.shipping_lines.models import ShippingLineBody
from bold.storefront import ORDER, change, read, storefront
from till.application.idempotency import Answer
from till.domain.errors import Invalid
from till.domain.order import Order
from till.domain.shipping import ShippingLine
from till.domain.shop import Shop
from till.runtime.app import Kind, Request
from till.runtime.validation import parse

app = storefront()
handler = app.handle

SHIPPING_LINES = f"{ORDER}/shipping_lines"


@app.route("GET", SHIPPING_LINES, Kind.READ, "List Shipping Lines")
def list_shipping_lines(request: Request) -> Answer:
    return read(request, lambda order, shop: {"shipping_lines": wire.shipping_lines(order, shop)})


@app.route("POST", SHIPPING_LINES, Kind.CHANGE, "Set Shipping Line", takes="ShippingLineBody")
def set_shipping_line(request: Request) -> Answer:
    body = parse(ShippingLineBody, request.body)

    def edit(order: Order, shop: Shop) -> Order:
        chosen = _choose(order.basket.shipping_offers(shop), body)
        return order.with_basket(order.basket.with_shipping(chosen))

    return change(request, edit, lambda order, shop: {"selected_shipping": wire.selected_shipping(order, shop)})


@app.route("POST", f"{SHIPPING_LINES}/estimate", Kind.READ, "Estimate Shipping Lines", takes="ShippingEstimateBody")
def estimate_shipping_lines(request: Request) -> Answer:
    """What would be offered to another address. Nothing is stored."""
    to = place(request.body)

    def render(order: Order, shop: Shop) -> wire.Json:
        there = order.with_basket(order.basket.with_shipping_address(to, shop))
        return {"shipping_lines": wire.shipping_lines(there, shop)}

    return read(request, render)


def _choose(offers: tuple[ShippingLine, ...], body: ShippingLineBody) -> ShippingLine:
    """By code where there is one, since offers may have moved since they were listed; by index otherwise."""
    if body.code:
        by_code = [offer for offer in offers if offer.code == body.code]
        if not by_code:
            raise Invalid("This shipping line is not offered.", "code")
        return by_code[0]
    index = int(body.index)
    if index >= len(offers):
        raise Invalid("There is no shipping line with this index.", "index")
    return offers[index]
