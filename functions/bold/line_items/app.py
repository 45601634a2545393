"""The line items of an order."""

from __future__ import annotations

from dataclasses import replace

from bold import wire
from bold.line_items.models import LineItemBody, LineItemKeyBody, LineItemQuantityBody
from bold.storefront import ORDER, change, read, storefront
from till.application.idempotency import Answer
from till.application.line_items import add_line, find_variants
from till.domain.basket import check_quantity
from till.domain.order import Order
from till.domain.pricing import price
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import Kind, Request
from till.runtime.validation import parse

app = storefront()
handler = app.handle

ITEMS = f"{ORDER}/items"


@app.route("POST", ITEMS, Kind.CHANGE, "Add Line Item", takes="LineItemBody")
def add_line_item(request: Request) -> Answer:
    item = parse(LineItemBody, request.body).item(wiring.new_id)
    check_quantity(item.quantity)
    (variant,) = find_variants(wiring.catalog(), request.path["shop"], [item])
    return change(
        request,
        lambda order, shop: order.with_basket(add_line(order.basket, item, variant, shop)),
        lambda order, _: {"line_item": wire.product_data(order.basket.line(item.key))},
    )


@app.route("GET", ITEMS, Kind.READ, "List Line Items")
def list_line_items(request: Request) -> Answer:
    return read(request, lambda order, _: {"line_items": wire.line_items(order, price(order.basket))})


@app.route("PUT", ITEMS, Kind.CHANGE, "Update Line Item Quantity", takes="LineItemQuantityBody")
def update_quantity(request: Request) -> Answer:
    body = parse(LineItemQuantityBody, request.body)
    changed: wire.Json = {}

    def edit(order: Order, shop: Shop) -> Order:
        line = replace(order.basket.line(body.line_item_key), quantity=body.quantity)
        changed["line_item"] = wire.product_data(line)
        if body.quantity == 0:
            return order.with_basket(order.basket.without_line(line.key, shop))
        check_quantity(body.quantity)
        return order.with_basket(order.basket.with_line(line, shop))

    return change(request, edit, lambda _, __: changed)


@app.route("DELETE", ITEMS, Kind.CHANGE, "Delete Line Item", takes="LineItemKeyBody")
def delete_line_item(request: Request) -> Answer:
    key = parse(LineItemKeyBody, request.body).line_item_key
    deleted: wire.Json = {}

    def edit(order: Order, shop: Shop) -> Order:
        deleted["line_item"] = wire.product_data(order.basket.line(key))
        return order.with_basket(order.basket.without_line(key, shop))

    return change(request, edit, lambda _, __: deleted)
