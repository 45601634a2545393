"""Orders are paid in whole or in parts, captured, cancelled and refunded: the gateway's ledger and the stock agree."""

from __future__ import annotations

from dataclasses import replace

import pytest

from elasticpath.ids import uuid_of
from tests.builders import a_basket, a_customer, a_line, a_payment, a_shop, an_agreed_order
from tests.integration.bank import AUTHORIZED, Bank
from tests.integration.deployment import Deployment
from tests.integration.elasticpath.orders import TOTAL, Ordered, refusal
from tests.integration.elasticpath.storefront import Storefront
from tests.integration.shopper import Shopper
from till.adapters.payments.sandbox_acts import Act
from till.domain.errors import Refused
from till.domain.order import OrderStatus
from till.domain.sale import ChargeState, Tracking
from till.domain.shop import Gateway
from till.runtime import backstage, wiring

KEY = "a-key-of-the-storefront"


def with_gateways(till: Deployment, *more: Gateway) -> None:
    till.change_shop(gateways=(*a_shop().gateways, *more))


MANUAL = Gateway("manual-1", "manual", "Invoice", is_test=False)


# The first payment


def test_a_purchase_pays_the_order_and_its_money_and_stock_are_there(till: Deployment) -> None:
    ordered = Ordered(till)
    paid = ordered.pay().data
    assert (paid["type"], paid["transaction_type"], paid["transaction-type"], paid["status"]) == (
        "transaction",
        "purchase",
        "purchase",
        "complete",
    )
    assert (paid["gateway"], paid["amount"], paid["refunded_amount"], paid["currency"]) == ("sandbox", TOTAL, 0, "CAD")
    assert paid["relationships"]["order"]["data"]["id"] == uuid_of(ordered.id)
    assert (ordered.held(), ordered.stock()) == ((0, TOTAL, 0), (10, 1, 9))
    assert (ordered.now().status, ordered.sale().charge) == (OrderStatus.PLACED, ChargeState.CAPTURED)


def test_an_authorization_allocates_the_stock_and_leaves_the_money_until_it_is_captured(till: Deployment) -> None:
    ordered = Ordered(till)
    paid = ordered.pay(method="authorize").data
    assert (paid["transaction_type"], paid["status"]) == ("authorize", "complete")
    assert (ordered.held(), ordered.stock()) == ((TOTAL, 0, 0), (10, 1, 9))
    for _ in range(2):
        captured = ordered.do("capture", paid["id"]).data
        assert (captured["id"], captured["transaction_type"], captured["status"]) == (paid["id"], "capture", "complete")
    assert ordered.held() == (0, TOTAL, 0)


def test_the_gateway_is_told_the_merchants_order_number_else_the_orders_id(till: Deployment) -> None:
    named = Ordered(till)
    named.pay()
    agreement = replace(an_agreed_order().agreement, order_number="")  # type: ignore[type-var]  # it has one
    nameless = Ordered(till, named, agreement=agreement)
    nameless.pay()
    assert [entry.reference for entry in till.ledger()] == ["PO-2025-7", uuid_of(nameless.id)]


def test_a_payment_says_what_the_merchant_calls_it(till: Deployment) -> None:
    ordered = Ordered(till)
    meta = {"name": "Company card", "custom_reference": "ref-7"}
    paid = ordered.pay(paymentmethod_meta=meta).data
    assert (paid["name"], paid["custom_reference"]) == ("Company card", "ref-7")


def test_a_decline_leaves_the_order_unpaid_its_stock_free_and_no_payment(till: Deployment) -> None:
    ordered = Ordered(till)
    declined = ordered.pay(payment="tok_decline")
    assert refusal(declined)[:2] == (400, "Payment failed")
    assert declined.body["errors"][0]["detail"] == "Your card was declined. Try another card."
    assert (ordered.transactions(), ordered.now().status) == ([], OrderStatus.OPEN)
    assert (ordered.held(), ordered.stock()) == ((0, 0, 0), (10, 0, 10))
    ordered.pay()
    assert (ordered.held(), ordered.stock()) == ((0, TOTAL, 0), (10, 1, 9))


def test_the_last_unit_is_whose_who_pays_first(till: Deployment) -> None:
    wiring.stock().set_on_hand("acme", a_line().variant_id, 1)
    early = Ordered(till)
    late = Ordered(till, early)
    early.pay()
    refused = late.pay()
    assert refusal(refused)[:2] == (400, "Insufficient stock")
    assert refused.body["errors"][0]["meta"] == {"id": uuid_of(a_line().variant_id), "sku": "ABS"}
    assert len(till.ledger()) == 1
    assert late.stock() == (1, 1, 0)


