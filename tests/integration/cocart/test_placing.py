"""POST /checkout: the cart becomes one order, charged once, whatever is lost on the way; and the order afterwards."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from cocart.checkout.models import ProcessBody
from cocart.checkout.payments import payments_of
from tests.builders import a_shop, a_variant
from tests.fakes.state_machine import Start
from tests.integration.api import Reply
from tests.integration.bank import Bank
from tests.integration.cocart.checkouts import (
    BILLING,
    SHIPPING,
    TOTAL,
    Checkout,
    counted,
    good,
    order_of,
    orders,
    outcome,
    paid_by,
)
from tests.integration.cocart.storefront import Shopper, refusal
from tests.integration.deployment import Deployment
from tests.integration.elasticpath.shopping import Cart, product
from tests.integration.elasticpath.storefront import Storefront
from tests.integration.gift_cards import a_gift_card, take_gift_cards, worth
from tests.integration.shopper import Shopper as BoldShopper
from till.adapters.payments.sandbox_acts import Act
from till.domain.errors import Locked
from till.domain.order import OrderStatus
from till.runtime import beginnings, wiring

KEY = "checkout-0123456789"
ACCOUNT: dict[str, Any] = {"create_account": True, "customer_password": "correct horse"}


@pytest.fixture
def checkout(till: Deployment) -> Checkout:
    return Checkout(till)


def said(reply: Reply) -> tuple[int, str, str]:
    status, code = refusal(reply)
    return status, code, reply.body["message"]


# Success


def test_a_guest_places_an_order_and_the_cart_is_gone(till: Deployment, checkout: Checkout) -> None:
    answered = checkout.placed(customer_note="Ring twice.")
    [order] = orders(till)
    assert answered == {
        "order_id": order.number,
        "status": "processing",
        "order_key": f"wc_order_{order.public_id}",
        "order_number": str(order.number),
        "payment_result": {
            "payment_status": "success",
            "redirect_url": f"/cocart/acme/wp-json/cocart/preview/order-received/{order.number}"
            f"?order_key=wc_order_{order.public_id}",
            "message": "Payment successful",
        },
        "customer_id": 0,
        "billing_address": BILLING,
        "shipping_address": SHIPPING,
        "cart_key": None,
    }
    assert (order.total, order.notes.notes, order.status) == (TOTAL, "Ring twice.", OrderStatus.PLACED)
    assert (till.live(), counted(till.stock())) == ([TOTAL], (10, 1, 9))
    assert order.basket.customer
    assert (order.basket.customer.email, order.basket.customer.name) == ("john.doe@example.com", "John Doe")
    assert wiring.carts().get("acme", checkout.cart.key) is None
    assert refusal(checkout.call("GET")) == (400, "cocart_checkout_empty_cart")


def test_the_total_that_was_shown_is_what_is_charged(till: Deployment, checkout: Checkout) -> None:
    till.offer("SAVE10")
    checkout.cart.add()
    checkout.cart.post("cart/apply-coupon", {"code": "SAVE10"})
    shown = checkout.put(billing_address=BILLING, shipping_method="expedited")["cart_totals"]["total"]
    checkout.placed()
    assert [f"{amount / 100:.2f}" for amount in till.live()] == [shown]


@pytest.mark.parametrize("use_different_billing", [True, False])
def test_the_parcel_goes_to_the_shipping_address_or_to_where_the_bill_goes(
    checkout: Checkout, use_different_billing: bool
) -> None:
    jane = SHIPPING | {"first_name": "Jane"}
    answered = checkout.placed(shipping_address=jane, use_different_billing=use_different_billing)
    assert answered["shipping_address"] == (jane if use_different_billing else SHIPPING)


def test_what_the_shopper_chose_before_need_not_be_sent_again(till: Deployment, checkout: Checkout) -> None:
    checkout.put(billing_address=BILLING, payment_method="sandbox-1", shipping_method="expedited")
    body = {"billing_address": {}, "payment_data": paid_by()["payment_data"]}
    assert outcome(good(checkout.call("POST", body=body))) == ("success", "processing")
    assert till.live() == [TOTAL + 125]


@pytest.mark.parametrize(
    "key",
    ["token", "payment_token", "payment_method_id", "paymentMethodID", "wc-stripe-payment-method", "stripe_source"],
)
def test_the_token_may_have_any_name_that_clients_give_it(checkout: Checkout, key: str) -> None:
    assert outcome(checkout.placed(payment_data=[{"key": key, "value": "tok_approve"}])) == ("success", "processing")


def test_a_method_may_be_named_by_its_kind_while_there_is_one_of_it(till: Deployment, checkout: Checkout) -> None:
    twice = (*a_shop().gateways, replace(a_shop().gateways[0], id="sandbox-2"))
    till.change_shop(gateways=twice)
    wiring.catalog.cache_clear()
    assert refusal(checkout.post(payment_method="sandbox")) == (400, "cocart_invalid_payment_method")
    till.change_shop(gateways=a_shop().gateways)
    wiring.catalog.cache_clear()
    assert outcome(checkout.placed(payment_method="sandbox")) == ("success", "processing")


def test_what_costs_nothing_takes_no_payment(till: Deployment, checkout: Checkout) -> None:
    zone = a_shop().shipping_zones[0]
    till.change_shop(shipping_zones=(replace(zone, rates=tuple(replace(rate, amount=0) for rate in zone.rates)),))
    till.offer("GIFT", value=1_000_000)
    wiring.catalog.cache_clear()
    checkout.cart.post("cart/apply-coupon", {"code": "GIFT"})
    assert checkout.put(billing_address=BILLING)["needs_payment"] is False
    answered = good(checkout.call("POST", body={"billing_address": BILLING}))
    assert outcome(answered) == ("no_payment_required", "processing")
    assert (till.ledger(), len(orders(till))) == ([], 1)


# Refusals


def test_a_declined_card_is_an_answer_and_leaves_order_and_cart(till: Deployment, checkout: Checkout) -> None:
    declined = checkout.placed(token="tok_decline")
    assert outcome(declined) == ("failed", "failed")
    assert declined["payment_result"]["message"] == "Your card was declined. Try another card."
    assert declined["cart_key"] == checkout.cart.key
    assert (till.live(), counted(till.stock()), orders(till)) == ([], (10, 0, 10), [])
    assert checkout.get()["cart_totals"]["total"] == "262.00"
    paid = checkout.placed()
    assert outcome(paid) == ("success", "processing")
    assert (paid["order_id"], paid["order_key"]) == (declined["order_id"], declined["order_key"])
    assert till.live() == [TOTAL]


def test_a_cart_that_was_changed_meanwhile_changes_its_draft(till: Deployment, checkout: Checkout) -> None:
    declined = checkout.placed(token="tok_decline")
    checkout.cart.add()
    paid = checkout.placed()
    assert paid["order_id"] == declined["order_id"]
    [order] = orders(till)
    assert (order.basket.lines[0].quantity, till.live()) == (2, [order.total])


@pytest.mark.parametrize(
    ("on_hand", "code", "message"),
    [
        (0, "cocart_product_out_of_stock", '"Able Brewing System" is out of stock and cannot be purchased.'),
        (1, "cocart_insufficient_stock", 'Insufficient stock for "Able Brewing System". Only 1 remaining.'),
    ],
)
def test_what_is_out_of_stock_is_refused_before_money_moves(
    till: Deployment, on_hand: int, code: str, message: str
) -> None:
    two = Checkout(till, quantity=2)
    wiring.stock().set_on_hand("acme", a_variant().id, on_hand)
    assert said(two.post()) == (400, code, message)
    assert (till.ledger(), orders(till)) == ([], [])


@pytest.mark.parametrize(("cents", "charged"), [(23_000, "267.60"), (21_000, "245.20")])
def test_a_total_that_has_changed_is_told_before_it_is_charged(
    till: Deployment, checkout: Checkout, cents: int, charged: str
) -> None:
    till.change_product(lambda product: replace(product, variants=(a_variant(prices={"CAD": cents}),)))
    message = f"The total of this cart has changed to {charged} CAD. Check it and try again."
    assert said(checkout.post()) == (400, "cocart_checkout_error", message)
    assert (till.ledger(), orders(till)) == ([], [])
    assert checkout.get()["cart_totals"]["total"] == charged
    assert outcome(checkout.placed()) == ("success", "processing")
    assert till.live() == [int(charged.replace(".", ""))]


def test_a_code_that_is_worth_less_by_now_is_told_before_more_is_charged(till: Deployment, checkout: Checkout) -> None:
    till.offer("SAVE10")
    checkout.cart.post("cart/apply-coupon", {"code": "SAVE10"})
    till.offer("SAVE10", value=100)
    assert refusal(checkout.post()) == (400, "cocart_checkout_error")
    assert (till.ledger(), orders(till)) == ([], [])


def test_a_code_that_is_over_is_refused(till: Deployment, checkout: Checkout) -> None:
    till.offer("SAVE10")
    checkout.cart.post("cart/apply-coupon", {"code": "SAVE10"})
    till.offer("SAVE10", ends_at=till.clock.seconds() - 10)
    assert refusal(checkout.post()) == (400, "cocart_invalid_coupon")


def test_what_is_not_sold_any_more_is_refused(till: Deployment, checkout: Checkout) -> None:
    till.change_product(lambda product: replace(product, variants=(replace(a_variant(), prices={"USD": 1}),)))
    assert refusal(checkout.post()) == (400, "cocart_product_not_purchasable")


def test_an_order_is_never_paid_in_another_currency_than_the_carts(till: Deployment, checkout: Checkout) -> None:
    till.change_settings(exchange_rates={"EUR": "0.68"})
    wiring.catalog.cache_clear()
    assert said(checkout.post(currency="EUR")) == (400, "cocart_invalid_currency", "Invalid currency code: EUR")
    checkout.put(billing_address=BILLING, currency="EUR")
    answered = checkout.placed(currency="CAD")
    assert answered["payment_result"]["message"] == "Payment successful. You are charged 262.00 CAD."
    assert till.live() == [TOTAL]


def test_shipping_that_is_not_offered_any_more_is_chosen_again(till: Deployment, checkout: Checkout) -> None:
    checkout.put(billing_address=BILLING, shipping_method="expedited")
    zone = a_shop().shipping_zones[0]
    till.change_shop(shipping_zones=(replace(zone, rates=zone.rates[:1]),))
    wiring.catalog.cache_clear()
    assert refusal(checkout.post(shipping_address=SHIPPING | {"city": "Brandon"})) == (400, "cocart_no_shipping_method")
    assert outcome(checkout.placed(shipping_method="standard")) == ("success", "processing")


def test_where_the_shop_does_not_ship_nothing_is_sold(checkout: Checkout) -> None:
    abroad = BILLING | {"country": "US", "state": "CA", "postcode": "90210"}
    assert refusal(checkout.post(billing_address=abroad)) == (400, "cocart_no_shipping_method")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"payment_method": ""}, "cocart_invalid_payment_method"),
        ({"payment_method": "cash"}, "cocart_invalid_payment_method"),
        ({"payment_data": None}, "cocart_payment_data_required"),
        ({"payment_data": [{"key": "token", "value": ""}]}, "cocart_payment_data_required"),
        ({"payment_data": {"token": "tok_approve"}}, "rest_invalid_param"),
        ({"payment_data": [{"key": "token", "value": "4242424242424242"}]}, "rest_invalid_param"),
        ({"customer_note": "x" * 2001}, "rest_invalid_param"),
    ],
)
def test_a_body_that_cannot_be_meant_is_refused(
    till: Deployment, checkout: Checkout, body: dict[str, Any], code: str
) -> None:
    assert refusal(checkout.post(**body)) == (400, code)
    assert till.ledger() == []


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
    payments = payments_of(order, a_shop(), "sandbox-1", ProcessBody(**paid_by()))
    till.machine.starts = Start.WAITS
    patient = replace(beginnings.drafting(), placing=till.placing(), now=till.clock.seconds, pause=lambda _: None)
    for _ in range(2):
        with pytest.raises(Locked):
            patient.place(order, payments)
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


# Customers


def basic(email: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{email}:{password}".encode()).decode()


def test_a_guest_becomes_a_customer_with_the_order(till: Deployment, checkout: Checkout) -> None:
    declined = checkout.placed(token="tok_decline", **ACCOUNT)
    answered = checkout.placed(**ACCOUNT)
    assert answered["customer_id"] == declined["customer_id"] >= 1
    order = order_of(till, answered)
    assert order.basket.customer
    assert not order.basket.customer.is_guest
    signed_in = Checkout(till, authorization=basic("john.doe@example.com", "correct horse"))
    assert signed_in.get()["customer_id"] == answered["customer_id"]
    assert good(signed_in.received(answered))["customer_id"] == answered["customer_id"]


def test_an_address_that_somebody_has_an_account_with_is_refused(till: Deployment, checkout: Checkout) -> None:
    checkout.placed(**ACCOUNT)
    reply = Checkout(till).post(**ACCOUNT)
    assert said(reply) == (400, "cocart_account_creation_failed", "An account with this email address already exists.")
    assert len(till.ledger()) == 1


@pytest.mark.parametrize("password", [None, "", "short"])
def test_an_account_takes_a_good_password(checkout: Checkout, password: str | None) -> None:
    assert checkout.post(create_account=True, customer_password=password).status == 400


def test_a_customer_who_is_signed_in_orders_under_their_own_address(till: Deployment, checkout: Checkout) -> None:
    checkout.placed(**ACCOUNT | {"customer_password": "battery staple"})
    known = Checkout(till, authorization=basic("john.doe@example.com", "battery staple"))
    answered = known.placed(billing_address=BILLING | {"email": "another@example.com"})
    assert answered["billing_address"]["email"] == "john.doe@example.com"
    assert answered["customer_id"] >= 1


# Gift cards


def test_a_gift_card_pays_alone_or_with_a_card_for_the_rest(till: Deployment, checkout: Checkout) -> None:
    take_gift_cards(till)
    large, small = a_gift_card(till, 30_000), a_gift_card(till, 5000)
    alone = {"payment_method": "gift-cards", "payment_data": [{"key": "code", "value": large.code}]}
    assert outcome(checkout.placed(**alone)) == ("success", "processing")
    assert (worth(till, large.card).available, till.live()) == (30_000 - TOTAL, [])
    both = [{"key": "gift_card", "value": small.code}, {"key": "token", "value": "tok_approve"}]
    assert outcome(Checkout(till).placed(payment_data=both)) == ("success", "processing")
    assert (worth(till, small.card).available, till.live()) == (0, [TOTAL - 5000])


@pytest.mark.parametrize("amount", [0, 5000])
def test_a_gift_card_that_does_not_cover_the_order_is_refused(
    till: Deployment, checkout: Checkout, amount: int
) -> None:
    take_gift_cards(till)
    code = a_gift_card(till, amount).code if amount else "NOBODY-S-CARD-CODE"
    reply = checkout.post(payment_method="gift-cards", payment_data=[{"key": "code", "value": code}])
    assert refusal(reply) == (400, "cocart_payment_method_not_available")
    assert orders(till) == []


# Afterwards


def test_the_order_is_shown_to_who_has_its_key(till: Deployment, checkout: Checkout) -> None:
    answered = checkout.placed(customer_note="Ring twice.")
    page = good(checkout.received(answered))
    assert {name: page[name] for name in ("order_id", "order_number", "order_key", "status", "status_name")} == {
        "order_id": answered["order_id"],
        "order_number": answered["order_number"],
        "order_key": answered["order_key"],
        "status": "processing",
        "status_name": "Processing",
    }
    assert (page["total"], page["subtotal"], page["tax_total"], page["shipping_total"]) == (
        "262.00",
        "225.00",
        "27.00",
        "10.00",
    )
    assert (page["payment_method"], page["payment_method_title"]) == ("sandbox-1", "Sandbox")
    assert (page["billing_address"], page["customer_note"]) == (BILLING, "Ring twice.")
    [item] = page["items"]
    assert (item["product_id"], item["product_name"], item["quantity"], item["total"]) == (
        66,
        "Able Brewing System",
        1,
        "225.00",
    )
    assert page["totals"] == [
        {"key": "subtotal", "label": "Subtotal", "value": "$225.00"},
        {"key": "shipping", "label": "Shipping", "value": "$10.00"},
        {"key": "tax", "label": "Tax", "value": "$27.00"},
        {"key": "total", "label": "Total", "value": "$262.00"},
    ]
    assert (page["needs_payment"], page["needs_shipping"]) == (False, True)


def test_an_order_is_shown_to_nobody_else(till: Deployment, checkout: Checkout) -> None:
    answered = checkout.placed()
    wrong = {"order_key": answered["order_key"][:-1] + "_"}
    other = Checkout(till).placed()
    assert said(checkout.received(answered, order_key="")) == (
        400,
        "cocart_order_invalid_params",
        "Order ID and order key are required.",
    )
    assert said(checkout.received(answered | wrong)) == (404, "cocart_order_not_found", "Order not found.")
    short = {"order_key": f"wc_order_{order_of(till, answered).id}"}
    assert refusal(checkout.received(answered | short)) == (404, "cocart_order_not_found")
    assert said(checkout.received(other | {"order_key": answered["order_key"]})) == (
        403,
        "cocart_order_invalid_key",
        "Invalid order key.",
    )


def test_an_order_of_another_dialect_is_not_shown_to_who_knows_its_public_id(till: Deployment) -> None:
    """There it takes the token of its session."""
    bought = BoldShopper.ready(till)
    bought.process()
    order = till.order(bought.order_id)
    key = {"order_id": order.number, "order_key": f"wc_order_{order.public_id}"}
    assert refusal(Checkout(till, quantity=0).received(key)) == (404, "cocart_order_not_found")


def test_a_customers_order_is_not_shown_to_another_customer(till: Deployment, checkout: Checkout) -> None:
    mine = checkout.placed(**ACCOUNT)
    Checkout(till).placed(billing_address=BILLING | {"email": "jane@example.com"}, **ACCOUNT)
    jane = Checkout(till, authorization=basic("jane@example.com", "correct horse"))
    assert refusal(jane.received(mine)) == (403, "cocart_order_not_owned")


def test_an_order_whose_payment_failed_is_paid_afterwards(till: Deployment, checkout: Checkout) -> None:
    failed = checkout.placed(token="tok_decline")
    page = good(checkout.received(failed))
    assert (page["status"], page["needs_payment"]) == ("failed", True)
    declined = checkout.pay(failed, "tok_decline")
    assert said(declined) == (400, "cocart_payment_failed", "Your card was declined. Try another card.")
    paid = good(checkout.pay(failed))
    assert (paid["success"], paid["order_id"], paid["order_status"]) == (True, failed["order_id"], "processing")
    assert (till.live(), counted(till.stock())) == ([TOTAL], (10, 1, 9))
    assert refusal(checkout.call("GET")) == (400, "cocart_checkout_empty_cart")
    assert said(checkout.pay(failed)) == (
        400,
        "cocart_order_no_payment_needed",
        "This order does not require payment.",
    )
    assert till.live() == [TOTAL]


def test_paying_afterwards_goes_on_when_the_bank_has_confirmed(till: Deployment, checkout: Checkout) -> None:
    failed = checkout.placed(token="tok_decline")
    asked = good(checkout.pay(failed, "tok_requires_action"))
    assert (asked["success"], asked["payment_result"]["payment_status"]) == (False, "requires_action")
    Bank(till).act(Act.CONFIRM)
    assert good(checkout.pay(failed, "tok_requires_action"))["success"] is True
    assert till.live() == [TOTAL]


def test_the_key_to_pay_with_may_stand_in_the_query(till: Deployment, checkout: Checkout) -> None:
    failed = checkout.placed(token="tok_decline")
    paid = {name: value for name, value in paid_by().items() if name != "billing_address"}
    where = f"order-received/{failed['order_id']}/pay"
    query = {"order_key": failed["order_key"]}
    assert good(Shopper(till, site=checkout.site).call("POST", where, paid, query))["success"] is True


def test_a_cancelled_order_is_not_paid(till: Deployment, checkout: Checkout) -> None:
    placed = checkout.placed()
    wiring.after_sales().cancel("acme", order_of(till, placed).id, "cancel-1", "", refunds=False)
    assert refusal(checkout.pay(placed)) == (400, "cocart_order_invalid_status")
