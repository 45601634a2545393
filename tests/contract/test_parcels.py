"""What a gateway refuses, or does not answer, while money is given back; and parcels that wait for their money."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from tests.builders import a_basket, a_line, a_payment, an_order
from tests.contract.faults import Killed
from tests.contract.placed_order import ORDER, PlacedOrder, as_port
from tests.contract.test_giving_back import (
    BREWER,
    CASES,
    KEY,
    PAID_BACK,
    SHIPPED,
    UNTOUCHED,
    an_order_with_a_gift_card_and_a_code,
    aws,
    cancel,
    fulfil,
    is_cancelled,
    is_paid_back,
    refund,
)
from tests.contract.test_settling import die, once, silent
from till.application.after_sales import AfterSales
from till.domain.errors import Conflict, Locked, Refused
from till.domain.order import Order, OrderStatus
from till.domain.refunding import Wanted
from till.domain.sale import ChargeState, Sale, Tracking
from till.domain.shop import CaptureMode
from till.domain.transaction import TransactionKind, TransactionState

__all__ = ["aws"]  # the fixture


class NobodySettles:
    """The port `Workflow` where payment functions are throttled."""

    def settle(self, sale: Sale) -> None:
        """Later."""


class ReadsTorn:
    """The port `Sales` of which two reads find the order as it was, and the sale as it is."""

    def __init__(self, till: PlacedOrder) -> None:
        self._sales, self._before = till.sales, [till.order] * 2

    def get(self, shop: str, order_id: str) -> tuple[Order, Sale]:
        order, sale = self._sales.get(shop, order_id)
        return (self._before.pop() if self._before else order), sale

    def __getattr__(self, name: str) -> object:
        return getattr(self._sales, name)


def parcels() -> PlacedOrder:
    """Three brewing systems for 766.00, to be paid as they are sent."""
    order = an_order(basket=a_basket(lines=(a_line(quantity=3),)))
    payment = a_payment(amount=order.total, gateway_key="attempt:card")
    return PlacedOrder(
        replace(order, payments=(payment,)),
        payments=(payment,),
        allocated={BREWER: 3},
        capture_mode=CaptureMode.ON_FULFILMENT,
    )


def send(till: PlacedOrder, units: int) -> None:
    key = f"parcel-{len(till.sale.fulfilments)}"
    till.after_sales.fulfil("acme", ORDER, key, (("line-1", units),), Tracking())


def refuse(name: str) -> Callable[[str], None]:
    def hook(called: str) -> None:
        if called == name:
            raise Refused("The bank did not take the money back.", "payment", "refund_declined")

    return hook


# What a gateway refuses


def test_a_refund_that_is_refused_in_whole_changes_nothing_and_can_be_asked_for_anew() -> None:
    till = PlacedOrder()
    till.settle()
    till.gateways.before = refuse("refund")
    with pytest.raises(Refused, match="The bank did not take the money back") as raised:
        refund(till)
    assert raised.value.problems[0].code == "refund_declined"
    with pytest.raises(Refused):
        refund(till)
    assert (till.sale.is_settled, till.level(BREWER).allocated) == (True, 1)
    assert till.events()[-1] == "order.refund_failed"
    till.gateways.before = lambda _: None
    refund(till, key="operation-2")
    assert (till.refunds(), till.level(BREWER)) == ([26200], UNTOUCHED)


def test_a_refund_that_is_refused_in_part_says_so_and_the_rest_can_go_elsewhere() -> None:
    till = CASES["refund"].order()
    till.gateways.before = refuse("refund")
    refund(till)
    (made,) = till.sale.refunds
    assert till.sale.state(made) is TransactionState.FAILED
    assert (till.movements("gift-1"), till.level(BREWER)) == (PAID_BACK, UNTOUCHED)
    till.gateways.before = lambda _: None
    refund(till, Wanted(amount=22200), "operation-2")
    assert till.refunds() == [22200]


def test_money_that_a_cancellation_could_not_give_back_is_refunded_later() -> None:
    till = CASES["refund"].order()
    till.gateways.before = refuse("refund")
    cancel(till)
    assert (till.order.status, till.level(BREWER)) == (OrderStatus.CANCELLED, UNTOUCHED)
    till.gateways.before = lambda _: None
    refund(till, Wanted(), "operation-2")
    assert till.refunds() == [22200]
    with pytest.raises(Refused, match="cancelled"):
        refund(till, Wanted(), "operation-3")


def test_goods_of_a_cancelled_order_are_for_sale_again_though_its_money_could_not_be_given_back() -> None:
    till = PlacedOrder()
    till.settle()
    till.gateways.before = refuse("refund")
    cancel(till)
    assert (till.refunds(), till.level(BREWER)) == ([], UNTOUCHED)


# Cancelling while money moves


def test_an_order_that_is_being_charged_is_cancelled_when_the_charge_is_answered() -> None:
    till = an_order_with_a_gift_card_and_a_code()
    till.gateways.after = silent("capture")
    till.settle()
    with pytest.raises(Locked):
        cancel(till)
    assert till.order.status is OrderStatus.PLACED
    till.gateways.after = lambda _: None
    cancel(till)
    is_paid_back(till)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_charge_and_a_cancellation_at_once_leave_no_money_behind(when: str) -> None:
    """The fulfilment workflow asks the gateway for the money; before its answer is in, the merchant cancels."""
    till = an_order_with_a_gift_card_and_a_code()
    setattr(till.gateways, when, once("capture", lambda: cancel(till)))
    with suppress(Conflict):
        till.settle()
    till.settle()
    is_cancelled(till)
    assert sum(till.captures()) == sum(till.refunds())


# Parcels


def test_parcels_of_a_gateway_that_captures_in_parts_are_paid_one_by_one() -> None:
    till = parcels()
    send(till, 1)
    assert till.captures() == [1000 + 25200]
    send(till, 1)
    send(till, 1)
    assert till.captures() == [26200, 25200, 25200]
    assert (till.order.status, till.sale.charge) == (OrderStatus.FULFILLED, ChargeState.CAPTURED)


def test_a_gateway_that_captures_once_takes_everything_with_the_first_parcel() -> None:
    till = parcels()
    till.gateways.captures_in_parts = False
    send(till, 1)
    assert (till.captures(), till.sale.charge) == ([76600], ChargeState.CAPTURED)
    send(till, 2)
    assert (till.captures(), till.order.status) == ([76600], OrderStatus.FULFILLED)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_capture_of_everything_that_is_not_answered_is_asked_again_for_the_same_amount(when: str) -> None:
    till = parcels()
    till.gateways.captures_in_parts = False
    setattr(till.gateways, when, silent("capture"))
    with pytest.raises(Locked):
        send(till, 1)
    assert till.sale.fulfilments == ()
    assert [one.amount for one in till.sale.pending] == [76600]
    setattr(till.gateways, when, lambda _: None)
    send(till, 1)
    assert (till.captures(), len(till.sale.fulfilments)) == ([76600], 1)


def test_goods_whose_money_is_not_to_be_had_stay_here() -> None:
    till = parcels()
    till.gateways.before = refuse("capture")
    with pytest.raises(Refused, match="The bank"):
        send(till, 1)
    with pytest.raises(Refused) as raised:
        till.after_sales.fulfil("acme", ORDER, "operation-2", (), Tracking())
    assert raised.value.problems[0].code == "payment_failed"
    assert (till.sale.fulfilments, till.level(BREWER).allocated) == ((), 3)


def test_goods_of_an_order_whose_charge_is_not_answered_wait_for_it() -> None:
    till = an_order_with_a_gift_card_and_a_code()
    till.gateways.before = silent("capture")
    with pytest.raises(Locked):
        fulfil(till)
    assert till.sale.fulfilments == ()


def test_goods_of_an_order_whose_charge_nobody_has_begun_wait_for_it() -> None:
    till = an_order_with_a_gift_card_and_a_code()
    till.after_sales = AfterSales(till.sales, as_port(NobodySettles()), till.clock)
    with pytest.raises(Locked):
        fulfil(till)
    assert till.sale.fulfilments == ()


def test_two_parcels_at_once_are_both_paid() -> None:
    till = parcels()
    others = (("line-1", 2),)
    till.gateways.after = once("capture", lambda: till.after_sales.fulfil("acme", ORDER, "b", others, Tracking()))
    with pytest.raises(Conflict, match="Another parcel"):
        till.after_sales.fulfil("acme", ORDER, "a", (("line-1", 1),), Tracking())
    assert sum(till.captures()) < 76600
    till.after_sales.fulfil("acme", ORDER, "a", (("line-1", 1),), Tracking())
    assert (till.order.status, sum(till.captures())) == (OrderStatus.FULFILLED, 76600)


def test_what_was_cancelled_while_it_was_read_is_not_sent() -> None:
    till = parcels()
    torn = ReadsTorn(till)
    till.after_sales.cancel("acme", ORDER, "cancel-1", "")
    till.after_sales = AfterSales(as_port(torn), as_port(NobodySettles()), till.clock)
    with pytest.raises(Refused, match="This order is cancelled"):
        send(till, 1)
    assert till.sale.fulfilments == ()


def test_where_money_is_taken_on_request_goods_do_not_wait_for_it() -> None:
    till = an_order_with_a_gift_card_and_a_code(CaptureMode.ON_REQUEST)
    fulfil(till)
    assert (till.captures(), till.order.status, till.level(BREWER)) == ([], OrderStatus.FULFILLED, SHIPPED)
    till.after_sales.capture("acme", ORDER, "operation-2", 22200)
    assert till.captures() == [22200]


def test_what_is_captured_already_need_not_be_captured() -> None:
    till = CASES["refund"].order()
    before = till.sale
    till.after_sales.capture("acme", ORDER, KEY, None)
    assert till.sale == before
    with pytest.raises(Refused):
        till.after_sales.capture("acme", ORDER, "operation-2", 1)


def test_a_capture_by_hand_is_made_once() -> None:
    till = an_order_with_a_gift_card_and_a_code(CaptureMode.ON_REQUEST)
    till.gateways.after = once("capture", die)
    with pytest.raises(Killed):
        till.after_sales.capture("acme", ORDER, KEY, 10_000)
    for _ in range(2):
        till.after_sales.capture("acme", ORDER, KEY, 10_000)
    assert (till.captures(), till.sale.charge) == ([10_000], ChargeState.PENDING)
    assert till.history()[:2] == [("capture", "requested"), ("capture", "succeeded")]
    assert [one.kind for one in till.sale.transactions] == [TransactionKind.CAPTURE]
