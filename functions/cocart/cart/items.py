"""What is in the cart: read, added, changed, taken out, had again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cocart.cart.routes import changed, v2
from cocart.cart.wire import Notices, cart_body, item_count, items, view
from cocart.storefront import Shopper, change, read, sent
from cocart.wire import item_keys, line_named
from till.application.idempotency import Answer
from till.domain.basket import LineItem
from till.domain.cart import Cart
from till.domain.errors import NotFound, Refused, TillError
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import Kind, Request
from till.runtime.validation import parse

if TYPE_CHECKING:
    from cocart.cart.models import Contacted, Wanted
    from till.application.cart_items import WantedProduct

ITEM = "cart/item/{item_key}"
# The last of those that were taken out.
MOST_REMOVED = 20


@v2("POST", "cart/add-item", Kind.CHANGE, "Add Item", takes="AddItemBody")
def add_item(request: Request) -> Answer:
    from cocart.cart.models import AddItemBody

    body = parse(AddItemBody, sent(request))
    return _added(request, [body], body, body.return_item, lambda found: found[0])


@v2("POST", "cart/add-items", Kind.CHANGE, "Add Items", takes="AddItemsBody")
def add_items(request: Request) -> Answer:
    from cocart.cart.models import AddItemsBody

    body = parse(AddItemsBody, sent(request))
    return _added(request, body.items, body, body.return_items, lambda found: found)


@v2("GET", ITEM, Kind.READ, "Get Item")
def get_item(request: Request) -> Answer:
    def render(cart: Cart, who: Shopper) -> object:
        found = items(view(request, cart, who.shop)).get(request.path["item_key"])
        if found is None:
            raise _not_in_cart()
        return found

    return read(request, render)


@v2("POST", ITEM, Kind.CHANGE, "Update Item", takes="UpdateItemBody")
def update_item(request: Request) -> Answer:
    from cocart.cart.models import UpdateItemBody

    body, said = parse(UpdateItemBody, sent(request)), {}
    if body.quantity == 0:
        return _removed(request, body.return_status)

    def edit(cart: Cart, who: Shopper) -> Cart:
        line = _line(cart, request)
        if line.gift_of:
            message = f'You can only have {line.quantity} "{line.name}" in your cart.'
            raise Refused(message, code="cocart_can_not_increase_quantity")
        said.update(_status(line, body.quantity))
        return with_quantities(cart, who.shop, {line.key: body.quantity}, body.item_data)

    def render(cart: Cart, who: Shopper) -> object:
        return said if body.return_status else cart_body(request, cart, who)

    return change(request, edit, render)


@v2("PUT", ITEM, Kind.CHANGE, "Restore Item", takes="ReturnBody")
def restore_item(request: Request) -> Answer:
    from cocart.cart.models import ReturnBody
    from till.application.cart_items import copied

    body, key = parse(ReturnBody, sent(request)), request.path["item_key"]
    notices: Notices = {}

    def edit(cart: Cart, who: Shopper) -> Cart:
        line = line_named(cart.removed, key)
        if line is None:
            raise _not_removed(cart, key)
        notices["success"] = [f'"{line.name}" has been added back to your cart.']
        wanted = copied(replace(cart.basket, lines=(line,)), with_custom=True)
        back = _with(cart, who.shop, wanted, request.now)
        return replace(back, removed=tuple(one for one in back.removed if one is not line))

    def render(cart: Cart, who: Shopper) -> object:
        found = items(view(request, cart, who.shop)).get(key) if body.return_item else None
        return found or cart_body(request, cart, who, notices)

    return change(request, edit, render)


@v2("DELETE", ITEM, Kind.CHANGE, "Remove Item", takes="ReturnBody")
def remove_item(request: Request) -> Answer:
    from cocart.cart.models import ReturnBody

    return _removed(request, parse(ReturnBody, sent(request)).return_status)


@v2("GET", "cart/items", Kind.READ, "List Items")
def get_items(request: Request) -> Answer:
    def render(cart: Cart, who: Shopper) -> object:
        if not cart.basket.lines:
            raise NotFound("No items in the cart.", code="cocart_no_items")
        return items(view(request, cart, who.shop))

    return read(request, render)


@v2("DELETE", "cart/items", Kind.CHANGE, "Remove Items")
def remove_items(request: Request) -> Answer:
    def edit(cart: Cart, _: Shopper) -> Cart:
        from till.application.cart_items import without_items

        return with_removed(without_items(cart), cart.basket.lines)

    return changed(request, edit)


@v2("GET", "cart/items/count", Kind.READ, "Count Items")
def count_items(request: Request) -> Answer:
    return read(request, lambda cart, _: item_count(cart.basket))


def with_quantities(cart: Cart, shop: Shop, wanted: dict[str, int], item_data: dict[str, str] | None = None) -> Cart:
    """The cart with other quantities of lines, by their own keys; 0 takes one out."""
    from till.application.cart_items import ItemChange

    gone = [line for line in cart.basket.lines if wanted.get(line.key) == 0]
    changes = [ItemChange(key, quantity, item_data) for key, quantity in wanted.items()]
    try:
        return with_removed(wiring.cart_items().update(cart, shop, changes), gone)
    except Refused as refused:
        raise _short(refused, shop) from None


def with_removed(cart: Cart, gone: Sequence[LineItem]) -> Cart:
    """The cart that remembers what was taken out of it. Gifts come and go by themselves."""
    there = set(item_keys(cart.basket.lines).values())
    removed = (*cart.removed, *(line for line in gone if not line.gift_of))
    latest = {key: line for line, key in zip(removed, item_keys(removed).values(), strict=True) if key not in there}
    return replace(cart, removed=tuple(latest.values())[-MOST_REMOVED:])


def reached(cart: Cart, contacted: Contacted, shop: Shop) -> Cart:
    """The cart with how its shopper is reached."""
    from cocart.addresses import with_addresses, with_email

    if contacted.phone:
        cart = with_addresses(cart, shop, {"phone": contacted.phone}, {}, own_shipping=True)
    return with_email(cart, contacted.email) if contacted.email else cart


def _added(
    request: Request,
    bodies: Sequence[Wanted],
    contacted: Contacted,
    items_only: bool,
    shape: Callable[[list[Any]], object],
) -> Answer:
    found: dict[str, list[WantedProduct]] = {}
    notices: Notices = {}

    def edit(cart: Cart, who: Shopper) -> Cart:
        wanted = found.get("wanted") or found.setdefault("wanted", wanted_products(bodies, who.shop))
        added = reached(_with(cart, who.shop, wanted, request.now), contacted, who.shop)
        notices["success"] = [f"{line.name} has been added to your cart." for line in _lines_of(added, wanted)]
        return added

    def render(cart: Cart, who: Shopper) -> object:
        if not items_only:
            return cart_body(request, cart, who, notices)
        shown, keys = items(view(request, cart, who.shop)), item_keys(cart.basket.lines)
        return shape([shown[keys[line.key]] for line in _lines_of(cart, found.get("wanted", []))])

    return change(request, edit, render)


def wanted_products(bodies: Sequence[Wanted], shop: Shop) -> list[WantedProduct]:
    """Products by the numbers of variants, or by SKU. Raises `NotFound`."""
    from till.application.cart_items import WantedProduct

    catalog = wiring.catalog()
    numbers = {one.id: int(one.id) for one in bodies if one.id.isdecimal() and one.id.isascii() and len(one.id) < 16}
    by_number = catalog.variants_by_number(shop.identifier, set(numbers.values())) if numbers else {}
    found = {text: by_number[number].id for text, number in numbers.items() if number in by_number}
    others = {one.id for one in bodies} - found.keys()
    found |= {sku: one.id for sku, one in (catalog.variants_by_sku(shop.identifier, others) if others else {}).items()}
    for one in bodies:
        if one.id not in found:
            message = f'Product ID "{one.id}" was not found. Please provide a product ID that exists.'
            raise NotFound(message, "id", "product_missing")
    return [WantedProduct(one.quantity, found[one.id], properties=one.item_data) for one in bodies]


def _with(cart: Cart, shop: Shop, wanted: Sequence[Any], now: int) -> Cart:
    """The cart with more in it. What can be restored is no longer what is there again."""
    try:
        added = wiring.cart_items().add(cart, shop, wanted, cart.basket.currency or shop.currency, now)
    except Refused as refused:
        raise _short(refused, shop) from None
    return with_removed(added, ())


def _removed(request: Request, status_only: bool) -> Answer:
    notices: Notices = {}

    def edit(cart: Cart, who: Shopper) -> Cart:
        line = _line(cart, request)
        if line.gift_of:
            raise Refused("Unable to remove item from cart.", code="cocart_can_not_remove_item")
        notices["success"] = [f'"{line.name}" has been removed from cart.']
        return with_quantities(cart, who.shop, {line.key: 0})

    def render(cart: Cart, who: Shopper) -> object:
        if status_only and notices:
            return {"message": notices["success"][0], "quantity": 0}
        return cart_body(request, cart, who, notices)

    return change(request, edit, render)


def _line(cart: Cart, request: Request) -> LineItem:
    """The line of the path. Raises `NotFound`, as helpful as it can be."""
    key = request.path["item_key"]
    line = line_named(cart.basket.lines, key)
    if line is None:
        gone = line_named(cart.removed, key)
        if gone is None and not cart.basket.lines and not cart.removed:
            raise NotFound("No items in cart.", code="cocart_no_items")
        raise _not_in_cart(f'"{gone.name}" has already been removed from cart.' if gone else "")
    return line


def _not_in_cart(message: str = "") -> NotFound:
    return NotFound(message or "Item specified does not exist in cart.", "item_key", "cocart_item_not_in_cart")


def _not_removed(cart: Cart, key: str) -> TillError:
    line = line_named(cart.basket.lines, key)
    if line is None:
        return NotFound("Item does not exist in cart.", "item_key", "cocart_item_restored_to_cart")
    return Refused(f'"{line.name}" has already been restored to the cart.', code="item_restored")


def _lines_of(cart: Cart, wanted: Sequence[WantedProduct]) -> list[LineItem]:
    """The lines that these products are in."""
    asked = [(one.variant_id, one.properties) for one in wanted]
    return [line for line in cart.basket.lines if (line.variant_id, line.properties) in asked and not line.gift_of]


def _status(line: LineItem, quantity: int) -> dict[str, object]:
    if quantity == line.quantity:
        return {"message": f'The quantity for "{line.name}" has not changed.', "quantity": quantity}
    way = "increased" if quantity > line.quantity else "decreased"
    return {"message": f'The quantity for "{line.name}" has {way} to "{quantity}".', "quantity": quantity}


def _short(refused: Refused, shop: Shop) -> Refused:
    """Too little in stock, told with how much there is."""
    [problem, *_] = refused.problems
    if problem.code != "insufficient_stock":
        return refused
    variant_id = problem.about["variant_id"]
    left = wiring.stock().levels(shop.identifier, [variant_id])[variant_id].available
    variant = wiring.catalog().variants(shop.identifier, [variant_id]).get(variant_id)
    name = variant.product_title if variant else problem.about["sku"]
    if left <= 0:
        message = f'You cannot add "{name}" to the cart because the product is out of stock.'
        return Refused(message, code="cocart_product_out_of_stock")
    message = f'You cannot add that amount of "{name}" to the cart because there is not enough stock'
    message = f"{message}, only ({left} remaining)."
    return Refused(message, code="insufficient_stock")
