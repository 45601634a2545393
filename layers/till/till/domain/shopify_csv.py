"""Shopify's product export: one row per variant, a product's facts on its first row, further rows for images.

Columns as in https://help.shopify.com/en/manual/products/import-export/using-csv. Prices are in the shop's currency.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from till.domain.card_numbers import CARD_NUMBER, refuse_card_numbers
from till.domain.catalog_import import (
    LONGEST_NAME,
    LONGEST_TAGS,
    LONGEST_TEXT,
    LONGEST_URL,
    MOST_VARIANTS,
    Outcome,
    ProductDraft,
    RowReport,
    VariantDraft,
    generated_sku,
)
from till.domain.errors import Invalid, Problem
from till.domain.money import from_decimal
from till.domain.product import DEFAULT_TITLE, InventoryPolicy

MOST_ROWS = 2_000
LARGEST_COUNT = 1_000_000_000
# Every export has these. "Variant Inventory Qty" is left out for shops with several locations: stock stays as it is.
REQUIRED = (
    "Handle",
    "Title",
    "Body (HTML)",
    "Vendor",
    "Tags",
    "Option1 Name",
    "Option1 Value",
    "Variant SKU",
    "Variant Grams",
    "Variant Inventory Policy",
    "Variant Price",
    "Variant Compare At Price",
    "Variant Requires Shipping",
    "Variant Taxable",
    "Variant Barcode",
    "Image Src",
)
_OPTIONS = (1, 2, 3)
_BOOLEANS = {"true": True, "false": False, "": True}

type Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Parsed:
    """The products of a file, and the rows that are no variant: images, and what was refused."""

    products: tuple[ProductDraft, ...]
    reports: tuple[RowReport, ...]


@dataclass(slots=True)
class _Product:
    """A product while its rows are read."""

    facts: ProductDraft
    option_names: tuple[str, ...]
    variants: list[VariantDraft] = field(default_factory=list)


def parse(text: str, currency: str) -> Parsed:
    """Reads a whole file. Raises `Invalid` for what is no such export or has more than 2,000 rows."""
    products: dict[str, _Product] = {}
    skus: set[str] = set()
    reports: list[RowReport] = []
    for line, row in _rows(text):
        try:
            refuse_card_numbers(row, full_of_ids=True)
            product = _product(row, products)
            if _is_image(row):
                reports.append(RowReport(line, Outcome.IMAGE, product.facts.handle))
                continue
            variant = _variant(row, product, currency, line)
            _check_new(variant, product, skus)
        except Invalid as error:
            problem = error.problems[0]
            refused = RowReport(line, Outcome.REFUSED, message=problem.message, field=problem.field)
            if problem.code != CARD_NUMBER:
                handle, sku = row["Handle"][:LONGEST_NAME], row["Variant SKU"][:LONGEST_NAME]
                refused = replace(refused, handle=handle, sku=sku)
            reports.append(refused)
        else:
            product.variants.append(variant)
    drafts = (replace(one.facts, variants=tuple(one.variants)) for one in products.values() if one.variants)
    return Parsed(tuple(drafts), tuple(reports))


def _rows(text: str) -> Iterator[tuple[int, Row]]:
    """Rows by column, with the line that each begins on."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, ())]
        if missing := [name for name in REQUIRED if name not in header]:
            raise Invalid.of([Problem("missing", f"The column {name!r} is missing.", name) for name in missing])
        count, line = 0, reader.line_num + 1
        for values in reader:
            if any(value.strip() for value in values):
                count += 1
                if count > MOST_ROWS:
                    raise Invalid(f"A file has at most {MOST_ROWS} rows. Import the rest in another.", "body")
                padded = [value.strip() for value in values] + [""] * (len(header) - len(values))
                yield line, dict(zip(header, padded, strict=False))
            line = reader.line_num + 1
    except csv.Error as error:
        raise Invalid(f"Line {reader.line_num} is not CSV: {error}.", "body") from None


