"""Carts as clients read them.

Wire format: Elastic Path's carts specification, CartResponse and CartItemCollectionResponse. An empty cart has no
currency, and its items are null.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

from elasticpath.errors import error_of
from elasticpath.ids import item_id, uuid_of
from elasticpath.items import RULE, items, promotion_item_id, promotion_items
from elasticpath.money import Json, amount
from elasticpath.timestamps import made_at, timestamp
from elasticpath.totals import display_price
from till.application.cart_adjustments import custom_discounts
from till.application.idempotency import Answer
from till.domain.basket import LineItem
from till.domain.cart import Cart
from till.domain.discount import Discount, DiscountSource, canonical
from till.domain.errors import TillError
from till.domain.shop import Shop
from till.domain.tax import MILLION, TaxItem
from till.runtime.app import Request


def cart_answer(request: Request, cart: Cart, shop: Shop, status: int = 200) -> Answer:
    """The cart, with what `include` asks for."""
    wanted = set(request.query.get("include", "").split(","))
    said: Json = {"data": cart_data(cart, shop, request.api_url)}
    if included := {name: find(cart, shop) for name, find in _INCLUDED.items() if name in wanted}:
        said["included"] = included
    return Answer(status, said)


def items_answer(
    request: Request,
    cart: Cart,
    shop: Shop,
    status: int = 200,
    refused: Iterable[TillError] = (),
    messages: Sequence[Json] = (),
) -> Answer:
    """All items and what they come to; also what could not be done, and what is to be told."""
    wanted = set(request.query.get("include", "").split(","))
    meta = _meta(cart, shop) | ({"messages": list(messages)} if messages else {})
    said: Json = {"data": item_list(cart, shop), "meta": meta}
    included = {name: _INCLUDED[name](cart, shop) for name in _INCLUDED if name in wanted and name != "items"}
    if included:
        said["included"] = included
    if errors := [error for one in refused for error in error_of(one)]:
        said["errors"] = errors
    return Answer(status, said)


def cart_data(cart: Cart, shop: Shop, api_url: str) -> Json:
    """A cart without its items, but for their ids."""
    listed = [{"type": one["type"], "id": one["id"]} for one in item_list(cart, shop)]
    said: Json = {
        "id": cart.id,
        "type": "cart",
        "name": cart.name,
        "description": cart.description,
        "discount_settings": {"custom_discounts_enabled": cart.custom_discounts},
        "links": {"self": f"{api_url}/v2/carts/{cart.id}"},
        "meta": _meta(cart, shop),
        "relationships": {"items": {"data": listed or None}, **_relationships(cart)},
    }
    if cart.contact:
        said["contact"] = dict(cart.contact)
    if cart.attributes:
        said["custom_attributes"] = {name: json.loads(value) for name, value in cart.attributes.items()}
    if cart.snapshot_date:
        said["snapshot_date"] = cart.snapshot_date
    return said


def item_list(cart: Cart, shop: Shop) -> list[Json]:
    """Lines, then promotions that were added by code."""
    lines = items(cart.id, cart.basket, shop, lambda line: _since(cart, line.key))
    said = [_item(cart, line, one) for line, one in zip(cart.basket.lines, lines, strict=True)]
    return said + promotion_items(cart.id, cart.basket, shop, _since(cart, ""))


def promotions_added(cart: Cart, codes: Sequence[str]) -> list[Json]:
    """Told of each of these codes that the cart has."""
    asked = set(map(canonical, codes))
    return [
        {
            "source": {"type": "promotion_item", "id": promotion_item_id(cart.id, one.id)},
            "title": "Promotion Added",
            "description": "Promotion has been added to cart.",
        }
        for one in cart.basket.discounts
        if one.source is DiscountSource.CODE and canonical(one.code) in asked
    ]


def _item(cart: Cart, line: LineItem, said: Json) -> Json:
    said = {"id": said["id"], "type": item_type(line)} | said
    if related := _item_relationships(cart, line.key):
        said["relationships"] = related
    group = next((group for group in cart.shipping_groups if line.key in group.lines), None)
    if group:
        said["shipping_group_id"] = uuid_of(group.id)
    if not line.is_custom:
        said["catalog_source"] = "pim"
    return said


def tax_item(cart: Cart, item: TaxItem) -> Json:
    """A tax that a client put on an item."""
    share = {"rate": item.millionths / MILLION} if item.amount is None else {"amount": item.amount}
    return {
        "id": uuid_of(item.id),
        "type": "tax_item",
        "name": item.name,
        "code": item.code,
        "jurisdiction": item.jurisdiction,
        **share,
        **_for_item(cart, item.line_key),
    }


def custom_discount(cart: Cart, shop: Shop, discount: Discount) -> Json:
    """A discount of the client's own making."""
    return {
        "id": uuid_of(discount.id),
        "type": "custom_discount",
        "external_id": discount.external_id,
        "discount_engine": discount.engine,
        "discount_code": discount.code,
        "description": discount.text,
        "amount": amount(-discount.value, discount.currency, shop.locale),
        **_for_item(cart, discount.line_key),
    }


