"""What a merchant does with products and stock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from till.application.ports import Catalog, Page, Stock
from till.domain.catalog_import import Outcome, ProductDraft, lay_over, named, recognised
from till.domain.errors import Conflict, NotFound, Refused, TillError
from till.domain.product import Product, Variant
from till.domain.stock import StockLevel


class Products(Catalog, Protocol):
    """Products as a merchant changes them."""

    def product(self, shop: str, product_id: str) -> Product | None:
        """By ULID."""

    def products_by_handle(self, shop: str, handles: Iterable[str]) -> Mapping[str, Product]:
        """Products by handle."""

    def products_by_platform_id(self, shop: str, platform_ids: Iterable[str]) -> Mapping[str, Product]:
        """Products by the merchant's id."""

    def products(self, shop: str, limit: int, cursor: str) -> Page[Product]:
        """The shop's products, oldest first."""

    def save_product(self, shop: str, product: Product, before: Product | None) -> Product:
        """Store a product and its variants as a whole; returns it with its new version, or `before` if unchanged.

        Raises `Refused` for a handle, SKU or platform id that is another's, `Conflict` where `before` is no longer
        what is stored.
        """

    def save_products(
        self, shop: str, changes: Iterable[tuple[Product, Product | None]]
    ) -> Sequence[Product | TillError]:
        """`save_product` for many different products in few round trips; for each what it returns or raises."""

    def delete_product(self, shop: str, product: Product) -> None:
        """Take a product and its variants out of the catalogue. Raises `Conflict`."""

    def next_numbers(self, shop: str, kind: str, count: int) -> range:
        """That many small integers of the shop, never given out again. `kind`: PRODUCT, VARIANT, CART."""


def put_product(
    catalog: Products, stock: Stock, shop: str, draft: ProductDraft, new_id: Callable[[], str]
) -> tuple[Product, Outcome]:
    """Create a product, or replace the one with its platform id or handle as a whole.

    Raises `Invalid`, `Refused`, `Conflict`.
    """
    before = _stored(catalog, shop, draft)
    draft = named(draft, before)
    fresh = recognised(draft.variants, before).count(None)
    product_number = before.number if before else catalog.next_numbers(shop, "PRODUCT", 1)[0]
    numbers = iter(catalog.next_numbers(shop, "VARIANT", fresh))
    after = lay_over(draft, before, new_id, product_number, numbers, partial=False)
    try:
        saved = catalog.save_product(shop, after, before)
    except Refused:
        if before is None and _stored(catalog, shop, draft):
            raise Conflict("This product was created at the same time. Try again.", "product") from None
        raise
    # Last, and always: what a lost request left undone is done by the next one. It writes nothing that is so already.
    stock.set_policies(shop, {variant.id: variant.policy for variant in saved.variants})
    if before is None:
        return saved, Outcome.CREATED
    return saved, Outcome.UNCHANGED if saved == before else Outcome.UPDATED


def get_product(catalog: Products, shop: str, product_id: str) -> Product:
    """By ULID. Raises `NotFound`."""
    product = catalog.product(shop, product_id)
    if product is None:
        raise NotFound("There is no such product.", "product_id")
    return product


def variant_of(catalog: Catalog, shop: str, sku: str) -> Variant:
    """The variant with a SKU. Raises `NotFound`."""
    variant = catalog.variants_by_sku(shop, [sku]).get(sku)
    if variant is None:
        raise NotFound("There is no variant with this SKU.", "sku")
    return variant


def stock_level(catalog: Catalog, stock: Stock, shop: str, sku: str) -> StockLevel:
    """A variant's numbers. Raises `NotFound`."""
    variant = variant_of(catalog, shop, sku)
    return stock.levels(shop, [variant.id])[variant.id]


def _stored(catalog: Products, shop: str, draft: ProductDraft) -> Product | None:
    by_platform_id = catalog.products_by_platform_id(shop, filter(None, [draft.platform_id])).get(draft.platform_id)
    by_handle = catalog.products_by_handle(shop, filter(None, [draft.handle])).get(draft.handle)
    if by_platform_id and by_handle and by_platform_id.id != by_handle.id:
        raise Refused(f"The handle {draft.handle} belongs to another product.", "handle")
    return by_platform_id or by_handle
