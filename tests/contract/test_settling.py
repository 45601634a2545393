"""Charging a placed order: whatever breaks on the way, the gateway takes the money once, or says why it cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from moto import mock_aws

from tests.builders import NOON, a_payment, a_sale
from tests.contract.faults import Killed, killed_at
from tests.contract.placed_order import ORDER, PlacedOrder
from till.application.gateways import GatewayUnknownError
from till.application.settling import (
    CAPTURE_AFTER_SECONDS,
    DAY_SECONDS,
    EXPIRED,
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    NO_ANSWER,
    WARN_AFTER_SECONDS,
    Next,
    Settled,
)
from till.domain import fulfilling
from till.domain.errors import Conflict, Locked, Refused
from till.domain.payment import GIFT_CARD, Payment
from till.domain.sale import ChargeState, PushState
from till.domain.shop import CaptureMode
from till.domain.transaction import MOST_TRIES

DONE, FAILED = Settled(Next.DONE), Settled(Next.FAILED)
OLD_PAYMENT = a_sale().payments[0]


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    with mock_aws():
        yield


def a_card(token: str, name: str = "second", amount: int = 26200) -> Payment:
    return a_payment(id=f"payment-{name}", token=token, amount=amount, gateway_key=f"attempt:{name}")


def paid_with(token: str, **changes: Any) -> PlacedOrder:
    return PlacedOrder(payments=(replace(OLD_PAYMENT, token=token),), **changes)


def charged_once(till: PlacedOrder) -> bool:
    return (till.captures(), till.sale.charge, till.sale.pending) == ([26200], ChargeState.CAPTURED, ())


def silent(name: str) -> Callable[[str], None]:
    """No answer to calls of that name."""

    def hook(called: str) -> None:
        if called == name:
            raise GatewayUnknownError("The line is dead.")

    return hook


def once(name: str, act: Callable[[], object]) -> Callable[[str], None]:
    """Does something at the first call of that name."""
    calls = count()

    def hook(called: str) -> None:
        if called == name and next(calls) == 0:
            act()

    return hook


def die() -> None:
    raise Killed


def refuse(message: str) -> None:
    raise Refused(message, "payment")


def note(till: PlacedOrder) -> None:
    """Somebody else's change."""
    till.sales.save(till.sale.noted(0, "note", "made"))


# In the best of cases


def test_a_placed_order_is_charged_and_everybody_can_see_it() -> None:
    till = PlacedOrder()
    assert till.settle() == DONE
    assert charged_once(till)
    assert till.history() == [("capture", "succeeded")]
    assert dict(till.sale.timeline[0].detail) == {
        "payment": OLD_PAYMENT.id,
        "amount": "262.00",
        "currency": "CAD",
        "reference": till.sale.transactions[0].reference,
    }
    assert till.events() == ["order.charged"]


@pytest.mark.parametrize("payments", [(), (a_payment(type=GIFT_CARD, token="gift-1"),)], ids=["free", "gift card"])
def test_an_order_that_no_card_pays_asks_no_gateway(payments: tuple[Payment, ...]) -> None:
    till = PlacedOrder()
    till.sales.save(replace(till.sale, payments=payments, charge=ChargeState.CAPTURED))
    assert till.settle() == DONE
    assert till.gateways.calls == []


def test_an_execution_that_comes_again_after_months_changes_nothing() -> None:
    """Names of executions are unique for 90 days only: the sale is what remembers."""
    till = PlacedOrder()
    till.settle()
    before, calls = till.stored(), len(till.gateways.calls)
    till.pass_(days=91)
    assert till.settle() == DONE
    assert (till.stored(), len(till.gateways.calls)) == (before, calls)


# What breaks


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_function_that_is_killed_at_any_call_of_the_database_charges_once_when_it_runs_again(after: bool) -> None:
    for call in count():
        till = PlacedOrder()
        try:
            with killed_at(till.client, call, after=after):
                till.settle()
        except Killed:
            assert till.settle() == DONE
            assert charged_once(till)
            assert till.events() == ["order.charged"]
        else:
            assert call >= 3
            return
        finally:
            till.take_away()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_function_that_is_killed_at_the_gateway_charges_once_when_it_runs_again(when: str) -> None:
    till = PlacedOrder()
    setattr(till.gateways, when, once("capture", die))
    with pytest.raises(Killed):
        till.settle()
    assert till.settle() == DONE
    assert charged_once(till)