def item_type(line: LineItem) -> str:
    """The type of a line's item."""
    return "custom_item" if line.is_custom else "cart_item"


def _meta(cart: Cart, shop: Shop) -> Json:
    at = _since(cart, "") | {"expires_at": timestamp(cart.expires_at)}
    return {"display_price": display_price(cart.basket, shop.locale), "timestamps": at}


def _since(cart: Cart, ulid: str) -> Json:
    """When it was made; and changed: at the latest with its cart."""
    return {"created_at": timestamp(made_at(ulid, cart.created_at)), "updated_at": timestamp(cart.updated_at)}


def _relationships(cart: Cart) -> Json:
    related = {
        "customers": [{"type": "customer", "id": uuid_of(one)} for one in cart.customers],
        "accounts": [{"type": "account", "id": uuid_of(one)} for one in cart.accounts],
        "shipping_groups": [{"type": "shipping_group", "id": uuid_of(one.id)} for one in cart.shipping_groups],
        "promotions": [{"type": "promotion", "id": one["id"]} for one in _promotions(cart)],
        "custom_discounts": [_discount_reference(one) for one in custom_discounts(cart) if not one.line_key],
    }
    return {name: {"data": found} for name, found in related.items() if found}


def _item_relationships(cart: Cart, key: str) -> Json:
    related = {
        "taxes": [{"type": "tax_item", "id": uuid_of(one.id)} for one in cart.basket.tax_items if one.line_key == key],
        "custom_discounts": [_discount_reference(one) for one in custom_discounts(cart) if one.line_key == key],
    }
    return {name: {"data": found} for name, found in related.items() if found}


def _discount_reference(one: Discount) -> Json:
    return {"type": "custom_discount", "id": uuid_of(one.id)}


def _for_item(cart: Cart, key: str) -> Json:
    """The relationship to an item, where there is one."""
    if not key:
        return {}
    line = cart.basket.line(key)
    return {"relationships": {"item": {"data": {"type": item_type(line), "id": item_id(cart.id, key)}}}}


def _tax_items(cart: Cart, _: Shop) -> list[Json]:
    return [tax_item(cart, one) for one in cart.basket.tax_items]


def _custom_discounts(cart: Cart, shop: Shop) -> list[Json]:
    return [custom_discount(cart, shop, one) for one in custom_discounts(cart)]


def _promotions(cart: Cart, _: Shop | None = None) -> list[Json]:
    return [
        {
            "type": "promotion",
            "id": uuid_of(one.id),
            "name": one.text or one.code,
            "description": one.text,
            "automatic": False,
            "promotion_source": RULE,
            **({"start": timestamp(one.starts_at)} if one.starts_at else {}),
            **({"end": timestamp(one.ends_at)} if one.ends_at else {}),
        }
        for one in cart.basket.discounts
        if one.source is DiscountSource.CODE
    ]


_INCLUDED: dict[str, Callable[[Cart, Shop], list[Json]]] = {
    "items": item_list,
    "tax_items": _tax_items,
    "custom_discounts": _custom_discounts,
    "promotions": _promotions,
}