def test_a_payment_that_is_sent_twice_with_one_key_is_one_payment(till: Deployment) -> None:
    ordered = Ordered(till)
    first = ordered.pay(key=KEY, amount=10_000)
    again = ordered.pay(key=KEY, amount=10_000)
    assert again.body == first.body
    assert again.headers["Idempotent-Replayed"] == "true"
    assert refusal(ordered.pay(key=KEY, amount=9000))[0] == 422
    assert ordered.held() == (0, 10_000, 0)
    second = ordered.pay(key=KEY + "-2", amount=16_200)
    assert ordered.pay(key=KEY + "-2", amount=16_200).body == second.body
    assert ordered.held() == (0, TOTAL, 0)


def test_a_decline_is_final_for_its_key_and_another_card_pays(till: Deployment) -> None:
    ordered = Ordered(till)
    for _ in range(2):
        assert refusal(ordered.pay(key=KEY, payment="tok_decline"))[0] == 400
    assert len(till.ledger()) == 1
    ordered.pay(key=KEY + "-2")
    assert ordered.held() == (0, TOTAL, 0)


def test_two_clicks_without_a_key_pay_once(till: Deployment) -> None:
    ordered = Ordered(till)
    ordered.pay()
    assert refusal(ordered.pay())[0] == 422
    assert ordered.held() == (0, TOTAL, 0)


# Parts


def test_an_order_is_authorized_and_bought_in_parts_then_captured_cancelled_and_refunded(till: Deployment) -> None:
    ordered = Ordered(till)
    assert ordered.stock() == (10, 0, 10)

    first = ordered.pay(method="authorize", amount=10_480).data
    assert (ordered.held(), ordered.stock()) == ((10_480, 0, 0), (10, 1, 9))
    assert (ordered.sale().balance, ordered.sale().charge) == (15_720, "pending")

    second = ordered.pay(amount=15_720).data
    assert (ordered.held(), ordered.stock()) == ((10_480, 15_720, 0), (10, 1, 9))
    assert (ordered.sale().balance, ordered.sale().charge) == (0, "pending")
    assert refusal(ordered.do("refund", second["id"]))[:2] == (422, "Unprocessable Entity")

    ordered.do("capture", first["id"])
    assert (ordered.held(), ordered.stock()) == ((0, TOTAL, 0), (10, 1, 9))
    assert ordered.sale().charge is ChargeState.CAPTURED

    for _ in range(2):
        wiring.paying().cancel("acme", ordered.id, "cancel-1")
    assert (ordered.held(), ordered.stock()) == ((0, TOTAL, 0), (10, 0, 10))

    back = ordered.do("refund", second["id"], {"amount": 5720}).data
    assert (back["transaction_type"], back["refund_mechanism"], back["refunded_amount"]) == (
        "refund",
        "automatic",
        5720,
    )
    assert ordered.do("refund", second["id"], {}).data["refunded_amount"] == 15_720
    assert ordered.do("refund", first["id"]).data["refunded_amount"] == 10_480
    assert (ordered.held(), ordered.stock()) == ((0, TOTAL, TOTAL), (10, 0, 10))
    assert refusal(ordered.do("refund", first["id"]))[0] == 422
    assert ordered.transactions() == [("capture", "complete", 10_480), ("purchase", "complete", 15_720)]


def test_a_cancelled_order_gives_up_what_was_only_authorized(till: Deployment) -> None:
    ordered = Ordered(till)
    ordered.pay(method="authorize", amount=10_000)
    ordered.pay(amount=10_000)
    wiring.paying().cancel("acme", ordered.id, "cancel-1")
    assert (ordered.held(), ordered.stock()) == ((0, 10_000, 0), (10, 0, 10))
    assert ordered.transactions() == [("authorize", "cancelled", 10_000), ("purchase", "complete", 10_000)]
    assert refusal(ordered.pay(amount=6200))[0] == 422


def test_an_order_that_nobody_paid_is_cancelled_and_never_paid(till: Deployment) -> None:
    ordered = Ordered(till)
    _, sale = wiring.paying().cancel("acme", ordered.id, "cancel-1")
    assert sale is None
    assert refusal(ordered.pay())[0] == 422
    assert (till.ledger(), ordered.stock()) == ([], (10, 0, 10))


