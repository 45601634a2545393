"""What a shop sells. A variant is the thing with a price and a stock; a product groups variants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

DEFAULT_TITLE = "Default Title"  # of the only variant of a product without options, as platforms call it


class InventoryPolicy(StrEnum):
    """May a variant be sold below zero? `deny` never does; `continue` takes back-orders."""

    DENY = "deny"
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True)
class Variant:
    """One thing to sell. `id` is a ULID, `number` a small integer of the shop, `platform_id` the merchant's own.

    `prices` and `compare_at_prices` are minor units by currency code. The product's facts are repeated here,
    so that a line item is made from one read.
    """

    id: str
    number: int
    platform_id: str
    sku: str
    title: str
    prices: Mapping[str, int]
    product_id: str
    product_number: int
    product_platform_id: str
    product_title: str
    compare_at_prices: Mapping[str, int] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    policy: InventoryPolicy = InventoryPolicy.DENY
    weight_grams: int = 0
    requires_shipping: bool = True
    taxable: bool = True
    barcode: str = ""
    image_url: str = ""
    vendor: str = ""
    tags: str = ""
    collections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Product:
    """A product and its variants, stored and changed as a whole. `handle` is its name in URLs and imports."""

    id: str
    number: int
    platform_id: str
    handle: str
    title: str
    version: int
    variants: tuple[Variant, ...]
    description: str = ""
    vendor: str = ""
    tags: str = ""
    image_url: str = ""
    collections: tuple[str, ...] = ()