@pytest.mark.parametrize("token", ["tok_capture_timeout_after_success", "tok_capture_error_before"])
def test_a_capture_without_an_answer_is_asked_for_again_under_its_key(token: str) -> None:
    till = paid_with(token)
    assert till.settle() == Settled(Next.WAIT, FIRST_PAUSE_SECONDS)
    assert till.sale.charge is ChargeState.PENDING
    assert till.settle() == DONE
    assert charged_once(till)


def test_a_gateway_that_is_down_is_asked_for_hours_more_and_more_seldom_and_then_somebody_is_told_once() -> None:
    till = PlacedOrder()
    till.gateways.before = silent("capture")
    waited = []
    while (settled := till.settle()).next is Next.WAIT:
        waited.append(settled.seconds)
        till.pass_(seconds=settled.seconds)
    assert waited == sorted(waited)
    assert (waited[0], waited[-1]) == (FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)
    assert 8 * 3600 < sum(waited) < 16 * 3600
    assert settled == till.settle() == FAILED
    assert (till.sale.charge, till.sale.charge_problem) == (ChargeState.FAILED, NO_ANSWER)
    assert len(till.sale.pending) == 1, "it may have moved: unknown is not refused"
    assert till.events() == ["order.charge_failed"]
    assert till.history() == [("capture", "unknown")]


def test_what_nobody_answered_is_asked_for_again_under_the_same_key_when_the_merchant_says_so() -> None:
    till = PlacedOrder()
    till.gateways.after = silent("capture")
    while till.settle().next is Next.WAIT:
        pass
    till.after_sales.charge_again("acme", ORDER, "by-hand-1")
    assert till.sale.charge is ChargeState.PENDING
    till.gateways.after = lambda _: None
    assert till.settle() == DONE
    assert charged_once(till)


@pytest.mark.parametrize("when", ["before", "after"])
def test_two_settle_at_once_and_the_gateway_takes_the_money_once(when: str) -> None:
    till = PlacedOrder()
    setattr(till.gateways, when, once("capture", till.settle))
    assert till.settle() == DONE
    assert charged_once(till)
    assert till.events() == ["order.charged"]


def test_a_sale_that_others_change_meanwhile_is_read_again() -> None:
    till = PlacedOrder()
    till.gateways.after = once("capture", lambda: note(till))
    assert till.settle() == DONE
    assert charged_once(till)
    assert till.history() == [("note", "made"), ("capture", "succeeded")]


def test_a_sale_that_others_change_all_the_time_is_left_for_later() -> None:
    till = PlacedOrder()
    till.gateways.after = lambda _: note(till)
    with pytest.raises(Conflict):
        till.settle()
    till.gateways.after = lambda _: None
    assert till.settle() == DONE
    assert charged_once(till)


# What is refused


def test_a_capture_that_the_bank_refuses_fails_the_charge_with_its_words() -> None:
    till = paid_with("tok_capture_declined")
    assert till.settle() == FAILED
    assert till.sale.charge is ChargeState.FAILED
    assert till.sale.charge_problem == "The bank refused to pay. Ask the customer to pay another way."
    assert till.events() == ["order.charge_failed"]
    assert till.settle() == FAILED
    assert till.gateways.calls == ["capture"]


def test_of_two_payments_the_one_that_is_refused_is_charged_again_and_the_other_is_not() -> None:
    cards = (a_card("tok_capture_declined", "first", 10_000), a_card("tok_approve", "second", 16_200))
    till = PlacedOrder(payments=cards)
    assert till.settle() == FAILED
    assert till.captures() == [16_200]
    till.after_sales.charge_again("acme", ORDER, "by-hand-1")
    assert till.sale.charge is ChargeState.FAILED
    assert till.captures() == [16_200]
    assert till.gateways.calls == ["capture"] * 3
    assert till.events() == ["order.charge_failed", "order.charge_requested", "order.charge_failed"]