def test_a_part_that_is_cancelled_is_owed_again_and_paid_another_way(till: Deployment) -> None:
    ordered = Ordered(till)
    part = ordered.pay(method="authorize", amount=10_000).data
    cancelled = ordered.do("cancel", part["id"], {"reason": "requested_by_customer"}).data
    assert (cancelled["transaction_type"], cancelled["status"]) == ("authorize", "cancelled")
    assert (ordered.held(), ordered.stock()) == ((0, 0, 0), (10, 1, 9))
    (noted,) = (one for one in ordered.sale().timeline if (one.what, one.outcome) == ("void", "requested"))
    assert noted.detail["reason"] == "requested_by_customer"
    ordered.pay()
    assert (ordered.held(), ordered.sale().charge) == ((0, TOTAL, 0), "captured")


@pytest.mark.parametrize(("amount", "status"), [(0, 400), (-1, 400), (TOTAL + 1, 400), ("5000", 400), (10**15, 400)])
def test_an_amount_that_cannot_be_paid_is_named(till: Deployment, amount: object, status: int) -> None:
    ordered = Ordered(till)
    assert refusal(ordered.pay(amount=amount))[::2] == (status, "data.amount")
    ordered.pay(amount=100)
    if amount != -1:
        assert refusal(ordered.pay(amount=amount))[::2] == (status, "data.amount")
    assert ordered.held() == (0, 100, 0)


def test_goods_are_sent_when_all_of_the_order_is_paid(till: Deployment) -> None:
    ordered = Ordered(till)
    ordered.pay(amount=10_000)
    with pytest.raises(Refused, match="not paid yet"):
        wiring.after_sales().fulfil("acme", ordered.id, "send-1", (), Tracking())
    ordered.pay()
    wiring.after_sales().fulfil("acme", ordered.id, "send-2", (), Tracking())
    assert (ordered.now().status, ordered.stock()) == (OrderStatus.FULFILLED, (9, 0, 9))


def test_a_purchase_whose_money_the_bank_refuses_holds_none(till: Deployment) -> None:
    ordered = Ordered(till)
    refused = ordered.pay(payment="tok_capture_declined")
    assert refusal(refused)[:2] == (400, "Payment failed")
    assert (ordered.held(), ordered.stock()) == ((0, 0, 0), (10, 1, 9))
    assert ordered.transactions() == [("purchase", "failed", TOTAL)]
    ordered.pay()
    assert ordered.held() == (0, TOTAL, 0)


def test_the_merchant_sees_what_keeps_its_stock_and_is_not_paid(till: Deployment) -> None:
    ordered = Ordered(till)
    ordered.pay(payment="tok_capture_declined")
    (waiting,) = wiring.sales().needing_help("acme", 10, "").data
    assert (waiting.order_id, waiting.is_forsaken) == (ordered.id, True)
    ordered.pay()
    assert not wiring.sales().needing_help("acme", 10, "").data


def test_a_lost_answer_of_a_capture_is_pending_until_it_is_found(till: Deployment) -> None:
    ordered = Ordered(till)
    pending = ordered.pay(payment="tok_capture_timeout_after_success", key=KEY).data
    assert pending["status"] == "pending"
    assert ordered.pay(payment="tok_capture_timeout_after_success", key=KEY).data["status"] == "complete"
    assert ordered.held() == (0, TOTAL, 0)


# The shopper's bank


def test_the_first_payment_waits_for_the_shoppers_bank_and_goes_on_when_confirmed(till: Deployment) -> None:
    ordered = Ordered(till)
    waiting = ordered.pay(payment="tok_requires_action").data
    assert (waiting["status"], waiting["transaction_type"]) == ("pending", "purchase")
    assert waiting["client_parameters"]["secret"] == waiting["payment_intent"]["client_secret"]
    assert ordered.transactions() == [("purchase", "pending", TOTAL)]
    got = ordered.shopper.call("GET", f"{ordered.path}/transactions/{waiting['id']}").data
    assert got["status"] == "pending"
    for _ in range(2):
        done = ordered.do("confirm", waiting["id"], {}, by=ordered.shopper).data
        assert (done["id"], done["status"]) == (waiting["id"], "complete")
    assert (ordered.held(), ordered.stock()) == ((0, TOTAL, 0), (10, 1, 9))


def test_a_later_part_waits_for_the_shoppers_bank_too(till: Deployment) -> None:
    ordered = Ordered(till)
    ordered.pay(amount=10_000)
    waiting = ordered.pay(payment="tok_requires_action").data
    assert waiting["status"] == "pending"
    done = ordered.shopper.call("POST", f"{ordered.path}/confirm", {}).data
    assert (done["id"], done["status"]) == (waiting["id"], "complete")
    assert ordered.held() == (0, TOTAL, 0)


def test_the_same_key_goes_on_with_a_payment_that_waited(till: Deployment) -> None:
    ordered = Ordered(till)
    waiting = ordered.pay(payment="tok_requires_action", key=KEY).data
    done = ordered.pay(payment="tok_requires_action", key=KEY).data
    assert (done["id"], done["status"]) == (waiting["id"], "complete")
    assert len(till.ledger()) == 1


