"""Webhooks before an order is placed: shoppers who never return, or do at the same time, and late successes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from tests.fakes.state_machine import FunctionLost, Start
from tests.integration.bank import Bank, body, outcome
from tests.integration.deployment import Deployment, put_ready_order
from tests.integration.shopper import Shopper, card
from tests.integration.workflow.test_processing import assert_nothing_is_left, dearer
from till.adapters import aws
from till.adapters.payments.sandbox import SandboxLedger
from till.adapters.payments.sandbox_acts import Act
from till.domain.attempt import Goal
from till.domain.errors import Locked
from till.domain.payment import PaymentState
from till.runtime import wiring


@pytest.fixture
def bank(till: Deployment) -> Bank:
    return Bank(till)


def asked_by_the_bank(till: Deployment) -> Shopper:
    """A shopper whose bank wants to hear from them."""
    shopper = Shopper.ready(till, "tok_requires_action")
    assert shopper.process().status == 202
    return shopper


def test_a_shopper_who_never_returns_still_gets_the_order(till: Deployment, bank: Bank) -> None:
    shopper = asked_by_the_bank(till)
    bank.act(Act.CONFIRM)
    assert outcome(bank.tell()) == "continued"
    assert till.order(shopper.order_id).status == "placed"
    assert [(entry.state, entry.amount) for entry in till.ledger()] == [("authorized", 26200)]
    assert (till.stock().allocated, till.stock().held) == (1, 0)
    (attempt,) = till.attempts(shopper.order_id)
    assert attempt.run == 2


def test_the_same_webhook_again_changes_nothing(till: Deployment, bank: Bank) -> None:
    shopper = asked_by_the_bank(till)
    bank.act(Act.CONFIRM)
    bank.tell()
    before = till.stored(shopper.order_id)
    assert bank.tell().status == 200
    assert till.stored(shopper.order_id) == before


def test_a_webhook_is_not_believed_when_the_gateway_says_something_else(till: Deployment, bank: Bank) -> None:
    shopper = asked_by_the_bank(till)
    assert outcome(bank.tell()) == "left"
    assert till.order(shopper.order_id).status == "parked"
    bank.act(Act.DECLINE)
    assert outcome(bank.tell()) == "left"
    told = shopper.process()
    assert (told.status, told.messages) == (422, ["Your bank did not confirm this payment. Try another card."])
    assert_nothing_is_left(till, shopper.order_id)


def test_a_shopper_who_returns_after_the_webhook_gets_the_order_and_no_error(till: Deployment, bank: Bank) -> None:
    shopper = asked_by_the_bank(till)
    bank.act(Act.CONFIRM)
    bank.tell()
    assert shopper.process().state["is_processed"] is True
    assert len(till.ledger()) == 1


def test_a_shopper_who_returns_while_the_webhook_is_at_it_waits_for_the_order(till: Deployment, bank: Bank) -> None:
    order = put_ready_order(till)
    shopper = Shopper(till, order)
    shopper.delete("/payments", card())
    shopper.post("/payments", card("tok_requires_action"))
    shopper.process()
    bank.act(Act.CONFIRM)
    till.machine.starts = Start.WAITS
    assert outcome(bank.tell()) == "continued"
    (waiting,) = [one for one in till.machine.executions.values() if one.status == "RUNNING"]

    def meanwhile(seconds: float) -> None:
        till.clock.pass_(seconds)
        if waiting.status == "RUNNING":
            till.machine.run(waiting)

    placing = replace(till.placing(), sleep=meanwhile)
    assert placing.submit("acme", order.id, Goal.PROCESS).order.status == "placed"
    assert len(till.ledger()) == 1


def test_the_key_of_the_first_request_is_answered_with_the_order(till: Deployment, bank: Bank) -> None:
    shopper = Shopper.ready(till, "tok_requires_action")
    assert shopper.process(key="process-once-123456").status == 202
    bank.act(Act.CONFIRM)
    bank.tell()
    again = shopper.process(key="process-once-123456")
    assert again.state["is_processed"] is True
    assert len(till.ledger()) == 1


def test_an_order_that_only_waits_to_be_submitted_is_left_alone(till: Deployment, bank: Bank) -> None:
    shopper = Shopper.ready(till, "tok_requires_action")
    assert shopper.pre_process().status == 202
    bank.act(Act.CONFIRM)
    assert outcome(bank.tell()) == "left"
    assert till.order(shopper.order_id).status == "parked"
    assert shopper.process().state["is_processed"] is True


def test_an_amount_that_changed_after_the_intent_is_never_shipped(till: Deployment, bank: Bank) -> None:
    """The shopper confirms at the bank in one tab and buys one more in another."""
    shopper = asked_by_the_bank(till)
    bank.act(Act.CONFIRM)
    assert shopper.put("/items", {"line_item_key": "line-1", "quantity": 2}).status == 200
    assert outcome(bank.tell()) == "unchanged"
    assert till.order(shopper.order_id).status == "open"
    assert till.live() == []
    assert till.stock().held == 0


def test_a_price_that_changed_meanwhile_is_told_and_the_money_goes_back(till: Deployment, bank: Bank) -> None:
    shopper = asked_by_the_bank(till)
    bank.act(Act.CONFIRM)
    dearer(till)
    assert outcome(bank.tell()) == "continued"
    assert_nothing_is_left(till, shopper.order_id)
    assert "267.60 CAD" in till.attempts(shopper.order_id)[-1].problems[0].message


def test_paid_at_the_bank_but_sold_out_meanwhile_gives_the_money_back_once(till: Deployment, bank: Bank) -> None:
    shopper = asked_by_the_bank(till)
    bank.act(Act.CONFIRM)
    till.clock.pass_(minutes=18)
    other = put_ready_order(till)
    wiring.stock().set_on_hand("acme", other.basket.lines[0].variant_id, 1)
    till.machine.functions = till.functions_at_the_clocks_time()
    assert till.placing().submit("acme", other.id, Goal.PROCESS).order.status == "placed"
    assert bank.tell(entry=0, age=18 * 60).status == 200
    assert [entry.state for entry in till.ledger()] == ["voided", "authorized"]
    assert till.order(shopper.order_id).status == "open"
    assert bank.tell(entry=0, age=18 * 60).status == 200
    assert till.live() == [26200]


def test_what_the_order_lacks_since_then_is_left_to_the_shopper(till: Deployment, bank: Bank) -> None:
    shopper = asked_by_the_bank(till)
    bank.act(Act.CONFIRM)
    assert shopper.delete("/customer").status == 200
    assert outcome(bank.tell()) == "left"
    assert till.order(shopper.order_id).status == "parked"


def test_a_late_success_of_an_attempt_that_is_over_is_voided(till: Deployment, bank: Bank) -> None:
    """The gateway gave no answer, and holds the money after all."""
    shopper = Shopper.ready(till, "tok_success_after_first_query")
    assert shopper.process().status == 422
    assert till.live() == [26200]
    assert outcome(bank.tell()) == "voided"
    assert_nothing_is_left(till, shopper.order_id)
    (attempt,) = till.attempts(shopper.order_id)
    assert attempt.timeline[-1].outcome == "late_success_voided"
    before = till.stored(shopper.order_id)
    assert outcome(bank.tell()) == "unchanged"
    assert till.stored(shopper.order_id) == before
    till.clock.pass_(minutes=3)
    assert till.undoing().retry_due() == 0


def test_a_webhook_about_a_card_that_was_not_asked_about_does_not_answer_for_the_other(
    till: Deployment, bank: Bank
) -> None:
    """Two cards: the first is authorized, the bank of the second wants to hear from the shopper."""
    shopper = Shopper.ready(till, "")
    shopper.post("/payments", card(amount=10000))
    shopper.post("/payments", card("tok_requires_action", amount=16200))
    assert shopper.process().status == 202
    assert outcome(bank.tell(entry=0)) == "left"
    assert till.order(shopper.order_id).status == "parked"
    bank.act(Act.CONFIRM, entry=1)
    assert outcome(bank.tell(entry=0)) == "left"
    assert outcome(bank.tell(entry=1)) == "continued"
    assert till.order(shopper.order_id).status == "placed"
    assert till.live() == [10000, 16200]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(20))
def test_a_webhook_that_dies_anywhere_and_comes_again_is_one_order(
    till: Deployment, bank: Bank, call: int, after: bool
) -> None:
    shopper = asked_by_the_bank(till)
    bank.act(Act.CONFIRM)
    with till.killed(call, after=after), suppress(FunctionLost):
        till.in_function(lambda *_: bank.tell())({})
    assert bank.tell().status == 200
    till.clock.pass_(seconds=40)
    till.reap()
    assert till.order(shopper.order_id).status == "placed"
    assert till.live() == [26200]
    assert (till.stock().allocated, till.stock().held) == (1, 0)
    assert [one.state for one in till.attempts(shopper.order_id)] == ["placed"]


def test_a_gateway_that_cannot_be_asked_now_sends_its_webhook_again(till: Deployment, bank: Bank) -> None:
    """It knows of the payment, but has not made up its mind."""
    shopper = asked_by_the_bank(till)
    ledger = SandboxLedger(aws.client("dynamodb"), "sandboxledgertable")
    assert ledger.put("acme#sandbox-1", replace(till.ledger()[0], state=PaymentState.PENDING))
    refused = bank.tell()
    assert (refused.status, refused.headers["Retry-After"]) == (503, "30")
    assert till.order(shopper.order_id).status == "parked"
    assert outcome(bank.tell()) == "continued"
    assert till.order(shopper.order_id).status == "placed"


def test_a_run_that_did_not_begin_is_started_by_a_webhook(till: Deployment, bank: Bank) -> None:
    order = put_ready_order(till)
    till.clock.pass_(minutes=-1)
    till.machine.starts = Start.IS_LOST
    with pytest.raises(Locked):
        till.placing().submit("acme", order.id, Goal.PROCESS)
    till.machine.starts = Start.RUNS
    (attempt,) = till.attempts(order.id)
    till.clock.pass_(minutes=1)
    assert outcome(bank.post(body(order.id, attempt.authorizations[0].key))) == "left"
    assert till.order(order.id).status == "placed"
