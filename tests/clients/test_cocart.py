"""CoCart's own library, as its users install it: a cart, the preview of its checkout, and an order."""

from __future__ import annotations

import pytest

from scripts.checkout_client import Merchant, Stack
from tests.clients.cocart_library import CoCart
from tests.e2e.deployment import Sell, eventually

BILLING = {
    "first_name": "John",
    "last_name": "Doe",
    "email": "john.doe@example.com",
    "phone": "+12125550123",
    "address_1": "350 5th Ave",
    "city": "New York",
    "state": "NY",
    "postcode": "10118",
    "country": "US",
}
# As the documents show it, in their order.
CHECKOUT = (
    "cart_key",
    "cart_hash",
    "currency",
    "customer_id",
    "billing_address",
    "shipping_address",
    "cart_contents",
    "cart_totals",
    "shipping_methods",
    "needs_payment",
    "needs_shipping",
    "payment_method",
)
PAID_BY_CARD = {"payment_method": "sandbox", "payment_data": [{"key": "token", "value": "tok_approve"}]}


@pytest.fixture
def sku(sell: Sell) -> str:
    """For 19.99 USD, a hundred grams, a thousand on hand."""
    return sell(price="19.99")


@pytest.fixture
def key(cocart: CoCart, sku: str) -> str:
    """Of a guest's cart with two of them."""
    added = cocart.cart("post", "cart/add-item", {"id": sku, "quantity": "2"})
    key: str = added.good["cart_key"]
    assert added.headers["cart-key"] == added.headers["cocart-api-cart-key"] == key
    return key


def test_a_guest_is_given_a_cart(cocart: CoCart) -> None:
    made = cocart.cart("get", "cart").good
    assert (made["items"], made["cart_hash"]) == ([], "No items in cart so no hash")
    assert cocart.cart("get", "cart", cart_key=made["cart_key"]).good["cart_key"] == made["cart_key"]


def test_items_are_added_changed_and_removed(cocart: CoCart, key: str) -> None:
    cart = cocart.cart("get", "cart", cart_key=key).good
    [item] = cart["items"]
    assert (item["price"], item["quantity"]["value"], item["totals"]["total"]) == ("1999", 2, "3998")
    changed = cocart.cart("post", f"cart/item/{item['item_key']}", {"quantity": "3"}, cart_key=key).good
    assert (changed["item_count"], changed["totals"]["subtotal"]) == (3, "5997")
    assert changed["cart_hash"] != cart["cart_hash"]
    assert cocart.cart("delete", f"cart/item/{item['item_key']}", cart_key=key).good["items"] == []
    restored = cocart.cart("put", f"cart/item/{item['item_key']}", {}, cart_key=key).good
    assert [one["item_key"] for one in restored["items"]] == [item["item_key"]]


def test_what_is_wrong_is_said_as_wordpress_says_it(cocart: CoCart, key: str) -> None:
    unknown = cocart.cart("post", "cart/add-item", {"id": "nothing-like-it", "quantity": "1"}, cart_key=key)
    assert (unknown.status, unknown.code) == (404, "cocart_unknown_product_id")
    nobody = cocart.preview("get", "checkout")
    assert (nobody.status, nobody.code) == (401, "cocart_rest_authentication_required")
    empty = cocart.cart("get", "cart").good["cart_key"]
    refused = cocart.preview("post", "checkout", {"billing_address": BILLING} | PAID_BY_CARD, cart_key=empty)
    assert (refused.status, refused.code) == (400, "cocart_checkout_empty_cart")


def test_the_checkout_is_previewed_filled_in_and_processed(
    cocart: CoCart, key: str, sku: str, stack: Stack, merchant: Merchant
) -> None:
    before = cocart.preview("get", "checkout", cart_key=key).good
    assert tuple(before) == CHECKOUT
    [(item_key, item)] = before["cart_contents"].items()
    assert (item["key"], item["quantity"], item["product_price"], item["line_total"]) == (
        item_key,
        2,
        "$19.99",
        "39.98",
    )
    assert (before["cart_key"], before["customer_id"], before["needs_shipping"]) == (key, 0, True)

    wanted = {
        "billing_address": BILLING,
        "shipping_address": {name: BILLING[name] for name in BILLING if name not in ("email", "phone")},
    }
    offered = cocart.preview("put", "checkout", wanted, cart_key=key).good["shipping_methods"]
    [standard] = [one for one in offered.values() if one["method_id"] == "standard"]
    assert standard["cost"] == "5.00"
    chosen = cocart.preview("put", "checkout", {"shipping_method": standard["id"]}, cart_key=key).good
    # New York taxes shipping, too: 8.875 % of 44.98.
    assert (chosen["cart_totals"]["shipping_total"], chosen["cart_totals"]["total"]) == ("5.00", "48.97")
    assert cocart.preview("get", "checkout", cart_key=key).good == chosen

    done = cocart.preview("post", "checkout", {"billing_address": BILLING} | PAID_BY_CARD, cart_key=key).good
    assert (done["payment_result"]["payment_status"], done["cart_key"]) == ("success", None)
    [order] = [one for one in merchant.ask("GET", "/orders")["data"] if str(one["number"]) == done["order_number"]]
    order = eventually(lambda: merchant.order(order["id"]), lambda seen: seen["charge"] != "pending")
    assert (order["status"], order["charge"], order["total"]) == ("placed", "captured", 4897)
    assert eventually(lambda: merchant.stock(sku), lambda level: not level["held"])["allocated"] == 2
    assert cocart.cart("get", "cart", cart_key=key).good["items"] == []


def test_a_declined_card_leaves_the_cart(cocart: CoCart, key: str) -> None:
    cocart.preview("put", "checkout", {"billing_address": BILLING}, cart_key=key)
    declined = {"payment_method": "sandbox", "payment_data": [{"key": "token", "value": "tok_decline"}]}
    answer = cocart.preview("post", "checkout", {"billing_address": BILLING} | declined, cart_key=key).good
    assert (answer["payment_result"]["payment_status"], answer["cart_key"]) == ("failed", key)
    assert cocart.preview("get", "checkout", cart_key=key).good["cart_contents"]
