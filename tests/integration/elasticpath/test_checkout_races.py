"""Checkouts at the same time as something else: one consistent snapshot of the cart becomes the order, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from elasticpath.ids import uuid_of
from tests.builders import a_customer, a_discount, an_address
from tests.integration.deployment import Deployment
from tests.integration.elasticpath.carts import BREWER, checkout, put_cart
from tests.integration.elasticpath.shopping import Cart
from tests.integration.elasticpath.storefront import Storefront
from till.application.checking_out import Agreed, CheckingOut
from till.application.idempotency import Answer, Claim, claim
from till.domain.cart import Cart as StoredCart
from till.domain.errors import Conflict, Invalid
from till.domain.order import Order
from till.runtime import beginnings, wiring

AGREED = Agreed(a_customer(), an_address(), an_address())


def overtaken_by(others: list[Callable[[], object]]) -> CheckingOut:
    """A checkout in which, between its reading and its writing, one of the others happens each time."""

    def new_id() -> str:
        if others:
            others.pop()()
        return wiring.new_id()

    return replace(beginnings.checking_out(), new_id=new_id, pause=lambda _: None)


def check_out(checking_out: CheckingOut, key: Claim | None = None) -> Answer:
    def answer(order: Order) -> Answer:
        return Answer(200, {"id": order.id, "quantity": order.basket.lines[0].quantity})

    return checking_out.check_out(wiring.catalog().shop("acme"), "cart-1", AGREED, answer, key)


def orders() -> list[Order]:
    return list(wiring.orders().placed("acme", 1_700_000_000, 100, "").data)


def grow(quantity: int) -> Callable[[], StoredCart]:
    return lambda: put_cart(lines=(replace(BREWER, quantity=quantity),))


def test_a_cart_that_changes_meanwhile_is_read_again(till: Deployment) -> None:
    put_cart()
    assert check_out(overtaken_by([grow(3)])).body["quantity"] == 3
    [order] = orders()
    assert order.basket.lines[0].quantity == 3


def test_a_cart_that_is_emptied_meanwhile_makes_no_order(till: Deployment) -> None:
    put_cart()
    with pytest.raises(Invalid):
        check_out(overtaken_by([lambda: put_cart(lines=())]))
    assert orders() == []


def test_a_cart_that_is_deleted_and_made_anew_meanwhile_is_another_cart(till: Deployment) -> None:
    cart = put_cart()

    def made_anew() -> None:
        wiring.carts().delete(cart)
        put_cart(lines=(replace(BREWER, quantity=2),))

    assert check_out(overtaken_by([made_anew])).body["quantity"] == 2


def test_a_cart_that_never_stands_still_is_a_conflict_and_no_order(till: Deployment) -> None:
    put_cart()
    with pytest.raises(Conflict):
        check_out(overtaken_by([grow(1 + number % 2) for number in range(20)]))
    assert orders() == []


def test_two_checkouts_at_once_with_one_key_make_one_order(till: Deployment) -> None:
    put_cart()
    key = claim("0123456789abcdef", ("acme", "cart-1"), "acme", {}, wiring.now())
    first: list[Answer] = []
    second = check_out(overtaken_by([lambda: first.append(check_out(beginnings.checking_out(), key))]), key)
    assert second.replayed
    assert second.body == first[0].body
    assert [order.id for order in orders()] == [second.body["id"]]


def test_two_checkouts_at_once_without_a_key_make_two_orders(till: Deployment) -> None:
    put_cart()
    check_out(overtaken_by([lambda: check_out(beginnings.checking_out())]))
    assert len(orders()) == 2


def test_a_code_that_is_over_is_not_sold_with(till: Deployment) -> None:
    gone = a_discount(code="GONE")
    cart = put_cart()
    put_cart(basket=replace(cart.basket, discounts=(gone,)))
    reply = Storefront(till).call("POST", "/v2/carts/cart-1/checkout", checkout())
    assert reply.status == 422
    assert orders() == []


def test_a_cart_that_the_api_filled_is_checked_out_at_the_total_that_it_showed(till: Deployment) -> None:
    till.offer("SAVE10")
    front = Storefront(till)
    cart = Cart(front, "cart-1", "CAD")
    cart.add({"type": "cart_item", "id": uuid_of(BREWER.variant_id), "quantity": 2})
    cart.add({"type": "promotion_item", "code": "SAVE10"})
    shown: dict[str, Any] = cart.data["meta"]["display_price"]
    order = front.call("POST", "/v2/carts/cart-1/checkout", checkout()).body["data"]
    assert shown["with_tax"]["amount"] == 40500
    assert {name: order["meta"][name] for name in shown} == shown
    assert cart.data["meta"]["display_price"] == shown