def test_one_payment_without_an_answer_keeps_no_other_from_being_charged() -> None:
    cards = (a_card("tok_capture_error_before", "first", 10_000), a_card("tok_approve", "second", 16_200))
    till = PlacedOrder(payments=cards)
    assert till.settle().next is Next.WAIT
    assert till.captures() == [16_200]
    assert till.settle() == DONE
    assert sorted(till.captures()) == [10_000, 16_200]


def test_a_function_whose_time_runs_out_at_a_silent_gateway_asks_the_others_first_when_it_runs_again() -> None:
    till = PlacedOrder(payments=(a_card("tok_approve", "first", 10_000), a_card("tok_approve", "second", 16_200)))

    def silent_then_out_of_time(_: str) -> None:
        if len(till.gateways.calls) == 1:
            raise GatewayUnknownError
        if len(till.gateways.calls) in (2, 4):
            raise Killed

    till.gateways.before = silent_then_out_of_time
    for _ in range(2):
        with pytest.raises(Killed):
            till.settle()
    assert till.captures() == [16_200]
    assert till.settle() == DONE
    assert sorted(till.captures()) == [10_000, 16_200]


def test_an_order_whose_execution_was_stopped_by_hand_is_charged_when_the_merchant_says_so() -> None:
    till = PlacedOrder()
    till.after_sales.charge_again("acme", ORDER, "by-hand-1")
    assert charged_once(till)
    assert till.events() == ["order.charge_requested", "order.charged"]


def test_money_that_is_taken_later_is_not_taken_by_charging_again() -> None:
    till = PlacedOrder(capture_mode=CaptureMode.ON_REQUEST)
    till.after_sales.charge_again("acme", ORDER, "by-hand-1")
    assert till.captures() == []


def test_a_charge_that_is_over_is_not_begun_again() -> None:
    till = PlacedOrder()
    till.settle()
    with pytest.raises(Refused, match="Nothing of this order is left to charge"):
        till.after_sales.charge_again("acme", ORDER, "by-hand-1")
    assert till.captures() == [26200]


def test_the_same_request_to_charge_again_is_one() -> None:
    till = paid_with("tok_capture_declined")
    till.settle()
    for _ in range(2):
        till.after_sales.charge_again("acme", ORDER, "by-hand-1")
    assert till.sale.charge_number == 2
    assert till.gateways.calls == ["capture"] * 2


def test_a_gateway_that_the_shop_has_no_more_fails_the_charge_at_once_and_takes_the_money_once_when_it_is_back() -> (
    None
):
    """It may have captured before it was removed: that it is gone is no answer."""
    till = paid_with("tok_capture_timeout_after_success")
    till.settle()
    shop = till.catalog.settings
    till.catalog.settings = replace(shop, gateways=())
    assert till.settle() == FAILED
    assert till.sale.charge_problem == "This payment gateway is not one of the shop's."
    assert len(till.sale.pending) == 1
    till.catalog.settings = shop
    till.after_sales.charge_again("acme", ORDER, "by-hand-1")
    assert charged_once(till)


def test_the_rest_of_a_charge_that_was_mended_by_hand_is_charged_under_a_new_key() -> None:
    till = PlacedOrder()
    till.gateways.before = once("capture", lambda: refuse("Not today."))
    assert till.settle() == FAILED
    till.after_sales.capture("acme", ORDER, "by-hand-1", 10_000)
    assert till.settle() == DONE
    assert sorted(till.captures()) == [10_000, 16_200]


# Beside a cancellation


def test_an_order_that_is_cancelled_while_it_is_charged_is_charged_and_refunded() -> None:
    till = PlacedOrder()
    till.gateways.before = once("capture", lambda: till.after_sales.cancel("acme", ORDER, "cancel-1", ""))
    assert till.settle() == DONE
    assert (till.captures(), till.refunds()) == ([26200], [26200])
    assert till.order.status == "cancelled"


