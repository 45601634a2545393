"""One template, many shoppers: each begins a checkout of their own and buys, over HTTP."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx

from scripts.checkout_client import Checkout, Json, Merchant, Stack, good
from tests.e2e.deployment import settled, states, submitted

PRICES = {"CAD": "10.00", "USD": "10.00"}
JANE = {
    "first_name": "Jane",
    "last_name": "Doe",
    "email": "jane.doe@example.com",
    "phone": "+12125550123",
    "address1": "350 5th Ave",
    "address2": "Apt 4",
    "city": "New York",
    "province_code": "NY",
    "country_code": "US",
    "postal_code": "10118",
}


def test_three_shoppers_begin_with_one_template_at_once_and_each_buys(
    http: httpx.Client, stack: Stack, merchant: Merchant
) -> None:
    sku = f"T-{uuid.uuid4().hex[:12]}"
    thing = {"handle": sku.lower(), "title": "Thing", "variants": [{"sku": sku, "platform_id": sku, "prices": PRICES}]}
    merchant.ask("PUT", "/products", thing)
    merchant.ask("PUT", f"/stock/{sku}", {"on_hand": 10})

    def platform(method: str, path: str, body: Json | None = None) -> Json:
        return good(http.request(method, path, json=body, headers={"Authorization": f"Bearer {stack.api_key}"}))

    def shop(number: int) -> Checkout:
        session = platform("POST", f"/checkout/begin/{template}")
        told = {"cart_id": session["cart_id"], "buyer_info": JANE | {"first_name": f"Jane {number}"}}
        offers = platform("POST", "/checkout/shipping", told)["stores"][0]["offer"]["shipping_methods"]
        chosen = {"cart_id": session["cart_id"], "shipping_method_id": offers[0]["id"]}
        total = platform("POST", "/checkout/shipping/method", chosen)["cost"]["total"]["value"]
        opened = good(http.post(f"/checkout/{session['cart_id']}/session"))["data"]
        cart = Checkout(http.request, opened["shop_identifier"], opened["public_order_id"], opened["jwt_token"])
        cart.pay(stack.gateway, "tok_approve")
        assert submitted(cart).status_code == 200
        assert cart.state["order_total"] == total
        return cart

    template = platform("POST", "/cart/add", {"item": {"variant_id": sku, "quantity": 1}})["id"]
    with ThreadPoolExecutor(3) as all_at_once:
        carts = list(all_at_once.map(shop, range(3)))

    orders = [merchant.order(cart.order) for cart in carts]
    assert {order["status"] for order in orders} == {"placed"}
    assert sorted(order["customer"]["first_name"] for order in orders) == ["Jane 0", "Jane 1", "Jane 2"]
    assert [states(merchant.ledger(stack.gateway, order)) for order in orders] == [["authorized"]] * 3
    assert settled(merchant, sku)["allocated"] == 3
    kept = platform("GET", f"/cart/{template}")
    assert (kept["buyer_identity"], kept["stores"][0]["is_submitted"]) == (None, False)
    assert platform("GET", f"/cart/status/{template}")["status"] == "IN_PROGRESS"
