"""Elastic Path's own SDK, as its users install it: carts, with and without the client's secret."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.clients.elasticpath_sdk import Cart, Market, OpenSdk, Sdk

SHIPPING = {"name": "Shipping", "sku": "ship", "quantity": 1, "price": {"amount": 500}}
CART_TOTALS = {"with_tax", "without_tax", "tax", "discount", "without_discount", "shipping", "shipping_discount"}


@pytest.fixture(params=[False, True], ids=["a storefront", "a back end"])
def sdk(request: pytest.FixtureRequest, open_sdk: OpenSdk, newer_market: Market) -> Sdk:
    return open_sdk(newer_market, trusted=request.param)


@pytest.fixture
def cart(sdk: Sdk) -> Cart:
    return sdk.cart()


@pytest.fixture(scope="module")
def shoe(newer_market: Market) -> str:
    """For 10.00 USD, a hundred on hand."""
    return newer_market.sell()


def total(answer: Any) -> int:
    """What all of it costs."""
    amount: int = answer["meta"]["display_price"]["with_tax"]["amount"]
    return amount


def test_an_unknown_id_is_an_empty_cart(cart: Cart) -> None:
    found = cart.do("Get")["data"]
    assert (found["id"], found["type"], found["name"]) == (cart.id, "cart", "Cart")
    assert found["relationships"]["items"]["data"] is None
    assert found["meta"]["display_price"].keys() == CART_TOTALS
    assert found["meta"]["display_price"]["with_tax"] == {"amount": 0, "currency": "", "formatted": "0"}
    assert found["discount_settings"] == {"custom_discounts_enabled": False}
    assert cart.do("Items")["data"] == []


def test_a_product_is_added_by_id_and_by_sku(cart: Cart, newer_market: Market, shoe: str) -> None:
    by_id = cart.do("AddProduct", newer_market.product_id(shoe), 1)
    [item] = by_id["data"]
    assert (item["type"], item["product_id"], item["sku"]) == ("cart_item", newer_market.product_id(shoe), shoe)
    assert item["unit_price"] == {"amount": 1000, "currency": "USD", "includes_tax": False}
    assert item["meta"]["display_price"]["with_tax"]["value"]["formatted"] == "$10.00"
    by_sku = cart.do("AddProduct", shoe, 2, {}, True)
    assert [(one["id"], one["quantity"]) for one in by_sku["data"]] == [(item["id"], 3)]
    assert total(by_sku) == 3000
    assert cart.do("Get")["data"]["relationships"]["items"]["data"] == [{"type": "cart_item", "id": item["id"]}]


def test_custom_inputs_make_lines_of_their_own(cart: Cart, shoe: str) -> None:
    for text in ("Ann", "Bob", "Ann"):
        cart.do("AddProduct", shoe, 1, {"custom_inputs": {"engraving": text}}, True)
    found = cart.do("Items")["data"]
    assert {item["custom_inputs"]["engraving"]: item["quantity"] for item in found} == {"Ann": 2, "Bob": 1}


def test_a_custom_item_needs_no_catalogue(cart: Cart) -> None:
    [item] = cart.do("AddCustomItem", SHIPPING)["data"]
    assert (item["type"], item["name"], item["sku"], item["manage_stock"]) == ("custom_item", "Shipping", "ship", False)
    assert item["value"] == {"amount": 500, "currency": "USD", "includes_tax": True}


def test_shoppers_set_prices_only_where_the_shop_lets_them(open_sdk: OpenSdk, market: Market) -> None:
    refusal = open_sdk(market).cart().refusal("AddCustomItem", SHIPPING)
    assert (refusal.error["status"], refusal.error["title"]) == (403, "Forbidden")
    assert open_sdk(market, trusted=True).cart().do("AddCustomItem", SHIPPING)["data"]


def test_a_promotion_code(cart: Cart, newer_market: Market, shoe: str) -> None:
    code = f"TEN-{uuid.uuid4().hex[:8].upper()}"
    newer_market.owner.ask("PUT", f"/discounts/{code}", {"kind": "percentage", "percent": "10", "text": "Ten off"})
    cart.do("AddProduct", shoe, 1, {}, True)
    added = cart.do("AddPromotion", code)
    assert total(added) == 900
    assert added["meta"]["display_price"]["discount"] == {"amount": -100, "currency": "USD", "formatted": "-$1.00"}
    [promotion] = [item for item in added["data"] if item["type"] == "promotion_item"]
    assert promotion["value"]["amount"] == -100
    cart.do("RemovePromotion", code)
    assert total(cart.do("Items")) == 1000
    unknown = cart.refusal("AddPromotion", "NOPE").error
    assert (unknown["status"], unknown["title"], unknown["meta"]) == (404, "Not Found", {"code": "NOPE"})


def test_many_items_at_once(cart: Cart, shoe: str) -> None:
    custom = SHIPPING | {"type": "custom_item"}
    nothing = {"type": "cart_item", "sku": "nothing-like-it", "quantity": 1}
    partly = cart.do("BulkAdd", [custom, nothing], {"add_all_or_nothing": False})
    assert [item["sku"] for item in partly["data"]] == ["ship"]
    assert [error["title"] for error in partly["errors"]] == ["Product not found"]
    refusal = cart.refusal("BulkAdd", [{"type": "cart_item", "sku": shoe, "quantity": 1}, nothing],
                           {"add_all_or_nothing": True})  # fmt: skip
    assert [error["meta"]["sku"] for error in refusal.errors] == ["nothing-like-it"]
    assert cart.quantities == {"ship": 1}
    cart.do("AddProducts", [{"sku": shoe, "quantity": 2}])
    assert cart.quantities == {"ship": 1, shoe: 2}


def test_items_are_updated_and_removed(cart: Cart, newer_market: Market, shoe: str) -> None:
    other = newer_market.sell(USD="5.00")
    for sku in (shoe, other):
        cart.do("AddProduct", sku, 2, {}, True)
    ids = {item["sku"]: item["id"] for item in cart.do("Items")["data"]}
    assert total(cart.do("UpdateItem", ids[shoe], 1)) == 2000
    assert total(cart.do("UpdateItems", [{"id": ids[shoe], "quantity": 3}, {"id": ids[other], "quantity": 1}])) == 3500
    left = cart.do("RemoveItem", ids[other])
    assert [item["sku"] for item in left["data"]] == [shoe]
    assert cart.do("UpdateItem", ids[shoe], 0)["data"] == []
    gone = cart.refusal("UpdateItem", ids[shoe], 1).error
    assert gone["status"] == 404
    nobodys = cart.refusal("UpdateItems", [{"id": ids[shoe], "quantity": 1}]).error
    assert (nobodys["status"], nobodys["detail"]) == (404, "Item was not found in the cart")


def test_a_cart_is_emptied_and_deleted(cart: Cart, shoe: str) -> None:
    cart.do("AddProduct", shoe, 1, {}, True)
    cart.do("RemoveAllItems")
    assert cart.do("Items")["data"] == []
    cart.do("AddProduct", shoe, 1, {}, True)
    cart.do("Delete")
    assert cart.do("Get")["data"]["relationships"]["items"]["data"] is None


def test_a_cart_is_made_with_a_name_and_merged_into_another(sdk: Sdk, cart: Cart, shoe: str) -> None:
    made = sdk.do("Cart", ["CreateCart", {"name": "Birthday", "description": "For Ann"}])["data"]
    assert (made["name"], made["description"]) == ("Birthday", "For Ann")
    sdk.cart(made["id"]).do("AddProduct", shoe, 2, {}, True)
    cart.do("AddProduct", shoe, 1, {}, True)
    cart.do("Merge", made["id"])
    assert cart.quantities == {shoe: 3}
    cart.do("UpdateCart", {"name": "Weekend"})
    assert cart.do("Get")["data"]["name"] == "Weekend"


def test_items_come_with_the_cart_when_asked_for(cart: Cart, shoe: str) -> None:
    cart.do("AddProduct", shoe, 1, {}, True)
    assert [item["sku"] for item in cart.with_("items", "Get")["included"]["items"]] == [shoe]


# What a back end puts on a cart


def test_shipping_groups_taxes_and_discounts(open_sdk: OpenSdk, newer_market: Market, shoe: str) -> None:
    sdk = open_sdk(newer_market, trusted=True)
    cart = sdk.cart()
    [item] = cart.do("AddProduct", shoe, 3, {}, True)["data"]
    tax = {"name": "VAT", "jurisdiction": "UK", "code": "VAT", "rate": 0.2}
    made = cart.do("AddItemTax", item["id"], tax)["data"]
    assert (made["type"], made["rate"]) == ("tax_item", 0.2)
    assert total(cart.do("Items")) == 3600
    cart.do("UpdateItemTax", item["id"], made["id"], tax | {"rate": 0.1})
    assert total(cart.do("Items")) == 3300
    cart.do("RemoveItemTax", item["id"], made["id"])
    group = cart.do("CreateShippingGroup", {"shipping_type": "express", "shipping_price": {"base": 700, "total": 700}})
    assert group["data"]["type"] == "shipping_group"
    assert [one["id"] for one in cart.do("AllShippingGroupsCart")["data"]] == [group["data"]["id"]]
    assert cart.do("GetCartShippingGroup", group["data"]["id"])["data"]["shipping_type"] == "express"
    assert cart.do("Items")["meta"]["display_price"]["shipping"]["amount"] == 700
    discount = {"external_id": "1", "discount_engine": "Loyalty", "discount_code": "THANKS", "description": "Thanks",
                "amount": {"amount": -500}}  # fmt: skip
    sdk.cart(cart.id).do("UpdateCart", {"discount_settings": {"custom_discounts_enabled": True}})
    [off] = cart.do("AddCartCustomDiscount", discount)["data"]
    assert total(cart.do("Items")) == 3200
    cart.do("UpdateCartCustomDiscount", off["id"], discount | {"amount": -600})
    assert total(cart.do("Items")) == 3100
    cart.do("RemoveCartCustomDiscount", off["id"])
    assert total(cart.do("Items")) == 3700


def test_a_discount_of_one_item(open_sdk: OpenSdk, newer_market: Market, shoe: str) -> None:
    """The SDK can change and remove it; to add it, it asks for `//custom-discounts`, which no REST API has."""
    cart = open_sdk(newer_market, trusted=True).cart()
    cart.do("UpdateCart", {"discount_settings": {"custom_discounts_enabled": True}})
    [item] = cart.do("AddProduct", shoe, 1, {}, True)["data"]
    discount = {"external_id": "1", "discount_engine": "Loyalty", "discount_code": "THANKS", "description": "Thanks",
                "amount": -500}  # fmt: skip
    assert cart.refusal("AddItemCustomDiscount", item["id"], discount).said["errors"]
    path = f"/v2/carts/{cart.id}/items/{item['id']}/custom-discounts"
    added = newer_market.call("POST", path, {"data": discount | {"type": "custom_discount"}}).json()["data"]
    assert total(cart.do("Items")) == 500
    cart.do("UpdateItemCustomDiscount", item["id"], added["id"], discount | {"amount": -100})
    assert total(cart.do("Items")) == 900
    cart.do("RemoveItemCustomDiscount", item["id"], added["id"])
    assert total(cart.do("Items")) == 1000


def test_how_long_carts_live_is_set(open_sdk: OpenSdk, newer_market: Market) -> None:
    settings = open_sdk(newer_market, trusted=True)
    assert settings.do("Settings", ["UpdateCart", {"cart_expiry_days": 8}])["data"]["cart_expiry_days"] == 8
    error = settings.refusal("Settings", ["UpdateCart", {"cart_expiry_days": 366}]).error
    assert (error["title"], error["detail"]) == ("number_lte", "Must be less than or equal to 365")
    assert open_sdk(newer_market).refusal("Settings", "Cart").error["status"] == 403


# What goes wrong


def test_more_than_there_is_cannot_be_added(cart: Cart, newer_market: Market) -> None:
    last = newer_market.sell(on_hand=1)
    error = cart.refusal("AddProduct", last, 2, {}, True).error
    assert (error["status"], error["title"]) == (400, "Insufficient stock")
    assert error["meta"] == {"id": newer_market.product_id(last), "sku": last}


def test_a_product_that_is_not_there(cart: Cart) -> None:
    unknown = str(uuid.uuid4())
    error = cart.refusal("AddProduct", unknown, 1).error
    assert (error["status"], error["title"], error["meta"]) == (404, "Product not found", {"id": unknown})
    error = cart.refusal("AddProduct", "nothing-like-it", 1, {}, True).error
    assert (error["title"], error["meta"]) == ("Product not found", {"sku": "nothing-like-it"})


def test_the_first_item_sets_the_currency(cart: Cart, newer_market: Market, shoe: str) -> None:
    in_euros = newer_market.sell(EUR="9.00")
    both = newer_market.sell(USD="7.00", EUR="6.00")
    cart.do("AddProduct", shoe, 1, {}, True)
    error = cart.refusal("AddProduct", in_euros, 1, {}, True).error
    assert (error["status"], error["title"]) == (400, "Could not add product")
    assert error["detail"] == "This product does not have a price for USD"
    cart.do("AddProduct", both, 1, {}, True, None, {"X-MOLTIN-CURRENCY": "USD"})
    assert total(cart.do("Items")) == 1700
    assert cart.quantities == {shoe: 1, both: 1}


def test_a_cart_in_another_currency(open_sdk: OpenSdk, newer_market: Market) -> None:
    both = newer_market.sell(USD="7.00", EUR="6.00")
    [item] = open_sdk(newer_market, currency="EUR").cart().do("AddProduct", both, 1, {}, True)["data"]
    assert (item["value"]["amount"], item["value"]["currency"]) == (600, "EUR")


@pytest.mark.parametrize("name", ["", " ", "x" * 256])
def test_a_name_must_say_something(sdk: Sdk, name: str) -> None:
    error = sdk.refusal("Cart", ["CreateCart", {"name": name}]).error
    assert (error["status"], error["source"]) == (400, "data.name")


def test_a_token_that_is_no_good_is_replaced_by_the_sdk(open_sdk: OpenSdk, market: Market) -> None:
    sdk = open_sdk(market)
    client = market.client["client_id"]
    sdk.remember("epCredentials", {"client_id": client, "access_token": "nobodys", "expires": 4_000_000_000})
    assert sdk.cart().do("Get")["data"]["type"] == "cart"


def test_an_unknown_client_gets_no_token(open_sdk: OpenSdk, market: Market) -> None:
    [error] = open_sdk(market, client_id="nobody").cart().refusal("Get").errors
    assert error["title"] == "Unauthorized"


def test_a_wrong_token_is_refused_in_the_documented_shape(market: Market) -> None:
    answer = market.call("GET", "/v2/carts/mine", Authorization="Bearer nobodys")
    assert answer.status_code == 401
    assert answer.json() == {"errors": [{"status": 401, "title": "Unable to validate access token"}]}
