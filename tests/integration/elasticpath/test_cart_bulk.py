"""Many items at once: added, changed, merged from another cart, ordered again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from elasticpath.ids import uuid_of
from tests.builders import a_basket, a_customer, a_line, an_order
from tests.integration.deployment import Deployment
from tests.integration.elasticpath.shopping import Cart, code, custom, product, refusal, sell
from tests.integration.elasticpath.storefront import Storefront
from till.domain.agreement import Agreement
from till.domain.order import Order
from till.domain.product import Variant
from till.runtime import wiring

NOBODY = "1c73326e-07e0-4043-81fc-54b8f13daeb4"


@pytest.fixture
def mug(till: Deployment) -> Variant:
    return sell(till, "mug")


@pytest.fixture
def pot(till: Deployment) -> Variant:
    return sell(till, "pot", on_hand=2)


@pytest.fixture
def cart(till: Deployment) -> Cart:
    return Cart(Storefront(till))


@pytest.fixture
def backend(till: Deployment) -> Cart:
    return Cart(Storefront(till, trusted=True, number=2))


def titles(body: Any) -> list[str]:
    return [error["title"] for error in body["errors"]]


# Added


def test_what_can_be_added_is_and_the_rest_is_told(till: Deployment, cart: Cart, mug: Variant, pot: Variant) -> None:
    till.offer()
    reply = cart.add(product(mug), product("nothing"), product(pot, 3), code("NOPE"), code())
    assert reply.status == 201
    assert [item["sku"] for item in reply.body["data"]] == ["mug", "SAVE10"]
    assert reply.body["errors"] == [
        {
            "status": 404,
            "title": "Product not found",
            "detail": "product SKU 'nothing' not found in the catalogue",
            "meta": {"sku": "nothing"},
        },
        {
            "status": 400,
            "title": "Insufficient stock",
            "detail": "There is not enough stock to add Pot to your cart",
            "meta": {"id": uuid_of(pot.id), "sku": "pot"},
        },
        {
            "status": 404,
            "title": "Not Found",
            "detail": "No promotion could be found with the given code.",
            "meta": {"code": "NOPE"},
        },
    ]
    assert reply.body["meta"]["messages"][0]["title"] == "Promotion Added"
    assert cart.quantities == {"mug": 1, "SAVE10": 1}


def test_all_or_nothing_is_nothing_where_one_cannot_be_added(cart: Cart, mug: Variant, pot: Variant) -> None:
    reply = cart.add(product(mug), product(pot, 3), add_all_or_nothing=True)
    assert refusal(reply)[:2] == (400, "Insufficient stock")
    assert cart.items == []
    assert cart.add(product(mug), product(pot, 2), add_all_or_nothing=True).status == 201
    assert cart.quantities == {"mug": 1, "pot": 2}


def test_the_same_product_twice_in_one_list_is_wanted_together(cart: Cart, pot: Variant) -> None:
    reply = cart.add(product(pot, 2), product(pot, 1, custom_inputs={"lid": "red"}))
    assert titles(reply.body) == ["Insufficient stock"]
    assert cart.quantities == {"pot": 2}


def test_a_list_with_one_product_is_a_list(cart: Cart) -> None:
    reply = cart.call("POST", "/items", {"data": [product("nothing")]})
    assert (reply.status, titles(reply.body), reply.body["data"]) == (201, ["Product not found"], [])


@pytest.mark.parametrize(
    ("items", "source"),
    [
        ([], "data"),
        ([product("mug")] * 101, "data"),
        ([product("mug"), {"type": "cart_item", "sku": "mug"}], "data.1.quantity"),
        ([product("mug"), {"sku": "mug"}], "data.1.type"),
        ([product("mug"), 5], "data.1"),
    ],
)
def test_a_list_that_makes_no_sense_is_refused_in_whole(
    cart: Cart, mug: Variant, items: list[Any], source: str
) -> None:
    reply = cart.call("POST", "/items", {"data": items})
    assert reply.status == 400
    assert reply.body["errors"][0]["source"] == source
    assert cart.items == []


# Changed


def test_many_items_are_changed_at_once(backend: Cart, mug: Variant) -> None:
    mugs, wrapping, card = backend.add(product(mug), custom(), custom("Card", 100)).body["data"]
    quantities = {mugs["id"]: 3, wrapping["id"]: 0, card["id"]: 2}
    changes = [{"id": item, "quantity": quantity} for item, quantity in quantities.items()]
    reply = backend.call("PUT", "/items", {"data": changes})
    assert reply.status == 200
    assert [(item["name"], item["quantity"]) for item in reply.body["data"]] == [("Mug", 3), ("Card", 2)]


def test_by_default_all_are_changed_or_none(cart: Cart, mug: Variant, pot: Variant) -> None:
    mugs, pots = cart.add(product(mug), product(pot)).body["data"]
    good, short, unknown = (
        {"id": mugs["id"], "quantity": 3},
        {"id": pots["id"], "quantity": 3},
        {"id": NOBODY, "quantity": 1},
    )
    reply = cart.call("PUT", "/items", {"data": [good, short]})
    assert refusal(reply)[:2] == (400, "Insufficient stock")
    reply = cart.call("PUT", "/items", {"data": [good, unknown]})
    assert refusal(reply) == (404, "Not Found", "Item was not found in the cart")
    assert reply.body["errors"][0]["meta"] == {"id": NOBODY}
    assert cart.quantities == {"mug": 1, "pot": 1}
    options = {"options": {"update_all_or_nothing": False}}
    partly = cart.call("PUT", "/items", {"data": [good, short, unknown]} | options)
    assert (partly.status, titles(partly.body)) == (200, ["Insufficient stock", "Not Found"])
    assert cart.quantities == {"mug": 3, "pot": 1}


@pytest.mark.parametrize(
    ("data", "source"),
    [
        ([], "data"),
        ({"quantity": 1}, "data"),
        ([{"quantity": 1}], "data.0.id"),
        ([{"id": NOBODY, "quantity": -1}], "data.0.quantity"),
    ],
)
def test_changes_that_make_no_sense_are_refused(cart: Cart, data: Any, source: str) -> None:
    reply = cart.call("PUT", "/items", {"data": data})
    assert (reply.status, reply.body["errors"][0]["source"]) == (400, source)


# Merged


def merged(cart_id: str) -> dict[str, str]:
    return {"type": "cart_items", "cart_id": cart_id}


def test_what_was_in_another_cart_adds_up(backend: Cart, mug: Variant, pot: Variant) -> None:
    guest = Cart(backend.front, "guest")
    guest.add(product(mug, 2), product(pot), custom(sku="wrap"))
    backend.add(product(mug, 1, custom_inputs={}), custom(sku="wrap"))
    reply = backend.call("POST", "/items", {"data": [merged("guest")]})
    assert reply.status == 201
    assert backend.quantities == {"mug": 3, "wrap": 2, "pot": 1}
    assert guest.quantities == {"mug": 2, "pot": 1, "wrap": 1}
    assert backend.call("POST", "/items", {"data": merged("never-used")}).status == 201
    assert len(backend.items) == 3


def test_a_merge_leaves_out_what_there_is_too_little_of(cart: Cart, mug: Variant, pot: Variant) -> None:
    guest = Cart(cart.front, "guest")
    guest.add(product(mug), product(pot, 2))
    cart.add(product(pot))
    reply = cart.add(merged("guest"))
    assert (reply.status, titles(reply.body)) == (201, ["Insufficient stock"])
    assert cart.quantities == {"pot": 1, "mug": 1}
    assert refusal(cart.add(merged("guest"), add_all_or_nothing=True))[:2] == (400, "Insufficient stock")
    assert cart.quantities == {"pot": 1, "mug": 1}


def test_a_price_of_the_backends_own_is_worth_as_much_in_no_other_currency(backend: Cart, pot: Variant) -> None:
    assert Cart(backend.front, "guest").add(product(pot), custom("Piano", 10_000)).status == 201
    cheap = Cart(backend.front, "cheap", currency="CAD")
    reply = cheap.add(merged("guest"))
    assert (reply.status, titles(reply.body), cheap.quantities) == (201, ["Could not add product"], {"pot": 1})
    assert refusal(cheap.add(merged("guest"), add_all_or_nothing=True))[0] == 400
    assert Cart(backend.front, "fair").add(merged("guest"), add_all_or_nothing=True).status == 201


# Ordered again


def an_earlier_order(mug: Variant, **changes: Any) -> Order:
    lines = (
        a_line(key="a", variant_id=mug.id, sku="mug", quantity=2, properties={"front": "Jane"}),
        a_line(key="b", variant_id="", sku="wrap", title="Wrapping"),
        a_line(key="c", variant_id=mug.id, sku="mug", gift_of="promotion"),
    )
    basket = a_basket(lines=lines, **changes)
    now = wiring.now()
    order = an_order(id=wiring.new_id(), basket=basket, payments=(), agreement=Agreement(now, now))
    return wiring.orders().create(replace(order, public_id=order.id + "x" * 38))


def again(order: Order) -> dict[str, str]:
    return {"type": "order_items", "order_id": uuid_of(order.id)}


def test_an_order_is_had_again_at_todays_prices_but_for_what_is_in_no_catalogue(cart: Cart, mug: Variant) -> None:
    reply = cart.add(again(an_earlier_order(mug)))
    assert reply.status == 201
    [item] = reply.body["data"]
    assert (item["sku"], item["quantity"], item["custom_inputs"]) == ("mug", 2, {"front": "Jane"})
    assert cart.total == 800


def test_an_order_that_there_is_too_little_for_is_had_in_part(cart: Cart, mug: Variant) -> None:
    wiring.stock().set_on_hand("acme", mug.id, 1)
    reply = cart.add(again(an_earlier_order(mug)))
    assert (reply.status, titles(reply.body), cart.items) == (201, ["Insufficient stock"], [])


def test_the_order_of_a_customer_is_had_again_by_them_alone(cart: Cart, backend: Cart, mug: Variant) -> None:
    order = an_earlier_order(mug, customer=a_customer(id=wiring.new_id(), is_guest=False))
    assert refusal(cart.add(again(order))) == (404, "Not Found", "Order not found")
    assert backend.add(again(order)).status == 201
    for nothing in (NOBODY, "x"):
        assert refusal(cart.add({"type": "order_items", "order_id": nothing}))[0] == 404
