"""What carts and orders say alike of the items in them.

Wire format: Elastic Path's carts and orders specification, CartItemResponse and OrderItemResponse. An item of a product
is one of its variants: `product_id` and `sku` are the variant's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from elasticpath.ids import item_id, uuid_of
from elasticpath.money import Json, amount
from elasticpath.totals import items_display_price, promotion_display_price
from till.domain.basket import Basket, LineItem
from till.domain.discount import DiscountSource
from till.domain.discounting import Reduction, reductions
from till.domain.shop import Shop

RULE = "rule-promotion"
_AS_JSON = ("{", "[", '"')


def items(owner: str, basket: Basket, shop: Shop, since: Callable[[LineItem], Json]) -> list[Json]:
    """Each line of the basket, in its order. `owner` is the id of the cart or order, `since` gives timestamps."""
    reduced = reductions(basket)
    prices = items_display_price(basket, shop.locale)
    taxed = basket.taxes.included if basket.taxes else shop.settings.prices_include_tax

    def meta(line: LineItem) -> Json:
        each = prices[line.key] | _discount_prices(line, basket, shop, reduced)
        return {"display_price": each, "timestamps": since(line)}

    return [_item(owner, line, basket, shop, taxed, reduced) | {"meta": meta(line)} for line in basket.lines]


def promotion_items(owner: str, basket: Basket, shop: Shop, at: Json) -> list[Json]:
    """The promotions that were added by code, as the items that carts show them as. `at` are their timestamps."""
    return [
        _promotion(owner, one, basket, shop, at)
        for one in reductions(basket)
        if one.discount.source is DiscountSource.CODE
    ]


def promotion_item_id(owner: str, discount_id: str) -> str:
    """The id of a promotion as an item; the promotion itself has another."""
    return item_id(owner, f"promotion {discount_id}")


def as_properties(custom_inputs: Mapping[str, object]) -> dict[str, str]:
    """What was asked for beside a product, as lines keep it: text, or JSON where it is more than text."""

    def kept(value: object) -> str:
        if isinstance(value, str) and not value.startswith(_AS_JSON):
            return value
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    return {name: kept(value) for name, value in custom_inputs.items()}


def as_custom_inputs(properties: Mapping[str, str]) -> Json:
    """The same as it was asked for. What another dialect wrote is text."""

    def told(value: str) -> object:
        try:
            return json.loads(value) if value.startswith(_AS_JSON) else value
        except ValueError:
            return value

    return {name: told(value) for name, value in properties.items()}


def _item(owner: str, line: LineItem, basket: Basket, shop: Shop, taxed: bool, reduced: tuple[Reduction, ...]) -> Json:
    price = {"currency": basket.currency, "includes_tax": not line.taxable if line.is_custom else taxed}
    said: Json = {
        "id": item_id(owner, line.key),
        **({} if line.is_custom else {"product_id": uuid_of(line.variant_id)}),
        "name": line.name,
        "description": line.description,
        "sku": line.sku,
        "slug": "",
        "image": {"mime_type": "", "file_name": "", "href": line.image_url},
        "quantity": line.quantity,
        "manage_stock": shop.settings.inventory_check and not line.is_custom,
        "unit_price": {"amount": line.unit_price, **price},
        "value": {"amount": line.subtotal, **price},
        "links": {},
    }
    if discounts := [_discount(one, line, basket) for one in reduced if _off(one, line)]:
        said["discounts"] = discounts
    if line.properties:
        said["custom_inputs"] = as_custom_inputs(line.properties)
    if line.gift_of:
        said["auto_add_quantity"] = line.quantity
    return said


def _off(one: Reduction, line: LineItem) -> int:
    return dict(one.lines).get(line.key, 0)


def _discount(one: Reduction, line: LineItem, basket: Basket) -> Json:
    return {
        "amount": {"amount": -_off(one, line), "currency": basket.currency, "includes_tax": False},
        "code": one.discount.code,
        "id": item_id("", one.discount.id),
        **({"promotion_source": RULE} if one.discount.source is DiscountSource.CODE else {}),
        "is_cart_discount": not one.discount.is_narrow,
    }


def _discount_prices(line: LineItem, basket: Basket, shop: Shop, reduced: tuple[Reduction, ...]) -> Json:
    """By code, where anything is taken off the line."""
    off = {one.discount.code: amount(-_off(one, line), basket.currency, shop.locale) for one in reduced}
    off = {code: price for code, price in off.items() if price["amount"]}
    return {"discounts": off} if off else {}


def _promotion(owner: str, one: Reduction, basket: Basket, shop: Shop, at: Json) -> Json:
    price = {"amount": -one.amount, "currency": basket.currency, "includes_tax": False}
    return {
        "id": promotion_item_id(owner, one.discount.id),
        "type": "promotion_item",
        "promotion_id": uuid_of(one.discount.id),
        "name": one.discount.text or one.discount.code,
        "description": one.discount.text,
        "sku": one.discount.code,
        "slug": "",
        "image": {"mime_type": "", "file_name": "", "href": ""},
        "quantity": 1,
        "manage_stock": False,
        "unit_price": price,
        "value": price,
        "links": {},
        "meta": {"display_price": promotion_display_price(one, basket.currency, shop.locale), "timestamps": at},
        "promotion_source": RULE,
    }
