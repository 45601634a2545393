"""An agreed order is paid in parts: what is owed, what is promised and what is there never add up to more than it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOON, a_basket, a_line, a_payment, a_sale, a_shop, an_agreed_order, an_order
from tests.unit.after_sales import answered, stock_of
from till.application.authorizing import reference
from till.domain import charging
from till.domain.adjusting import adjustments
from till.domain.cancelling import cancel
from till.domain.errors import Invalid, Locked, NotFound, Refused
from till.domain.fulfilling import fulfil, parcel
from till.domain.order import Order, OrderStatus
from till.domain.payment import Payment
from till.domain.readiness import missing
from till.domain.refunding import Wanted, WantedLine, of_payment, refund
from till.domain.repaying import payable
from till.domain.sale import ChargeState, Sale, Tracking
from till.domain.shop import CaptureMode
from till.domain.transaction import Transaction, TransactionKind, TransactionState

TOTAL = 26200
DAY = 86_400


def a_part(name: str, amount: int, *, purchase: bool = False) -> Payment:
    return a_payment(id=name, amount=amount, gateway_key=f"key:{name}", is_purchase=purchase)


def placed(*payments: Payment) -> tuple[Order, Sale]:
    """An agreed order over 262.00, with what it was placed with."""
    order = an_agreed_order(status=OrderStatus.PLACED, placed_at=NOON, payments=payments)
    sale = a_sale(
        order_id=order.id,
        payments=payments,
        capture_mode=CaptureMode.ON_REQUEST,
        total=TOTAL,
        allocated=order.basket.quantities(),
    )
    return order, charging.purchase(sale, NOON)


def and_later(sale: Sale, payment: Payment, at: int = NOON) -> Sale:
    """One more payment, authorized."""
    came = Transaction(f"pay:{payment.id}", "pay", TransactionKind.AUTHORIZE, payment.id, payment.amount, at)
    done = came.to(TransactionState.SUCCEEDED)
    return charging.purchase(replace(sale.with_new([done]), payments=(*sale.payments, payment)), at)


def captured(sale: Sale, payment_id: str, amount: int | None = None) -> Sale:
    return answered(charging.capture(sale, f"capture-{len(sale.transactions)}", amount, NOON, payment_id=payment_id))


# What it needs


def test_an_agreed_order_lacks_nothing_but_a_payment() -> None:
    order = an_agreed_order(basket=a_basket(shipping=None, taxes=None, customer=None))
    assert [one.code for one in missing(order, a_shop())] == ["insufficient_payments"]
    assert missing(replace(order, payments=(a_part("first", 1),)), a_shop()) == ()


def test_an_agreed_order_for_nothing_is_ready_with_a_payment_of_nothing() -> None:
    free = an_agreed_order(basket=a_basket(lines=(a_line(unit_price=0),), shipping=None), payments=(a_part("no", 0),))
    assert free.total == 0
    assert missing(free, a_shop()) == ()


def test_the_gateway_is_told_the_merchants_order_number_else_the_orders_id() -> None:
    assert reference(an_order(), 7) == "7"
    agreed = an_agreed_order()
    assert reference(agreed, 7) == "PO-2025-7"
    assert agreed.agreement
    nameless = replace(agreed, agreement=replace(agreed.agreement, order_number=""))
    assert reference(nameless, 7) == "0197550c-39cd-0000-0000-000000000000"


# What is owed


def test_what_is_authorized_or_taken_is_owed_no_more() -> None:
    _, sale = placed(a_part("first", 10_000))
    assert (sale.balance, sale.authorized, sale.total_captured) == (16_200, 10_000, 0)
    sale = answered(and_later(sale, a_part("second", 16_000, purchase=True)))
    assert (sale.balance, sale.authorized, sale.total_captured) == (200, 10_000, 16_000)


def test_the_charge_is_captured_when_all_of_the_order_is() -> None:
    _, sale = placed(a_part("first", 10_000))
    sale = captured(sale, "first")
    assert sale.charge is ChargeState.PENDING
    sale = answered(and_later(sale, a_part("second", 16_200, purchase=True)))
    assert (sale.charge, sale.balance) == (ChargeState.CAPTURED, 0)


def test_a_purchase_is_asked_for_once() -> None:
    _, sale = placed(a_part("first", TOTAL, purchase=True))
    assert [(one.kind, one.amount) for one in sale.pending] == [(TransactionKind.CAPTURE, TOTAL)]
    assert charging.purchase(sale, NOON) == sale
    assert answered(sale).charge is ChargeState.CAPTURED


def test_a_purchase_that_is_refused_holds_no_money_and_is_owed_again() -> None:
    _, sale = placed(a_part("first", 10_000, purchase=True))
    asked = sale.pending[0]
    sale = charging.answered(sale, replace(asked.to(TransactionState.FAILED), message="No."))
    operation = f"{asked.id}:given-up"
    given_up = Transaction(f"{operation}:first", operation, TransactionKind.VOID, "first", 10_000, NOON)
    assert sale.pending == (given_up,)
    assert charging.answered(sale, given_up.to(TransactionState.FAILED)).pending == ()
    sale = answered(sale)
    assert (sale.charge, sale.balance) == (ChargeState.PENDING, TOTAL)
    assert not sale.needs_help


def test_a_purchase_that_is_refused_is_given_up_while_another_is_being_captured() -> None:
    _, sale = placed(a_part("first", 10_000, purchase=True), a_part("second", 16_200, purchase=True))
    sale = charging.answered(sale, sale.pending[0].to(TransactionState.FAILED))
    assert [(one.kind, one.payment_id) for one in sale.pending] == [
        (TransactionKind.CAPTURE, "second"),
        (TransactionKind.VOID, "first"),
    ]


def test_what_was_taken_of_a_purchase_by_hand_keeps_the_rest_authorized() -> None:
    _, sale = placed(a_part("first", 10_000, purchase=True))
    by_hand = replace(sale.pending[0], id="by-hand", amount=4000, state=TransactionState.SUCCEEDED)
    sale = sale.with_new([by_hand])
    sale = charging.answered(sale, sale.pending[0].to(TransactionState.FAILED))
    assert (sale.pending, sale.authorized) == ((), 6000)


def test_a_capture_by_request_that_is_refused_keeps_its_authorization_until_it_is_cancelled() -> None:
    _, sale = placed(a_part("first", 10_000))
    sale = answered(charging.capture(sale, "capture-1", None, NOON, payment_id="first"), yes=False)
    assert (sale.charge, sale.authorized) == (ChargeState.FAILED, 10_000)
    sale = answered(charging.void(sale, "void-1", "first", NOON))
    assert (sale.charge, sale.balance) == (ChargeState.PENDING, TOTAL)


def test_a_charge_that_is_begun_again_asks_only_for_the_part_that_was_refused() -> None:
    _, sale = placed(a_part("first", 10_000), a_part("second", 16_200))
    sale = answered(charging.capture(sale, "capture-1", None, NOON, payment_id="second"), yes=False)
    (asked,) = charging.again(sale, NOON + 60).pending
    assert (asked.payment_id, asked.amount, asked.at) == ("second", 16_200, NOON + 60)


def test_a_payment_that_is_cancelled_is_owed_again() -> None:
    _, sale = placed(a_part("first", 10_000), a_part("second", 16_200))
    sale = answered(charging.void(sale, "void-1", "first", NOON))
    assert (sale.balance, sale.authorized) == (10_000, 16_200)
    with pytest.raises(Refused, match="Nothing of this payment is left to cancel"):
        charging.void(sale, "void-2", "first", NOON)


def test_of_a_payment_that_is_captured_in_part_the_rest_can_be_cancelled() -> None:
    _, sale = placed(a_part("first", TOTAL))
    sale = charging.void(captured(sale, "first", 10_000), "void-1", "first", NOON)
    assert (sale.pending, sale.total_captured, sale.balance) == ((), 10_000, 16_200)


def test_goods_that_are_given_back_before_they_are_paid_are_owed_no_more() -> None:
    order, sale = placed(a_part("first", TOTAL))
    mug = WantedLine(order.basket.lines[0].key, 1)
    order, sale = refund(order, sale, Wanted(lines=(mug,), shipping=None), "refund-1", NOON)
    sale = answered(sale)
    assert (sale.balance, sale.charge) == (0, ChargeState.VOIDED)


def test_what_is_still_to_be_paid_is_no_difference_to_the_total_until_the_order_is_cancelled() -> None:
    order, sale = placed(a_part("first", 10_000))
    assert adjustments(TOTAL, sale) == ()
    order, sale = cancel(order, captured(sale, "first"), "cancel-1", "", NOON, refunds=False)
    assert [one.amount for one in adjustments(TOTAL, sale)] == [-16_200]


# One payment at a time


def test_each_payment_is_captured_by_itself() -> None:
    _, sale = placed(a_part("first", 10_000), a_part("second", 16_200))
    sale = charging.capture(sale, "capture-1", None, NOON, payment_id="second")
    assert [(one.payment_id, one.amount) for one in sale.pending] == [("second", 16_200)]
    sale = charging.capture(sale, "capture-2", None, NOON, payment_id="first")
    with pytest.raises(Locked):
        charging.capture(sale, "capture-3", None, NOON, payment_id="first")
    assert answered(sale).charge is ChargeState.CAPTURED


@pytest.mark.parametrize("amount", [10_001, TOTAL])
def test_no_more_is_captured_of_a_payment_than_it_has(amount: int) -> None:
    _, sale = placed(a_part("first", 10_000), a_part("second", 16_200))
    with pytest.raises(Refused, match=r"Only 100\.00 CAD are left to capture"):
        charging.capture(sale, "capture-1", amount, NOON, payment_id="first")


def test_a_payment_that_the_order_does_not_have_is_not_found() -> None:
    _, sale = placed(a_part("first", 10_000))
    with pytest.raises(NotFound):
        charging.capture(sale, "capture-1", None, NOON, payment_id="elsewhere")
    with pytest.raises(NotFound):
        charging.void(sale, "void-1", "elsewhere", NOON)


# The age of what is authorized


def test_only_what_is_authorized_grows_old() -> None:
    _, sale = placed(a_part("first", 10_000))
    assert sale.age(NOON + DAY) == DAY
    sale = captured(sale, "first")
    assert sale.age(NOON + DAY) == 0
    sale = and_later(sale, a_part("second", 100), at=NOON + 3 * DAY)
    assert sale.age(NOON + 4 * DAY) == DAY


# Sent, cancelled, given back


def test_goods_are_not_sent_before_all_of_the_order_is_paid() -> None:
    order, sale = placed(a_part("first", 10_000))
    for unpaid in (sale, captured(sale, "first")):
        with pytest.raises(Refused, match="not paid yet"):
            parcel(order, unpaid, ())
    paid = answered(and_later(captured(sale, "first"), a_part("second", 16_200, purchase=True)))
    order, paid = fulfil(order, paid, parcel(order, paid, ()), Tracking(), "parcel-1", NOON)
    assert order.status is OrderStatus.FULFILLED


def test_cancelling_without_refunds_gives_up_what_is_not_taken_and_keeps_the_rest_until_it_is_refunded() -> None:
    order, sale = placed(a_part("first", 10_000), a_part("second", 16_200))
    order, sale = cancel(order, captured(sale, "first"), "cancel-1", "", NOON, refunds=False)
    assert [(one.kind, one.payment_id) for one in sale.pending] == [(TransactionKind.VOID, "second")]
    sale = answered(sale)
    assert (order.status, sale.charge) == (OrderStatus.CANCELLED, ChargeState.VOIDED)
    assert (sale.total_captured, sale.authorized, sale.refunds) == (10_000, 0, ())
    assert all(allocated == 0 for _, allocated, _ in stock_of(sale).values())
    order, sale = refund(order, sale, of_payment(order, sale, "first", None), "refund-1", NOON)
    assert answered(sale).refunded(sale.payment("first")) == 10_000


def test_a_payment_is_refunded_when_the_order_is_paid_or_cancelled_and_never_by_more_than_it_took() -> None:
    order, sale = placed(a_part("first", 10_000), a_part("second", 16_200))
    sale = captured(sale, "first")
    with pytest.raises(Refused, match="neither paid nor cancelled"):
        of_payment(order, sale, "first", None)
    sale = captured(sale, "second")
    with pytest.raises(Invalid, match=r"Of this payment, 100\.00 CAD can be refunded"):
        of_payment(order, sale, "first", 10_001)
    for number, (asked, back) in enumerate([(4000, 4000), (None, 6000)]):
        order, sale = refund(order, sale, of_payment(order, sale, "first", asked), f"refund-{number}", NOON)
        assert sale.pending[0].amount == back
        sale = answered(sale)
    with pytest.raises(Refused, match="Nothing of this payment"):
        of_payment(order, sale, "first", None)
    assert (sale.charge, sale.total_captured, sale.balance) == (ChargeState.CAPTURED, TOTAL, 0)


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["pay", "buy", "capture", "void", "refund", "answer", "cancel"]),
            st.integers(1, TOTAL),
            st.booleans(),
        )
    )
)
def test_whatever_is_done_never_more_is_promised_than_the_order_comes_to(steps: list[tuple[str, int, bool]]) -> None:
    order, sale = placed(a_part("p0", 10_000))
    for number, (step, amount, yes) in enumerate(steps):
        target = sale.payments[amount % len(sale.payments)].id
        with suppress(Refused, Locked):
            if step in ("pay", "buy") and order.status is OrderStatus.PLACED and payable(sale) >= amount:
                sale = and_later(sale, a_part(f"p{number + 1}", amount, purchase=step == "buy"))
            elif step == "capture":
                sale = charging.capture(sale, f"capture-{number}", amount if yes else None, NOON, payment_id=target)
            elif step == "void":
                sale = charging.void(sale, f"void-{number}", target, NOON)
            elif step == "refund":
                order, sale = refund(order, sale, of_payment(order, sale, target, None), f"refund-{number}", NOON)
            elif step == "answer":
                sale = answered(sale, yes)
            elif step == "cancel":
                order, sale = cancel(order, sale, f"cancel-{number}", "", NOON, refunds=False)
        assert sale.total_captured + sale.authorized + sale.balance == TOTAL
        assert sum(sale.refunded(one, pending=True) for one in sale.payments) <= sale.total_captured
        if sale.charge is ChargeState.CAPTURED:
            assert (sale.owed, sale.authorized) == (0, 0)
