"""Cancelling: all money goes back or is never taken, all that was sold is for sale again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.builders import NOON, a_basket, an_agreed_order
from tests.unit.after_sales import BREWER, a_card, a_gift, answered, charged, sold, stock_of
from till.domain import charging
from till.domain.adjusting import adjustments
from till.domain.cancelling import cancel
from till.domain.errors import Locked, Refused
from till.domain.fulfilling import fulfil
from till.domain.order import Order, OrderStatus
from till.domain.refunding import Wanted, WantedLine, refund
from till.domain.sale import ChargeState, Refund, Sale, Tracking
from till.domain.shop import CaptureMode
from till.domain.transaction import Transaction, TransactionKind, TransactionState

ONE_MUG = WantedLine("mugs", 1)


def cancelled(order: Order, sale: Sale) -> tuple[Order, Sale]:
    """When all is carried out."""
    order, sale = cancel(order, sale, "cancel-1", "", NOON)
    return order, answered(sale)


def asked(sale: Sale) -> list[tuple[TransactionKind, str, int]]:
    return [(one.kind, one.payment_id, one.amount) for one in sale.transactions if one.operation == "cancel-1"]


def assert_nothing_is_left(order: Order, sale: Sale) -> None:
    assert order.status is OrderStatus.CANCELLED
    assert all(sale.refundable(one) == sale.uncaptured(one) == 0 for one in sale.payments)
    assert order.total + sum(one.amount for one in adjustments(order.total, sale)) == 0
    assert all(allocated == 0 for _, allocated, _ in stock_of(sale).values())


def test_what_is_not_captured_is_voided() -> None:
    order, sale = cancelled(*sold())
    assert asked(sale) == [(TransactionKind.VOID, "card", order.total)]
    assert (sale.charge, sale.refunds) == (ChargeState.VOIDED, ())
    assert stock_of(sale) == {"BREWER": (1, 0, 1), "MUG": (3, 0, 3)}
    assert_nothing_is_left(order, sale)


def test_what_is_captured_is_refunded() -> None:
    order, sale = cancelled(*charged())
    assert asked(sale) == [(TransactionKind.REFUND, "card", order.total)]
    assert (sale.charge, sale.refunds[0].amount) == (ChargeState.CAPTURED, order.total)
    assert_nothing_is_left(order, sale)


def test_of_what_is_captured_in_part_that_part_is_refunded_and_the_rest_given_up() -> None:
    order, sale = sold(mode=CaptureMode.ON_REQUEST)
    sale = answered(charging.capture(sale, "capture-1", 1000, NOON))
    order, sale = cancelled(order, sale)
    assert asked(sale) == [
        (TransactionKind.REFUND, "card", 1000),
        (TransactionKind.WAIVE, "card", order.total - 1000),
    ]
    assert_nothing_is_left(order, sale)
    with pytest.raises(Refused):
        charging.capture(sale, "capture-2", None, NOON)


def test_each_payment_is_given_back_in_its_own_way() -> None:
    payments = (a_gift(4000), a_card("first", 12200), a_card("second", 10000))
    order, sale = sold(BREWER, payments=payments, mode=CaptureMode.ON_REQUEST)
    sale = answered(charging.capture(sale, "capture-1", 12200, NOON))
    order, sale = cancelled(order, sale)
    assert asked(sale) == [
        (TransactionKind.REFUND, "gift", 4000),
        (TransactionKind.REFUND, "first", 12200),
        (TransactionKind.VOID, "second", 10000),
    ]
    assert_nothing_is_left(order, sale)


def test_what_was_given_back_before_is_not_given_back_again() -> None:
    order, sale = charged()
    wanted = Wanted(lines=(replace(ONE_MUG, restock=True),))
    order, sale = refund(order, sale, wanted, "refund-1", NOON)
    order, sale = cancelled(order, answered(sale))
    assert asked(sale)[0][2] == order.total - sale.refunds[0].amount
    assert stock_of(sale) == {"BREWER": (1, 0, 1), "MUG": (3, 0, 3)}
    assert_nothing_is_left(order, sale)


def test_units_that_were_written_off_do_not_come_back() -> None:
    order, sale = refund(*charged(), Wanted(lines=(ONE_MUG,)), "refund-1", NOON)
    order, sale = cancelled(order, answered(sale))
    assert stock_of(sale)["MUG"] == (2, 0, 2)
    assert_nothing_is_left(order, sale)


def test_units_whose_refund_failed_do() -> None:
    order, sale = refund(*charged(), Wanted(lines=(ONE_MUG,)), "refund-1", NOON)
    order, sale = cancelled(order, answered(sale, yes=False))
    assert stock_of(sale)["MUG"] == (3, 0, 3)


def test_uses_of_codes_are_there_once_more() -> None:
    order, sale = charged()
    sale = replace(sale, allocated={**sale.allocated, "CODE#1": 1, "CODE#1#digest-of-john": 1})
    _, sale = cancelled(order, sale)
    assert stock_of(sale)["CODE#1"] == stock_of(sale)["CODE#1#digest-of-john"] == (1, 0, 1)


def test_what_till_did_not_sell_from_its_own_stock_stays_where_it_is() -> None:
    order, sale = charged()
    _, sale = cancelled(order, replace(sale, allocated={}))
    assert sale.stock_moves == ()


def test_while_a_payment_is_not_answered_nobody_knows_what_to_give_back() -> None:
    order, sale = sold()
    with pytest.raises(Locked):
        cancel(order, charging.charge(sale, NOON), "cancel-1", "", NOON)
    _, pending = refund(*charged(), Wanted(amount=100), "refund-1", NOON)
    with pytest.raises(Locked):
        cancel(order, pending, "cancel-1", "", NOON)


def test_a_failed_charge_is_given_up() -> None:
    order, sale = sold()
    sale = answered(charging.charge(sale, NOON), yes=False)
    assert sale.charge is ChargeState.FAILED
    order, sale = cancelled(order, sale)
    assert (sale.charge, asked(sale)[0][0]) == (ChargeState.VOIDED, TransactionKind.VOID)
    assert_nothing_is_left(order, sale)


def test_an_order_is_cancelled_once() -> None:
    order, sale = cancelled(*charged())
    with pytest.raises(Refused, match="cancelled already"):
        cancel(order, sale, "cancel-2", "", NOON)


def test_goods_that_were_sent_cannot_be_cancelled() -> None:
    order, sale = charged()
    order, sale = fulfil(order, sale, (("mugs", 1),), Tracking(), "parcel", NOON)
    with pytest.raises(Refused, match="refund it instead"):
        cancel(order, sale, "cancel-1", "", NOON)


def test_an_order_for_nothing_is_cancelled_without_any_payment() -> None:
    order, sale = cancelled(*charged(basket=a_basket(lines=(replace(BREWER, unit_price=0),), shipping=None)))
    assert (sale.transactions, sale.refunds, sale.charge) == ((), (), ChargeState.CAPTURED)
    assert_nothing_is_left(order, sale)


def test_a_cancellation_says_when_and_why() -> None:
    order, sale = charged()
    order = replace(order, agreement=an_agreed_order().agreement)
    order, sale = cancel(order, sale, "cancel-1", "Changed their mind.", NOON + 60)
    assert sale.refunds == (Refund("cancel-1", NOON + 60, order.total, reason="Changed their mind."),)
    kind = TransactionKind.REFUND
    assert sale.pending == (Transaction("cancel-1:card", "cancel-1", kind, "card", order.total, NOON + 60),)
    assert sale.stock_moves[0].operation == "cancel-1:goods"
    assert order.updated_at == NOON + 60


def test_what_a_cancellation_gives_up_is_named_after_it() -> None:
    order, sale = sold(payments=(a_card("first", 10_000), a_card("second", 19_557)), mode=CaptureMode.ON_REQUEST)
    sale = answered(charging.capture(sale, "capture-1", 4000, NOON))
    _, sale = cancel(order, sale, "cancel-1", "", NOON + 60)
    waived, void = TransactionKind.WAIVE, TransactionKind.VOID
    second = Transaction("cancel-1:second:waived", "cancel-1", void, "second", 19_557, NOON + 60)
    first = Transaction("cancel-1:first:waived", "cancel-1", waived, "first", 6000, NOON + 60)
    assert sale.transactions[2:] == (second, first.to(TransactionState.SUCCEEDED))