def test_an_order_that_is_cancelled_before_it_is_charged_never_is() -> None:
    till = PlacedOrder()
    till.after_sales.cancel("acme", ORDER, "cancel-1", "")
    assert till.settle() == DONE
    assert till.sale.charge is ChargeState.VOIDED
    assert (till.captures(), till.ledger()[OLD_PAYMENT.gateway_key]) == ([], ("voided", 0))


def test_somebody_is_told_where_money_that_was_taken_by_hand_at_the_gateway_was_to_be_given_up() -> None:
    till = PlacedOrder(capture_mode=CaptureMode.ON_REQUEST)
    till.gateways.of(till.catalog.settings, "sandbox-1").capture(till.sale.payments[0].gateway_key, 26_200, "by hand")
    till.after_sales.cancel("acme", ORDER, "cancel-1", "")
    assert till.events() == ["order.cancelled", "order.void_failed"]
    assert till.settle() == FAILED
    assert till.sale.needs_help


def test_an_order_whose_capture_nobody_answers_is_not_cancelled_until_somebody_does() -> None:
    till = PlacedOrder()
    till.gateways.after = silent("capture")
    till.settle()
    with pytest.raises(Locked):
        till.after_sales.cancel("acme", ORDER, "cancel-1", "")
    till.gateways.after = lambda _: None
    till.after_sales.cancel("acme", ORDER, "cancel-1", "")
    assert (till.captures(), till.refunds()) == ([26200], [26200])


# When it is pushed


def test_a_push_comes_after_what_can_be_charged_and_waits_beside_what_cannot() -> None:
    till = PlacedOrder(push=PushState.PENDING, push_due_at=NOON, capture_mode=CaptureMode.ON_FULFILMENT)
    assert till.settle() == Settled(Next.PUSH)
    till.sales.save(replace(till.sale, push_due_at=NOON + 300))
    assert till.settle() == Settled(Next.WAIT, 300)
    till.sales.save(replace(till.sale, push_due_at=NOON + 30 * DAY_SECONDS))
    assert till.settle() == Settled(Next.WAIT, WARN_AFTER_SECONDS)
    till.sales.save(replace(till.sale, push=PushState.FAILED))
    assert till.settle() == Settled(Next.WAIT, WARN_AFTER_SECONDS)


# When it is charged


@pytest.mark.parametrize("mode", [CaptureMode.ON_FULFILMENT, CaptureMode.ON_REQUEST])
def test_money_that_is_taken_later_is_not_taken_by_itself(mode: CaptureMode) -> None:
    till = PlacedOrder(capture_mode=mode)
    assert till.settle() == Settled(Next.WAIT, WARN_AFTER_SECONDS)
    assert till.gateways.calls == []


def test_the_merchant_is_warned_once_before_an_authorization_expires_and_told_when_it_did() -> None:
    till = PlacedOrder(capture_mode=CaptureMode.ON_FULFILMENT)
    went = []
    while (settled := till.settle()).next is Next.WAIT:
        went.append((till.clock.seconds - NOON, till.events()))
        till.pass_(seconds=settled.seconds)
    warned = ["order.authorization_expiring"]
    assert went == [(0, []), (5 * DAY_SECONDS, warned), (6 * DAY_SECONDS, warned)]
    assert settled == FAILED
    assert (till.sale.charge, till.sale.charge_problem) == (ChargeState.FAILED, EXPIRED)
    assert till.events() == [*warned, "order.charge_failed"]
    assert till.history() == [("charge", "expires_soon"), ("charge", "expired")]
    assert till.captures() == []
    with pytest.raises(Refused, match="has expired"):
        fulfilling.parcel(till.order, till.sale, ())


def test_a_shop_can_have_it_captured_before_it_expires_and_needs_no_warning() -> None:
    till = PlacedOrder(capture_mode=CaptureMode.ON_FULFILMENT)
    till.set(capture_before_expiry=True)
    till.pass_(seconds=WARN_AFTER_SECONDS)
    assert till.settle() == Settled(Next.WAIT, DAY_SECONDS)
    assert till.events() == []
    till.pass_(seconds=CAPTURE_AFTER_SECONDS - WARN_AFTER_SECONDS)
    assert till.settle() == DONE
    assert charged_once(till)


