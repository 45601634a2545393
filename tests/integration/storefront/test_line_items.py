"""Line items: which product is meant, and what becomes of a line that is there already."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import a_product, a_variant
from tests.contract.faults import interrupted_at
from tests.integration.deployment import Deployment
from tests.integration.shopper import BREWER, Shopper
from till.adapters import aws

ENGRAVED = {"engraving": "For Jane", "font": "serif"}


@pytest.fixture
def till_with_mugs(till: Deployment) -> Deployment:
    """It sells mugs besides."""
    mug = a_variant(id="01JXMVG0000000000000000000", number=7, platform_id="7", sku="MUG", prices={"CAD": 900})
    till.sell(a_product(id="01JXMVGS000000000000000000", platform_id="7", handle="mug", variants=(mug,)), on_hand=5)
    return till


def test_the_key_of_another_products_line_is_refused(till_with_mugs: Deployment) -> None:
    shopper = Shopper(till_with_mugs, cart_items=[BREWER])
    refused = shopper.post("/items", {"sku": "MUG", "quantity": 1, "line_item_key": "line-1"})
    assert (refused.status, refused.fields) == (422, ["line_item_key"])
    assert [line["product_data"]["sku"] for line in shopper.state["line_items"]] == ["ABS"]


@pytest.mark.parametrize(("given", "kept"), [({}, ENGRAVED), ({"gift": "yes"}, {"gift": "yes"})])
def test_a_line_that_is_added_to_keeps_its_properties_unless_there_are_new_ones(
    till: Deployment, given: dict[str, str], kept: dict[str, str]
) -> None:
    shopper = Shopper(till, cart_items=[BREWER | {"line_item_properties": ENGRAVED}])
    line = shopper.post("/items", BREWER | {"line_item_properties": given}).data["line_item"]
    assert (line["quantity"], line["properties"]) == (2, kept)


def test_two_lines_of_one_product_differ_by_their_keys(till: Deployment) -> None:
    shopper = Shopper(till, cart_items=[BREWER])
    shopper.post("/items", BREWER | {"line_item_key": "line-2", "line_item_properties": ENGRAVED})
    lines = [one["product_data"] for one in shopper.state["line_items"]]
    assert [(line["line_item_key"], line["properties"]) for line in lines] == [("line-1", []), ("line-2", ENGRAVED)]


@pytest.mark.parametrize(
    ("item", "field", "message"),
    [
        ({"sku": "NOPE"}, "sku", "SKU is invalid."),
        ({"platform_id": "66", "sku": "MUG"}, "sku", "platform_id and sku name different products."),
        ({"platform_id": "404"}, "platform_id", "The shop has no product with this platform_id."),
        ({}, "platform_id", "A line item names its product by platform_id or sku."),
    ],
)
def test_a_product_that_is_not_meant_clearly_is_refused(
    till_with_mugs: Deployment, item: dict[str, Any], field: str, message: str
) -> None:
    refused = Shopper(till_with_mugs).post("/items", item | {"quantity": 1, "line_item_key": "k"})
    assert refused.errors == [
        {"message": message, "type": "validation", "field": field, "severity": "validation", "sub_type": field}
    ]


def test_platform_id_and_sku_of_one_product_agree(till_with_mugs: Deployment) -> None:
    line = Shopper(till_with_mugs).post("/items", {"platform_id": "66", "sku": "ABS", "quantity": 1}).data["line_item"]
    assert line["sku"] == "ABS"


def test_the_whole_product_is_told(till: Deployment) -> None:
    line = Shopper(till).post("/items", BREWER | {"quantity": 2, "line_item_properties": ENGRAVED}).data["line_item"]
    assert line == {
        "id": "66",
        "title": "Default Title",
        "product_title": "Able Brewing System",
        "image_url": "",
        "properties": ENGRAVED,
        "description": "",
        "quantity": 2,
        "price": 22500,
        "total_price": 45000,
        "visible": True,
        "line_item_key": "line-1",
        "barcode": "",
        "compare_at_price": 22500,
        "weight": 1000,
        "weight_unit": "g",
        "product_id": "86",
        "variant_id": "66",
        "requires_shipping": True,
        "sku": "ABS",
        "taxable": True,
        "tags": "",
        "vendor": "",
    }


def test_the_same_item_from_two_tabs_at_once_is_there_twice(till: Deployment) -> None:
    shopper = Shopper(till, cart_items=[BREWER])
    write_of_the_first_tab = 1
    with interrupted_at(
        aws.client("dynamodb"), write_of_the_first_tab, lambda: shopper.post("/items", BREWER), after=False
    ):
        assert shopper.post("/items", BREWER).status == 200
    assert [line["product_data"]["quantity"] for line in shopper.state["line_items"]] == [3]