def test_another_card_takes_the_place_of_one_that_waits(till: Deployment) -> None:
    ordered = Ordered(till)
    ordered.pay(payment="tok_requires_action")
    ordered.pay(amount=10_000)
    assert ordered.held() == (0, 10_000, 0)
    waiting = ordered.pay(payment="tok_requires_action").data
    ordered.pay()
    assert ordered.held() == (0, TOTAL, 0)
    assert refusal(ordered.do("confirm", waiting["id"], by=ordered.shopper))[:2] == (400, "Payment failed")


def test_a_payment_that_waits_is_cancelled_and_nothing_is_kept(till: Deployment) -> None:
    ordered = Ordered(till)
    waiting = ordered.pay(payment="tok_requires_action").data
    assert ordered.do("cancel", waiting["id"]).data["status"] == "cancelled"
    assert (ordered.now().status, ordered.stock(), ordered.transactions()) == (OrderStatus.OPEN, (10, 0, 10), [])
    ordered.pay(amount=10_000)
    waiting = ordered.pay(payment="tok_requires_action").data
    assert ordered.do("cancel", waiting["id"]).data["status"] == "cancelled"
    assert (ordered.held(), ordered.sale().balance) == ((0, 10_000, 0), 16_200)


@pytest.mark.parametrize("paid", [0, 10_000])
def test_an_order_is_cancelled_though_a_payment_waits_for_its_bank(till: Deployment, paid: int) -> None:
    ordered = Ordered(till)
    if paid:
        ordered.pay(amount=paid)
    ordered.pay(payment="tok_requires_action")
    order, _ = wiring.paying().cancel("acme", ordered.id, "cancel-1")
    assert order.status is OrderStatus.CANCELLED
    assert (ordered.held(), ordered.stock()) == ((0, paid, 0), (10, 0, 10))


# Gateways


def test_a_gateway_is_named_by_its_id_or_by_its_kind_where_there_is_one(till: Deployment) -> None:
    with_gateways(till, MANUAL, Gateway("sandbox-2", "sandbox", "Another", is_test=True))
    ordered = Ordered(till)
    assert ordered.pay(gateway="sandbox-1", amount=100).data["gateway"] == "sandbox"
    assert refusal(ordered.pay(amount=100))[::2] == (400, "data.gateway")
    assert ordered.pay(gateway="sandbox-2", amount=100).status == 200
    for name in ("manual-1", "manual"):
        assert ordered.pay(gateway=name, method="authorize", payment=None, amount=100).data["gateway"] == "manual"
    for unknown in ("adyen", "stripe_payment_intents", "gift_card", "x"):
        assert refusal(ordered.pay(gateway=unknown, amount=100))[::2] == (400, "data.gateway")
    assert refusal(ordered.pay(gateway="sandbox-1", payment=None))[::2] == (400, "data.payment")
    assert refusal(ordered.pay(method="purchase_setup"))[::2] == (400, "data.method")


def test_money_that_moves_outside_is_promised_by_the_shopper_and_counted_by_the_shop(till: Deployment) -> None:
    with_gateways(till, MANUAL)
    ordered = Ordered(till)
    assert refusal(ordered.pay(gateway="manual", payment=None))[:2] == (403, "Forbidden")
    promised = ordered.pay(gateway="manual", method="authorize", payment=None).data
    assert (promised["reference"], promised["gateway"], promised["status"]) == ("manual", "manual", "complete")
    assert refusal(ordered.do("cancel", promised["id"]))[:2] == (422, "Unsupported gateway operation")
    assert ordered.do("capture", promised["id"]).data["transaction_type"] == "capture"
    assert ordered.sale().charge is ChargeState.CAPTURED
    back = ordered.do("refund", promised["id"], {}).data
    assert (back["refunded_amount"], back["refund_mechanism"]) == (TOTAL, "manual")
    assert till.ledger() == []


def test_an_order_for_nothing_is_paid_by_hand_only(till: Deployment) -> None:
    with_gateways(till, MANUAL)
    ordered = Ordered(till, basket=a_basket(lines=(a_line(unit_price=0),), shipping=None))
    assert refusal(ordered.pay())[::2] == (422, "data.gateway")
    paid = ordered.pay(by=ordered.merchant, gateway="manual", payment=None).data
    assert (paid["amount"], paid["status"]) == (0, "complete")
    assert (ordered.sale().charge, ordered.stock()) == ("captured", (10, 1, 9))
    assert ordered.transactions() == [("purchase", "complete", 0)]
    wiring.after_sales().fulfil("acme", ordered.id, "send-1", (), Tracking())
    assert ordered.stock() == (9, 0, 9)


