"""Requests about products and stock. Prices are decimal strings by currency: {"USD": "12.34"}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, StrictBool, StrictInt, StringConstraints

from till.domain.catalog_import import (
    LONGEST_NAME,
    LONGEST_TAGS,
    LONGEST_TEXT,
    LONGEST_URL,
    MOST_COLLECTIONS,
    MOST_VARIANTS,
    ProductDraft,
    VariantDraft,
)
from till.domain.currency import all_currencies
from till.domain.errors import Invalid
from till.domain.money import from_decimal
from till.domain.product import InventoryPolicy
from till.runtime.validation import Body

DECIMAL = r"^[0-9]{1,14}(\.[0-9]{1,4})?$"

_MOST_UNITS = 1_000_000_000

Name = Annotated[str, StringConstraints(max_length=LONGEST_NAME, strip_whitespace=True)]
Required = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME, strip_whitespace=True)]
Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]
Tags = Annotated[str, StringConstraints(max_length=LONGEST_TAGS)]
Url = Annotated[str, StringConstraints(max_length=LONGEST_URL)]
Amount = Annotated[str, StringConstraints(pattern=DECIMAL)]


class VariantBody(Body):
    """A variant. Without a platform id or SKU it keeps its own, or gets one."""

    platform_id: Name = ""
    sku: Name = ""
    title: Name = ""
    options: Annotated[dict[Required, Required], Field(max_length=10)] = {}
    prices: Annotated[dict[str, Amount], Field(min_length=1, max_length=200)]
    compare_at_prices: Annotated[dict[str, Amount], Field(max_length=200)] = {}
    inventory_policy: InventoryPolicy = InventoryPolicy.DENY
    weight_grams: Annotated[StrictInt, Field(ge=0, le=_MOST_UNITS)] = 0
    requires_shipping: StrictBool = True
    taxable: StrictBool = True
    barcode: Name = ""
    image_url: Url = ""

    def draft(self, field: str) -> VariantDraft:
        """As the domain has it. Raises `Invalid`."""
        return VariantDraft(
            prices=_minor_units(self.prices, f"{field}.prices"),
            compare_at_prices=_minor_units(self.compare_at_prices, f"{field}.compare_at_prices"),
            sku=self.sku,
            platform_id=self.platform_id,
            title=self.title,
            options=self.options,
            policy=self.inventory_policy,
            weight_grams=self.weight_grams,
            requires_shipping=self.requires_shipping,
            taxable=self.taxable,
            barcode=self.barcode,
            image_url=self.image_url,
        )


class ProductBody(Body):
    """A product as a whole: variants that are not in it are taken out of the shop."""

    platform_id: Name = ""
    handle: Name = ""
    title: Required
    description: Text = ""
    vendor: Name = ""
    tags: Tags = ""
    image_url: Url = ""
    collections: Annotated[tuple[Required, ...], Field(max_length=MOST_COLLECTIONS)] = ()
    variants: Annotated[tuple[VariantBody, ...], Field(min_length=1, max_length=MOST_VARIANTS)]

    def draft(self) -> ProductDraft:
        """As the domain has it. Raises `Invalid`."""
        if not self.platform_id and not self.handle:
            raise Invalid("A platform_id or a handle is required: it says which product this is.", "handle")
        return ProductDraft(
            title=self.title,
            variants=tuple(variant.draft(f"variants.{i}") for i, variant in enumerate(self.variants)),
            handle=self.handle,
            platform_id=self.platform_id,
            description=self.description,
            vendor=self.vendor,
            tags=self.tags,
            image_url=self.image_url,
            collections=self.collections,
        )


class StockBody(Body):
    """What was counted."""

    on_hand: Annotated[StrictInt, Field(ge=0, le=_MOST_UNITS)]


class AdjustBody(Body):
    """Units more, or less."""

    by: Annotated[StrictInt, Field(ge=-_MOST_UNITS, le=_MOST_UNITS)]


def _minor_units(prices: Mapping[str, str], field: str) -> dict[str, int]:
    known = {currency.code for currency in all_currencies()}
    for code in prices:
        if code not in known:
            raise Invalid(f"{code[:20]!r} is not a currency of ISO 4217.", f"{field}.{code[:20]}")
    return {code: from_decimal(price, code, f"{field}.{code}") for code, price in prices.items()}
