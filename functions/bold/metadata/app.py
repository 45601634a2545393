"""What a storefront attaches to an order: cart parameters, note attributes, a note, tags."""

from __future__ import annotations

from dataclasses import replace

from bold import wire
from bold.metadata.models import MetaDataBody
from bold.storefront import ORDER, change, read, storefront
from till.application.idempotency import Answer
from till.domain.notes import NO_NOTES
from till.domain.order import Order
from till.domain.shop import Shop
from till.runtime.app import Kind, Request
from till.runtime.validation import parse

app = storefront()
handler = app.handle

META_DATA = f"{ORDER}/meta_data"


@app.route("PATCH", META_DATA, Kind.CHANGE, "Append Order Metadata", takes="MetaDataBody")
def append_metadata(request: Request) -> Answer:
    body = parse(MetaDataBody, request.body)
    return change(request, lambda order, _: replace(order, notes=body.added_to(order.notes).check()), _order_meta_data)


@app.route("POST", META_DATA, Kind.CHANGE, "Overwrite Order Metadata", takes="MetaDataBody")
def overwrite_metadata(request: Request) -> Answer:
    notes = parse(MetaDataBody, request.body).as_notes().check()
    return change(request, lambda order, _: replace(order, notes=notes), _order_meta_data)


@app.route("DELETE", META_DATA, Kind.CHANGE, "Clear Order Metadata")
def clear_metadata(request: Request) -> Answer:
    return change(request, lambda order, _: replace(order, notes=NO_NOTES), lambda *_: {})


@app.route("GET", META_DATA, Kind.READ, "List Order Metadata")
def list_metadata(request: Request) -> Answer:
    return read(request, _order_meta_data)


def _order_meta_data(order: Order, _: Shop) -> wire.Json:
    return {"order_meta_data": wire.order_meta_data(order.notes)}
