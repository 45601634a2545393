"""What happened to my payment: one sentence, whatever happened."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.builders import NOON, a_payment, a_sale, an_attempt, an_authorization, an_order
from till.application.undoing import ENDED
from till.domain.attempt import Attempt, AttemptState
from till.domain.basket import Basket
from till.domain.errors import Problem
from till.domain.event import TimelineEntry
from till.domain.order import Order, OrderStatus
from till.domain.payment import GIFT_CARD, PendingVoid
from till.domain.recording import Recording
from till.domain.sale import ChargeState, Sale
from till.domain.shop import CaptureMode
from till.domain.transaction import MOST_TRIES, Transaction, TransactionKind, TransactionState

CARD = a_payment(id="card")
GIFT = a_payment(id="gift", type=GIFT_CARD)
DECLINED = Problem("payment_declined", "Your card was declined. Try another card.", "payment")
PLACED = an_order(status=OrderStatus.PLACED, placed_at=NOON)
ASKED_THE_BANK = (TimelineEntry(NOON * 1000, "authorize", "requires_action"),)


def tried(state: AttemptState, *problems: Problem, **changes: Any) -> Attempt:
    made = an_attempt(state=state, problems=problems, authorizations=(an_authorization(),))
    return replace(made, **changes)


PAID = tried(AttemptState.PLACED)


def sold(*done: tuple[TransactionKind, int], **changes: Any) -> Sale:
    """A sale of one card, with what was asked of its gateway and done."""
    made = tuple(
        Transaction(f"{kind}-{n}", f"{kind}-{n}", kind, "card", amount, NOON, TransactionState.SUCCEEDED)
        for n, (kind, amount) in enumerate(done)
    )
    return a_sale(**{"payments": (CARD,), "transactions": made} | changes)


CAPTURED = sold((TransactionKind.CAPTURE, 26200), charge=ChargeState.CAPTURED)
WAITING = Transaction("r", "r", TransactionKind.REFUND, "card", 700, NOON)
STUCK = replace(WAITING, tries=MOST_TRIES)


@pytest.mark.parametrize(
    ("order", "attempts", "sale", "story"),
    [
        (an_order(), (), None, "Nobody has tried to pay this order yet."),
        (
            an_order(),
            (tried(AttemptState.UNDONE, DECLINED),),
            None,
            "One try was declined (Your card was declined. Try another card); the order is not paid.",
        ),
        (
            an_order(status=OrderStatus.PROCESSING),
            (tried(AttemptState.UNDONE, DECLINED), tried(AttemptState.UNDONE, DECLINED), tried(AttemptState.RUNNING)),
            None,
            "2 tries were declined (Your card was declined. Try another card); a payment is being made right now.",
        ),
        (
            an_order(status=OrderStatus.PARKED),
            (tried(AttemptState.PARKED, client_secret="secret"),),
            None,
            "262.00 CAD waits for the shopper to confirm it with their bank (3-D Secure).",
        ),
        (
            an_order(status=OrderStatus.PARKED),
            (tried(AttemptState.PARKED),),
            None,
            "262.00 CAD is authorized, and waits for the shopper to place the order.",
        ),
        (
            an_order(),
            (tried(AttemptState.UNDONE, ENDED, timeline=ASKED_THE_BANK),),
            None,
            "One try was not confirmed with 3-D Secure (The payment was not completed in time. Try again); "
            "the order is not paid.",
        ),
        (
            an_order(),
            (tried(AttemptState.UNDONE, Problem("payment_unknown", "It could not be confirmed.", "payment")),),
            None,
            "One try was not answered by the gateway (It could not be confirmed); the order is not paid.",
        ),
        (
            an_order(status=OrderStatus.CANCELLED),
            (),
            None,
            "The order was cancelled before it was paid.",
        ),
        (
            PLACED,
            (PAID,),
            sold(),
            "262.00 CAD was authorized, and the order placed; it is being charged.",
        ),
        (
            PLACED,
            (PAID,),
            sold(capture_mode=CaptureMode.ON_FULFILMENT),
            "262.00 CAD was authorized, and the order placed; it is charged when goods are sent.",
        ),
        (
            PLACED,
            (PAID,),
            sold(charge=ChargeState.FAILED, charge_problem="The card has expired."),
            "262.00 CAD was authorized, and the order placed; the charge failed: The card has expired.",
        ),
        (
            PLACED,
            (tried(AttemptState.PLACED, timeline=ASKED_THE_BANK),),
            CAPTURED,
            "262.00 CAD was confirmed with 3-D Secure, and the order placed; 262.00 CAD was charged.",
        ),
        (
            PLACED,
            (PAID,),
            replace(CAPTURED, transactions=(*CAPTURED.transactions, WAITING)),
            "262.00 CAD was authorized, and the order placed; 262.00 CAD was charged; 7.00 CAD is on its way back.",
        ),
        (
            PLACED,
            (PAID,),
            replace(CAPTURED, transactions=(*CAPTURED.transactions, STUCK)).noted(0, "dispute", "opened"),
            "262.00 CAD was authorized, and the order placed; 262.00 CAD was charged; 7.00 CAD is on its way back; "
            "the gateway has not answered for hours: somebody must look; it is disputed.",
        ),
        (
            replace(PLACED, status=OrderStatus.CANCELLED),
            (PAID,),
            sold((TransactionKind.VOID, 26200), charge=ChargeState.VOIDED),
            "262.00 CAD was authorized, and the order placed; "
            "the order was cancelled, and what was not charged is given up.",
        ),
        (
            PLACED,
            (tried(AttemptState.PLACED, authorizations=()),),
            sold(payments=(GIFT,), charge=ChargeState.CAPTURED),
            "262.00 CAD was paid by gift card, and the order placed.",
        ),
        (
            PLACED,
            (PAID,),
            sold(
                (TransactionKind.CAPTURE, 16200),
                payments=(replace(GIFT, amount=10000), CARD),
                charge=ChargeState.CAPTURED,
            ),
            "100.00 CAD was paid by gift card; 162.00 CAD was authorized, and the order placed; "
            "162.00 CAD was charged.",
        ),
        (
            replace(PLACED, basket=Basket("CAD")),
            (tried(AttemptState.PLACED, authorizations=()),),
            sold(payments=(), charge=ChargeState.CAPTURED),
            "Nothing was to be paid, and the order was placed.",
        ),
        (
            PLACED,
            (tried(AttemptState.PLACED, authorizations=()),),
            sold(total=26200, payments=(), capture_mode=CaptureMode.ON_REQUEST),
            "262.00 CAD was agreed; 262.00 CAD is still to be paid.",
        ),
    ],
)
def test_the_sentence_says_what_happened(
    order: Order, attempts: tuple[Attempt, ...], sale: Sale | None, story: str
) -> None:
    assert Recording(order, sale, attempts).story == story


def test_money_that_may_still_be_held_is_told_of() -> None:
    void = PendingVoid("acme", PLACED.id, "attempt", an_authorization(amount=26200), 1, NOON)
    story = Recording(an_order(), None, (tried(AttemptState.UNDONE, DECLINED),), voids=(void,)).story
    assert story.endswith("262.00 CAD of an earlier try may still be held, and is being given up.")
