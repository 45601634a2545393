"""Products, their import and stock through the merchant API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.integration.merchant_api import MerchantApi, api, in_path
from till.adapters import aws
from till.domain.stock import Hold, HoldState
from till.runtime import wiring

__all__ = ["api"]  # the fixture

ACME = "/merchant/shops/acme"
PRODUCTS = f"{ACME}/products"
DATA = Path(__file__).parents[1] / "data"
A_SHOP = {"identifier": "acme", "name": "Acme", "currency": "USD", "country": "US"}
A_TEE: dict[str, Any] = {
    "platform_id": "86",
    "handle": "tee",
    "title": "Tee",
    "description": "<p>Cotton</p>",
    "vendor": "Acme",
    "tags": "cotton, summer",
    "image_url": "https://img.example.com/tee.jpg",
    "variants": [
        {
            "platform_id": "66",
            "sku": "TEE-S",
            "options": {"Size": "Small"},
            "prices": {"USD": "12.34", "JPY": "1800"},
            "compare_at_prices": {"USD": "15.00"},
            "weight_grams": 200,
        },
        {
            "platform_id": "67",
            "sku": "TEE-L",
            "title": "The large one",
            "options": {"Size": "Large"},
            "prices": {"USD": "13"},
            "inventory_policy": "continue",
            "requires_shipping": False,
            "taxable": False,
            "barcode": "4006381333931",
        },
    ],
}


@pytest.fixture
def acme(api: MerchantApi) -> MerchantApi:
    """The API, with a shop that has nothing yet."""
    assert api.post("/merchant/shops", A_SHOP).status == 201
    return api


def a_tee(**changes: Any) -> dict[str, Any]:
    return A_TEE | changes


def a_variant(**changes: Any) -> dict[str, Any]:
    return {"sku": "X", "prices": {"USD": "1.00"}} | changes


def written() -> int:
    """Items in the tables of catalogue and stock, and what is in them."""
    client = aws.client("dynamodb")
    return hash(str([client.scan(TableName=name)["Items"] for name in ("catalogtable", "stocktable")]))


# Products


def test_a_product_is_created_and_read_as_written(acme: MerchantApi) -> None:
    created = acme.put(PRODUCTS, A_TEE)
    assert created.status == 201
    tee = created.data
    assert {name: tee[name] for name in A_TEE if name != "variants"} == {
        name: value for name, value in A_TEE.items() if name != "variants"
    }
    small, large = tee["variants"]
    assert small["prices"] == {"USD": "12.34", "JPY": "1800"}
    assert small["compare_at_prices"] == {"USD": "15.00"}
    assert (small["title"], large["title"]) == ("Small", "The large one")
    assert (small["number"], large["number"]) == (1, 2)
    assert (large["inventory_policy"], large["requires_shipping"], large["taxable"]) == ("continue", False, False)
    assert acme.get(f"{PRODUCTS}/{tee['id']}").data == tee
    assert acme.get(PRODUCTS).body == {"data": [tee], "next_cursor": None}
    stored = wiring.catalog().variants_by_platform_id("acme", ["66"])["66"]
    assert (stored.prices, stored.product_title, stored.vendor) == ({"USD": 1234, "JPY": 1800}, "Tee", "Acme")


def test_sending_a_product_again_changes_nothing(acme: MerchantApi) -> None:
    first = acme.put(PRODUCTS, A_TEE).data
    before = written()
    again = acme.put(PRODUCTS, A_TEE)
    assert (again.status, again.data) == (200, first)
    assert written() == before


@pytest.mark.parametrize("named_by", ["platform_id", "handle"])
def test_a_product_is_changed_by_platform_id_or_handle(acme: MerchantApi, named_by: str) -> None:
    tee = acme.put(PRODUCTS, A_TEE).data
    change = {"title": "Better Tee", named_by: A_TEE[named_by], "variants": [a_variant(sku="TEE-S")]}
    changed = acme.put(PRODUCTS, change)
    assert changed.status == 200
    assert {name: changed.data[name] for name in ("id", "number", "platform_id", "handle", "title")} == {
        "id": tee["id"],
        "number": tee["number"],
        "platform_id": "86",
        "handle": "tee",
        "title": "Better Tee",
    }
    (variant,) = changed.data["variants"]
    assert variant["id"] == tee["variants"][0]["id"]
    assert acme.get(f"{ACME}/stock/TEE-L").status == 404


def test_a_variant_keeps_its_stock_under_a_new_sku(acme: MerchantApi) -> None:
    acme.put(PRODUCTS, A_TEE)
    acme.put(f"{ACME}/stock/TEE-S", {"on_hand": 5})
    acme.put(PRODUCTS, a_tee(variants=[A_TEE["variants"][0] | {"sku": "NEW"}]))
    assert acme.get(f"{ACME}/stock/NEW").body["on_hand"] == 5
    assert acme.get(f"{ACME}/stock/TEE-S").refusal == (404, "sku")


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"variants": [a_variant(sku="TEE-S")]}, "sku"),
        ({"variants": [a_variant(platform_id="66")]}, "platform_id"),
        ({"handle": "tee", "platform_id": "99"}, None),
    ],
)
def test_what_belongs_to_another_product_is_refused(acme: MerchantApi, other: Any, field: str | None) -> None:
    acme.put(PRODUCTS, A_TEE)
    before = acme.get(PRODUCTS).data
    body = {"handle": "mug", "platform_id": "87", "title": "Mug", "variants": [a_variant()]} | other
    if field:
        assert acme.put(PRODUCTS, body).refusal == (409, field)
        assert acme.get(PRODUCTS).data == before
    else:  # the handle says which product it is, and its platform id is new
        assert acme.put(PRODUCTS, body).data["id"] == before[0]["id"]


def test_a_handle_of_one_and_a_platform_id_of_another_are_refused(acme: MerchantApi) -> None:
    acme.put(PRODUCTS, A_TEE)
    acme.put(PRODUCTS, {"handle": "mug", "platform_id": "87", "title": "Mug", "variants": [a_variant()]})
    assert acme.put(PRODUCTS, a_tee(handle="mug")).refusal == (409, "handle")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"handle": "", "platform_id": ""}, "handle"),
        ({"variants": []}, "variants"),
        ({"variants": [a_variant()] * 101}, "variants"),
        ({"variants": [a_variant(prices={})]}, "variants.0.prices"),
        ({"variants": [a_variant(prices={"USD": 1})]}, "variants.0.prices.USD"),
        ({"variants": [a_variant(prices={"USD": "1.234"})]}, "variants.0.prices.USD"),
        ({"variants": [a_variant(prices={"USD": "-1"})]}, "variants.0.prices.USD"),
        ({"variants": [a_variant(prices={"USD": "1e999999999"})]}, "variants.0.prices.USD"),
        ({"variants": [a_variant(prices={"USD": "1e-999999999"})]}, "variants.0.prices.USD"),
        ({"variants": [a_variant(prices={"XYZ": "1"})]}, "variants.0.prices.XYZ"),
        ({"variants": [a_variant(), a_variant(compare_at_prices={"USD": "x"})]}, "variants.1.compare_at_prices.USD"),
        ({"variants": [a_variant(), a_variant()]}, "variants.1.sku"),
        ({"variants": [a_variant(weight_grams=-1)]}, "variants.0.weight_grams"),
        ({"variants": [a_variant(weight_grams=1.5)]}, "variants.0.weight_grams"),
        ({"variants": [a_variant(inventory_policy="maybe")]}, "variants.0.inventory_policy"),
        ({"variants": [a_variant(taxable="true")]}, "variants.0.taxable"),
        ({"variants": [a_variant(sku="x" * 256)]}, "variants.0.sku"),
        ({"variants": [a_variant(on_hand=5)]}, "variants.0.on_hand"),
        ({"price": "1.00"}, "price"),
        ({"tags": "x" * 5001}, "tags"),
    ],
)
def test_a_wrong_product_is_refused_by_its_field(acme: MerchantApi, changes: Any, field: str) -> None:
    assert acme.put(PRODUCTS, a_tee(**changes)).refusal == (422, field)
    assert acme.get(PRODUCTS).data == []


def test_long_descriptions_and_every_script_are_kept(acme: MerchantApi) -> None:
    description = "Zażółć 🙂 大" * 3000
    tee = acme.put(PRODUCTS, a_tee(description=description, title="Tröja 🙂")).data
    assert acme.get(f"{PRODUCTS}/{tee['id']}").data["description"] == description


def test_a_deleted_product_is_gone(acme: MerchantApi) -> None:
    tee = acme.put(PRODUCTS, A_TEE).data
    assert acme.delete(f"{PRODUCTS}/{tee['id']}").data == {"id": tee["id"]}
    assert acme.get(f"{PRODUCTS}/{tee['id']}").refusal == (404, "product_id")
    assert acme.delete(f"{PRODUCTS}/{tee['id']}").refusal == (404, "product_id")
    assert acme.get(f"{ACME}/stock/TEE-S").refusal == (404, "sku")
    assert acme.put(PRODUCTS, A_TEE).status == 201


def test_a_shop_does_not_show_the_products_of_another(acme: MerchantApi) -> None:
    tee = acme.put(PRODUCTS, A_TEE).data
    acme.post("/merchant/shops", A_SHOP | {"identifier": "bean"})
    assert acme.get("/merchant/shops/bean/products").data == []
    assert acme.get(f"/merchant/shops/bean/products/{tee['id']}").refusal == (404, "product_id")
    assert acme.get("/merchant/shops/bean/stock/TEE-S").refusal == (404, "sku")
    assert acme.get("/merchant/shops/nobody/products").refusal == (404, "shop")
    assert acme.get(f"{PRODUCTS}/{'x' * 3000}").refusal == (404, "product_id")


def test_scopes_keep_products_and_stock_apart(acme: MerchantApi) -> None:
    acme.put(PRODUCTS, A_TEE)
    clerk, editor = acme.with_token("stock", shop="acme"), acme.with_token("catalog", shop="acme")
    assert clerk.get(f"{ACME}/stock/TEE-S").status == 200
    assert clerk.get(PRODUCTS).status == 403
    assert editor.get(PRODUCTS).status == 200
    assert editor.put(f"{ACME}/stock/TEE-S", {"on_hand": 1}).status == 403
    assert clerk.get("/merchant/shops/bean/stock/TEE-S").refusal == (404, "shop")


# Stock


def test_stock_is_counted_adjusted_and_read(acme: MerchantApi) -> None:
    acme.put(PRODUCTS, A_TEE)
    stock = f"{ACME}/stock/TEE-S"
    empty = {"sku": "TEE-S", "on_hand": 0, "held": 0, "allocated": 0, "available": 0}
    assert acme.get(stock).body == empty
    assert acme.put(stock, {"on_hand": 5}).body == empty | {"on_hand": 5, "available": 5}
    assert acme.post(f"{stock}/adjust", {"by": -2}).body == empty | {"on_hand": 3, "available": 3}
    assert acme.get(stock).body == empty | {"on_hand": 3, "available": 3}


def test_stock_never_falls_below_nothing(acme: MerchantApi) -> None:
    acme.put(PRODUCTS, A_TEE)
    acme.put(f"{ACME}/stock/TEE-S", {"on_hand": 1})
    assert acme.post(f"{ACME}/stock/TEE-S/adjust", {"by": -2}).refusal == (409, "on_hand")
    assert acme.get(f"{ACME}/stock/TEE-S").body["on_hand"] == 1


@pytest.mark.parametrize("on_hand", [-1, 1.5, "5", None, True, 10**10])
def test_a_wrong_count_is_refused(acme: MerchantApi, on_hand: object) -> None:
    acme.put(PRODUCTS, A_TEE)
    assert acme.put(f"{ACME}/stock/TEE-S", {"on_hand": on_hand}).refusal == (422, "on_hand")


def test_an_adjustment_under_one_key_happens_once(acme: MerchantApi) -> None:
    acme.put(PRODUCTS, A_TEE)
    path, key = f"{ACME}/stock/TEE-S/adjust", "0123456789abcdef"
    first = acme.call("POST", path, {"by": 3}, key=key)
    again = acme.call("POST", path, {"by": 3}, key=key)
    assert first.body == again.body
    assert acme.get(f"{ACME}/stock/TEE-S").body["on_hand"] == 3
    assert acme.call("POST", path, {"by": 4}, key=key).status == 422


def test_a_sku_may_be_written_in_any_way_that_a_url_can_carry(acme: MerchantApi) -> None:
    sku = "Größe 大 & 100%:#1"
    acme.put(PRODUCTS, a_tee(variants=[a_variant(sku=sku)]))
    assert acme.put(f"{ACME}/stock/{in_path(sku)}", {"on_hand": 2}).body["sku"] == sku
    assert acme.get(f"{ACME}/stock/{'x' * 3000}").refusal == (404, "sku")


def test_back_orders_are_taken_where_the_policy_says_so(acme: MerchantApi) -> None:
    small, large = acme.put(PRODUCTS, A_TEE).data["variants"]
    for attempt, variant, refused in (("A", small, [small["id"]]), ("B", large, [])):
        hold = Hold(attempt, "acme", HoldState.ACTIVE, 2**40, {variant["id"]: 1})
        assert [shortage.part for shortage in wiring.stock().hold(hold, 1)] == refused
    assert acme.get(f"{ACME}/stock/TEE-L").body["available"] == -1


# Imports


def imported(acme: MerchantApi, text: str) -> Any:
    return acme.post(f"{PRODUCTS}/import", text).data


@pytest.mark.parametrize(("name", "rows"), [("shopify-apparel.csv", 22), ("shopify-home-and-garden.csv", 21)])
def test_a_real_export_is_imported_completely_and_again_changes_nothing(
    acme: MerchantApi, name: str, rows: int
) -> None:
    text = (DATA / name).read_text("utf-8")
    first = imported(acme, text)
    assert (first["rows"], first["created"], first["refused"]) == (rows, rows, 0)
    assert [row["line"] for row in first["results"]] == list(range(2, rows + 2))
    assert all(row["sku"] and row["sku_generated"] for row in first["results"])
    before = written()
    again = imported(acme, text)
    assert (again["rows"], again["unchanged"]) == (rows, rows)
    assert [row["sku"] for row in again["results"]] == [row["sku"] for row in first["results"]]
    assert written() == before


def test_an_imported_product_can_be_sold(acme: MerchantApi) -> None:
    imported(acme, (DATA / "shopify-home-and-garden.csv").read_text("utf-8"))
    assert acme.get(f"{ACME}/stock/clay-plant-pot:large").body["available"] == 3
    pot = next(one for one in acme.get(PRODUCTS).data if one["handle"] == "clay-plant-pot")
    assert [variant["prices"] for variant in pot["variants"]] == [{"USD": "9.99"}, {"USD": "15.99"}]
    assert pot["image_url"].startswith("https://burst.shopifycdn.com/")


def test_what_changed_in_the_file_is_changed_in_the_shop_and_said(acme: MerchantApi) -> None:
    text = (DATA / "shopify-home-and-garden.csv").read_text("utf-8")
    imported(acme, text)
    changed = text.replace(",59.99,75,", ",49.99,75,").replace(",0,,5,deny,manual,15.99,", ",0,,9,deny,manual,15.99,")
    report = imported(acme, changed)
    outcomes = {row["sku"]: row["outcome"] for row in report["results"] if row["outcome"] != "unchanged"}
    assert outcomes == {"copper-light": "updated", "vanilla-candle": "updated"}
    assert acme.get(f"{ACME}/stock/vanilla-candle").body["on_hand"] == 9
    lamp = wiring.catalog().variants_by_sku("acme", ["copper-light"])["copper-light"]
    assert lamp.prices == {"USD": 4999}


def test_a_row_that_cannot_be_taken_is_named_and_the_rest_is_taken(acme: MerchantApi) -> None:
    acme.put(PRODUCTS, a_tee(variants=[a_variant(sku="cream-sofa")]))
    text = (DATA / "shopify-home-and-garden.csv").read_text("utf-8").replace(",59.99,75,", ",free,75,")
    report = imported(acme, text)
    refused = {row["line"]: (row["handle"], row["field"]) for row in report["results"] if row["outcome"] == "refused"}
    assert refused == {4: ("copper-light", "Variant Price"), 5: ("cream-sofa", "sku")}
    assert report["created"] == 19
    assert all(row["message"] for row in report["results"] if row["outcome"] == "refused")


def test_a_merchants_own_skus_ids_and_currencies_survive_an_import(acme: MerchantApi) -> None:
    text = (DATA / "shopify-home-and-garden.csv").read_text("utf-8")
    own = {"handle": "copper-light", "platform_id": "7", "title": "Lamp"}
    variant = {"sku": "LAMP", "platform_id": "70", "prices": {"EUR": "55.00", "USD": "1.00"}}
    lamp = acme.put(PRODUCTS, own | {"variants": [variant]}).data
    report = imported(acme, text)
    (row,) = (row for row in report["results"] if row["handle"] == "copper-light")
    assert (row["outcome"], row["sku"], row["sku_generated"]) == ("updated", "LAMP", False)
    after = acme.get(f"{PRODUCTS}/{lamp['id']}").data
    assert (after["platform_id"], after["title"]) == ("7", "Copper Light")
    assert after["variants"][0]["prices"] == {"EUR": "55.00", "USD": "59.99"}
    assert after["variants"][0]["platform_id"] == "70"


def test_back_orders_of_the_platform_are_nothing_on_hand(acme: MerchantApi) -> None:
    text = (
        (DATA / "shopify-home-and-garden.csv")
        .read_text("utf-8")
        .replace(",0,,2,deny,manual,59.99", ",0,,-2,continue,manual,59.99")
    )
    report = imported(acme, text)
    (row,) = (row for row in report["results"] if row["sku"] == "copper-light")
    assert (row["outcome"], row["message"]) == ("created", "The quantity -2 was taken as 0.")
    assert acme.get(f"{ACME}/stock/copper-light").body["on_hand"] == 0


@pytest.mark.parametrize("text", ["", "Handle,Title\n", "{}"])
def test_what_is_no_export_is_refused_by_the_missing_columns(acme: MerchantApi, text: str) -> None:
    reply = acme.post(f"{PRODUCTS}/import", text)
    assert reply.status == 422
    assert "Variant Price" in {error["field"] for error in reply.body["errors"]}


def test_too_many_rows_are_refused(acme: MerchantApi) -> None:
    text = (DATA / "shopify-apparel.csv").read_text("utf-8")
    header, row = text.splitlines()[:2]
    reply = acme.post(f"{PRODUCTS}/import", "\n".join([header] + [row] * 2001))
    assert reply.status in (400, 422)
    assert "2000" in reply.body["errors"][0]["message"]
