"""Webhooks after an order is placed: what the merchant did in the gateway's dashboard, what a bank sent back."""

from __future__ import annotations

import itertools
import json
from contextlib import suppress

import pytest

from tests.fakes.state_machine import FunctionLost
from tests.integration.bank import Bank, outcome
from tests.integration.deployment import Deployment
from tests.integration.placed import Placed
from tests.integration.shopper import Shopper, card
from tests.integration.test_payment_link import Customer
from till.adapters.payments.sandbox_acts import Act
from till.domain.sale import ChargeState, Sale
from till.domain.shop import CaptureMode
from till.runtime import wiring


@pytest.fixture
def bank(till: Deployment) -> Bank:
    return Bank(till)


def placed(till: Deployment, capture_mode: CaptureMode = CaptureMode.ON_REQUEST) -> Shopper:
    """An order of 262.00 CAD whose charge is the merchant's to ask for."""
    till.change_settings(capture_mode=capture_mode)
    shopper = Shopper.ready(till)
    assert shopper.process().status == 200
    return shopper


def sale_of(till: Deployment, shopper: Shopper) -> Sale:
    return wiring.sales().get("acme", shopper.order_id)[1]


def refunded(sale: Sale) -> int:
    """All that was given back."""
    return sum(sale.refunded(payment) for payment in sale.payments)


def made(sale: Sale) -> list[tuple[str, int, str]]:
    """The transactions: what, how much, what became of it."""
    return [(one.kind, one.amount, one.state) for one in sale.transactions]


def events(till: Deployment, shopper: Shopper) -> list[tuple[str, str]]:
    """Types and amounts of an order's events, oldest first."""
    till.deliver_streams()
    found = [json.loads(entry["Detail"]) for entry in till.put_events]
    own = sorted((one for one in found if one["order_id"] == till.order(shopper.order_id).id), key=_sequence)
    return [(one["type"], one["detail"].get("amount", "")) for one in own if one["type"] != "order.placed"]


def _sequence(event: dict[str, int]) -> int:
    return event["sequence"]


def test_a_capture_in_the_dashboard_is_seen_with_its_exact_amount(till: Deployment, bank: Bank) -> None:
    shopper = placed(till)
    bank.act(Act.CAPTURE, 10000)
    assert outcome(bank.tell()) == "recorded"
    sale = sale_of(till, shopper)
    assert made(sale) == [("capture", 10000, "succeeded")]
    assert sale.transactions[0].operation.startswith("outside:")
    assert (sale.charge, sale.uncaptured(sale.payments[0])) == (ChargeState.PENDING, 16200)
    bank.act(Act.CAPTURE)
    bank.tell()
    sale = sale_of(till, shopper)
    assert (sale.charge, sale.total_captured) == (ChargeState.CAPTURED, 26200)
    assert events(till, shopper) == [
        ("payment.captured", "100.00"),
        ("payment.captured", "162.00"),
        ("order.charged", ""),
    ]


def test_what_the_dashboard_captured_is_not_captured_again(till: Deployment, bank: Bank) -> None:
    shopper = placed(till)
    bank.act(Act.CAPTURE, 10000)
    bank.tell()
    assert Placed(till, shopper.order_id).post("capture", {"amount": "162.01"}).status == 409
    assert Placed(till, shopper.order_id).post("capture", {"amount": "162.00"}).status == 200
    assert till.ledger()[0].captured == 26200


def test_our_own_charge_is_no_news(till: Deployment, bank: Bank) -> None:
    shopper = placed(till, CaptureMode.ASYNC)
    till.deliver_streams()
    assert sale_of(till, shopper).charge is ChargeState.CAPTURED
    before = till.stored(shopper.order_id)
    assert outcome(bank.tell()) == "unchanged"
    assert till.stored(shopper.order_id) == before


def test_a_refund_in_the_dashboard_leaves_less_to_refund(till: Deployment, bank: Bank) -> None:
    shopper = placed(till)
    bank.act(Act.CAPTURE)
    bank.act(Act.REFUND, 1200)
    assert outcome(bank.tell()) == "recorded"
    sale = sale_of(till, shopper)
    assert made(sale) == [("capture", 26200, "succeeded"), ("refund", 1200, "succeeded")]
    assert sale.refundable(sale.payments[0]) == 25000
    assert Placed(till, shopper.order_id).detail["net_total"] == 25000
    assert ("payment.refunded", "12.00") in events(till, shopper)


