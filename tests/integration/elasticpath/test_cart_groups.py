"""Shipping groups: what is sent together, where to, and what that costs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.deployment import Deployment
from tests.integration.elasticpath.shopping import Cart, custom, product, refusal, sell
from tests.integration.elasticpath.storefront import Storefront
from till.domain.product import Variant
from till.runtime import wiring

GROUPS = "/shipping-groups"
NOBODY = "1c73326e-07e0-4043-81fc-54b8f13daeb4"
ADDRESS = {
    "first_name": "John",
    "last_name": "Doe",
    "phone_number": "(555) 555-1234",
    "company_name": "",
    "line_1": "123 Main St",
    "line_2": "",
    "city": "Portland",
    "county": "Multnomah",
    "region": "Oregon",
    "postcode": "97201",
    "country": "US",
    "instructions": "Leave at front door",
}
EXPRESS: dict[str, Any] = {
    "type": "shipping_group",
    "shipping_type": "express",
    "tracking_reference": "TRACK123",
    "shipping_price": {"base": 800, "tax": 200},
    "address": ADDRESS,
    "delivery_estimate": {"start": "2026-12-01T00:00:00Z", "end": "2026-12-05T00:00:00Z"},
}


@pytest.fixture
def cart(till: Deployment) -> Cart:
    till.change_shop(locale="en-US")
    return Cart(Storefront(till, trusted=True))


@pytest.fixture
def mug(till: Deployment) -> Variant:
    return sell(till, "mug")


def group(cart: Cart, **changes: Any) -> str:
    """The id of a new one."""
    reply = cart.call("POST", GROUPS, {"data": EXPRESS | changes})
    assert reply.status == 201, reply.raw
    made: str = reply.body["data"]["id"]
    return made


def test_a_group_is_told_in_whole(cart: Cart) -> None:
    reply = cart.call("POST", GROUPS, {"data": EXPRESS})
    assert reply.status == 201
    data = reply.body["data"]
    assert data.pop("created_at") == data.pop("updated_at")

    def usd(amount: int, formatted: str) -> dict[str, Any]:
        return {"amount": amount, "currency": "USD", "formatted": formatted}

    assert data == {
        "id": data["id"],
        "type": "shipping_group",
        "relation": "cart",
        "cart_id": "my-cart",
        "shipping_type": "express",
        "tracking_reference": "TRACK123",
        "includes_tax": True,
        "address": ADDRESS,
        "delivery_estimate": EXPRESS["delivery_estimate"],
        "relationships": {"cart": {"data": {"type": "cart", "id": "my-cart"}}, "items": {"data": []}},
        "meta": {
            "shipping_display_price": {
                "total": usd(1000, "$10.00"),
                "base": usd(800, "$8.00"),
                "tax": usd(200, "$2.00"),
                "fees": usd(0, "$0.00"),
                "discount": usd(0, "$0.00"),
            }
        },
    }
    assert cart.call("GET", f"{GROUPS}/{data['id']}").body["data"]["meta"] == data["meta"]
    assert [one["id"] for one in cart.call("GET", GROUPS).body["data"]] == [data["id"]]
    assert cart.data["relationships"]["shipping_groups"]["data"] == [{"type": "shipping_group", "id": data["id"]}]


def test_shipping_costs_what_all_groups_cost(cart: Cart, mug: Variant) -> None:
    cart.add(product(mug))
    first = group(cart)
    group(cart, shipping_price={"total": 300})
    prices = cart.data["meta"]["display_price"]
    assert (prices["shipping"]["amount"], prices["with_tax"]["amount"]) == (1300, 1700)
    cart.put(f"{GROUPS}/{first}", shipping_price={"base": 500, "fees": 100, "discount": -50})
    assert cart.total == 400 + 550 + 300
    assert cart.call("DELETE", f"{GROUPS}/{first}").status == 204
    assert cart.total == 700


def test_items_are_put_into_groups_and_taken_out(cart: Cart, mug: Variant) -> None:
    express, slow = group(cart), group(cart, shipping_type="slow")
    cart.add(product(mug, 1, shipping_group_id=express), custom("Card", 100, shipping_group_id=slow))
    mugs, card = cart.items
    assert (mugs["shipping_group_id"], card["shipping_group_id"]) == (express, slow)
    cart.put(f"/items/{card['id']}", shipping_group_id=express)
    inside = cart.call("GET", f"{GROUPS}/{express}").body["data"]["relationships"]["items"]["data"]
    assert inside == [{"type": "cart_item", "id": mugs["id"]}, {"type": "custom_item", "id": card["id"]}]
    assert cart.call("GET", f"{GROUPS}/{slow}").body["data"]["relationships"]["items"]["data"] == []
    cart.call("PUT", "/items", {"data": [{"id": one["id"], "shipping_group_id": ""} for one in (mugs, card)]})
    assert all("shipping_group_id" not in item for item in cart.items)


def test_the_same_product_for_two_parcels_is_two_items(cart: Cart, mug: Variant) -> None:
    express, slow = group(cart), group(cart, shipping_type="slow")
    for one in (express, slow, express):
        cart.add(product(mug, 1, shipping_group_id=one))
    told = [(item["shipping_group_id"], item["quantity"]) for item in cart.items]
    assert told == [(express, 2), (slow, 1)]


def test_an_item_that_is_gone_is_in_no_group(cart: Cart, mug: Variant) -> None:
    express = group(cart)
    [item] = cart.add(product(mug, 1, shipping_group_id=express)).body["data"]
    path = f"{GROUPS}/{express}"
    assert refusal(cart.call("DELETE", path))[:2] == (400, "Cannot delete shipping group")
    cart.call("DELETE", f"/items/{item['id']}")
    assert cart.call("DELETE", path).status == 204


@pytest.mark.parametrize("wanted", [NOBODY, "x"])
def test_a_group_that_is_not_there_takes_no_item(cart: Cart, mug: Variant, wanted: str) -> None:
    assert refusal(cart.add(product(mug, 1, shipping_group_id=wanted)))[:2] == (404, "Shipping groups not found")
    [item] = cart.add(product(mug)).body["data"]
    reply = cart.put(f"/items/{item['id']}", shipping_group_id=wanted)
    assert refusal(reply)[:2] == (404, "Shipping groups not found")
    for method in ("GET", "DELETE"):
        assert refusal(cart.call(method, f"{GROUPS}/{wanted}"))[:2] == (404, "Cart shipping group not found")
    assert refusal(cart.put(f"{GROUPS}/{wanted}", shipping_type="slow"))[0] == 404


@pytest.mark.parametrize(
    ("changes", "source", "title"),
    [
        ({"shipping_price": {"base": -1}}, "data.shipping_price.base", "number_gte"),
        ({"shipping_price": {"base": 1.5}}, "data.shipping_price.base", "Bad Request"),
        ({"shipping_price": {"base": 5, "total": 6}}, "data.shipping_price.total", "Bad Request"),
        ({"shipping_price": {"base": 5, "discount": 6}}, "data.shipping_price.total", "Bad Request"),
        ({"shipping_price": 5}, "data.shipping_price", "Bad Request"),
        ({"address": ADDRESS | {"country": "ZZ"}}, "data.address.country", "format"),
        ({"address": {}}, "data.address.first_name", "required"),
        (
            {"delivery_estimate": {"start": "2026-12-05T00:00:00Z", "end": "2026-12-01"}},
            "data.delivery_estimate",
            "Date Logic Discrepancy",
        ),
        ({"delivery_estimate": {"start": "soon"}}, "data.delivery_estimate.start", "Bad Request"),
    ],
)
def test_what_is_no_group_is_refused(cart: Cart, changes: dict[str, Any], source: str, title: str) -> None:
    reply = cart.call("POST", GROUPS, {"data": EXPRESS | changes})
    assert reply.status == 400
    error = reply.body["errors"][0]
    assert (error["source"], error["title"]) == (source, title)


def test_a_storefront_makes_groups_but_no_prices(till: Deployment, cart: Cart) -> None:
    front = Cart(Storefront(till, number=2))
    assert refusal(front.call("POST", GROUPS, {"data": EXPRESS}))[:2] == (403, "Forbidden")
    made = front.call("POST", GROUPS, {"data": {"type": "shipping_group", "shipping_type": "slow"}})
    assert (made.status, made.body["data"]["meta"]["shipping_display_price"]["total"]["amount"]) == (201, 0)
    path = f"{GROUPS}/{made.body['data']['id']}"
    assert front.put(path, address=ADDRESS).body["data"]["address"] == ADDRESS
    assert refusal(front.put(path, shipping_price={"total": 1}))[0] == 403
    stored = wiring.carts().get("acme", "my-cart")
    assert stored
    assert stored.shipping_groups[0].amount == 0


def test_a_price_of_shipping_is_taken_off_by_whoever_may_set_one(till: Deployment, cart: Cart) -> None:
    front = Cart(Storefront(till, number=2))
    dear = cart.call("POST", GROUPS, {"data": EXPRESS}).body["data"]["id"]
    assert refusal(front.call("DELETE", f"{GROUPS}/{dear}"))[:2] == (403, "Forbidden")
    free = front.call("POST", GROUPS, {"data": {"type": "shipping_group"}}).body["data"]["id"]
    assert front.call("DELETE", f"{GROUPS}/{free}").status == 204
    assert cart.call("DELETE", f"{GROUPS}/{dear}").status == 204
