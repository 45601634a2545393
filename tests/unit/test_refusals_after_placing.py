"""What a merchant is told when something cannot be done with a placed order: one sentence, and the field of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.builders import NOON, a_payment, a_sale, an_agreed_order, an_authorization
from tests.unit.after_sales import BREWER, a_card, answered, charged, refusal, sold
from till.domain import charging
from till.domain.cancelling import cancel
from till.domain.errors import Problem
from till.domain.fulfilling import fulfil, parcel
from till.domain.order import OrderStatus
from till.domain.payment import PaymentState
from till.domain.refunding import Wanted, WantedLine, of_payment, refund
from till.domain.sale import MOST_TRANSACTIONS, ChargeState, Sale, Tracking
from till.domain.transaction import Transaction, TransactionKind, TransactionState

CARDS = (a_payment(id="first", amount=10_000), a_payment(id="second", amount=16_200))
WAIT = Problem("order_locked", "A payment of this order is being captured. Try again in a moment.", "charge")


def unpaid() -> Sale:
    return a_sale(payments=CARDS)


def paid() -> Sale:
    return answered(charging.charge(unpaid(), NOON))


def refused(message: str, field: str) -> Problem:
    return Problem("refused", message, field)


def invalid(message: str, field: str) -> Problem:
    return Problem("invalid", message, field)


# Taking money


def test_more_than_is_authorized_is_not_captured() -> None:
    def captured(amount: int, payment_id: str = "") -> Problem:
        return refusal(lambda: charging.capture(unpaid(), "capture-1", amount, NOON, payment_id=payment_id))

    assert captured(26_201) == refused("Only 262.00 CAD are left to capture.", "amount")
    assert captured(10_001, "first") == refused("Only 100.00 CAD are left to capture.", "amount")


def test_what_is_captured_already_is_not_captured_again() -> None:
    def captured(payment_id: str = "") -> Problem:
        return refusal(lambda: charging.capture(paid(), "capture-1", None, NOON, payment_id=payment_id))

    assert captured() == refused("Nothing of this order is left to capture.", "amount")
    assert captured("first") == refused("Nothing of this payment is left to capture.", "amount")


def test_a_charge_that_was_given_up_takes_no_money() -> None:
    sale = unpaid().to_charge(ChargeState.VOIDED)
    why = refusal(lambda: charging.capture(sale, "capture-1", None, NOON))
    assert why == refused("The charge of this order was given up.", "order")


def test_who_comes_while_a_capture_is_under_way_is_asked_to_wait() -> None:
    sale = charging.capture(unpaid(), "capture-1", 1, NOON, payment_id="first")
    assert refusal(lambda: charging.capture(sale, "capture-2", 1, NOON)) == WAIT
    assert refusal(lambda: charging.void(sale, "void-1", "first", NOON)) == WAIT


def test_what_is_captured_cannot_be_cancelled() -> None:
    why = refusal(lambda: charging.void(paid(), "void-1", "first", NOON))
    assert why == refused("Nothing of this payment is left to cancel.", "payment")


def test_a_charge_that_is_over_is_not_begun_again() -> None:
    over = refused("Nothing of this order is left to charge.", "charge")
    assert refusal(lambda: charging.again(paid(), NOON)) == over
    assert refusal(lambda: charging.again(unpaid().to_charge(ChargeState.VOIDED), NOON)) == over


def test_a_payment_of_another_order_is_not_there() -> None:
    why = refusal(lambda: unpaid().payment("elsewhere"))
    assert why == Problem("not_found", "This order has no payment with this id.", "payments")


def test_what_is_over_stays_as_it_ended() -> None:
    why = refusal(lambda: paid().to_charge(ChargeState.PENDING))
    assert why == refused("A charge that is captured cannot become pending.", "charge")
    why = refusal(lambda: paid().transactions[0].to(TransactionState.FAILED))
    assert why == refused("A transaction that has succeeded cannot become failed.", "transaction")
    why = refusal(lambda: an_authorization(state=PaymentState.VOIDED).to(PaymentState.AUTHORIZED))
    assert why == refused("A payment that is voided cannot become authorized.", "payment")


def test_an_order_has_three_hundred_transactions_at_most() -> None:
    def tiny(number: int) -> Transaction:
        return Transaction(f"t{number}", "by-hand", TransactionKind.REFUND, "first", 1, NOON)

    full = unpaid().with_new([tiny(number) for number in range(MOST_TRANSACTIONS)])
    assert full.with_new([tiny(7)]) == full
    why = refusal(lambda: full.with_new([tiny(MOST_TRANSACTIONS)]))
    assert why == refused("An order has at most 300 transactions.", "order")


# Giving it back


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (Wanted(amount=30_000), refused("Only 295.57 CAD can be refunded.", "amount")),
        (Wanted(amount=0), refused("Nothing of this order can be refunded.", "amount")),
        (Wanted(shipping=1001), refused("Of the shipping, 10.00 CAD can be refunded.", "shipping")),
        (
            Wanted(lines=(WantedLine("nothing", 1),)),
            invalid("There is no line item with this key.", "lines.0.key"),
        ),
        (
            Wanted(lines=(WantedLine("mugs", 1), WantedLine("mugs", 1))),
            invalid("This line is named twice.", "lines.1.key"),
        ),
        (Wanted(lines=(WantedLine("mugs", 4),)), invalid("Of this line, 3 can be refunded.", "lines.0.quantity")),
        (Wanted(lines=(WantedLine("mugs", 0),)), invalid("Of this line, 3 can be refunded.", "lines.0.quantity")),
        (
            Wanted(lines=(WantedLine("mugs", 2, unsent=3),)),
            invalid("Of this line, 3 were not sent.", "lines.0.unsent"),
        ),
        (
            Wanted(amount=100, payments=(("elsewhere", 100),)),
            invalid("This order has no such payment, or it is named twice.", "payments.0.id"),
        ),
        (
            Wanted(amount=100, payments=(("card", 50), ("card", 50))),
            invalid("This order has no such payment, or it is named twice.", "payments.1.id"),
        ),
        (
            Wanted(amount=100, payments=(("card", 30_000),)),
            refused("Of this payment, 295.57 CAD can be refunded.", "payments.0.amount"),
        ),
        (
            Wanted(amount=100, payments=(("card", 0),)),
            refused("Of this payment, 295.57 CAD can be refunded.", "payments.0.amount"),
        ),
        (
            Wanted(amount=100, payments=(("card", 99),)),
            invalid("What the payments get back does not add up to the refund.", "payments"),
        ),
    ],
)
def test_what_cannot_be_given_back_is_said(wanted: Wanted, why: Problem) -> None:
    order, sale = charged()
    assert refusal(lambda: refund(order, sale, wanted, "refund-1", NOON)) == why


def test_a_unit_is_given_back_once() -> None:
    order, sale = refund(*charged(), Wanted(lines=(WantedLine("mugs", 2),)), "refund-1", NOON)
    two_more = Wanted(lines=(WantedLine("mugs", 2),))
    why = refusal(lambda: refund(order, answered(sale), two_more, "refund-2", NOON))
    assert why == invalid("Of this line, 1 can be refunded.", "lines.0.quantity")


@pytest.mark.parametrize("amount", [1, 29_557])
def test_the_least_and_the_most_of_a_payment_can_be_given_back(amount: int) -> None:
    _, sale = refund(*charged(), Wanted(amount=amount, payments=(("card", amount),)), "refund-1", NOON)
    assert [one.amount for one in sale.pending] == [amount]


@pytest.mark.parametrize("wanted", [Wanted(amount=1), Wanted(lines=(WantedLine("mugs", 1),)), Wanted()])
def test_of_a_cancelled_order_everything_was_given_back(wanted: Wanted) -> None:
    order, sale = cancel(*charged(), "cancel-1", "", NOON)
    why = refusal(lambda: refund(order, answered(sale), wanted, "refund-1", NOON))
    assert why == refused("This order is cancelled: everything was given back.", "order")


def test_lines_of_an_order_that_was_cancelled_without_refunds_are_not_given_back_only_money_is() -> None:
    order, sale = cancel(*charged(), "cancel-1", "", NOON, refunds=False)
    sale = answered(sale)
    why = refusal(lambda: refund(order, sale, Wanted(lines=(WantedLine("mugs", 1),)), "refund-1", NOON))
    assert why == refused("This order is cancelled: everything was given back.", "order")
    assert refund(order, sale, Wanted(amount=1), "refund-1", NOON)[1].pending[0].amount == 1


def test_a_payment_is_refunded_when_its_order_is_paid_or_cancelled() -> None:
    order, sale = sold()
    why = refusal(lambda: of_payment(order, sale, "card", None))
    assert why == Problem("not_paid", "This order is neither paid nor cancelled.", "order")


def test_a_payment_gives_back_what_it_took_and_no_more() -> None:
    order, sale = charged()
    too_much = invalid("Of this payment, 295.57 CAD can be refunded.", "amount")
    assert refusal(lambda: of_payment(order, sale, "card", 0)) == too_much
    assert refusal(lambda: of_payment(order, sale, "card", 29_558)) == too_much
    assert of_payment(order, sale, "card", 1) == Wanted(amount=1, payments=(("card", 1),))
    assert of_payment(order, sale, "card", 29_557) == of_payment(order, sale, "card", None)
    order, back = refund(order, sale, Wanted(), "refund-1", NOON)
    why = refusal(lambda: of_payment(order, answered(back), "card", None))
    assert why == refused("Nothing of this payment can be refunded.", "amount")


# Cancelling and sending


def test_an_order_is_not_cancelled_twice_or_once_goods_were_sent() -> None:
    order, sale = charged()
    sent = fulfil(order, sale, (("mugs", 1),), Tracking(), "parcel-1", NOON)
    why = refusal(lambda: cancel(*sent, "cancel-1", "", NOON))
    assert why == refused("Goods of this order were sent already: refund it instead.", "order")
    cancelled = cancel(order, sale, "cancel-1", "", NOON)
    why = refusal(lambda: cancel(*cancelled, "cancel-2", "", NOON))
    assert why == refused("This order is cancelled already.", "order")


def test_an_order_is_not_cancelled_while_a_payment_is_being_answered() -> None:
    order, sale = sold()
    why = refusal(lambda: cancel(order, charging.charge(sale, NOON), "cancel-1", "", NOON))
    message = "A payment of this order is still being answered. Try again in a moment."
    assert why == Problem("order_locked", message, "order")


def test_goods_are_sent_when_their_money_is_certain() -> None:
    order, sale = sold(BREWER, payments=(a_card("card", 26_200),))
    why = refusal(lambda: parcel(replace(order, status=OrderStatus.CANCELLED), sale, ()))
    assert why == refused("This order is cancelled.", "order")
    failed = sale.to_charge(ChargeState.FAILED, "Expired.")
    why = refusal(lambda: parcel(order, failed, ()))
    assert why == Problem("payment_failed", "The payment of this order failed: Expired.", "charge")
    agreed = replace(order, agreement=an_agreed_order().agreement)
    why = refusal(lambda: parcel(agreed, sale, ()))
    assert why == Problem("not_paid", "This order is not paid yet.", "charge")


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ((("nothing", 1),), invalid("There is no line item with this key.", "lines.0.key")),
        ((("mugs", 0),), invalid("Of this line, 3 can be sent.", "lines.0.quantity")),
        ((("mugs", 2), ("mugs", 2)), invalid("Of this line, 3 can be sent.", "lines.1.quantity")),
    ],
)
def test_what_cannot_be_sent_is_said(lines: tuple[tuple[str, int], ...], why: Problem) -> None:
    order, sale = charged()
    assert refusal(lambda: parcel(order, sale, lines)) == why


def test_what_was_sent_is_not_sent_again() -> None:
    order, sale = charged()
    order, sale = fulfil(order, sale, parcel(order, sale, ()), Tracking(), "parcel-1", NOON)
    assert refusal(lambda: parcel(order, sale, ())) == refused("Nothing of this order is left to be sent.", "lines")
