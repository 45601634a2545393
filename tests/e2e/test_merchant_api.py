"""A merchant sets a shop up from nothing and sells in it, over HTTP."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from scripts.checkout_client import Checkout, Json, Merchant, Stack, good, item
from scripts.embedded_aws import ROOT
from tests.e2e.deployment import eventually, settled, submitted

HOME_AND_GARDEN = ROOT / "tests" / "data" / "shopify-home-and-garden.csv"
APPAREL = ROOT / "tests" / "data" / "shopify-apparel.csv"


@pytest.fixture
def shop(http: httpx.Client, stack: Stack) -> Merchant:
    """A new shop with nothing in it."""
    identifier = f"new-{uuid.uuid4().hex[:8]}"
    body = {"identifier": identifier, "name": "New", "currency": "CAD", "country": "CA"}
    headers = {"Authorization": f"Bearer {stack.merchant_token}"}
    made = good(http.post("/merchant/shops", json=body, headers=headers))["data"]
    assert (made["identifier"], made["settings"]["inventory_check"]) == (identifier, True)
    return Merchant(http.request, identifier, stack.merchant_token)


@pytest.fixture
def token(http: httpx.Client, stack: Stack, shop: Merchant) -> Iterator[Json]:
    """A token that may only look after this shop's stock."""
    headers = {"Authorization": f"Bearer {stack.merchant_token}"}
    body = {"name": "stock of one shop", "scopes": ["stock"], "shop": shop.shop}
    made = good(http.post("/merchant/tokens", json=body, headers=headers))["data"]
    yield made
    http.delete(f"/merchant/tokens/{made['id']}", headers=headers)


def test_a_new_shop_sells_its_first_product(http: httpx.Client, stack: Stack, shop: Merchant) -> None:
    shop.ask("PATCH", "", {"settings": {"tax_shipping": True}})
    rate = {"code": "mail", "description": "Mail", "amount": "4.00", "free_over": "100.00"}
    shop.ask("PUT", "/shipping_zones/ca", {"name": "Canada", "regions": [{"country": "CA"}], "rates": [rate]})
    gst = {"name": "GST", "rate": "5"}
    shop.ask("PUT", "/tax_zones/ca", {"name": "Canada", "regions": [{"country": "CA"}], "rates": [gst]})
    shop.ask("PUT", "/gateways/cards", {"kind": "sandbox", "name": "Cards"})
    variant = {"sku": "TEA", "platform_id": "1", "prices": {"CAD": "20.00"}}
    product = {"handle": "tea", "title": "Tea", "variants": [variant]}
    assert shop.call("PUT", "/products", product).status_code == 201
    assert shop.call("PUT", "/products", product).status_code == 200
    shop.ask("PUT", "/stock/TEA", {"on_hand": 5})
    assert shop.ask("POST", "/stock/TEA/adjust", {"by": -2})["on_hand"] == 3

    here = replace(stack, shop=shop.shop, gateway="cards")
    cart = Checkout.begin(http.request, here, [item("TEA", 2)]).fill("cards")
    assert cart.state["order_total"] == 4000 + 400 + 220
    assert submitted(cart).status_code == 200

    listed = shop.ask("GET", "/orders")["data"]
    assert [(order["public_order_id"], order["number"], order["total"]) for order in listed] == [(cart.order, 1, 4620)]
    assert [entry["amount"] for entry in shop.ledger("cards", shop.order(cart.order))] == [4620]
    found = eventually(lambda: shop.ask("GET", "/orders?number=1&email=" + listed[0]["email"])["data"], bool)
    assert [order["number"] for order in found] == [1]
    assert shop.call("GET", "/orders.csv").text.splitlines()[1].startswith(f"1,{listed[0]['id']},placed")
    assert shop.ask("GET", f"/orders/{cart.order}/totals/explain")["data"]["total"] == 4620
    assert "46.20 CAD was authorized" in shop.ask("GET", f"/orders/{cart.order}/timeline")["data"]["summary"]
    level = settled(shop, "TEA")
    assert (level["on_hand"], level["allocated"], level["available"]) == (3, 2, 1)


@pytest.mark.parametrize("file", [HOME_AND_GARDEN, APPAREL], ids=lambda file: file.stem)
def test_an_export_of_another_platform_is_taken_as_it_is_and_can_be_bought(
    http: httpx.Client, stack: Stack, shop: Merchant, file: Path
) -> None:
    text = file.read_bytes()

    def imported() -> Json:
        report: Json = shop.ask("POST", "/products/import", headers={"Content-Type": "text/csv"}, content=text)["data"]
        return report

    first, again = imported(), imported()

    assert first["refused"] == again["refused"] == 0
    assert first["created"] > 0
    assert (again["created"], again["updated"]) == (0, 0)
    rows = [row for row in first["results"] if row["outcome"] == "created"]
    assert all(row["sku_generated"] for row in rows)
    cart = Checkout.begin(http.request, replace(stack, shop=shop.shop), [item(rows[0]["sku"])])
    assert cart.state["line_items"][0]["product_data"]["sku"] == rows[0]["sku"]


def test_a_token_does_what_it_was_made_for_and_no_more(
    http: httpx.Client, stack: Stack, shop: Merchant, token: Json
) -> None:
    shop.ask("PUT", "/products", {"handle": "a", "title": "A", "variants": [{"sku": "A", "prices": {"CAD": "1"}}]})
    clerk = Merchant(http.request, shop.shop, token["secret"])
    elsewhere = Merchant(http.request, stack.shop, token["secret"])

    assert clerk.ask("PUT", "/stock/A", {"on_hand": 7})["available"] == 7
    assert clerk.call("GET", "/products").status_code == 403
    assert elsewhere.call("GET", "/stock/HOUSE-250").status_code == 404
    init = http.post(
        f"/checkout/orders/{shop.shop}/init", json={}, headers={"Authorization": f"Bearer {token['secret']}"}
    )
    assert init.status_code == 403
    assert Merchant(http.request, shop.shop, "till_forged").call("GET", "/products").status_code == 401


def test_what_is_wrong_is_named_and_changes_nothing(shop: Merchant) -> None:
    for method, path, body, status, field in (
        ("PUT", "/products", {"handle": "x", "title": "X", "variants": []}, 422, "variants"),
        ("PATCH", "", {"nonsense": 1}, 422, "nonsense"),
        ("PUT", "/stock/nothing", {"on_hand": 1}, 404, "sku"),
        ("PUT", "/gateways/g", {"kind": "wire-transfer", "name": "G"}, 422, "kind"),
        ("GET", "/orders?limit=1000", None, 422, "limit"),
    ):
        refused = shop.call(method, path, body)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (status, field)
    assert shop.ask("GET", "/products")["data"] == []
