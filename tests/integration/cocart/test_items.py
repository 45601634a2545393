"""What is in a cart: added, changed, taken out, had again; with the statuses that clients of CoCart have met."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.integration.cocart.storefront import Shopper, good, refusal
from tests.integration.deployment import Deployment
from tests.integration.elasticpath.shopping import sell
from till.runtime import wiring


def first_key(shopper: Shopper) -> str:
    """Of the first item."""
    key: str = shopper.get()["items"][0]["item_key"]
    return key


def test_a_product_is_added_by_its_number_or_its_sku(till: Deployment) -> None:
    shopper = Shopper(till)
    sell(till, "CUPS")
    assert shopper.add("66", quantity="2")["totals"]["subtotal"] == "45000"
    assert shopper.post("cart/add-item", {"id": 66, "quantity": 1})["item_count"] == 3
    cart = shopper.add("CUPS")
    assert cart["notices"] == {"success": ["Cups has been added to your cart."]}
    assert shopper.quantities == {"ABS": 3, "CUPS": 1}


def test_an_items_key_is_made_as_woocommerce_makes_it(till: Deployment) -> None:
    shopper = Shopper(till)
    shopper.add()
    assert first_key(shopper) == hashlib.md5(b"66", usedforsecurity=False).hexdigest()
    shopper.add(item_data={"engraving": "Jane"})
    keys = [item["item_key"] for item in shopper.get()["items"]]
    assert keys[1] == hashlib.md5(b"66_engravingJane", usedforsecurity=False).hexdigest()


def test_what_is_to_bear_something_is_an_item_of_its_own(till: Deployment) -> None:
    shopper = Shopper(till)
    shopper.add()
    shopper.add(item_data={"engraving": "Jane", "lines": 2})
    items = shopper.get()["items"]
    assert [item["cart_item_data"] for item in items] == [{}, {"engraving": "Jane", "lines": "2"}]


def test_many_products_are_added_together_or_not_at_all(till: Deployment) -> None:
    shopper = Shopper(till)
    sell(till, "CUPS", on_hand=1)
    cups = {"id": "CUPS", "quantity": "1"}
    assert shopper.post("cart/add-items", {"items": [{"id": "66", "quantity": "1"}, cups]})["item_count"] == 2
    reply = shopper.call("POST", "cart/add-items", {"items": [{"id": "66", "quantity": "1"}, cups]})
    assert refusal(reply) == (404, "cocart_not_enough_in_stock")
    assert shopper.quantities == {"ABS": 1, "CUPS": 1}
    more = shopper.post("cart/add-items", {"items": [{"id": "66", "quantity": "2"}], "return_items": True})
    assert [item["quantity"]["value"] for item in more] == [3]


def test_the_item_alone_is_answered_where_that_is_asked_for(till: Deployment) -> None:
    item = Shopper(till).add(return_item=True)
    assert (item["id"], item["price"], item["totals"]["total"]) == (66, "22500", "22500")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"id": "67"}, 404, "cocart_unknown_product_id"),
        ({"id": "no-such-sku"}, 404, "cocart_unknown_product_id"),
        ({"id": "9" * 200}, 404, "cocart_unknown_product_id"),
        ({"id": {"of": "66"}}, 405, "cocart_product_id_not_numeric"),
        ({"id": True}, 405, "cocart_product_id_not_numeric"),
        ({"id": "66", "quantity": "two"}, 405, "cocart_quantity_not_numeric"),
        ({"id": "66", "quantity": "1e2"}, 405, "cocart_quantity_not_numeric"),
        ({"id": "66", "quantity": 1.5}, 405, "cocart_quantity_not_numeric"),
        ({"id": "66", "quantity": True}, 405, "cocart_quantity_not_numeric"),
        ({"id": "66", "quantity": ["1"]}, 405, "cocart_quantity_not_numeric"),
        ({"id": "66", "quantity": "0"}, 405, "cocart_quantity_invalid_amount"),
        ({"id": "66", "quantity": -1}, 405, "cocart_quantity_invalid_amount"),
        ({"id": "66", "quantity": 10**9}, 405, "cocart_quantity_not_numeric"),
        ({"id": "66", "quantity": "11"}, 404, "cocart_not_enough_in_stock"),
        ({"id": "", "quantity": "1"}, 400, "rest_invalid_param"),
        ({"id": "66", "item_data": "engraving"}, 400, "rest_invalid_param"),
        ({"id": "66", "email": "nobody"}, 400, "rest_invalid_param"),
    ],
)
def test_what_cannot_be_added_is_refused_as_cocart_does(
    till: Deployment, body: dict[str, Any], status: int, code: str
) -> None:
    assert refusal(Shopper(till).call("POST", "cart/add-item", body)) == (status, code)


def test_too_little_stock_says_how_much_there_is(till: Deployment) -> None:
    shopper = Shopper(till)
    sell(till, "GONE", on_hand=0)
    message = shopper.call("POST", "cart/add-item", {"id": "66", "quantity": "11"}).body["message"]
    assert '"Able Brewing System"' in message
    assert "(10 remaining)" in message
    reply = shopper.call("POST", "cart/add-item", {"id": "GONE", "quantity": "1"})
    assert refusal(reply) == (404, "cocart_product_out_of_stock")


def test_the_price_that_a_client_sends_is_nothing(till: Deployment) -> None:
    assert Shopper(till).add(price="1")["totals"]["total"] == "22500"


def test_an_items_quantity_is_set_and_nothing_takes_it_out(till: Deployment) -> None:
    shopper = Shopper(till)
    shopper.add()
    path = f"cart/item/{first_key(shopper)}"
    assert shopper.post(path, {"quantity": "3"})["item_count"] == 3
    assert shopper.post(path, {"quantity": 4, "return_status": True}) == {
        "message": 'The quantity for "Able Brewing System" has increased to "4".',
        "quantity": 4,
    }
    assert refusal(shopper.call("POST", path, {"quantity": "11"})) == (404, "cocart_not_enough_in_stock")
    assert shopper.get(path)["quantity"]["value"] == 4
    assert shopper.post(path, {"quantity": 0})["items"] == []
    assert refusal(shopper.call("POST", path, {"quantity": 1})) == (404, "cocart_item_not_in_cart")


def test_an_item_is_taken_out_and_had_again(till: Deployment) -> None:
    shopper = Shopper(till)
    shopper.add(quantity="2", item_data={"engraving": "Jane"})
    path = f"cart/item/{first_key(shopper)}"
    cart = good(shopper.call("DELETE", path))
    assert (cart["items"], cart["removed_items"][0]["quantity"]["value"]) == ([], 2)
    assert cart["notices"] == {"success": ['"Able Brewing System" has been removed from cart.']}
    reply = shopper.call("DELETE", path)
    assert refusal(reply) == (404, "cocart_item_not_in_cart")
    assert reply.body["message"] == '"Able Brewing System" has already been removed from cart.'
    cart = good(shopper.call("PUT", path))
    assert (cart["item_count"], cart["removed_items"]) == (2, [])
    assert cart["items"][0]["cart_item_data"] == {"engraving": "Jane"}
    assert refusal(shopper.call("PUT", path)) == (405, "cocart_item_restored_to_cart")
    assert refusal(shopper.call("PUT", "cart/item/none")) == (404, "cocart_item_restored_to_cart")


def test_what_is_sold_meanwhile_cannot_be_had_again(till: Deployment) -> None:
    shopper = Shopper(till)
    rare = sell(till, "RARE", on_hand=1)
    shopper.add("RARE")
    path = f"cart/item/{first_key(shopper)}"
    good(shopper.call("DELETE", path))
    wiring.stock().set_on_hand("acme", rare.id, 0)
    assert refusal(shopper.call("PUT", path)) == (404, "cocart_product_out_of_stock")
    assert len(shopper.get()["removed_items"]) == 1


def test_all_items_are_an_object_here_and_a_list_in_the_cart(till: Deployment) -> None:
    shopper = Shopper(till)
    assert refusal(shopper.call("GET", "cart/items")) == (404, "cocart_no_items")
    shopper.add(quantity="2")
    assert isinstance(shopper.get()["items"], list)
    items = shopper.get("cart/items")
    assert [item["item_key"] for item in items.values()] == list(items)
    assert shopper.get("cart/items/count", **{"return": "numeric"}) == 2
    assert refusal(shopper.call("GET", "cart/item/none")) == (404, "cocart_item_not_in_cart")


def test_a_cleared_cart_is_empty_and_may_remember_what_was_taken_out(till: Deployment) -> None:
    shopper = Shopper(till)
    sell(till, "CUPS")
    shopper.add("CUPS")
    good(shopper.call("DELETE", f"cart/item/{first_key(shopper)}"))
    shopper.add()
    cart = shopper.post("cart/clear", {"keep_removed_items": True})
    assert (cart["items"], len(cart["removed_items"])) == ([], 1)
    assert shopper.post("cart/clear")["removed_items"] == []
    shopper.add()
    cart = good(shopper.call("DELETE", "cart/items"))
    assert (cart["items"], len(cart["removed_items"])) == ([], 1)


def test_quantities_are_updated_in_both_forms(till: Deployment) -> None:
    shopper = Shopper(till)
    sell(till, "CUPS")
    assert refusal(shopper.call("POST", "cart/update", {"quantity": {"none": 1}})) == (404, "cocart_cart_empty")
    shopper.add()
    shopper.add("CUPS")
    brewer, cups = (item["item_key"] for item in shopper.get()["items"])
    shopper.post("cart/update", {"namespace": "update-cart", "quantity": {brewer: "2", "none": "5"}})
    assert shopper.quantities == {"ABS": 2, "CUPS": 1}
    shopper.post("cart/update", {"items": [{"item_key": brewer, "quantity": "3"}, {"item_key": cups, "quantity": 0}]})
    assert shopper.quantities == {"ABS": 3}
    shopper.post("cart/update", {"quantity": [], "email": None})
    assert shopper.quantities == {"ABS": 3}
    too_many = {"quantity": {brewer: "11"}}
    assert refusal(shopper.call("POST", "cart/update", too_many)) == (404, "cocart_not_enough_in_stock")


def test_a_product_that_is_not_sold_any_more_is_still_told_of_by_name(till: Deployment) -> None:
    shopper = Shopper(till)
    rare = sell(till, "RARE", on_hand=1)
    shopper.add("RARE")
    product = wiring.catalog().product("acme", rare.product_id)
    assert product
    wiring.catalog().delete_product("acme", product)
    path = f"cart/item/{first_key(shopper)}"
    assert refusal(shopper.call("POST", path, {"quantity": 2})) == (404, "cocart_not_enough_in_stock")
    good(shopper.call("DELETE", path))
    assert refusal(shopper.call("PUT", path)) == (404, "cocart_unknown_product_id")
