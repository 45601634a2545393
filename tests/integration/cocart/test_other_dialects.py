"""Carts that other dialects made, templates among them, in the hands of a CoCart storefront."""

from __future__ import annotations

from typing import Any

from tests.integration.cocart.customers import a_customer_of_the_shop, signed_in
from tests.integration.cocart.storefront import SITE, Shopper, good, refusal
from tests.integration.deployment import Deployment
from tests.integration.elasticpath.carts import put_cart
from tests.integration.elasticpath.shopping import Cart, product, sell
from tests.integration.elasticpath.storefront import Storefront
from till.domain.cart import FOR_EVER


def test_a_cart_of_elastic_path_is_gone_on_with(till: Deployment) -> None:
    cups = sell(till, "CUPS")
    cart = Cart(Storefront(till), "7c2bd4d8-0b0e-4a6e-9d3f-4d1a5a8f2f10", currency="CAD")
    cart.add(product(cups, 2))
    shopper = Shopper(till, cart.id)
    [item] = shopper.get()["items"]
    assert (item["meta"]["sku"], item["totals"]["total"]) == ("CUPS", "1000")
    shopper.post(f"cart/item/{item['item_key']}", {"quantity": "3"})
    assert cart.quantities == {"CUPS": 3}


def test_a_template_is_read_as_it_is_and_changed_as_a_copy(till: Deployment) -> None:
    put_cart("printed", life_days=FOR_EVER, expires_at=0)
    template = Shopper(till, "printed")
    assert template.get()["cart_key"] == "printed"
    reply = template.call("POST", "cart/add-item", {"id": "66", "quantity": "1"})
    key = good(reply)["cart_key"]
    assert key.startswith("t_")
    assert reply.headers["Cart-Key"] == key
    assert (Shopper(till, key).quantities, template.quantities) == ({"ABS": 2}, {"ABS": 1})
    assert good(template.call("POST", "cart/clear"))["cart_key"] not in (key, "printed")


def test_a_customers_copy_of_a_template_is_theirs(till: Deployment) -> None:
    a_customer_of_the_shop()
    put_cart("printed", life_days=FOR_EVER, expires_at=0)
    jane = signed_in(till)
    copy = good(Shopper(till, "printed", jane.authorization).call("POST", "cart/add-item", {"id": "66", "quantity": 1}))
    assert Shopper(till, copy["cart_key"], jane.authorization).get()["item_count"] == 2
    assert refusal(Shopper(till, copy["cart_key"]).call("GET", "cart"))[0] == 401


def test_the_same_request_with_the_same_key_has_one_effect(till: Deployment) -> None:
    one = {"id": "66", "quantity": "1"}
    sent: dict[str, Any] = {"Idempotency_Key": "add-one-brewer-once"}
    shopper = Shopper(till)
    shopper.add()
    first = shopper.call("POST", "cart/add-item", one, **sent)
    again = shopper.call("POST", "cart/add-item", one, **sent)
    assert (good(again), again.headers["Idempotent-Replayed"]) == (good(first), "true")
    assert again.headers["Cart-Key"] == shopper.key
    assert shopper.quantities == {"ABS": 2}
    other = shopper.call("POST", "cart/add-item", one | {"quantity": "2"}, **sent)
    assert refusal(other) == (400, "cocart_idempotency_key_reused")


def test_a_guest_whose_first_answer_was_lost_gets_the_same_cart(till: Deployment) -> None:
    sent = {"Idempotency-Key": "the-very-first-request"}
    path, one = f"{SITE}/v2/cart/add-item", {"id": "66", "quantity": "1"}
    first, again = (till.cocart.call("POST", path, one, sent) for _ in range(2))
    assert first.headers["Cart-Key"] == again.headers["Cart-Key"] == again.body["cart_key"]
    assert Shopper(till, again.body["cart_key"]).quantities == {"ABS": 1}


def test_a_key_of_one_shopper_is_not_anothers(till: Deployment) -> None:
    sent: dict[str, Any] = {"Idempotency_Key": "a-key-that-two-chose"}
    one, other = Shopper(till), Shopper(till)
    for shopper in (one, other):
        shopper.add()
        good(shopper.call("POST", "cart/clear", **sent))
    assert [shopper.get()["item_count"] for shopper in (one, other)] == [0, 0]
