"""What a merchant sells and gives, as the merchant reads it: what can be sent comes back in the same form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from merchant.percent import percent
from merchant.wire import Json
from till.domain.catalog_import import Outcome, RowReport
from till.domain.discount import Discount, DiscountKind
from till.domain.money import to_decimal
from till.domain.product import Product, Variant
from till.domain.stock import StockLevel


def product(value: Product) -> Json:
    """A product with its variants."""
    return {
        "id": value.id,
        "number": value.number,
        "platform_id": value.platform_id,
        "handle": value.handle,
        "title": value.title,
        "description": value.description,
        "vendor": value.vendor,
        "tags": value.tags,
        "image_url": value.image_url,
        "collections": list(value.collections),
        "variants": [_variant(one) for one in value.variants],
    }


def stock(sku: str, level: StockLevel) -> Json:
    """A variant's numbers; available = on_hand - held - allocated."""
    return {
        "sku": sku,
        "on_hand": level.on_hand,
        "held": level.held,
        "allocated": level.allocated,
        "available": level.available,
    }


def import_report(rows: Sequence[RowReport]) -> Json:
    """How many rows had which outcome, and each row by its line."""
    counts = Counter(row.outcome for row in rows)
    return {
        "rows": len(rows),
        **{outcome: counts[outcome] for outcome in Outcome},
        "results": [_row(row) for row in rows],
    }


def discount(value: Discount, used: StockLevel | None) -> Json:
    """A discount code; `uses` are counted where they are limited: by orders (allocated) and by checkouts under way."""
    return {
        "id": value.id,
        "code": value.code,
        "kind": value.kind,
        "percent": percent(value.value) if value.kind is DiscountKind.PERCENTAGE else None,
        "amount": to_decimal(value.value, value.currency) if value.kind is DiscountKind.FIXED else None,
        **_conditions(value),
        "most_uses": value.most_uses or None,
        "most_uses_per_customer": value.most_uses_per_customer or None,
        "combines": value.combines,
        "uses": {"allocated": used.allocated, "held": used.held} if used else None,
    }


def promotion(value: Discount, gift: Variant | None) -> Json:
    """An automatic promotion; `gift_sku` is null where its gift is not in the catalogue any more."""
    return {
        "id": value.id,
        "gift_sku": gift.sku if gift else None,
        "gift_variant_id": value.gift_variant_id,
        "gift_quantity": value.gift_quantity,
        **_conditions(value),
    }


def _conditions(value: Discount) -> Json:
    return {
        "currency": value.currency or None,
        "text": value.text,
        "products": list(value.products),
        "collections": list(value.collections),
        "minimum_value": to_decimal(value.minimum_value, value.currency) if value.minimum_value else None,
        "minimum_quantity": value.minimum_quantity,
        "starts_at": value.starts_at or None,
        "ends_at": value.ends_at or None,
    }


def _row(row: RowReport) -> Json:
    return {
        "line": row.line,
        "outcome": row.outcome,
        "handle": row.handle or None,
        "sku": row.sku or None,
        "sku_generated": row.sku_generated,
        "message": row.message or None,
        "field": row.field or None,
    }


def _variant(value: Variant) -> Json:
    return {
        "id": value.id,
        "number": value.number,
        "platform_id": value.platform_id,
        "sku": value.sku,
        "title": value.title,
        "options": dict(value.options),
        "prices": _decimals(value.prices),
        "compare_at_prices": _decimals(value.compare_at_prices),
        "inventory_policy": value.policy,
        "weight_grams": value.weight_grams,
        "requires_shipping": value.requires_shipping,
        "taxable": value.taxable,
        "barcode": value.barcode,
        "image_url": value.image_url,
    }


def _decimals(prices: Mapping[str, int]) -> Json:
    return {code: to_decimal(amount, code) for code, amount in prices.items()}