def test_who_checks_out_in_another_dialect_cannot_promise_money_that_moves_outside(till: Deployment) -> None:
    with_gateways(till, MANUAL)
    shopper = Shopper.ready(till)
    refused = shopper.post("/payments", {"gateway_public_id": "manual-1", "token": "x", "amount": TOTAL})
    assert (refused.status, refused.fields) == (422, ["gateway_public_id"])
    assert shopper.process().status == 200
    with pytest.raises(Refused, match="paid elsewhere"):
        backstage.repaying().pay("acme", shopper.order_id, a_payment(gateway_id="manual-1"))


# Webhooks


def test_a_shopper_who_never_returns_from_the_bank_has_paid_all_the_same(till: Deployment) -> None:
    ordered, bank = Ordered(till), Bank(till)
    for amount in (10_000, 16_200):
        waiting = ordered.pay(payment="tok_requires_action", amount=amount).data
        bank.act(Act.CONFIRM)
        assert bank.tell().status == 200
        ordered.stock()
        assert ordered.do("confirm", waiting["id"], by=ordered.shopper).data["status"] == "complete"
    assert (ordered.held(), ordered.sale().charge) == ((0, TOTAL, 0), "captured")


def test_a_webhook_about_an_order_that_was_cancelled_before_it_was_paid_changes_nothing(till: Deployment) -> None:
    ordered, bank = Ordered(till), Bank(till)
    ordered.pay(payment="tok_requires_action")
    wiring.paying().cancel("acme", ordered.id, "cancel-1")
    assert bank.tell().status == 200
    assert ordered.held() == (0, 0, 0)


def test_the_merchant_sees_what_is_still_to_be_paid(till: Deployment) -> None:
    ordered = Ordered(till)
    ordered.pay(amount=10_000)
    detail = till.around.call("GET", f"/merchant/shops/acme/orders/{ordered.id}", headers=AUTHORIZED).data
    assert (detail["balance"], detail["captured"], detail["adjustments"]) == (16_200, 10_000, [])


# Who may


def test_only_the_merchants_own_backend_captures_refunds_and_cancels(till: Deployment) -> None:
    ordered = Ordered(till)
    paid = ordered.pay(method="authorize").data
    for what in ("capture", "refund", "cancel"):
        assert refusal(ordered.do(what, paid["id"], by=ordered.shopper))[:2] == (403, "Forbidden")
    assert ordered.held() == (TOTAL, 0, 0)


def test_an_order_of_a_customer_is_nobody_elses(till: Deployment) -> None:
    known = a_customer(is_guest=False)
    agreement = an_agreed_order().agreement
    assert agreement
    of_account = replace(agreement, account_id=wiring.new_id())
    of_customer = Ordered(till, basket=a_basket(customer=known))
    for ordered in (of_customer, Ordered(till, of_customer, agreement=of_account)):
        for reply in (
            ordered.pay(),
            ordered.shopper.call("GET", f"{ordered.path}/transactions"),
            ordered.shopper.call("POST", f"{ordered.path}/confirm"),
        ):
            assert refusal(reply)[:2] == (404, "Not Found")
        assert ordered.pay(by=ordered.merchant).status == 200


def test_what_is_not_there_is_not_found(till: Deployment) -> None:
    ordered = Ordered(till)
    other = uuid_of(wiring.new_id())
    assert refusal(ordered.shopper.call("POST", f"/v2/orders/{other}/payments", {"gateway": "sandbox"}))[0] in (
        400,
        404,
    )
    assert ordered.shopper.call("GET", "/v2/orders/nothing/transactions").status == 404
    assert ordered.shopper.call("POST", f"{ordered.path}/confirm", {}).status == 404
    ordered.pay()
    for transaction in (other, "nothing"):
        assert ordered.shopper.call("GET", f"{ordered.path}/transactions/{transaction}").status == 404
        for what in ("capture", "refund", "cancel", "confirm"):
            assert ordered.do(what, transaction).status == 404


def test_an_order_that_was_not_checked_out_is_not_paid_here(till: Deployment) -> None:
    ordered = Ordered(till, agreement=None)
    assert ordered.pay(by=ordered.merchant).status == 404


def test_nobody_pays_without_a_token(till: Deployment) -> None:
    ordered = Ordered(till)
    nobody = Storefront(till, number=3)
    nobody.token = "x"  # no token at all
    assert ordered.pay(by=nobody).status == 401
    assert till.ledger() == []
