"""Discounts of the client's own making, on a cart and on its items."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.deployment import Deployment
from tests.integration.elasticpath.shopping import Cart, code, product, refusal, sell
from tests.integration.elasticpath.storefront import Storefront

NOBODY = "1c73326e-07e0-4043-81fc-54b8f13daeb4"
ENABLED = {"custom_discounts_enabled": True}


def off(amount: Any = -100, **changes: Any) -> dict[str, Any]:
    return {
        "type": "custom_discount",
        "external_id": "loyalty-1",
        "discount_engine": "Loyalty",
        "discount_code": "THANKS",
        "description": "For being loyal",
        "amount": amount,
    } | changes


@pytest.fixture
def cart(till: Deployment) -> Cart:
    """Two mugs at 4.00 USD, and a pot at 10.00."""
    till.change_shop(locale="en-US")
    cart = Cart(Storefront(till, trusted=True))
    cart.put(discount_settings=ENABLED)
    cart.add(product(sell(till, "mug"), 2), product(sell(till, "pot", prices={"USD": 1000})))
    return cart


@pytest.fixture
def pot(cart: Cart) -> str:
    """The path of the item."""
    return f"/items/{cart.items[1]['id']}"


def test_a_discount_comes_off_the_cart(cart: Cart) -> None:
    added = cart.call("POST", "/custom-discounts", {"data": [off(), off({"amount": -80, "currency": "USD"})]})
    assert (added.status, "errors" in added.body) == (201, False)
    first = added.body["data"][0]
    assert first == off() | {
        "id": first["id"],
        "amount": {"amount": -100, "currency": "USD", "formatted": "-$1.00"},
    }
    assert cart.total == 1620
    assert cart.data["meta"]["display_price"]["discount"]["amount"] == -180
    included = cart.call("GET", "?include=custom_discounts").body
    assert included["included"]["custom_discounts"] == added.body["data"]
    ids = [{"type": "custom_discount", "id": one["id"]} for one in added.body["data"]]
    assert included["data"]["relationships"]["custom_discounts"]["data"] == ids


def test_a_discount_comes_off_one_item(cart: Cart, pot: str) -> None:
    added = cart.call("POST", f"{pot}/custom-discounts", {"data": off(-300)})
    assert added.status == 201
    item_id = pot.rpartition("/")[2]
    assert added.body["data"]["relationships"]["item"]["data"] == {"type": "cart_item", "id": item_id}
    mugs, pots = cart.items
    assert "discounts" not in mugs
    assert [one["amount"]["amount"] for one in pots["discounts"]] == [-300]
    assert pots["relationships"]["custom_discounts"]["data"][0]["id"] == added.body["data"]["id"]
    assert cart.total == 1500
    related = off(-50, relationships={"item": {"data": {"type": "cart_item", "id": item_id}}})
    assert cart.call("POST", "/custom-discounts", {"data": [related]}).status == 201
    assert cart.total == 1450
    cart.call("DELETE", pot)
    assert cart.total == 800


def test_no_item_costs_less_than_nothing(cart: Cart, pot: str) -> None:
    cart.call("POST", f"{pot}/custom-discounts", {"data": off(-5000)})
    assert cart.total == 800
    cart.call("POST", "/custom-discounts", {"data": [off(-5000)]})
    assert cart.total == 0


def test_a_discount_is_changed_and_taken_off(cart: Cart, pot: str) -> None:
    for where, total in (("/custom-discounts", 1600), (f"{pot}/custom-discounts", 1600)):
        data = cart.call("POST", where, {"data": off()}).body["data"]
        one = f"{where}/{(data[0] if isinstance(data, list) else data)['id']}"
        changed = cart.put(one, amount={"amount": -200}).body["data"]
        assert (changed["amount"]["amount"], changed["discount_code"]) == (-200, "THANKS")
        assert cart.total == total
        removed = cart.call("DELETE", one)
        assert (removed.status, removed.raw, cart.total) == (204, "", 1800)
        assert refusal(cart.put(one, amount=-1))[0] == 404
        assert refusal(cart.call("DELETE", one))[0] == 404


def test_all_discounts_of_the_cart_are_taken_off_at_once(cart: Cart, pot: str) -> None:
    cart.call("POST", f"{pot}/custom-discounts", {"data": off(-300)})
    cart.call("POST", "/custom-discounts", {"data": [off(), off()]})
    assert cart.call("DELETE", "/custom-discounts").status == 204
    assert cart.total == 1500


def test_a_cart_takes_them_only_where_that_is_said(cart: Cart, pot: str) -> None:
    cart.put(discount_settings={"custom_discounts_enabled": False})
    detail = "Custom discounts not enabled for this cart"
    whole = {"options": {"add_all_or_nothing": True}}
    assert refusal(cart.call("POST", "/custom-discounts", {"data": [off()]} | whole)) == (400, "Bad Request", detail)
    assert refusal(cart.call("POST", f"{pot}/custom-discounts", {"data": off()})) == (400, "Bad Request", detail)


def test_codes_and_discounts_of_ones_own_do_not_go_together(till: Deployment, cart: Cart) -> None:
    till.offer()
    cart.call("POST", "/custom-discounts", {"data": [off()]})
    cart.put(discount_settings={"custom_discounts_enabled": False})
    assert cart.total == 1800
    assert cart.add(code()).status == 201
    cart.put(discount_settings=ENABLED)
    assert cart.total == 1800


def test_a_cart_and_each_of_its_items_has_five_at_most(cart: Cart, pot: str) -> None:
    partly = cart.call("POST", "/custom-discounts", {"data": [off()] * 6})
    assert (partly.status, len(partly.body["data"])) == (201, 5)
    assert partly.body["errors"] == [
        {
            "status": 422,
            "title": "Custom discount not added to cart",
            "detail": "Cannot exceed custom discount limit of (5) at the cart level.",
        }
    ]
    for _ in range(5):
        assert cart.call("POST", f"{pot}/custom-discounts", {"data": off()}).status == 201
    assert refusal(cart.call("POST", f"{pot}/custom-discounts", {"data": off()}))[0] == 422


@pytest.mark.parametrize(
    ("discount", "source"),
    [
        (off(0), "data.amount.amount"),
        (off(100), "data.amount.amount"),
        (off({"amount": -1.5}), "data.amount.amount"),
        (off(None), "data.amount.amount"),
        (off({"amount": -1, "currency": "EUR"}), "data.amount.currency"),
        ({"type": "custom_discount", "discount_code": "X"}, "data.amount"),
        ({"type": "custom_discount", "amount": -1}, "data.discount_code"),
        (off(type="discount"), "data.type"),
    ],
)
def test_what_is_no_discount_is_refused(cart: Cart, pot: str, discount: dict[str, Any], source: str) -> None:
    reply = cart.call("POST", f"{pot}/custom-discounts", {"data": discount})
    assert (reply.status, reply.body["errors"][0]["source"]) == (400, source)
    assert cart.total == 1800


def test_an_empty_cart_has_nothing_to_take_off(cart: Cart) -> None:
    cart.call("DELETE", "/items")
    whole = {"options": {"add_all_or_nothing": True}}
    assert refusal(cart.call("POST", "/custom-discounts", {"data": [off()]} | whole))[0] == 400


def test_a_storefront_takes_nothing_off(till: Deployment, cart: Cart, pot: str) -> None:
    front = Cart(Storefront(till, number=2))
    asked = [
        front.call("POST", "/custom-discounts", {"data": [off()]}),
        front.call("POST", f"{pot}/custom-discounts", {"data": off()}),
        front.call("DELETE", "/custom-discounts"),
        front.put(f"/custom-discounts/{NOBODY}", amount=-1),
        front.call("DELETE", f"{pot}/custom-discounts/{NOBODY}"),
    ]
    assert {refusal(reply)[:2] for reply in asked} == {(403, "Forbidden")}
