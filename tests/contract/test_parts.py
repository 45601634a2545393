"""A placed order is paid in parts, over a line that breaks and beside others who pay: never twice, never too much."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from moto import mock_aws

from tests.builders import a_payment, a_sale, an_agreed_order, an_order
from tests.contract.faults import Killed, interrupted_at, killed_at
from tests.contract.placed_order import ORDER, PlacedOrder
from tests.contract.test_settling import die
from till.application.ports import Repaid
from till.application.repaying import LOST_SECONDS, WAIT_SECONDS
from till.application.settling import LOOK_AFTER_SECONDS, Next
from till.domain.errors import Conflict, Invalid, Locked, Refused, TillError
from till.domain.payment import Payment, PaymentState
from till.domain.repaying import MOST_PARTS
from till.domain.sale import ChargeState
from till.domain.shop import CaptureMode, Gateway

TOTAL, FIRST = 26200, 10_000
REST = TOTAL - FIRST


class Till(PlacedOrder):
    """An agreed order over 262.00, of which 100.00 are authorized."""

    def __init__(self) -> None:
        order = an_agreed_order(id=ORDER, public_id=an_order().public_id)
        first = a_payment(amount=FIRST, gateway_key=a_sale().payments[0].gateway_key)
        super().__init__(order, payments=(first,), capture_mode=CaptureMode.ON_REQUEST, total=TOTAL)

    def pay(self, name: str = "second", amount: int = REST, token: str = "tok_approve", buy: bool = False) -> Repaid:  # noqa: S107  # the sandbox's tokens are no secrets
        return self.repaying.pay_part("acme", ORDER, a_part(name, amount, token, buy))

    def held(self) -> int:
        """What the gateway holds or took."""
        return sum(one.amount for one in self.gateways.ledger.of("acme#sandbox-1") if one.state == "authorized")


def a_part(name: str, amount: int, token: str, buy: bool) -> Payment:
    return a_payment(id=name, amount=amount, token=token, is_purchase=buy)


@pytest.fixture
def till() -> Iterator[Till]:
    with mock_aws():
        yield Till()


def test_a_part_is_authorized_and_its_money_left_until_it_is_asked_for(till: Till) -> None:
    assert till.pay().state is PaymentState.AUTHORIZED
    assert till.settle().next is Next.WAIT
    assert (till.sale.balance, till.sale.authorized, till.captures()) == (0, TOTAL, [])
    assert till.sale.charge is ChargeState.PENDING


def test_what_is_told_of_a_part_is_what_happened(till: Till) -> None:
    till.pay()
    till.after_sales.void("acme", ORDER, "void-1", "second")
    assert till.events() == ["order.payment_requested", "payment.authorized", "order.void_requested"]


def test_a_purchase_is_captured_at_once_and_the_rest_is_not(till: Till) -> None:
    till.pay(buy=True)
    till.settle()
    assert (till.captures(), till.sale.authorized) == ([REST], FIRST)
    till.after_sales.capture("acme", ORDER, "capture-1", None, a_payment().id)
    assert (sorted(till.captures()), till.sale.charge) == ([FIRST, REST], "captured")


def test_the_same_payment_sent_again_is_the_same_payment(till: Till) -> None:
    assert [till.pay(buy=True).state for _ in range(3)] == [PaymentState.AUTHORIZED] * 3
    till.settle()
    assert till.pay(buy=True).state is PaymentState.AUTHORIZED
    assert till.captures() == [REST]
    assert till.held() == TOTAL


def test_no_part_is_larger_than_what_is_left(till: Till) -> None:
    for amount in (0, -1, REST + 1):
        with pytest.raises(Invalid, match=r"Of this order, 162\.00 CAD are left to pay") as refused:
            till.pay(amount=amount)
        assert refused.value.problems[0].field == "amount"
    till.pay()
    with pytest.raises(Refused, match="Nothing of this order is left to pay"):
        till.pay("third", 1)
    assert till.held() == TOTAL


def test_nobody_pays_in_so_many_parts_that_the_order_cannot_be_cancelled(till: Till) -> None:
    for count in range(MOST_PARTS - 1):
        till.pay(f"part-{count}", amount=1)
    with pytest.raises(Refused, match="at most 50 parts"):
        till.pay("another", amount=1)
    till.after_sales.cancel("acme", ORDER, "cancel-1", "", refunds=False)
    assert (till.order.status, till.held()) == ("cancelled", 0)


def test_a_declined_part_is_owed_again_and_declined_as_often_as_it_is_sent(till: Till) -> None:
    for _ in range(2):
        declined = till.pay(token="tok_decline")
        assert (declined.state, declined.message) == (
            PaymentState.DECLINED,
            "Your card was declined. Try another card.",
        )
    assert till.sale.balance == REST
    assert till.pay("third").state is PaymentState.AUTHORIZED


def test_a_purchase_whose_money_is_refused_holds_none_and_can_be_paid_another_way(till: Till) -> None:
    till.pay(token="tok_capture_declined", buy=True)
    assert till.settle().next is Next.WAIT
    assert (till.held(), till.sale.balance, till.sale.charge) == (FIRST, REST, "pending")
    till.pay("third", buy=True)
    till.settle()
    assert till.captures() == [REST]


def test_a_shopper_whose_bank_asks_pays_when_back(till: Till) -> None:
    asked = till.pay(token="tok_requires_action", buy=True)
    assert asked.state is PaymentState.REQUIRES_ACTION
    assert asked.client_secret
    assert till.settle().next is Next.WAIT
    assert till.pay(token="tok_requires_action", buy=True).state is PaymentState.AUTHORIZED
    till.settle()
    assert till.captures() == [REST]


def test_another_card_takes_the_place_of_one_that_waits_for_the_bank(till: Till) -> None:
    till.pay(token="tok_requires_action")
    assert till.pay("third").state is PaymentState.AUTHORIZED
    assert till.pay(token="tok_requires_action").state is PaymentState.DECLINED
    assert (till.held(), till.sale.balance) == (TOTAL, 0)


def test_a_small_part_leaves_one_that_waits_for_the_bank_in_peace(till: Till) -> None:
    till.pay(amount=6200, token="tok_requires_action")
    till.pay("third", 10_000)
    assert till.pay(amount=6200, token="tok_requires_action").state is PaymentState.AUTHORIZED
    assert (till.held(), till.sale.balance) == (TOTAL, 0)


def test_while_a_part_is_not_answered_nobody_pays_it_a_second_time(till: Till) -> None:
    assert till.pay(token="tok_timeout_after_success").state is PaymentState.UNKNOWN
    with pytest.raises(Locked):
        till.pay("third")
    till.pass_(seconds=LOST_SECONDS)
    with pytest.raises(Refused, match="Nothing of this order is left to pay"):
        till.pay("third")
    assert (till.held(), till.sale.balance) == (TOTAL, 0)


def test_a_part_whose_function_was_killed_before_the_gateway_heard_is_given_up_and_another_pays(till: Till) -> None:
    till.gateways.before = lambda _: die()
    with pytest.raises(Killed):
        till.pay()
    till.gateways.before = lambda _: None
    with pytest.raises(Locked):
        till.pay("third")
    till.pass_(seconds=LOST_SECONDS)
    assert till.pay("third").state is PaymentState.AUTHORIZED
    assert till.held() == TOTAL


def test_a_part_that_nobody_goes_on_with_is_found_by_the_workflow(till: Till) -> None:
    till.pay(token="tok_timeout_after_success", buy=True)
    assert till.settle().seconds <= LOST_SECONDS
    till.pass_(seconds=LOST_SECONDS)
    till.settle()
    assert till.captures() == [REST]
    assert till.held() == TOTAL


def test_a_shopper_who_does_not_come_back_from_the_bank_holds_nothing(till: Till) -> None:
    till.pay(token="tok_requires_action")
    till.pass_(seconds=WAIT_SECONDS)
    till.settle()
    assert (till.held(), till.sale.balance) == (FIRST, REST)


def test_a_part_that_waits_can_be_given_up(till: Till) -> None:
    till.pay(token="tok_requires_action")
    for _ in range(2):
        till.repaying.give_up_part("acme", ORDER, "second")
    assert (till.held(), till.sale.balance) == (FIRST, REST)
    assert till.pay(token="tok_requires_action").state is PaymentState.DECLINED


def test_a_cancelled_order_is_not_paid(till: Till) -> None:
    till.after_sales.cancel("acme", ORDER, "cancel-1", "", refunds=False)
    with pytest.raises(Refused, match="cannot be paid any more"):
        till.pay()
    assert till.held() == 0


def test_an_order_is_not_cancelled_under_a_payment(till: Till) -> None:
    till.pay(token="tok_timeout_after_success")
    with pytest.raises(Locked):
        till.after_sales.cancel("acme", ORDER, "cancel-1", "", refunds=False)


@pytest.mark.parametrize("after", [False, True])
def test_a_function_that_is_killed_anywhere_has_paid_once_when_the_payment_is_sent_again(after: bool) -> None:
    for call in range(12):
        with mock_aws():
            till = Till()
            with suppress(Killed), killed_at(till.client, call, after=after):
                till.pay(buy=True)
            with suppress(Locked):
                till.pay(buy=True)
            till.pass_(seconds=LOST_SECONDS)
            till.settle()
            till.settle()
            assert till.captures() == [REST]
            assert (till.held(), till.sale.balance) == (TOTAL, 0)
            till.take_away()


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("buy", [False, True])
def test_two_who_pay_at_once_never_pay_more_than_is_left(after: bool, buy: bool) -> None:
    for call in range(12):
        with mock_aws():
            till = Till()
            others: list[PaymentState] = []

            def meanwhile(till: Till = till, others: list[PaymentState] = others) -> None:
                with suppress(TillError):
                    others.append(till.pay("third", REST - 100, buy=buy).state)

            mine: list[PaymentState] = []
            with interrupted_at(till.client, call, meanwhile, after=after), suppress(TillError):
                mine.append(till.pay(buy=buy).state)
            assert (mine + others).count(PaymentState.AUTHORIZED) == 1
            till.pass_(seconds=WAIT_SECONDS)
            till.settle()
            till.settle()
            assert till.held() <= TOTAL
            assert till.held() == TOTAL - till.sale.balance
            assert sum(till.captures()) in ((REST, REST - 100) if buy else (0,))
            till.take_away()


@pytest.mark.parametrize("after", [False, True])
def test_an_order_that_is_cancelled_while_somebody_pays_holds_no_money_it_does_not_know_of(after: bool) -> None:
    for call in range(12):
        with mock_aws():
            till = Till()

            def cancelled(till: Till = till) -> None:
                with suppress(Locked, Conflict):
                    till.after_sales.cancel("acme", ORDER, "cancel-1", "", refunds=False)

            with interrupted_at(till.client, call, cancelled, after=after), suppress(Refused, Locked, Conflict):
                till.pay()
            till.settle()
            assert till.held() == (0 if till.order.status == "cancelled" else TOTAL)
            assert till.level("01JXVAR1ANT000000000000000").allocated == (0 if till.order.status == "cancelled" else 1)
            till.take_away()


# Time


def test_an_order_that_waits_to_be_paid_is_not_looked_at_until_somebody_pays(till: Till) -> None:
    till.after_sales.void("acme", ORDER, "void-1", a_payment().id)
    assert (till.held(), till.sale.balance) == (0, TOTAL)
    assert till.settle().next is Next.DONE
    till.pass_(days=400)
    assert till.settle().next is Next.DONE
    assert till.sale.charge is ChargeState.PENDING
    assert till.pay(amount=TOTAL).state is PaymentState.AUTHORIZED


def test_an_authorization_expires_by_its_own_age_and_can_be_replaced(till: Till) -> None:
    till.after_sales.capture("acme", ORDER, "capture-1", None, a_payment().id)
    till.pass_(days=6)
    till.pay()
    till.pass_(days=2)
    assert till.settle().next is Next.WAIT
    till.pass_(seconds=LOOK_AFTER_SECONDS)
    assert till.settle().next is Next.FAILED
    till.after_sales.void("acme", ORDER, "void-1", "second")
    assert (till.sale.charge, till.sale.balance) == ("pending", REST)
    till.pay("third", buy=True)
    till.settle()
    assert till.sale.charge is ChargeState.CAPTURED


def by_invoice(till: Till, **settings: bool) -> None:
    """What is authorized so far is promised by hand from now on; cards pay at a gateway of their own."""
    invoice = Gateway("sandbox-1", "manual", "Invoice", is_test=False)
    cards = Gateway("cards", "sandbox", "Cards", is_test=True)
    till.catalog.settings = replace(till.catalog.settings, gateways=(invoice, cards))
    till.set(**settings)


def test_a_promise_to_pay_an_invoice_never_expires_and_nobody_is_kept_looking(till: Till) -> None:
    by_invoice(till)
    till.pass_(days=90)
    assert till.settle().next is Next.DONE
    assert (till.sale.charge, till.sale.warned_at, till.held()) == (ChargeState.PENDING, 0, FIRST)


def test_money_that_is_promised_is_not_counted_as_taken_because_a_card_is_about_to_expire(till: Till) -> None:
    by_invoice(till, capture_before_expiry=True)
    card = replace(a_part("card", REST, "tok_approve", buy=False), gateway_id="cards")
    till.repaying.pay_part("acme", ORDER, card)
    till.pass_(days=6)
    till.settle()
    assert [(one.payment_id, one.amount) for one in till.sale.transactions if one.kind == "capture"] == [("card", REST)]
    assert (till.sale.total_captured, till.sale.charge) == (REST, ChargeState.PENDING)


def test_a_charge_that_is_begun_again_takes_what_was_refused_and_nothing_that_nobody_asked_for(till: Till) -> None:
    by_invoice(till)
    card = replace(a_part("card", REST, "tok_capture_declined", buy=False), gateway_id="cards")
    till.repaying.pay_part("acme", ORDER, card)
    with pytest.raises(Refused):
        till.after_sales.capture("acme", ORDER, "capture-1", None, "card")
    assert till.sale.charge is ChargeState.FAILED
    till.after_sales.charge_again("acme", ORDER, "again-1")
    asked = [one.payment_id for one in till.sale.transactions if one.kind == "capture"]
    assert (asked, till.sale.total_captured) == (["card", "card"], 0)
