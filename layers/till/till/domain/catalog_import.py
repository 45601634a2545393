"""Products as a merchant sends them, and how they are laid over what the shop already has.

A variant is recognised by its platform id, else its SKU, else its options: it keeps its ids, and with them its stock.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from till.domain.errors import Invalid
from till.domain.product import DEFAULT_TITLE, InventoryPolicy, Product, Variant

MOST_VARIANTS = 100
MOST_COLLECTIONS = 50
LONGEST_NAME = 255
LONGEST_TEXT = 65_535
LONGEST_TAGS = 5_000
LONGEST_URL = 2_048
_LONGEST_GENERATED_SKU = 100


@dataclass(frozen=True, slots=True)
class VariantDraft:
    """A variant as sent; minor units by currency. `on_hand` None leaves the stock alone; `line` is its CSV row's."""

    prices: Mapping[str, int]
    compare_at_prices: Mapping[str, int] = field(default_factory=dict)
    sku: str = ""
    platform_id: str = ""
    title: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    policy: InventoryPolicy = InventoryPolicy.DENY
    weight_grams: int = 0
    requires_shipping: bool = True
    taxable: bool = True
    barcode: str = ""
    image_url: str = ""
    on_hand: int | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """A product as sent. Without a `handle` it keeps its own, or gets one from title and platform id."""

    title: str
    variants: tuple[VariantDraft, ...]
    handle: str = ""
    platform_id: str = ""
    description: str = ""
    vendor: str = ""
    tags: str = ""
    image_url: str = ""
    collections: tuple[str, ...] = ()


