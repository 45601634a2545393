"""Products, stock and imports as the merchant reads them: what can be sent comes back in the same form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from merchant.wire import Json
from till.domain.catalog_import import Outcome, RowReport
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
