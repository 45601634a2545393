"""Who orders and how they pay: customers, gift cards; and the order afterwards."""

from __future__ import annotations

from typing import Any

import pytest

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
    said,
)
from tests.integration.cocart.storefront import Shopper, refusal
from tests.integration.deployment import Deployment
from tests.integration.gift_cards import a_gift_card, take_gift_cards, worth
from tests.integration.shopper import Shopper as BoldShopper
from till.adapters.payments.sandbox_acts import Act
from till.runtime import wiring

KEY = "checkout-0123456789"
ACCOUNT: dict[str, Any] = {"create_account": True, "customer_password": "correct horse"}


# Customers


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