def _product(row: Row, products: dict[str, _Product]) -> _Product:
    """The product of a row; the first row of its handle gives the facts."""
    handle = _required(row, "Handle")
    product = products.get(handle)
    if product is None:
        facts = ProductDraft(
            title=_required(row, "Title"),
            variants=(),
            handle=handle,
            description=_text(row, "Body (HTML)", LONGEST_TEXT),
            vendor=_text(row, "Vendor"),
            tags=_text(row, "Tags", LONGEST_TAGS),
            # Exports leave this column out; whoever adds it puts a product into one collection with each import.
            collections=tuple(filter(None, [_text(row, "Collection")])),
        )
        product = products[handle] = _Product(facts, tuple(_text(row, f"Option{i} Name") for i in _OPTIONS))
    if not product.facts.image_url:
        product.facts = replace(product.facts, image_url=_text(row, "Image Src", LONGEST_URL))
    return product


def _is_image(row: Row) -> bool:
    given = ("Variant Price", "Variant SKU", *(f"Option{i} Value" for i in _OPTIONS))
    return bool(row["Image Src"]) and not any(row.get(name) for name in given)


def _variant(row: Row, product: _Product, currency: str, line: int) -> VariantDraft:
    compare_at = row["Variant Compare At Price"]
    policy = row["Variant Inventory Policy"].lower() or InventoryPolicy.DENY
    if policy not in tuple(InventoryPolicy):
        raise Invalid(f"{policy!r} is neither deny nor continue.", "Variant Inventory Policy")
    return VariantDraft(
        prices={currency: from_decimal(_required(row, "Variant Price"), currency, "Variant Price")},
        compare_at_prices=(
            {currency: from_decimal(compare_at, currency, "Variant Compare At Price")} if compare_at else {}
        ),
        sku=_text(row, "Variant SKU"),
        options=_options(row, product),
        policy=InventoryPolicy(policy),
        weight_grams=_grams(row),
        requires_shipping=_boolean(row, "Variant Requires Shipping"),
        taxable=_boolean(row, "Variant Taxable"),
        barcode=_text(row, "Variant Barcode"),
        image_url=_text(row, "Variant Image", LONGEST_URL),
        on_hand=_on_hand(row),
        line=line,
    )


def _options(row: Row, product: _Product) -> dict[str, str]:
    options = {}
    for i, name in zip(_OPTIONS, product.option_names, strict=True):
        value = _text(row, f"Option{i} Value")
        if value and not name:
            raise Invalid(f"The product's first row names no option {i}.", f"Option{i} Name")
        if name and not value:
            raise Invalid(f"A value for {name} is required.", f"Option{i} Value")
        if value:
            options[name] = value
    return {} if options == {"Title": DEFAULT_TITLE} else options


def _check_new(variant: VariantDraft, product: _Product, skus: set[str]) -> None:
    if any(other.options == variant.options for other in product.variants):
        raise Invalid("An earlier row has the same options.", "Option1 Value")
    if len(product.variants) == MOST_VARIANTS:
        raise Invalid(f"A product has at most {MOST_VARIANTS} variants.", "Handle")
    sku = variant.sku or generated_sku(product.facts.handle, variant.options)
    if sku in skus:
        raise Invalid("An earlier row has the same SKU.", "Variant SKU")
    skus.add(sku)


def _text(row: Row, name: str, longest: int = LONGEST_NAME) -> str:
    value = row.get(name, "")
    if len(value) > longest:
        raise Invalid(f"This is longer than {longest} characters.", name)
    return value


def _required(row: Row, name: str) -> str:
    value = _text(row, name)
    if not value:
        raise Invalid(f"A {name} is required.", name)
    return value


def _number(row: Row, name: str, least: int) -> Decimal:
    try:
        value = Decimal(row[name] or "0")
    except InvalidOperation:
        raise Invalid(f"{row[name][:20]!r} is not a number.", name) from None
    if not value.is_finite() or not least <= value <= LARGEST_COUNT:
        raise Invalid(f"{row[name][:20]!r} is not a number from {least} to {LARGEST_COUNT}.", name)
    return value


def _grams(row: Row) -> int:
    """Weights that were converted from ounces have decimals."""
    return int(_number(row, "Variant Grams", 0).quantize(Decimal(1), ROUND_HALF_UP))


def _on_hand(row: Row) -> int | None:
    name = "Variant Inventory Qty"
    if not row.get(name):
        return None
    value = _number(row, name, -LARGEST_COUNT)
    if value != value.to_integral_value():
        raise Invalid(f"{row[name][:20]!r} is not a whole number.", name)
    return int(value)


def _boolean(row: Row, name: str) -> bool:
    try:
        return _BOOLEANS[row[name].lower()]
    except KeyError:
        raise Invalid(f"{row[name][:20]!r} is neither true nor false.", name) from None
