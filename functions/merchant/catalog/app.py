"""The merchant's products, their import, and stock."""

from __future__ import annotations

import json

from merchant.auth import authenticate
from merchant.catalog import rendering
from merchant.catalog.models import AdjustBody, ProductBody, StockBody
from merchant.wire import MERCHANT, listed, one, page_asked
from till.application import catalog
from till.application.idempotency import Answer
from till.domain.catalog_import import Outcome
from till.domain.product import Variant
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import App, Kind, Request
from till.runtime.validation import parse

SHOP = "/merchant/shops/{shop}"
PRODUCTS = f"{SHOP}/products"
STOCK = f"{SHOP}/stock/{{sku}}"

# A function's answer is at most 6 MB; pages of uncommonly large products are made shorter.
_LARGEST_ANSWER = 5_000_000

app = App(MERCHANT, authenticate)
handler = app.handle


@app.route("PUT", PRODUCTS, Kind.CALL, "Set Product")
def put_product(request: Request) -> Answer:
    draft = parse(ProductBody, request.body).draft()
    saved, outcome = catalog.put_product(
        wiring.catalog(), wiring.stock(), _shop(request).identifier, draft, wiring.new_id
    )
    return one(rendering.product(saved), 201 if outcome is Outcome.CREATED else 200)


@app.route("GET", PRODUCTS, Kind.READ, "List Products")
def list_products(request: Request) -> Answer:
    shop, (limit, cursor) = _shop(request).identifier, page_asked(request)
    while True:
        answer = listed(wiring.catalog().products(shop, limit, cursor), rendering.product)
        if limit == 1 or len(json.dumps(answer.body)) <= _LARGEST_ANSWER:
            return answer
        limit //= 2


@app.route("GET", f"{PRODUCTS}/{{product_id}}", Kind.READ, "Get Product")
def get_product(request: Request) -> Answer:
    return one(rendering.product(catalog.get_product(wiring.catalog(), *_ids(request))))


@app.route("DELETE", f"{PRODUCTS}/{{product_id}}", Kind.CALL, "Delete Product")
def delete_product(request: Request) -> Answer:
    shop, product_id = _ids(request)
    wiring.catalog().delete_product(shop, catalog.get_product(wiring.catalog(), shop, product_id))
    return one({"id": product_id})


@app.route("POST", f"{PRODUCTS}/import", Kind.CALL, "Import Shopify CSV", body="text/csv")
def import_products(request: Request) -> Answer:
    from till.application.catalog_import import import_products

    shop = _shop(request)
    rows = import_products(wiring.catalog(), wiring.stock(), shop, request.body, wiring.new_id)
    return one(rendering.import_report(rows))


@app.route("GET", STOCK, Kind.READ, "Get Stock")
def get_stock(request: Request) -> Answer:
    shop, sku = _shop(request).identifier, request.path["sku"]
    return Answer(200, rendering.stock(sku, catalog.stock_level(wiring.catalog(), wiring.stock(), shop, sku)))


@app.route("PUT", STOCK, Kind.CALL, "Set Stock on Hand")
def set_stock(request: Request) -> Answer:
    on_hand = parse(StockBody, request.body).on_hand
    shop, variant = _variant(request)
    return Answer(200, rendering.stock(variant.sku, wiring.stock().set_on_hand(shop, variant.id, on_hand)))


@app.route("POST", f"{STOCK}/adjust", Kind.CALL, "Adjust Stock on Hand")
def adjust_stock(request: Request) -> Answer:
    by = parse(AdjustBody, request.body).by
    shop, variant = _variant(request)
    return Answer(200, rendering.stock(variant.sku, wiring.stock().adjust(shop, variant.id, by)))


def _shop(request: Request) -> Shop:
    return wiring.catalog().shop(request.path["shop"])


def _ids(request: Request) -> tuple[str, str]:
    return _shop(request).identifier, request.path["product_id"]


def _variant(request: Request) -> tuple[str, Variant]:
    shop = _shop(request).identifier
    return shop, catalog.variant_of(wiring.catalog(), shop, request.path["sku"])