def test_a_refund_that_did_not_reach_the_card_can_be_made_again(till: Deployment, bank: Bank) -> None:
    shopper = placed(till, CaptureMode.ASYNC)
    till.deliver_streams()
    order = Placed(till, shopper.order_id)
    assert order.refund(amount="262.00").status == 200
    assert refunded(sale_of(till, shopper)) == 26200
    bank.act(Act.FAIL_REFUND)
    assert outcome(bank.tell()) == "recorded"
    sale = sale_of(till, shopper)
    assert (refunded(sale), made(sale)[-1]) == (0, ("bounce", 26200, "succeeded"))
    assert ("payment.refund_failed", "262.00") in events(till, shopper)
    assert order.detail["net_total"] == 26200
    assert order.refund(amount="262.00").status == 200
    assert outcome(bank.tell()) == "unchanged"
    assert till.ledger()[0].refunded == 26200


def test_a_dispute_is_told_once(till: Deployment, bank: Bank) -> None:
    shopper = placed(till)
    bank.act(Act.CAPTURE)
    bank.tell()
    bank.act(Act.DISPUTE)
    assert [outcome(bank.tell()) for _ in range(2)] == ["recorded", "unchanged"]
    assert [entry.what for entry in sale_of(till, shopper).timeline].count("dispute") == 1
    assert events(till, shopper)[-1] == ("payment.disputed", "")


def test_an_authorization_that_expired_at_the_gateway_fails_the_charge_at_once(till: Deployment, bank: Bank) -> None:
    shopper = placed(till)
    bank.act(Act.EXPIRE)
    assert [outcome(bank.tell()) for _ in range(2)] == ["recorded", "unchanged"]
    sale = sale_of(till, shopper)
    assert sale.charge is ChargeState.FAILED
    assert "expired" in sale.charge_problem
    assert events(till, shopper) == [("order.charge_failed", "")]


def test_an_order_that_was_cancelled_here_does_not_fail(till: Deployment, bank: Bank) -> None:
    shopper = placed(till)
    assert Placed(till, shopper.order_id).post("cancel", {}).status == 200
    assert outcome(bank.tell()) == "unchanged"
    assert sale_of(till, shopper).charge is ChargeState.VOIDED


def test_the_first_attempts_late_success_is_voided_though_the_second_was_placed(till: Deployment, bank: Bank) -> None:
    till.change_settings(capture_mode=CaptureMode.ON_REQUEST)
    shopper = Shopper.ready(till, "tok_success_after_first_query")
    assert shopper.process().status == 422
    shopper.delete("/payments", card("tok_success_after_first_query"))
    shopper.post("/payments", card())
    assert shopper.process().status == 200
    assert till.live() == [26200, 26200]
    assert outcome(bank.tell(entry=0)) == "voided"
    assert [entry.state for entry in till.ledger()] == ["voided", "authorized"]


def test_a_capture_of_our_own_that_was_not_answered_is_not_taken_for_another(till: Deployment, bank: Bank) -> None:
    """It is asked again first: what the gateway holds is then known to be ours."""
    till.change_settings(capture_mode=CaptureMode.ON_REQUEST)
    shopper = Shopper.ready(till, "tok_capture_timeout_after_success")
    assert shopper.process().status == 200
    assert Placed(till, shopper.order_id).post("capture", {}).status == 202
    assert made(sale_of(till, shopper)) == [("capture", 26200, "pending")]
    assert outcome(bank.tell()) == "unchanged"
    assert made(sale_of(till, shopper)) == [("capture", 26200, "succeeded")]


def _all_at_the_gateway(till: Deployment, bank: Bank) -> Shopper:
    """Before any webhook comes: the first card's late success; the second confirmed by the bank, then, in the
    dashboard, captured, refunded in part twice, one refund bounced, and disputed."""
    till.change_settings(capture_mode=CaptureMode.ON_REQUEST)
    shopper = Shopper.ready(till, "tok_success_after_first_query")
    assert shopper.process().status == 422
    shopper.delete("/payments", card("tok_success_after_first_query"))
    shopper.post("/payments", card("tok_requires_action"))
    assert shopper.process().status == 202
    for act, amount in (
        (Act.CONFIRM, None),
        (Act.CAPTURE, None),
        (Act.REFUND, 2000),
        (Act.REFUND, 500),
        (Act.FAIL_REFUND, 500),
        (Act.DISPUTE, None),
    ):
        bank.act(act, amount)
    return shopper


