"""Carts of an organisation. What is made here is a template: it never ends, and any number of checkouts begin with it.

Wire format: Diddo's carts as its documents name them and its public sandbox uses them; `also` are the older names. The
cart is answered at the top level.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from diddo import wire
from diddo.storefront import BAD_REQUEST, cart_or_live, checked_id, diddo, live_cart, shop_asked, unknown
from till.application.idempotency import Answer
from till.application.identifiers import forms, is_ulid
from till.domain.cart import FOR_EVER, Cart
from till.domain.errors import Invalid, NotFound, Refused, TillError
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import Kind, Request
from till.runtime.validation import parse

if TYPE_CHECKING:
    from diddo.carts.models import Item
    from till.domain.basket import Basket, LineItem
    from till.domain.order import Order

wiring.at_init(wiring.carts)

app = diddo(refused=BAD_REQUEST)
handler = app.handle


@app.route("POST", "/cart/add", Kind.CHANGE, "Add Cart Item", takes="ItemBody")
def add_item(request: Request) -> Answer:
    from diddo.carts.models import ItemBody
    from till.application.cart_items import WantedProduct

    body = parse(ItemBody, request.body)

    def edit(cart: Cart, shop: Shop) -> Cart:
        if not body.item.quantity:
            return _with_quantity(cart, shop, _lines(cart, body.item), 0)
        variant_id = _variant_id(shop, body.item.variant_id)
        wanted = WantedProduct(body.item.quantity, variant_id, properties=body.item.properties)
        return wiring.cart_items().add(cart, shop, [wanted], cart.basket.currency or shop.currency, request.now)

    return _change(request, body.cart_id, edit)


@app.route("POST", "/cart/update", Kind.CHANGE, "Update Cart Item", takes="ItemBody")
def update_item(request: Request) -> Answer:
    from diddo.carts.models import ItemBody

    body = parse(ItemBody, request.body)

    def edit(cart: Cart, shop: Shop) -> Cart:
        lines = _lines(cart, body.item)
        if len(lines) > 1 and body.item.quantity:
            raise Invalid("The cart has this variant in several ways: say which.", "item.customizations")
        return _with_quantity(cart, shop, lines, body.item.quantity)

    return _change(request, _given(body.cart_id), edit)


@app.route("DELETE", "/cart/items", Kind.CHANGE, "Remove Cart Item", takes="RemovedBody")
def remove_item(request: Request) -> Answer:
    from diddo.carts.models import RemovedBody

    body = parse(RemovedBody, request.body)

    def edit(cart: Cart, shop: Shop) -> Cart:
        return _with_quantity(cart, shop, _of_variant(cart, body.variant_id), 0)

    return _change(request, _given(body.cart_id), edit)


@app.route("GET", "/cart/{cart_id}", Kind.READ, "Get Cart")
def get_cart(request: Request) -> Answer:
    shop = shop_asked(request)
    return Answer(200, _shown(_found(request, shop, NotFound), shop))


@app.route("GET", "/cart/status/{cart_id}", Kind.READ, "Get Cart Status")
def get_status(request: Request) -> Answer:
    shop = shop_asked(request)
    found = _found(request, shop)
    return Answer(200, {"cart": _shown(found, shop), "status": wire.status(found)})


@app.route("GET", "/cart/{cart_id}/shipping", Kind.READ, "Get Shipping Rates", also=("/cart/shipping-rates/{cart_id}",))
def get_rates(request: Request) -> Answer:
    shop = shop_asked(request)
    return Answer(200, {"stores": [{"offer": wire.offer(_found(request, shop).basket, shop)}]})


def _change(request: Request, cart_id: str, edit: Callable[[Cart, Shop], Cart]) -> Answer:
    """Edit the cart that is named, or a new template, and answer it."""
    shop = shop_asked(request)

    def edited(cart: Cart) -> Cart:
        if cart_id and (not cart.version or cart.owners):
            raise _NotThere("")
        return edit(cart if cart.version else replace(cart, life_days=FOR_EVER), shop)

    def answered(cart: Cart) -> Answer:
        return Answer(200, wire.cart(cart, shop))

    for form in forms(checked_id(cart_id)) if cart_id else (wiring.new_id(),):
        try:
            return wiring.cart_editor().change(shop, form, edited, answered, request.claim, templates=True)
        except _NotThere:
            continue
    if live_cart(shop, cart_id):
        raise Refused("A checkout has begun with this cart: what is in it stays.", "cart_id", "cart_is_live")
    raise unknown(shop, cart_id)


class _NotThere(NotFound):
    """No cart has the id in this form."""


def _found(request: Request, shop: Shop, kind: type[TillError] = Invalid) -> Cart | Order:
    cart_id = checked_id(request.path["cart_id"])
    if found := cart_or_live(shop, cart_id):
        return found
    raise unknown(shop, cart_id, kind)


def _shown(found: Cart | Order, shop: Shop) -> wire.Json:
    """With what cannot be had any more."""
    gone = frozenset[str]() if wire.is_submitted(found) else _gone(found.basket, shop)
    return wire.cart(found, shop, gone)


def _gone(basket: Basket, shop: Shop) -> frozenset[str]:
    """The variants that are not sold any more, or not so many of them."""
    wanted = basket.quantities()
    sold = wiring.catalog().variants(shop.identifier, wanted)
    levels = wiring.stock().levels(shop.identifier, wanted) if shop.settings.inventory_check and wanted else {}
    short = {one for one, level in levels.items() if not level.oversells and level.available < wanted[one]}
    return frozenset(short | wanted.keys() - sold.keys())


def _given(cart_id: str) -> str:
    if not cart_id:
        raise Invalid("This field is required.", "cart_id", "missing")
    return cart_id


def _variant_id(shop: Shop, asked: str) -> str:
    """The ULID of a variant that is named by its ULID, its UUID or the merchant's id. Raises `Invalid`."""
    catalog = wiring.catalog()
    ids = [form for form in forms(asked) if is_ulid(form)]
    found = catalog.variants(shop.identifier, ids) if ids else {}
    found = found or catalog.variants_by_platform_id(shop.identifier, [asked])
    for variant in found.values():
        return variant.id
    raise Invalid("The requested product could not be found.", "item.variant_id", "product_missing")


def _lines(cart: Cart, item: Item) -> list[LineItem]:
    """The lines of a variant, with these customizations where there are any."""
    lines = _of_variant(cart, item.variant_id)
    return [line for line in lines if line.properties == item.properties] if item.customizations else lines


def _of_variant(cart: Cart, asked: str) -> list[LineItem]:
    """What is custom goes by its key. Gifts come and go by themselves."""
    ids = forms(asked)
    return [
        line
        for line in cart.basket.lines
        if not line.gift_of and ((line.variant_id or line.key) in ids or line.platform_id == asked)
    ]


def _with_quantity(cart: Cart, shop: Shop, lines: list[LineItem], quantity: int) -> Cart:
    from till.application.cart_items import ItemChange

    return wiring.cart_items().update(cart, shop, [ItemChange(line.key, quantity) for line in lines])
