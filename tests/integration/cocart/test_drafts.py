"""Between a cart and its order: whoever is first, and whatever is lost, the cart has one draft."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cocart.checkout.models import ProcessBody
from cocart.checkout.payments import payments_of
from tests.builders import a_shop
from tests.fakes.state_machine import Start
from tests.integration.cocart.checkouts import BILLING, TOTAL, Checkout, order_of, orders, outcome, paid_by
from tests.integration.cocart.storefront import refusal
from tests.integration.deployment import Deployment
from till.application.drafting import Drafting
from till.application.identifiers import ulid
from till.application.limits import BACKEND
from till.domain.cart import Cart
from till.domain.errors import Locked
from till.domain.order import Order
from till.runtime import beginnings, wiring


@pytest.fixture
def checkout(till: Deployment) -> Checkout:
    there = Checkout(till)
    there.put(billing_address=BILLING)
    return there


def drafted(checkout: Checkout, draft: str) -> Cart:
    """The cart with the id of a draft that nobody made yet."""
    cart = wiring.carts().get("acme", checkout.cart.key)
    assert cart
    return wiring.carts().save(replace(cart, draft_order=draft))


def at_its_order(till: Deployment, order: Order) -> tuple[Drafting, tuple[Any, ...]]:
    """Somebody who pays it, and does not live to see what becomes of it."""
    payments = payments_of(order, a_shop(), "sandbox-1", ProcessBody(**paid_by()), BACKEND)
    return replace(beginnings.drafting(), placing=till.placing(), now=till.clock.seconds), payments


def test_two_who_draft_one_cart_at_once_have_one_order(checkout: Checkout) -> None:
    cart = drafted(checkout, wiring.new_id())
    others: list[Order] = []

    def overtaken(count: int) -> bytes:
        others.append(beginnings.drafting().order_of(a_shop(), cart, cart.basket))
        return bytes(count)

    mine = replace(beginnings.drafting(), random_bytes=overtaken).order_of(a_shop(), cart, cart.basket)
    assert [mine] == others
    assert mine.id == cart.draft_order


def test_a_draft_that_was_lost_before_it_was_made_is_made_by_the_next_request(
    till: Deployment, checkout: Checkout
) -> None:
    draft = wiring.new_id()
    drafted(checkout, draft)
    assert order_of(till, checkout.placed()).id == draft
    assert till.live() == [TOTAL]


def test_a_draft_that_nobody_placed_in_a_month_is_drawn_anew(till: Deployment, checkout: Checkout) -> None:
    old = ulid((till.clock.seconds() - 40 * 86_400) * 1000, bytes(10))
    drafted(checkout, old)
    assert order_of(till, checkout.placed()).id != old
    assert len(orders(till)) == 1


def test_a_cart_that_is_changed_while_it_is_paid_waits_and_is_not_paid_twice(
    till: Deployment, checkout: Checkout
) -> None:
    order = order_of(till, checkout.placed(token="tok_decline"))
    somebody, payments = at_its_order(till, order)
    till.machine.starts = Start.WAITS
    with pytest.raises(Locked):
        somebody.place(order, payments, BACKEND)
    checkout.cart.add()
    reply = checkout.post()
    assert refusal(reply) == (409, "cocart_request_in_progress")
    assert reply.headers["Retry-After"]
    *_, execution = till.machine.executions.values()
    till.machine.run(execution)
    till.machine.starts = Start.RUNS
    found = checkout.placed()
    assert (outcome(found), found["order_id"]) == (("success", "processing"), order.number)
    assert (till.live(), len(orders(till))) == ([TOTAL], 1)


def test_a_draft_keeps_its_number_through_all_its_tries(till: Deployment, checkout: Checkout) -> None:
    numbers = {
        checkout.placed(token=token)["order_id"] for token in ("tok_decline", "tok_decline_funds", "tok_approve")
    }
    [order] = orders(till)
    assert numbers == {order.number}
    assert {entry.reference for entry in till.ledger()} == {str(order.number)}
