"""The merchant's products, their import, stock, discount codes and automatic promotions."""

from __future__ import annotations

import json
from itertools import chain

from merchant.auth import authenticate
from merchant.catalog import rendering
from merchant.catalog.models import AdjustBody, ProductBody, StockBody
from merchant.wire import MERCHANT, everything, listed, one, page_asked
from till.application import catalog, discount_codes, promotions
from till.application.idempotency import Answer
from till.application.settings import ID
from till.domain.discount import Discount
from till.domain.errors import Invalid
from till.domain.product import Variant
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import App, Kind, Request
from till.runtime.validation import parse

SHOP = "/merchant/shops/{shop}"
PRODUCTS = f"{SHOP}/products"
STOCK = f"{SHOP}/stock/{{sku}}"
DISCOUNTS = f"{SHOP}/discounts"
PROMOTIONS = f"{SHOP}/promotions"
PROMOTION = f"{PROMOTIONS}/{{promotion_id}}"

# A function's answer is at most 6 MB; pages of uncommonly large products are made shorter.
_LARGEST_ANSWER = 5_000_000

app = App(MERCHANT, authenticate)
handler = app.handle


@app.route("PUT", PRODUCTS, Kind.CALL, "Set Product")
def put_product(request: Request) -> Answer:
    draft = parse(ProductBody, request.body).draft()
    shop, new_id = _shop(request).identifier, request.new_id()
    ids = chain((new_id,), iter(wiring.new_id, None))
    saved, _ = catalog.put_product(wiring.catalog(), wiring.stock(), shop, draft, ids.__next__)
    return one(rendering.product(saved), 201 if saved.id == new_id else 200)


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
    with request.deleting():
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
    return Answer(200, rendering.stock(variant.sku, wiring.stock().adjust(shop, variant.id, by, request.claim)))


@app.route("GET", DISCOUNTS, Kind.READ, "List Discount Codes")
def list_discounts(request: Request) -> Answer:
    shop = _shop(request).identifier
    page = wiring.discounts().discounts(shop, *page_asked(request))
    used = discount_codes.uses(wiring.stock(), shop, page.data)
    return listed(page, lambda discount: rendering.discount(discount, used.get(discount.id)))


@app.route("GET", f"{DISCOUNTS}/{{code}}", Kind.READ, "Get Discount Code")
def get_discount(request: Request) -> Answer:
    shop = _shop(request).identifier
    return _discount(shop, discount_codes.get_discount(wiring.discounts(), shop, request.path["code"]))


@app.route("PUT", f"{DISCOUNTS}/{{code}}", Kind.CALL, "Set Discount Code")
def put_discount(request: Request) -> Answer:
    from merchant.catalog.discount_models import CODE, DiscountBody

    body, shop, code = parse(DiscountBody, request.body), _shop(request), request.path["code"]
    if not CODE.fullmatch(code):
        raise Invalid("A code has 1 to 64 letters, digits, hyphens, underscores and full stops.", "code")

    def discount_of(discount_id: str) -> Discount:
        return body.discount(discount_id, code, shop.currency)

    new_id = request.new_id()
    discount = discount_codes.put_discount(
        wiring.discounts(), wiring.stock(), shop.identifier, discount_of, code, new_id
    )[0]
    return _discount(shop.identifier, discount, 201 if discount.id == new_id else 200)


@app.route("DELETE", f"{DISCOUNTS}/{{code}}", Kind.CALL, "Delete Discount Code")
def delete_discount(request: Request) -> Answer:
    shop = _shop(request).identifier
    code = request.path["code"]
    with request.deleting():
        discount = discount_codes.get_discount(wiring.discounts(), shop, code)
        wiring.discounts().delete_discount(shop, discount)
        code = discount.code
    return one({"code": code})


@app.route("GET", PROMOTIONS, Kind.READ, "List Promotions")
def list_promotions(request: Request) -> Answer:
    shop = _shop(request)
    gifts = wiring.catalog().variants(shop.identifier, {one.gift_variant_id for one in shop.promotions})
    return everything(shop.promotions, lambda found: rendering.promotion(found, gifts.get(found.gift_variant_id)))


@app.route("GET", PROMOTION, Kind.READ, "Get Promotion")
def get_promotion(request: Request) -> Answer:
    shop = _shop(request)
    return _promotion(shop, promotions.promotion(shop, request.path["promotion_id"]))


@app.route("PUT", PROMOTION, Kind.CALL, "Set Promotion")
def put_promotion(request: Request) -> Answer:
    from merchant.catalog.discount_models import PromotionBody

    body, shop, promotion_id = parse(PromotionBody, request.body), _shop(request), request.path["promotion_id"]
    if not ID.fullmatch(promotion_id):
        raise Invalid("An id has 1 to 63 letters, digits, hyphens and underscores.", "promotion_id")
    gift = wiring.catalog().variants_by_sku(shop.identifier, [body.gift_sku]).get(body.gift_sku)
    if gift is None:
        raise Invalid("There is no variant with this SKU.", "gift_sku")
    promotion = body.promotion(promotion_id, gift.id, shop.currency)
    return _promotion(promotions.put_promotion(wiring.catalog(), shop.identifier, promotion), promotion)


@app.route("DELETE", PROMOTION, Kind.CALL, "Delete Promotion")
def delete_promotion(request: Request) -> Answer:
    with request.deleting():
        promotions.delete_promotion(wiring.catalog(), request.path["shop"], request.path["promotion_id"])
    return one({"id": request.path["promotion_id"]})


def _promotion(shop: Shop, promotion: Discount) -> Answer:
    gift_id = promotion.gift_variant_id
    return one(rendering.promotion(promotion, wiring.catalog().variants(shop.identifier, [gift_id]).get(gift_id)))


def _discount(shop: str, discount: Discount, status: int = 200) -> Answer:
    used = discount_codes.uses(wiring.stock(), shop, [discount])
    return one(rendering.discount(discount, used.get(discount.id)), status)


def _shop(request: Request) -> Shop:
    return wiring.catalog().shop(request.path["shop"])


def _ids(request: Request) -> tuple[str, str]:
    return _shop(request).identifier, request.path["product_id"]


def _variant(request: Request) -> tuple[str, Variant]:
    shop = _shop(request).identifier
    return shop, catalog.variant_of(wiring.catalog(), shop, request.path["sku"])
