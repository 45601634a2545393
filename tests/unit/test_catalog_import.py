"""What a merchant's product export becomes: every row answered for, nothing taken that is not understood."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import a_product, a_variant
from till.domain.catalog_import import (
    MOST_VARIANTS,
    Outcome,
    ProductDraft,
    RowReport,
    VariantDraft,
    generated_sku,
    lay_over,
    named,
    recognised,
)
from till.domain.errors import Invalid
from till.domain.product import InventoryPolicy, Product
from till.domain.shopify_csv import MOST_ROWS, REQUIRED, Parsed, parse

DATA = Path(__file__).parents[1] / "data"
MORE = ("Option2 Name", "Option2 Value", "Variant Inventory Qty", "Variant Image")
ROW = {
    "Handle": "tee",
    "Title": "Tee",
    "Option1 Name": "Size",
    "Option1 Value": "Small",
    "Variant Price": "12.34",
    "Variant Grams": "200",
    "Variant Inventory Policy": "deny",
    "Variant Requires Shipping": "true",
    "Variant Taxable": "true",
}


def a_file(*rows: dict[str, str], newline: str = "\n") -> str:
    """A file of the usual row, each with changes; further rows of a product have no title."""
    columns = [*REQUIRED, *MORE]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator=newline)
    writer.writeheader()
    for row in rows:
        writer.writerow(ROW | row)
    return text.getvalue()


def a_draft(*variants: VariantDraft) -> ProductDraft:
    return ProductDraft("Tee", variants, handle="tee")


def laid(draft: ProductDraft, before: Product | None = None, partial: bool = False) -> Product:
    numbers, ids = itertools.count(500), itertools.count(1)
    return lay_over(named(draft, before), before, lambda: f"ID{next(ids)}", 7, numbers, partial)


def refusal(parsed: Parsed) -> RowReport:
    (refused,) = (report for report in parsed.reports if report.outcome is Outcome.REFUSED)
    return refused


# Real exports


@pytest.mark.parametrize(
    ("name", "products", "variants"),
    [("shopify-apparel.csv", 20, 22), ("shopify-home-and-garden.csv", 20, 21)],
)
def test_a_real_export_is_taken_as_a_whole(name: str, products: int, variants: int) -> None:
    parsed = parse((DATA / name).read_text("utf-8"), "USD")
    assert len(parsed.products) == products
    assert sum(len(product.variants) for product in parsed.products) == variants
    assert parsed.reports == ()


def test_a_real_product_keeps_all_that_matters() -> None:
    parsed = parse((DATA / "shopify-home-and-garden.csv").read_text("utf-8"), "USD")
    pot = laid(parsed.products[0])
    assert (pot.handle, pot.title, pot.vendor, pot.tags) == (
        "clay-plant-pot",
        "Clay Plant Pot",
        "Company 123",
        "Pot, Plants",
    )
    regular, large = pot.variants
    assert (regular.sku, regular.title, regular.prices) == ("clay-plant-pot:regular", "Regular", {"USD": 999})
    assert (large.sku, large.options, large.prices) == ("clay-plant-pot:large", {"Size": "Large"}, {"USD": 1599})
    assert [draft.on_hand for draft in parsed.products[0].variants] == [1, 3]
    lamp = laid(parsed.products[1]).variants[0]
    assert (lamp.sku, lamp.title, lamp.options) == ("copper-light", "Default Title", {})
    assert (lamp.prices, lamp.compare_at_prices) == ({"USD": 5999}, {"USD": 7500})


# Files as programs write them


def test_windows_line_ends_a_byte_order_mark_and_quoted_newlines_are_understood() -> None:
    rows = ({"Body (HTML)": "<p>one\r\ntwo</p>"}, {"Title": "", "Option1 Value": "Große 大"}, {"Variant Price": "x"})
    text = "\ufeff" + a_file(*rows, newline="\r\n")
    parsed = parse(text, "USD")
    (tee,) = parsed.products
    assert tee.description == "<p>one\r\ntwo</p>"
    assert [variant.line for variant in tee.variants] == [2, 4]
    assert tee.variants[1].options == {"Size": "Große 大"}
    assert refusal(parsed).line == 5


def test_empty_lines_are_passed_over_and_still_counted_as_lines() -> None:
    header, row = a_file({"Variant Price": "x"}).splitlines()
    parsed = parse(f"{header}\n\n,,,,\n{row}\n\n", "USD")
    assert [report.line for report in parsed.reports] == [4]


def test_every_missing_column_is_named() -> None:
    with pytest.raises(Invalid) as invalid:
        parse("Handle,Title\ntee,Tee\n", "USD")
    assert [problem.field for problem in invalid.value.problems] == [*REQUIRED[2:]]


@pytest.mark.parametrize("text", ["", "\n", "Handle;Title\n", "\x00"])
def test_what_is_no_export_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse(text, "USD")


def test_an_open_quote_is_refused_and_swallows_no_rows() -> None:
    with pytest.raises(Invalid) as invalid:
        parse(a_file({}) + '"tee,Tee\n' + "more,rows\n", "USD")
    assert invalid.value.problems[0].field == "body"


def test_two_thousand_rows_are_taken_and_not_one_more() -> None:
    rows = [{"Handle": f"p{i}", "Option1 Name": "", "Option1 Value": ""} for i in range(MOST_ROWS)]
    assert len(parse(a_file(*rows), "USD").products) == MOST_ROWS
    with pytest.raises(Invalid):
        parse(a_file(*rows, {"Handle": "last"}), "USD")


def test_further_images_are_reported_as_such() -> None:
    image = dict.fromkeys(ROW, "") | {"Handle": "tee", "Image Src": "https://img/2.jpg"}
    parsed = parse(a_file({}, image), "USD")
    assert parsed.reports == (RowReport(3, Outcome.IMAGE, "tee"),)
    assert parsed.products[0].image_url == "https://img/2.jpg"


# Rows that are refused


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("Handle", ""),
        ("Title", ""),
        ("Variant Price", ""),
        ("Variant Price", "free"),
        ("Variant Price", "-1"),
        ("Variant Price", "1.234"),
        ("Variant Price", "NaN"),
        ("Variant Price", "1e400"),
        ("Variant Compare At Price", "a lot"),
        ("Variant Grams", "heavy"),
        ("Variant Grams", "-1"),
        ("Variant Grams", "1e999999"),
        ("Variant Inventory Qty", "1.5"),
        ("Variant Inventory Qty", "many"),
        ("Variant Inventory Policy", "maybe"),
        ("Variant Requires Shipping", "perhaps"),
        ("Variant Taxable", "1"),
        ("Option1 Value", ""),
        ("Option2 Value", "Blue"),
        ("Variant SKU", "x" * 256),
        ("Title", "x" * 256),
    ],
)
def test_a_row_that_is_wrong_is_refused_by_its_line_and_column(column: str, value: str) -> None:
    parsed = parse(a_file({"Handle": "first"}, {column: value}, {"Handle": "last"}), "USD")
    refused = refusal(parsed)
    assert refused.line == 3
    assert refused.field == (column if column != "Option2 Value" else "Option2 Name")
    assert [product.handle for product in parsed.products] == ["first", "last"]


def test_a_refused_first_row_does_not_take_its_product_with_it() -> None:
    parsed = parse(a_file({"Variant Price": "x"}, {"Title": "", "Option1 Value": "Large"}), "USD")
    assert [variant.options for variant in parsed.products[0].variants] == [{"Size": "Large"}]


@pytest.mark.parametrize(
    ("second", "column"),
    [
        ({"Title": ""}, "Option1 Value"),
        ({"Handle": "other", "Variant SKU": "A"}, "Variant SKU"),
        ({"Title": "", "Option1 Value": "Large", "Variant SKU": "A"}, "Variant SKU"),
    ],
)
def test_the_second_of_two_equal_rows_is_refused(second: dict[str, str], column: str) -> None:
    refused = refusal(parse(a_file({"Variant SKU": "A"}, second), "USD"))
    assert (refused.line, refused.field) == (3, column)


def test_a_product_has_at_most_a_hundred_variants() -> None:
    rows = [{"Option1 Value": str(i)} for i in range(MOST_VARIANTS + 1)]
    parsed = parse(a_file(*rows), "USD")
    assert len(parsed.products[0].variants) == MOST_VARIANTS
    assert refusal(parsed).line == MOST_VARIANTS + 2


def test_prices_are_in_the_minor_units_of_the_shops_currency() -> None:
    assert parse(a_file({"Variant Price": "80"}), "JPY").products[0].variants[0].prices == {"JPY": 80}
    assert parse(a_file({"Variant Price": "1.234"}), "KWD").products[0].variants[0].prices == {"KWD": 1234}


def test_ounces_in_grams_are_rounded() -> None:
    assert parse(a_file({"Variant Grams": "453.592"}), "USD").products[0].variants[0].weight_grams == 454


def test_policy_shipping_and_tax_are_taken_as_written() -> None:
    row = {"Variant Inventory Policy": "continue", "Variant Requires Shipping": "FALSE", "Variant Taxable": "false"}
    (variant,) = parse(a_file(row), "USD").products[0].variants
    assert variant.policy is InventoryPolicy.CONTINUE
    assert (variant.requires_shipping, variant.taxable) == (False, False)


@pytest.mark.parametrize(("written", "on_hand"), [("", None), ("0", 0), ("-3", -3), ("7", 7)])
def test_a_missing_quantity_leaves_the_stock_alone(written: str, on_hand: int | None) -> None:
    assert parse(a_file({"Variant Inventory Qty": written}), "USD").products[0].variants[0].on_hand == on_hand


@given(st.text(max_size=300))
def test_no_text_is_an_unexpected_error(text: str) -> None:
    header = a_file().strip()
    with contextlib.suppress(Invalid):
        parse(f"{header}\n{text}", "USD")


@given(st.lists(st.fixed_dictionaries({}, optional={name: st.text(max_size=12) for name in (*ROW, *MORE)}), max_size=5))
def test_every_row_is_answered_for_once(rows: list[dict[str, str]]) -> None:
    try:
        parsed = parse(a_file(*rows), "USD")
    except Invalid:
        return
    taken = [variant.line for product in parsed.products for variant in product.variants]
    lines = sorted([*taken, *(report.line for report in parsed.reports)])
    assert len(lines) == len(set(lines))
    assert len(lines) <= len(rows)


# Generated SKUs


def test_a_generated_sku_is_readable_and_always_the_same() -> None:
    assert generated_sku("tee", {}) == "tee"
    assert generated_sku("tee", {"Size": "Extra Large", "Colour": "Rot"}) == "tee:extra-large:rot"


def test_what_looks_alike_in_a_sku_stays_different() -> None:
    skus = [
        generated_sku("tee", {"Size": size}) for size in ("A/B", "A-B", "A B", "A--B", "!", "?", "", "大", "A" * 300)
    ]
    assert len(set(skus) - {generated_sku("tee", {"Size": "A-B"})}) == len(skus) - 2  # "A-B" and "A B" are one
    assert all(len(sku) <= 120 for sku in skus)
    assert generated_sku("a-b", {}) != generated_sku("a", {"x": "b"})


# Laying a product over the one in the shop


def test_a_new_product_gets_ids_numbers_and_names() -> None:
    tee = laid(a_draft(VariantDraft({"USD": 1}, options={"Size": "S"})))
    assert (tee.id, tee.number, tee.platform_id, tee.handle) == ("ID1", 7, "ID1", "tee")
    (small,) = tee.variants
    assert (small.id, small.number, small.platform_id, small.sku) == ("ID2", 500, "ID2", "tee:s")
    assert (small.product_id, small.product_number, small.product_title) == ("ID1", 7, "Tee")


@pytest.mark.parametrize(
    "draft",
    [
        VariantDraft({"USD": 1}, platform_id="66", sku="NEW", options={"Size": "L"}),
        VariantDraft({"USD": 1}, sku="ABS", options={"Size": "L"}),
        VariantDraft({"USD": 1}, sku="NEW", options={"Size": "S"}),
        VariantDraft({"USD": 1}, options={"Size": "S"}),
    ],
)
def test_a_variant_is_recognised_by_platform_id_sku_or_options(draft: VariantDraft) -> None:
    stored = a_variant(options={"Size": "S"})
    before = a_product(variants=(stored, a_variant(id="OTHER", platform_id="67", sku="O", options={"Size": "M"})))
    assert recognised([draft], before) == (stored,)
    after = laid(a_draft(draft), before)
    assert [(one.id, one.number) for one in after.variants] == [(stored.id, stored.number)]


def test_the_only_variant_of_a_product_may_be_renamed() -> None:
    assert recognised([VariantDraft({"USD": 1}, sku="NEW")], a_product()) == (a_variant(),)


def test_a_new_variant_does_not_inherit_the_stock_of_one_that_is_gone() -> None:
    before = a_product(variants=(a_variant(), a_variant(id="OTHER", platform_id="67", sku="O")))
    drafts = [VariantDraft({"USD": 1}, sku="ABS"), VariantDraft({"USD": 1}, sku="NEW")]
    assert recognised(drafts, before) == (a_variant(), None)


def test_a_variant_without_a_sku_keeps_the_one_it_has() -> None:
    after = laid(a_draft(VariantDraft({"USD": 1})), a_product())
    assert after.variants[0].sku == "ABS"


def test_a_product_sent_whole_loses_what_it_no_longer_names() -> None:
    before = a_product(variants=(a_variant(), a_variant(id="OTHER", platform_id="67", sku="O")))
    after = laid(a_draft(VariantDraft({"USD": 1}, sku="ABS")), before)
    assert [variant.sku for variant in after.variants] == ["ABS"]
    assert after.variants[0].prices == {"USD": 1}


def test_an_import_keeps_other_variants_and_currencies() -> None:
    other = a_variant(id="OTHER", platform_id="67", sku="O", options={"Size": "M"})
    before = a_product(variants=(a_variant(compare_at_prices={"CAD": 5, "USD": 9}), other))
    after = laid(a_draft(VariantDraft({"USD": 1}, sku="ABS")), before, partial=True)
    assert [variant.sku for variant in after.variants] == ["ABS", "O"]
    assert after.variants[0].prices == {"CAD": 22500, "USD": 1}
    assert after.variants[0].compare_at_prices == {"CAD": 5}
    assert {variant.product_title for variant in after.variants} == {"Tee"}


def test_laying_the_same_draft_again_changes_nothing() -> None:
    draft = a_draft(VariantDraft({"USD": 1}, options={"Size": "S"}), VariantDraft({"USD": 2}, options={"Size": "M"}))
    once = laid(draft)
    assert laid(draft, once, partial=True) == once
    assert laid(draft, once) == once


@pytest.mark.parametrize(
    ("second", "field"),
    [
        (VariantDraft({"USD": 1}, sku="A", options={"Size": "M"}), "variants.1.sku"),
        (VariantDraft({"USD": 1}, sku="B", options={"Size": "S"}), "variants.1.options"),
        (VariantDraft({"USD": 1}, sku="B", platform_id="1"), "variants.1.platform_id"),
    ],
)
def test_two_variants_that_cannot_be_told_apart_are_refused(second: VariantDraft, field: str) -> None:
    first = VariantDraft({"USD": 1}, sku="A", platform_id="1", options={"Size": "S"})
    with pytest.raises(Invalid) as invalid:
        laid(a_draft(first, second))
    assert invalid.value.problems[0].field == field


@pytest.mark.parametrize(("title", "handle"), [("Blue  Shirt!", "blue-shirt-86"), ("Größe", "grösse-86"), ("🙂", "86")])
def test_a_product_without_a_handle_gets_one_of_its_own(title: str, handle: str) -> None:
    assert named(ProductDraft(title, (), platform_id="86"), None).handle == handle
