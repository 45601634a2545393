"""POST /checkout: the cart becomes one order, or is told what is in the way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.builders import a_shop, a_variant
from tests.integration.cocart.checkouts import (
    BILLING,
    SHIPPING,
    TOTAL,
    Checkout,
    counted,
    good,
    orders,
    outcome,
    paid_by,
    said,
)
from tests.integration.cocart.storefront import refusal
from tests.integration.deployment import Deployment
from till.domain.order import OrderStatus
from till.runtime import wiring

KEY = "checkout-0123456789"
ACCOUNT: dict[str, Any] = {"create_account": True, "customer_password": "correct horse"}


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