def test_the_week_begins_when_the_money_was_authorized_not_when_the_order_was_placed() -> None:
    till = PlacedOrder(capture_mode=CaptureMode.ON_REQUEST, authorized_at=NOON - DAY_SECONDS)
    assert till.settle() == Settled(Next.WAIT, WARN_AFTER_SECONDS - DAY_SECONDS)


def test_an_authorization_that_lives_longer_is_looked_after_day_by_day_for_a_month_at_most() -> None:
    till = PlacedOrder(capture_mode=CaptureMode.ON_REQUEST)
    till.gateways.before = silent("query")
    till.pass_(days=8)
    assert till.settle().next is Next.WAIT
    days = 8
    while till.settle() == Settled(Next.WAIT, DAY_SECONDS):
        till.pass_(days=1)
        days += 1
    assert days == 31
    assert till.sale.charge is ChargeState.FAILED


def test_an_authorization_that_has_expired_unseen_is_told_as_such_when_it_is_captured() -> None:
    till = paid_with("tok_expired")
    assert till.settle() == FAILED
    assert till.sale.transactions[0].code == "authorization_expired"


def test_what_is_captured_by_hand_in_part_leaves_the_rest_to_be_captured() -> None:
    till = PlacedOrder(capture_mode=CaptureMode.ON_REQUEST)
    till.after_sales.capture("acme", ORDER, "part-1", 10_000)
    assert till.sale.charge is ChargeState.PENDING
    assert till.settle().next is Next.WAIT
    till.after_sales.capture("acme", ORDER, "part-2", None)
    assert (till.captures(), till.sale.charge) == ([10_000, 16_200], ChargeState.CAPTURED)
    assert till.settle() == DONE


def test_a_part_that_was_captured_by_hand_is_not_captured_again_by_the_charge() -> None:
    till = PlacedOrder()
    till.after_sales.capture("acme", ORDER, "part-1", 10_000)
    assert till.settle() == DONE
    assert sorted(till.captures()) == [10_000, 16_200]


def test_a_capture_by_hand_that_succeeds_after_one_that_failed_ends_the_failure() -> None:
    till = PlacedOrder(capture_mode=CaptureMode.ON_REQUEST)
    till.gateways.before = once("capture", lambda: refuse("Not today."))
    with pytest.raises(Refused, match="Not today"):
        till.after_sales.capture("acme", ORDER, "part-1", 10_000)
    assert till.sale.charge is ChargeState.FAILED
    till.after_sales.capture("acme", ORDER, "part-2", 10_000)
    assert (till.sale.charge, till.sale.charge_problem) == (ChargeState.PENDING, "")


def test_a_gateway_that_captures_only_once_gives_up_what_the_capture_leaves() -> None:
    till = PlacedOrder(capture_mode=CaptureMode.ON_REQUEST)
    till.gateways.captures_in_parts = False
    till.after_sales.capture("acme", ORDER, "part-1", 10_000)
    assert (till.captures(), till.sale.charge) == ([10_000], ChargeState.CAPTURED)


# Refunds that nobody answers


def test_a_refund_of_a_failed_charge_is_still_asked_for_again() -> None:
    cards = (
        a_card("tok_capture_declined", "first", 10_000),
        a_card("tok_refund_timeout_after_success", "second", 16_200),
    )
    till = PlacedOrder(payments=cards)
    till.settle()
    till.after_sales.cancel("acme", ORDER, "cancel-1", "")
    assert till.settle() == DONE
    assert till.refunds() == [16_200]


def test_a_refund_that_nobody_answers_for_hours_needs_somebody_to_look() -> None:
    till = PlacedOrder()
    till.settle()
    till.gateways.before = silent("refund")
    till.after_sales.cancel("acme", ORDER, "cancel-1", "")
    tries = 1
    while till.settle().next is Next.WAIT:
        tries += 1
    assert tries == MOST_TRIES - 1
    assert till.events()[-1] == "order.refund_unanswered"
    assert till.sale.needs_help
    till.gateways.before = lambda _: None
    till.after_sales.charge_again("acme", ORDER, "by-hand-1")
    assert till.refunds() == [26200]
    assert till.settle() == DONE
