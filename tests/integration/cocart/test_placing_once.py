"""POST /checkout charges once: while the bank asks, whatever is lost on the way, and carts of others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cocart.checkout.models import ProcessBody
from cocart.checkout.payments import payments_of
from tests.builders import a_shop
from tests.fakes.state_machine import Start
from tests.integration.bank import Bank
from tests.integration.cocart.checkouts import (
    BILLING,
    TOTAL,
    Checkout,
    basic,
    counted,
    good,
    order_of,
    orders,
    outcome,
    paid_by,
)
from tests.integration.cocart.storefront import refusal
from tests.integration.deployment import Deployment
from tests.integration.elasticpath.shopping import Cart, product
from tests.integration.elasticpath.storefront import Storefront
from till.adapters.payments.sandbox_acts import Act
from till.application.limits import BACKEND
from till.domain.errors import Locked
from till.runtime import beginnings, wiring

KEY = "checkout-0123456789"
ACCOUNT: dict[str, Any] = {"create_account": True, "customer_password": "correct horse"}


# 3-D Secure


def test_a_bank_that_asks_is_answered_and_the_same_request_goes_on(till: Deployment, checkout: Checkout) -> None:
    asked = checkout.placed(token="tok_requires_action")
    assert outcome(asked) == ("requires_action", "pending")
    result = asked["payment_result"]
    assert (result["action_type"], asked["cart_key"]) == ("sandbox_confirm_payment", checkout.cart.key)
    assert result["action_data"]["client_secret"]
    context = good(checkout.call("POST", "checkout/payment-context", {"payment_method": "sandbox-1"}))
    assert context["client_secret"] == result["action_data"]["client_secret"]
    Bank(till).act(Act.CONFIRM)
    paid = checkout.placed(token="tok_requires_action")
    assert (outcome(paid), paid["order_id"]) == (("success", "processing"), asked["order_id"])
    assert (till.live(), counted(till.stock())) == ([TOTAL], (10, 1, 9))


def test_who_comes_back_from_the_bank_need_not_send_the_card_again(till: Deployment, checkout: Checkout) -> None:
    checkout.placed(token="tok_requires_action")
    Bank(till).act(Act.CONFIRM)
    assert outcome(checkout.placed(token="")) == ("success", "processing")
    assert till.live() == [TOTAL]


def test_a_cart_that_is_changed_at_the_bank_gives_the_first_payment_up(till: Deployment, checkout: Checkout) -> None:
    checkout.placed(token="tok_requires_action")
    checkout.cart.add()
    assert outcome(checkout.placed()) == ("success", "processing")
    [order] = orders(till)
    assert (till.live(), counted(till.stock())) == ([order.total], (10, 2, 8))


def test_a_shopper_whom_the_gateways_notice_overtook_finds_the_order(till: Deployment, checkout: Checkout) -> None:
    bank = Bank(till)
    asked = checkout.placed(token="tok_requires_action")
    bank.act(Act.CONFIRM)
    bank.tell()
    found = checkout.placed(token="tok_requires_action")
    assert (outcome(found), found["order_id"]) == (("success", "processing"), asked["order_id"])
    assert (till.live(), len(orders(till))) == ([TOTAL], 1)


def test_who_signs_in_while_the_bank_asks_is_charged_once(till: Deployment, checkout: Checkout) -> None:
    """Their cart becomes the customer's, and with it the order that is being made of it."""
    bank = Bank(till)
    asked = checkout.placed(token="tok_requires_action", **ACCOUNT | {"customer_password": "asked by a bank"})
    checkout.cart.authorization = basic("john.doe@example.com", "asked by a bank")
    paid = checkout.placed()
    bank.act(Act.CONFIRM)
    bank.tell()
    assert (outcome(paid), paid["order_id"]) == (("success", "processing"), asked["order_id"])
    assert (till.live(), len(orders(till))) == ([TOTAL], 1)


# Once, whatever is lost


@pytest.mark.parametrize("token", ["tok_timeout_after_success", "tok_error_before"])
def test_a_gateway_that_does_not_answer_is_asked_again_under_the_same_key(
    till: Deployment, checkout: Checkout, token: str
) -> None:
    assert outcome(checkout.placed(token=token)) == ("success", "processing")
    assert (till.live(), len(orders(till))) == ([TOTAL], 1)


def test_a_gateway_that_says_nothing_at_all_charges_nobody_and_the_shopper_pays_again(
    till: Deployment, checkout: Checkout
) -> None:
    silent = checkout.placed(token="tok_success_after_first_query")
    assert (outcome(silent), len(orders(till))) == (("failed", "failed"), 0)
    assert outcome(checkout.placed()) == ("success", "processing")
    till.clock.pass_(minutes=3)
    assert till.undoing().retry_due() == 0
    assert (till.live(), len(orders(till))) == ([TOTAL], 1)


def test_a_request_that_comes_again_with_its_key_gets_the_same_answer(till: Deployment, checkout: Checkout) -> None:
    first, second = checkout.post(KEY), checkout.post(KEY)
    assert second.body == first.body
    assert second.headers["Idempotent-Replayed"] == "true"
    assert (till.live(), len(orders(till))) == ([TOTAL], 1)
    assert refusal(checkout.post(KEY, customer_note="Another"))[0] == 400


