"""What is in a cart: read, added, changed, taken out."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from elasticpath.access import asker, caller
from elasticpath.carts import wire
from elasticpath.carts.routes import CART, ITEM, app, change, currency_asked, read, shop_asked
from elasticpath.ids import item_id, ulid_of
from elasticpath.items import as_properties, promotion_item_id
from elasticpath.requests import parse_data
from till.application.idempotency import Answer
from till.domain.cart import Cart
from till.domain.discount import Discount
from till.domain.errors import NotFound, TillError
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import Kind, Request

if TYPE_CHECKING:
    from elasticpath.carts.models import ItemChanges
    from till.application.cart_items import ItemChange

ITEMS = f"{CART}/items"
# Each of these is many items.
_MANY = ("order_items", "cart_items")


@app.route("GET", ITEMS, Kind.READ, "List Cart Items")
def get_items(request: Request) -> Answer:
    return read(request, lambda cart, shop: wire.items_answer(request, cart, shop))


@app.route("POST", ITEMS, Kind.CHANGE, "Add Cart Items", takes="ItemsBody")
def add_items(request: Request) -> Answer:
    from elasticpath.carts.models import ITEM_TYPES, ItemsBody
    from elasticpath.carts.wanted import wanted_items
    from till.application.cart_items import WantedCode

    body = parse_data(ItemsBody, request.body, ITEM_TYPES)
    shop = shop_asked(request)
    wanted = wanted_items(request, body, shop)
    codes = [one.code for one in wanted if isinstance(one, WantedCode)]
    is_many = isinstance(request.body["data"], list) or body.data[0].type in _MANY
    refused: list[TillError] | None = [] if is_many and not body.options.add_all_or_nothing else None

    @cache  # once, however often the cart is edited, and not where a key replays
    def tried() -> None:
        for _ in codes:
            wiring.limits().spend_code(shop, request.path["cart_id"], asker(request, caller(request)))

    def edit(cart: Cart, shop: Shop) -> Cart:
        tried()
        if refused:
            refused.clear()
        return wiring.cart_items().add(cart, shop, wanted, currency_asked(request, shop), request.now, refused)

    def render(cart: Cart, shop: Shop) -> Answer:
        return wire.items_answer(request, cart, shop, 201, refused or (), wire.promotions_added(cart, codes))

    return change(request, edit, render)


@app.route("PUT", ITEMS, Kind.CHANGE, "Update Cart Items", takes="ItemUpdatesBody")
def update_items(request: Request) -> Answer:
    from elasticpath.carts.models import ItemUpdatesBody

    body = parse_data(ItemUpdatesBody, request.body)
    refused: list[TillError] | None = None if body.options.update_all_or_nothing else []

    def edit(cart: Cart, shop: Shop) -> Cart:
        if refused:
            refused.clear()
        changes = [_change(key_of(cart, one.id) or one.id, one) for one in body.data]
        return wiring.cart_items().update(cart, shop, changes, refused)

    return change(request, edit, lambda cart, shop: wire.items_answer(request, cart, shop, refused=refused or ()))


@app.route("DELETE", ITEMS, Kind.CHANGE, "Empty Cart")
def delete_items(request: Request) -> Answer:
    from till.application.cart_items import without_items

    return change(request, lambda cart, _: without_items(cart), lambda *_: Answer(204, {}))


@app.route("PUT", ITEM, Kind.CHANGE, "Update Cart Item", takes="ItemBody")
def update_item(request: Request) -> Answer:
    from elasticpath.carts.models import ItemBody

    changes = parse_data(ItemBody, request.body).data

    def edit(cart: Cart, shop: Shop) -> Cart:
        return wiring.cart_items().update(cart, shop, [_change(asked_key(request, cart), changes)])

    return change(request, edit, lambda cart, shop: wire.items_answer(request, cart, shop))


@app.route("DELETE", ITEM, Kind.CHANGE, "Remove Cart Item")
def delete_item(request: Request) -> Answer:
    from till.application.cart_items import ItemChange, without_code

    def edit(cart: Cart, shop: Shop) -> Cart:
        if promotion := _promotion(cart, request.path["item_id"]):
            return without_code(cart, promotion.code)
        gone = ItemChange(asked_key(request, cart), quantity=0)
        return wiring.cart_items().update(cart, shop, [gone])

    return change(request, edit, lambda cart, shop: wire.items_answer(request, cart, shop))


@app.route("DELETE", f"{CART}/discounts/{{code}}", Kind.CHANGE, "Remove Promotion Code")
def delete_promotion(request: Request) -> Answer:
    from till.application.cart_items import without_code

    return change(request, lambda cart, _: without_code(cart, request.path["code"]), lambda *_: Answer(204, {}))


def key_of(cart: Cart, item: str) -> str:
    """The key of the line that has this id as an item, or nothing."""
    asked = {item, ulid_of(item)}
    lines = cart.basket.lines
    return next((line.key for line in lines if line.key in asked or item_id(cart.id, line.key) == item), "")


def asked_key(request: Request, cart: Cart) -> str:
    """The key of the line in the path. Raises `NotFound`."""
    item = request.path["item_id"]
    if not (key := key_of(cart, item)):
        raise NotFound("The Item doesn't exist in the cart", about={"line_key": item})
    return key


def group_of(given: str | None) -> str:
    """A shipping group's ULID, or nothing. What is no id is no group's."""
    return (ulid_of(given) or given) if given else ""


def _change(key: str, one: ItemChanges) -> ItemChange:
    from till.application.cart_items import ItemChange

    return ItemChange(
        key,
        one.quantity,
        None if one.custom_inputs is None else as_properties(one.custom_inputs),
        group_of(one.shipping_group_id) if "shipping_group_id" in one.model_fields_set else None,
    )


def _promotion(cart: Cart, item: str) -> Discount | None:
    return next((one for one in cart.basket.discounts if promotion_item_id(cart.id, one.id) == item), None)