class Outcome(StrEnum):
    """What became of a row of an import. An image row belongs to the product above it."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    IMAGE = "image"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RowReport:
    """One row of an import: the line it begins on, what became of it, and why. `field` is a column."""

    line: int
    outcome: Outcome
    handle: str = ""
    sku: str = ""
    sku_generated: bool = False
    message: str = ""
    field: str = ""


def recognised(drafts: Sequence[VariantDraft], before: Product | None) -> tuple[Variant | None, ...]:
    """For each draft the stored variant that it is about."""
    variants = before.variants if before else ()
    if len(drafts) == len(variants) == 1 and drafts[0].options == variants[0].options:
        return variants
    found: dict[int, Variant] = {}
    for identity in (_platform_id, _sku, _options):
        taken = {variant.id for variant in found.values()}
        stored = {identity(variant): variant for variant in variants if variant.id not in taken}
        for i, draft in enumerate(drafts):
            wanted = identity(draft)
            if i not in found and wanted is not None and wanted in stored:
                found[i] = stored.pop(wanted)
    return tuple(found.get(i) for i in range(len(drafts)))


def named(draft: ProductDraft, before: Product | None) -> ProductDraft:
    """The draft with a handle, and with a SKU for each variant: its own, the stored one, or a generated one."""
    handle = draft.handle or (before.handle if before else slug(f"{draft.title}-{draft.platform_id}"))
    variants = (
        replace(one, sku=one.sku or (base.sku if base else generated_sku(handle, one.options)))
        for one, base in zip(draft.variants, recognised(draft.variants, before), strict=True)
    )
    return replace(draft, handle=handle, variants=tuple(variants))


def lay_over(
    draft: ProductDraft,
    before: Product | None,
    new_id: Callable[[], str],
    product_number: int,
    variant_numbers: Iterator[int],
    partial: bool,
) -> Product:
    """The product after a named draft. A partial draft adds and changes: other variants, currencies, collections stay.

    Raises `Invalid`: too many variants or collections, or two variants of one SKU, platform id or set of options.
    """
    product_id = before.id if before else new_id()
    collections = dict.fromkeys((*(before.collections if before and partial else ()), *draft.collections))
    if len(collections) > MOST_COLLECTIONS:
        raise Invalid(f"A product is in at most {MOST_COLLECTIONS} collections.", "collections")
    product = Product(
        id=product_id,
        number=before.number if before else product_number,
        platform_id=draft.platform_id or (before.platform_id if before else product_id),
        handle=draft.handle,
        title=draft.title,
        version=before.version if before else 0,
        variants=(),
        description=draft.description,
        vendor=draft.vendor,
        tags=draft.tags,
        image_url=draft.image_url,
        collections=tuple(collections),
    )
    fresh = [
        _variant(one, base, product, new_id, variant_numbers, partial)
        for one, base in zip(draft.variants, recognised(draft.variants, before), strict=True)
    ]
    kept = before.variants if before and partial else ()
    by_id = {variant.id: _in_product(variant, product) for variant in kept} | {one.id: one for one in fresh}
    _check(list(by_id.values()))
    return replace(product, variants=tuple(by_id.values()))


def generated_sku(handle: str, options: Mapping[str, str]) -> str:
    """A SKU for a variant without one: handle and option values, always the same for the same."""
    parts = [handle, *options.values()]
    plain = ":".join(part.casefold().replace(" ", "-") for part in parts)
    clean = ":".join(slug(part) for part in parts)
    if clean == plain and len(clean) <= _LONGEST_GENERATED_SKU:
        return clean
    # What a slug cannot show, or has no room for, must still tell two variants apart.
    digest = hashlib.sha256("\x00".join(parts).casefold().encode("utf-8", "surrogatepass")).hexdigest()
    return f"{clean[:_LONGEST_GENERATED_SKU]}-{digest[:10]}"


def slug(text: str) -> str:
    """Letters and digits of any script in lower case, with single hyphens between."""
    return re.sub(r"[\W_]+", "-", text.casefold()).strip("-")


def _variant(
    draft: VariantDraft,
    base: Variant | None,
    product: Product,
    new_id: Callable[[], str],
    numbers: Iterator[int],
    partial: bool,
) -> Variant:
    prices, compare_at_prices = dict(draft.prices), dict(draft.compare_at_prices)
    if base and partial:
        prices = {**base.prices, **prices}
        others = {code: amount for code, amount in base.compare_at_prices.items() if code not in draft.prices}
        compare_at_prices = others | compare_at_prices
    variant_id = base.id if base else new_id()
    variant = Variant(
        id=variant_id,
        number=base.number if base else next(numbers),
        platform_id=draft.platform_id or (base.platform_id if base else variant_id),
        sku=draft.sku,
        title=draft.title or " / ".join(draft.options.values()) or DEFAULT_TITLE,
        prices=prices,
        product_id="",
        product_number=0,
        product_platform_id="",
        product_title="",
        compare_at_prices=compare_at_prices,
        options=dict(draft.options),
        policy=draft.policy,
        weight_grams=draft.weight_grams,
        requires_shipping=draft.requires_shipping,
        taxable=draft.taxable,
        barcode=draft.barcode,
        image_url=draft.image_url or product.image_url,
    )
    return _in_product(variant, product)


def _in_product(variant: Variant, product: Product) -> Variant:
    return replace(
        variant,
        product_id=product.id,
        product_number=product.number,
        product_platform_id=product.platform_id,
        product_title=product.title,
        vendor=product.vendor,
        tags=product.tags,
        collections=product.collections,
    )


def _check(variants: Sequence[Variant]) -> None:
    if len(variants) > MOST_VARIANTS:
        raise Invalid(f"A product has at most {MOST_VARIANTS} variants.", "variants")
    for name, identity in (("platform_id", _platform_id), ("sku", _sku), ("options", _options)):
        seen: set[object] = set()
        for i, variant in enumerate(variants):
            if identity(variant) in seen:
                raise Invalid(f"Two variants have the same {name.replace('_', ' ')}.", f"variants.{i}.{name}")
            seen |= {identity(variant)} - {None}


def _platform_id(variant: VariantDraft | Variant) -> object:
    return variant.platform_id or None


def _sku(variant: VariantDraft | Variant) -> object:
    return variant.sku or None


def _options(variant: VariantDraft | Variant) -> object:
    return frozenset(variant.options.items()) or None
