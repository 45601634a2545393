"""Line items out of the catalogue: wanted by the merchant's id or by SKU, priced by the catalogue alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from till.application.ports import Catalog
from till.domain.basket import MOST_LINES, Basket, check_quantity, line_of
from till.domain.errors import Invalid
from till.domain.product import Variant
from till.domain.shop import Shop


@dataclass(frozen=True, slots=True)
class WantedItem:
    """A line item as a storefront asks for it."""

    key: str
    platform_id: str
    sku: str
    quantity: int
    properties: Mapping[str, str] = field(default_factory=dict)


def find_variants(catalog: Catalog, shop: str, items: Sequence[WantedItem], at: str = "") -> list[Variant]:
    """The variant of each item; `at` is the field that holds the items. Raises `Invalid`, naming the field."""
    by_id = catalog.variants_by_platform_id(shop, {item.platform_id for item in items if item.platform_id})
    by_sku = catalog.variants_by_sku(shop, {item.sku for item in items if not item.platform_id})
    found = []
    for index, item in enumerate(items):
        prefix = f"{at}.{index}." if at else ""
        variant = by_id.get(item.platform_id) if item.platform_id else by_sku.get(item.sku)
        if variant is None:
            name = "platform_id" if item.platform_id else "sku"
            message = "SKU is invalid." if name == "sku" else "The shop has no product with this platform_id."
            raise Invalid(message, prefix + name)
        if item.sku and variant.sku != item.sku:
            raise Invalid("platform_id and sku name different products.", prefix + "sku")
        found.append(variant)
    return found


def add_line(basket: Basket, item: WantedItem, variant: Variant, shop: Shop) -> Basket:
    """The basket with the item. The key of a line of the same product adds to it; of another, it is refused.

    What was added to keeps its properties unless there are new ones.
    """
    line = line_of(variant, basket.currency, item.key, item.quantity, item.properties)
    same_key = next((old for old in basket.lines if old.key == item.key), None)
    if same_key is None:
        return basket.with_line(line, shop)
    if same_key.variant_id != variant.id:
        raise Invalid("This key is the key of another product's line item.", "line_item_key")
    quantity = same_key.quantity + item.quantity
    check_quantity(quantity)
    return basket.with_line(replace(line, quantity=quantity, properties=line.properties or same_key.properties), shop)


def add_items(catalog: Catalog, basket: Basket, items: Sequence[WantedItem], shop: Shop, at: str) -> Basket:
    """The basket with all the items, which the request has in the field `at`. Raises `Invalid`, naming the item."""
    if len(basket.lines) + len(items) > MOST_LINES:
        raise Invalid(f"An order has at most {MOST_LINES} line items.", at)
    for index, item in enumerate(items):
        check_quantity(item.quantity, f"{at}.{index}.quantity")
    for item, variant in zip(items, find_variants(catalog, shop.identifier, items, at), strict=True):
        basket = add_line(basket, item, variant, shop)
    return basket