def test_a_declined_request_that_comes_again_with_its_key_is_declined_as_before(
    till: Deployment, checkout: Checkout
) -> None:
    first, second = checkout.post(KEY, token="tok_decline"), checkout.post(KEY, token="tok_decline")
    assert second.body == first.body
    assert len(till.ledger()) == 1


def test_a_bank_that_asked_a_request_with_a_key_is_gone_on_with_by_the_same_key(
    till: Deployment, checkout: Checkout
) -> None:
    checkout.post(KEY, token="tok_requires_action")
    Bank(till).act(Act.CONFIRM)
    assert outcome(good(checkout.post(KEY, token="tok_requires_action"))) == ("success", "processing")
    assert outcome(good(checkout.post(KEY, token="tok_requires_action"))) == ("success", "processing")
    assert till.live() == [TOTAL]


def test_a_second_click_finds_an_empty_cart_and_charges_nobody(till: Deployment, checkout: Checkout) -> None:
    checkout.placed()
    assert refusal(checkout.post()) == (400, "cocart_checkout_empty_cart")
    assert (till.live(), len(orders(till))) == ([TOTAL], 1)


def test_a_cart_that_could_not_be_deleted_counts_as_empty_and_its_order_is_found(
    till: Deployment, checkout: Checkout
) -> None:
    before = checkout.put(billing_address=BILLING)
    first = checkout.placed()
    stored = order_of(till, first)
    key = checkout.cart.key
    fresh = wiring.cart_editor().read(a_shop(), key)
    left = replace(fresh, basket=stored.basket, draft_order=stored.id)
    wiring.carts().save(left)
    assert before["cart_contents"]
    assert refusal(checkout.call("GET")) == (400, "cocart_checkout_empty_cart")
    assert checkout.cart.get()["items"] == []
    again = checkout.placed()
    assert again == first
    assert (till.live(), wiring.carts().get("acme", key)) == ([TOTAL], None)


def test_what_is_put_into_a_cart_that_was_ordered_is_all_that_is_in_it(till: Deployment, checkout: Checkout) -> None:
    stored = order_of(till, checkout.placed())
    fresh = wiring.cart_editor().read(a_shop(), checkout.cart.key)
    wiring.carts().save(replace(fresh, basket=stored.basket, draft_order=stored.id))
    checkout.cart.add(quantity="3")
    assert checkout.cart.quantities == {"ABS": 3}
    second = checkout.placed()
    assert second["order_id"] != stored.number
    assert len(orders(till)) == 2


def test_who_waits_too_long_may_ask_again_and_gets_what_became_of_it(till: Deployment, checkout: Checkout) -> None:
    order = order_of(till, checkout.placed(token="tok_decline"))
    payments = payments_of(order, a_shop(), "sandbox-1", ProcessBody(**paid_by()), BACKEND)
    till.machine.starts = Start.WAITS
    patient = replace(beginnings.drafting(), placing=till.placing(), now=till.clock.seconds, pause=lambda _: None)
    for _ in range(2):
        with pytest.raises(Locked):
            patient.place(order, payments, BACKEND)
    *_, execution = till.machine.executions.values()
    till.machine.run(execution)
    assert outcome(checkout.placed()) == ("success", "processing")
    assert (till.live(), len(orders(till))) == ([TOTAL], 1)


# Carts of other dialects


def test_a_cart_of_elastic_path_is_shipped_as_the_shop_ships_and_paid(till: Deployment) -> None:
    filled = Cart(Storefront(till), "their-cart", "CAD")
    filled.add(product("ABS", 2))
    assert filled.call("POST", "/shipping-groups", {"data": {"type": "shipping_group"}}).status in (200, 201)
    there = Checkout(till, quantity=0)
    there.cart.key = "their-cart"
    assert [item["quantity"] for item in there.put(billing_address=BILLING)["cart_contents"].values()] == [2]
    answered = there.placed(shipping_method="expedited")
    assert outcome(answered) == ("success", "processing")
    order = order_of(till, answered)
    assert order.basket.shipping
    assert (order.basket.shipping.code, till.live()) == ("expedited", [order.total])
    assert wiring.carts().get("acme", "their-cart") is None


# Templates


def test_a_template_is_paid_through_a_cart_of_the_shoppers_own(till: Deployment, checkout: Checkout) -> None:
    cart = wiring.carts().get("acme", checkout.cart.key)
    assert cart
    wiring.carts().save(replace(cart, id="the-template", life_days=0, expires_at=0, version=0, born="b"))
    scanned = Checkout(till, quantity=0)
    scanned.cart.key = "the-template"
    assert refusal(scanned.post()) == (400, "cocart_cart_key_shared")
    scanned.cart.key = scanned.put(billing_address=BILLING)["cart_key"]
    assert scanned.cart.key.startswith("t_")
    assert outcome(scanned.placed()) == ("success", "processing")
    another = Checkout(till, quantity=0)
    another.cart.key = "the-template"
    # A key that is sent again from another network would be another's key: two copies, and two charges.
    assert refusal(another.post(KEY)) == (400, "cocart_cart_key_shared")
    assert till.live() == [TOTAL]
    assert another.get()["cart_key"] == "the-template"