@pytest.mark.parametrize("order_of_arrival", sorted(set(itertools.permutations((0, 0, 1, 1, 1)))))
def test_webhooks_in_any_order_and_twice_end_the_same(
    till: Deployment, bank: Bank, order_of_arrival: tuple[int, ...]
) -> None:
    shopper = _all_at_the_gateway(till, bank)
    for entry in order_of_arrival:
        for _ in range(2):
            assert bank.tell(entry=entry).status == 200
    sale = sale_of(till, shopper)
    assert till.order(shopper.order_id).status == "placed"
    assert [(entry.state, entry.captured) for entry in till.ledger()] == [("voided", 0), ("authorized", 26200)]
    assert made(sale) == [("capture", 26200, "succeeded"), ("refund", 2000, "succeeded")]
    assert (sale.charge, sale.total_captured, refunded(sale)) == (ChargeState.CAPTURED, 26200, 2000)
    assert [(entry.what, entry.outcome) for entry in sale.timeline] == [
        ("capture", "outside"),
        ("refund", "outside"),
        ("dispute", "opened"),
    ]
    assert events(till, shopper) == [
        ("payment.failed", ""),  # of the first try
        ("payment.captured", "262.00"),
        ("payment.refunded", "20.00"),
        ("order.charged", ""),
        ("payment.disputed", ""),
    ]


ACTS = ((Act.CAPTURE, 9000), (Act.CAPTURE, 5000), (Act.REFUND, 3000), (Act.REFUND, 700), (Act.FAIL_REFUND, 700))


@pytest.mark.parametrize("heard", list(itertools.product((False, True), repeat=len(ACTS) - 1)))
def test_webhooks_that_never_come_are_made_up_for_by_the_next(
    till: Deployment, bank: Bank, heard: tuple[bool, ...]
) -> None:
    shopper = placed(till)
    for (act, amount), is_heard in zip(ACTS, (*heard, True), strict=True):
        bank.act(act, amount)
        if is_heard:
            bank.tell()
    sale = sale_of(till, shopper)
    assert (sale.total_captured, refunded(sale)) == (14000, 3000)
    assert sale.refundable(sale.payments[0]) == 11000


def test_a_charge_that_came_too_late_for_the_dashboard_is_captured_all_the_same(till: Deployment, bank: Bank) -> None:
    """The merchant was faster by hand: our own capture is refused, and the webhook says why."""
    shopper = placed(till, CaptureMode.ASYNC)
    bank.act(Act.CAPTURE)
    till.deliver_streams()
    assert sale_of(till, shopper).charge is ChargeState.FAILED
    assert outcome(bank.tell()) == "recorded"
    sale = sale_of(till, shopper)
    assert (sale.charge, sale.charge_problem, sale.total_captured) == (ChargeState.CAPTURED, "", 26200)
    assert till.ledger()[0].captured == 26200


def test_who_pays_by_a_link_and_never_returns_has_paid(till: Deployment, bank: Bank) -> None:
    customer = Customer(till)
    assert customer.pay(customer.link(), "tok_requires_action").status == 202
    assert outcome(bank.tell(entry=0)) == "unchanged"
    bank.act(Act.CONFIRM, entry=0)
    assert [outcome(bank.tell(entry=0)) for _ in range(2)] == ["recorded", "unchanged"]
    assert customer.settled() == {"voided": 0, "authorized": 26200}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(8))
def test_a_webhook_that_dies_anywhere_and_comes_again_is_told_once(
    till: Deployment, bank: Bank, call: int, after: bool
) -> None:
    shopper = placed(till)
    bank.act(Act.CAPTURE)
    bank.act(Act.REFUND, 2000)
    with till.killed(call, after=after), suppress(FunctionLost):
        till.in_function(lambda *_: bank.tell())({})
    assert bank.tell().status == 200
    assert made(sale_of(till, shopper)) == [("capture", 26200, "succeeded"), ("refund", 2000, "succeeded")]
    assert events(till, shopper) == [
        ("payment.captured", "262.00"),
        ("payment.refunded", "20.00"),
        ("order.charged", ""),
    ]
