"""A sale: what is known of an order's money and goods after it was placed, and what is written down of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.builders import NOON, a_line, a_payment, a_sale
from tests.unit.after_sales import a_card, a_gift, answered, charged, refusal, sold
from till.domain import charging
from till.domain.adjusting import Adjustment, AdjustmentKind, adjustments
from till.domain.errors import Problem
from till.domain.event import Event, TimelineEntry
from till.domain.fulfilling import fulfil
from till.domain.refunding import Wanted, WantedLine, line_value, refund
from till.domain.sale import ChargeState, Fulfilment, Refund, RefundLine, Sale, Tracking
from till.domain.shop import CaptureMode
from till.domain.stock import MoveKind, StockMove
from till.domain.transaction import MOST_TRIES, Transaction, TransactionKind, TransactionState

ORDER = a_sale().order_id
FIRST, SECOND = a_payment(id="first", amount=10_000), a_payment(id="second", amount=16_200)
DAY = 86_400


def unpaid() -> Sale:
    return a_sale(payments=(FIRST, SECOND))


def one(kind: TransactionKind, amount: int, state: str = "succeeded", **changes: Any) -> Transaction:
    """Of the first payment."""
    made = Transaction(f"{kind}-{amount}", "by-hand", kind, "first", amount, NOON, TransactionState(state))
    return replace(made, **changes)


# What was taken, and what is left of it


def test_what_is_being_captured_is_neither_taken_yet_nor_left_to_capture() -> None:
    sale = unpaid().with_new([one(TransactionKind.CAPTURE, 4000, "pending")])
    assert (sale.captured(FIRST), sale.uncaptured(FIRST)) == (0, 6000)
    assert (sale.authorized, sale.asked(TransactionKind.CAPTURE), sale.asked(TransactionKind.VOID)) == (26_200, 4000, 0)
    sale = answered(sale)
    assert (sale.captured(FIRST), sale.uncaptured(FIRST), sale.authorized) == (4000, 6000, 22_200)


def test_a_capture_that_failed_leaves_all_that_there_was() -> None:
    sale = unpaid().with_new([one(TransactionKind.CAPTURE, 4000, "failed")])
    assert (sale.captured(FIRST), sale.uncaptured(FIRST)) == (0, 10_000)


def test_what_is_waived_is_not_left_to_capture() -> None:
    sale = unpaid().with_new([one(TransactionKind.WAIVE, 4000)])
    assert (sale.uncaptured(FIRST), sale.uncaptured(SECOND)) == (6000, 16_200)


def test_a_gateway_that_took_more_than_was_authorized_leaves_nothing() -> None:
    sale = unpaid().with_new([one(TransactionKind.CAPTURE, 10_001)])
    assert sale.uncaptured(FIRST) == 0


def test_of_an_authorization_that_is_voided_or_was_captured_for_the_last_time_nothing_is_left() -> None:
    for closing in (
        one(TransactionKind.VOID, 10_000),
        one(TransactionKind.VOID, 10_000, "pending"),
        one(TransactionKind.CAPTURE, 1, is_last=True),
        one(TransactionKind.AUTHORIZE, 10_000, "pending"),
        one(TransactionKind.AUTHORIZE, 10_000, "failed"),
    ):
        sale = unpaid().with_new([closing])
        assert (sale.uncaptured(FIRST), sale.uncaptured(SECOND)) == (0, 16_200)


def test_an_authorization_whose_void_failed_can_still_be_captured() -> None:
    for harmless in (
        one(TransactionKind.VOID, 10_000, "failed"),
        one(TransactionKind.CAPTURE, 1, "failed", is_last=True),
        one(TransactionKind.AUTHORIZE, 10_000),
    ):
        assert unpaid().with_new([harmless]).uncaptured(FIRST) == 10_000


def test_a_refund_under_way_is_not_given_back_yet_but_cannot_be_given_back_again() -> None:
    sale = unpaid().with_new([one(TransactionKind.CAPTURE, 10_000), one(TransactionKind.REFUND, 4000, "pending")])
    assert (sale.refunded(FIRST), sale.refunded(FIRST, pending=True), sale.refundable(FIRST)) == (0, 4000, 6000)
    sale = answered(sale)
    assert (sale.refunded(FIRST), sale.refundable(FIRST), sale.total_refunded) == (4000, 6000, 4000)


def test_a_refund_that_bounced_can_be_given_back_once_more() -> None:
    sale = unpaid().with_new(
        [
            one(TransactionKind.CAPTURE, 10_000),
            one(TransactionKind.REFUND, 4000),
            one(TransactionKind.BOUNCE, 4000),
        ]
    )
    assert (sale.refundable(FIRST), sale.total_refunded) == (10_000, 0)


def test_a_gift_card_was_taken_when_the_order_was_placed() -> None:
    sale = a_sale(payments=(a_gift(4000), SECOND))
    assert (sale.captured(sale.payments[0]), sale.uncaptured(sale.payments[0]), sale.total_captured) == (4000, 0, 4000)
    assert sale.total_expected == 20_200


def test_of_an_agreed_order_the_balance_is_what_nobody_paid_or_promised() -> None:
    sale = a_sale(payments=(FIRST,), total=26_200)
    assert (sale.owed, sale.balance, sale.total_expected) == (26_200, 16_200, 26_200)
    sale = answered(charging.capture(sale, "capture-1", 4000, NOON))
    assert (sale.owed, sale.authorized, sale.balance) == (22_200, 6000, 16_200)
    voided = replace(sale, charge=ChargeState.VOIDED)
    assert voided.total_expected == 10_000


def test_what_a_refund_waived_of_an_agreed_order_is_owed_no_more_and_what_was_voided_by_hand_still_is() -> None:
    sale = replace(a_sale(payments=(FIRST,), total=26_200), refunds=(Refund("refund-1", NOON, 3000),))
    for kind in (TransactionKind.WAIVE, TransactionKind.VOID):
        assert sale.with_new([one(kind, 3000, operation="refund-1")]).owed == 23_200
        assert sale.with_new([one(kind, 3000, "failed", operation="refund-1")]).owed == 26_200
        assert sale.with_new([one(kind, 3000)]).owed == 26_200
    assert sale.with_new([one(TransactionKind.REFUND, 3000, operation="refund-1")]).owed == 26_200
    assert sale.with_new([one(TransactionKind.WAIVE, 30_000, operation="refund-1")]).owed == 0


# Who must look, and what is over


def test_somebody_must_look_at_a_charge_that_failed() -> None:
    assert not unpaid().needs_help
    assert unpaid().to_charge(ChargeState.FAILED, "Expired.").needs_help


def test_somebody_must_look_at_what_nobody_answers() -> None:
    asked = one(TransactionKind.CAPTURE, 100, "pending", tries=MOST_TRIES - 1)
    assert not unpaid().with_new([asked]).needs_help
    assert unpaid().with_new([replace(asked, tries=MOST_TRIES)]).needs_help
    assert not unpaid().with_new([replace(asked, tries=MOST_TRIES, state=TransactionState.SUCCEEDED)]).needs_help


def test_somebody_must_look_at_a_void_that_was_refused_until_the_capture_by_hand_is_known() -> None:
    sale = unpaid().with_new([one(TransactionKind.VOID, 10_000, "failed")])
    assert sale.needs_help
    assert not sale.with_new([one(TransactionKind.CAPTURE, 10_000)]).needs_help
    assert not unpaid().with_new([one(TransactionKind.VOID, 10_000)]).needs_help
    assert not unpaid().with_new([one(TransactionKind.CAPTURE, 10_000, "failed")]).needs_help


def test_an_agreed_order_is_forsaken_when_nothing_of_it_is_paid_promised_or_asked_for() -> None:
    agreed = a_sale(payments=(), total=26_200)
    assert agreed.is_forsaken
    assert not replace(agreed, total=0).is_forsaken
    assert not replace(agreed, charge=ChargeState.VOIDED).is_forsaken
    assert not replace(agreed, payments=(FIRST,)).is_forsaken
    assert not replace(agreed, payments=(a_gift(100),)).is_forsaken
    given_up = replace(agreed, payments=(FIRST,)).with_new([one(TransactionKind.VOID, 10_000)])
    assert given_up.is_forsaken
    assert not given_up.with_new([one(TransactionKind.REFUND, 1, "pending")]).is_forsaken


def test_a_sale_is_settled_when_everything_is_answered_and_every_unit_moved() -> None:
    assert unpaid().is_settled
    assert not unpaid().with_new([one(TransactionKind.CAPTURE, 100, "pending")]).is_settled
    moving = unpaid().with_move(StockMove("parcel-1", MoveKind.SHIP, {"MUG": 1}))
    assert not moving.is_settled
    assert moving.with_move(replace(moving.due_moves[0], is_done=True)).is_settled


def test_money_grows_old_from_when_it_was_authorized() -> None:
    sale = unpaid()
    assert sale.age(NOON + DAY) == DAY
    assert replace(sale, authorized_at=NOON + 10).age(NOON + DAY) == DAY - 10
    assert sale.age(NOON + DAY, lasting=["sandbox-1"]) == 0
    assert sale.age(NOON + DAY, lasting=["elsewhere"]) == DAY
    later = sale.with_new([one(TransactionKind.AUTHORIZE, 10_000, at=NOON + 100)])
    assert later.age(NOON + DAY) == DAY
    voided = later.with_new([one(TransactionKind.VOID, 16_200, payment_id="second")])
    assert voided.age(NOON + DAY) == DAY - 100


# Refunds


def a_refund(*states: str) -> tuple[Sale, Refund]:
    done = Refund("refund-1", NOON, 100, (RefundLine("mugs", 2, unsent=1),))
    parts = [
        one(TransactionKind.REFUND, 100, state, id=f"r{number}", operation="refund-1")
        for number, state in enumerate(states)
    ]
    other = one(TransactionKind.REFUND, 1, "failed", operation="refund-2")
    return replace(unpaid().with_new([*parts, other]), refunds=(done,)), done


def test_a_refund_is_done_when_all_of_it_is() -> None:
    for states, expected in (
        (("succeeded", "succeeded"), "succeeded"),
        (("succeeded", "failed"), "failed"),
        (("failed", "pending"), "pending"),
        ((), "succeeded"),
    ):
        sale, refund = a_refund(*states)
        assert sale.state(refund) == expected


def test_a_refund_that_failed_in_whole_is_as_if_it_had_never_been() -> None:
    for states, expected in (
        (("succeeded", "failed"), True),
        (("pending",), True),
        (("failed", "failed"), False),
        ((), True),
    ):
        sale, refund = a_refund(*states)
        assert sale.counts(refund) is expected
        assert bool(sale.returned("mugs")) is expected
        assert sale.returned("brewer") == ()


def test_goods_move_when_the_refunds_money_did_and_never_where_it_failed() -> None:
    for states, moves in ((("pending",), 0), (("failed",), 0), (("succeeded",), 1), (("succeeded", "failed"), 1)):
        sale, _ = a_refund(*states)
        sale = sale.with_move(StockMove("refund-1", MoveKind.RESTOCK, {"MUG": 1}))
        assert len(sale.due_moves) == moves
        shipped = sale.with_move(StockMove("parcel-1", MoveKind.SHIP, {"MUG": 1}))
        assert len(shipped.due_moves) == moves + 1


# Goods


def test_units_are_left_to_be_sent_that_were_neither_sent_nor_given_back_before() -> None:
    mugs, brewer = a_line(key="mugs", quantity=5), a_line(key="brewer")
    sale, _ = a_refund("succeeded")
    assert not sale.is_sent([])
    parcels = (Fulfilment("p1", NOON, (("mugs", 1), ("brewer", 1))), Fulfilment("p2", NOON, (("mugs", 2),)))
    sale = replace(sale, fulfilments=parcels)
    assert (sale.sent("mugs"), sale.sent("brewer"), sale.sent("nothing")) == (3, 1, 0)
    assert (sale.to_send(mugs), sale.to_send(brewer)) == (1, 0)
    assert not sale.is_sent([mugs, brewer])
    assert sale.is_sent([replace(mugs, quantity=4), brewer])


def test_a_move_is_in_the_place_of_the_one_with_its_id() -> None:
    first, second = StockMove("p1", MoveKind.SHIP, {"MUG": 1}), StockMove("p1", MoveKind.RESTOCK, {"MUG": 1})
    sale = unpaid().with_move(first).with_move(second)
    done = replace(second, is_done=True)
    assert sale.with_move(done).stock_moves == (first, done)


# The history


def test_the_history_and_the_events_go_on_where_they_were() -> None:
    sale = unpaid().noted(1000, "capture", "declined", code="card_declined").noted(2000, "capture", "done")
    assert sale.timeline == (
        TimelineEntry(1000, "capture", "declined", detail={"code": "card_declined"}),
        TimelineEntry(2000, "capture", "done"),
    )
    sale, event = sale.with_event("order.captured", NOON, amount=100)
    assert event == Event(f"{ORDER}-2", "order.captured", "acme", ORDER, 2, NOON, {"amount": 100})
    sale, event = sale.with_event("order.refunded", NOON)
    assert (sale.events, event.sequence, event.id) == (3, 3, f"{ORDER}-3")


def test_a_problem_of_the_charge_goes_with_its_next_state() -> None:
    failed = unpaid().to_charge(ChargeState.FAILED, "Expired.")
    assert failed.charge_problem == "Expired."
    assert failed.to_charge(ChargeState.FAILED, "Declined.").charge_problem == "Declined."
    assert failed.to_charge(ChargeState.PENDING).charge_problem == ""


# What the order came to in the end


def test_what_a_refund_gave_back_is_a_difference_with_its_reason_and_what_failed_of_it_is_not() -> None:
    refund = TransactionKind.REFUND
    sale = unpaid().with_new(
        [
            one(TransactionKind.CAPTURE, 10_000),
            one(refund, 100, operation="refund-1"),
            one(refund, 20, "pending", operation="refund-1"),
            one(refund, 3, "failed", operation="refund-1"),
            one(TransactionKind.WAIVE, 4000, payment_id="second", operation="refund-1"),
            one(refund, 7, operation="refund-2"),
            one(refund, 50, "failed", operation="refund-3"),
        ]
    )
    refunds = tuple(Refund(f"refund-{number}", NOON, 0, reason=f"reason {number}") for number in (1, 2, 3))
    assert adjustments(22_200, replace(sale, refunds=refunds)) == (
        Adjustment(AdjustmentKind.REFUND, -120, "refund-1", "reason 1"),
        Adjustment(AdjustmentKind.REFUND, -7, "refund-2", "reason 2"),
    )


def test_what_was_given_back_at_the_gateway_by_hand_or_bounced_is_a_difference_too() -> None:
    done = Refund("refund-1", NOON, 100)
    sale = unpaid().with_new(
        [
            one(TransactionKind.REFUND, 100, operation="refund-1"),
            one(TransactionKind.BOUNCE, 100, operation="bounce-1"),
            one(TransactionKind.REFUND, 20, operation="by-hand-1"),
            one(TransactionKind.CAPTURE, 10_000, operation="by-hand-2"),
        ]
    )
    assert adjustments(26_200, replace(sale, refunds=(done,))) == (
        Adjustment(AdjustmentKind.REFUND, -100, "refund-1"),
        Adjustment(AdjustmentKind.REFUND, 100, "bounce-1"),
        Adjustment(AdjustmentKind.REFUND, -20, "by-hand-1"),
    )


def test_what_will_never_be_taken_is_a_difference_to_the_cent() -> None:
    assert adjustments(26_200, unpaid()) == ()
    assert adjustments(26_201, unpaid()) == (Adjustment(AdjustmentKind.NOT_CAPTURED, -1),)


# What is written down of a refund


def test_a_refund_is_kept_with_its_goods_its_reason_and_what_is_asked_of_the_gateway() -> None:
    order, sale = charged()
    wanted = Wanted(lines=(WantedLine("mugs", 2, restock=True),), shipping=500, reason="Broken.")
    _, sale = refund(order, sale, wanted, "refund-1", NOON + 60)
    value = line_value(order, "mugs", 2)
    line = RefundLine("mugs", 2, restock=True, unsent=2, value=value)
    assert sale.refunds == (Refund("refund-1", NOON + 60, value + 500, (line,), 500, "Broken."),)
    asked = Transaction("refund-1:card", "refund-1", TransactionKind.REFUND, "card", value + 500, NOON + 60)
    assert sale.pending == (asked,)
    assert sale.stock_moves == (StockMove("refund-1", MoveKind.GIVE_BACK, {"MUG": 2}),)


def test_what_a_refund_gives_up_is_written_down_as_given_up() -> None:
    order, sale = sold(mode=CaptureMode.ON_FULFILMENT)
    _, sale = refund(order, sale, Wanted(lines=(WantedLine("mugs", 1),)), "refund-1", NOON + 60)
    waived = Transaction("refund-1:card:waived", "refund-1", TransactionKind.WAIVE, "card", 1119, NOON + 60)
    assert sale.transactions == (waived.to(TransactionState.SUCCEEDED),)


@pytest.mark.parametrize(("shipping", "value"), [(0, 1119), (500, 1619)])
def test_goods_that_were_never_sent_are_given_up_and_not_paid_back_from_what_was_captured_for_others(
    shipping: int, value: int
) -> None:
    order, sale = sold(mode=CaptureMode.ON_REQUEST)
    sale = answered(charging.capture(sale, "capture-1", 10_000, NOON))
    wanted = Wanted(lines=(WantedLine("mugs", 1),), shipping=shipping)
    _, sale = refund(order, sale, wanted, "refund-1", NOON)
    assert [(made.kind, made.amount) for made in sale.transactions[1:]] == [(TransactionKind.WAIVE, value)]


def test_what_was_taken_of_one_card_is_given_back_while_another_is_being_captured() -> None:
    cards = (a_card("first", 10_000), a_card("second", 19_557))
    order, sale = sold(payments=cards, mode=CaptureMode.ON_REQUEST)
    sale = answered(charging.capture(sale, "capture-1", None, NOON, payment_id="first"))
    sale = charging.capture(sale, "capture-2", None, NOON, payment_id="second")
    assert charging.is_asking(sale)
    _, after = refund(order, sale, Wanted(amount=10_000), "refund-1", NOON)
    assert [(made.payment_id, made.amount) for made in after.pending[1:]] == [("first", 10_000)]
    assert refusal(lambda: refund(order, sale, Wanted(amount=10_001), "refund-1", NOON)).code == "order_locked"


def test_of_units_that_were_sent_in_part_the_rest_is_taken_to_be_what_comes_back_first() -> None:
    order, sale = charged()
    order, sale = fulfil(order, sale, (("mugs", 2),), Tracking(), "parcel-1", NOON)
    _, after = refund(order, sale, Wanted(lines=(WantedLine("mugs", 3, restock=True),)), "refund-1", NOON)
    assert after.refunds[0].lines[0].unsent == 1
    assert after.stock_moves[1:] == (
        StockMove("refund-1", MoveKind.GIVE_BACK, {"MUG": 1}),
        StockMove("refund-1", MoveKind.RESTOCK, {"MUG": 2}),
    )
    for unsent, quantity in ((0, 2), (1, 2), (0, 1), (1, 1), (1, 3)):
        line = WantedLine("mugs", quantity, unsent=unsent)
        _, after = refund(order, sale, Wanted(lines=(line,)), "refund-1", NOON)
        assert after.refunds[0].lines[0].unsent == unsent


@pytest.mark.parametrize(("unsent", "quantity"), [(0, 3), (2, 3), (2, 2), (-1, 1)])
def test_more_units_than_were_sent_or_not_sent_do_not_come_back(unsent: int, quantity: int) -> None:
    order, sale = charged()
    order, sale = fulfil(order, sale, (("mugs", 2),), Tracking(), "parcel-1", NOON)
    line = WantedLine("mugs", quantity, unsent=unsent)
    why = refusal(lambda: refund(order, sale, Wanted(lines=(line,)), "refund-1", NOON))
    assert why == Problem("invalid", "Of this line, 1 were not sent.", "lines.0.unsent")
