"""Charging: never more than was authorized, and a state that tells the truth about it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOON, a_payment, a_sale
from till.domain import charging
from till.domain.errors import Locked, Refused
from till.domain.payment import GIFT_CARD, Payment
from till.domain.sale import ChargeState, Sale
from till.domain.transaction import Transaction, TransactionKind, TransactionState

CARDS = (
    a_payment(id="first", amount=10_000, gateway_key="a:first"),
    a_payment(id="second", amount=16_200, gateway_key="a:second"),
)


def answer(sale: Sale, *, yes: bool = True, is_last: bool = False) -> Sale:
    """The sale after its first pending transaction is answered."""
    asked = replace(sale.pending[0], is_last=is_last)
    state = TransactionState.SUCCEEDED if yes else TransactionState.FAILED
    return charging.answered(sale, replace(asked.to(state), message="" if yes else "No."))


def test_a_charge_asks_for_all_that_is_authorized_once() -> None:
    sale = charging.charge(a_sale(payments=CARDS), NOON)
    assert [(one.payment_id, one.amount) for one in sale.pending] == [("first", 10_000), ("second", 16_200)]
    assert charging.charge(sale, NOON) == sale


def test_a_gift_card_paid_when_the_order_was_placed() -> None:
    sale = a_sale(payments=(a_payment(type=GIFT_CARD, amount=5000), CARDS[0]))
    assert [one.payment_id for one in charging.charge(sale, NOON).pending] == ["first"]
    assert sale.total_captured == 5000


def test_the_charge_is_captured_when_the_last_payment_is() -> None:
    sale = charging.charge(a_sale(payments=CARDS), NOON)
    sale = answer(sale)
    assert sale.charge is ChargeState.PENDING
    assert answer(sale).charge is ChargeState.CAPTURED


def test_a_charge_has_failed_once_all_payments_are_answered() -> None:
    sale = answer(charging.charge(a_sale(payments=CARDS), NOON), yes=False)
    assert sale.charge is ChargeState.PENDING
    sale = answer(sale)
    assert (sale.charge, sale.charge_problem) == (ChargeState.FAILED, "No.")


def test_a_charge_that_is_begun_again_asks_only_for_what_failed_under_another_key() -> None:
    sale = charging.charge(a_sale(payments=CARDS), NOON)
    first = sale.pending[0].id
    sale = charging.again(answer(answer(sale, yes=False)), NOON)
    (asked,) = sale.pending
    assert (asked.payment_id, asked.amount) == ("first", 10_000)
    assert asked.id != first
    assert answer(sale).charge is ChargeState.CAPTURED


def test_a_charge_that_is_begun_again_asks_for_all_that_is_left() -> None:
    sale = answer(charging.capture(a_sale(payments=CARDS), "by-hand", 10_000, NOON), yes=False)
    assert sale.charge is ChargeState.FAILED
    again = charging.again(sale, NOON + 60)
    assert [(one.payment_id, one.amount, one.at) for one in again.pending] == [
        ("first", 10_000, NOON + 60),
        ("second", 16_200, NOON + 60),
    ]


def test_what_nobody_answered_keeps_its_key_and_is_counted_anew() -> None:
    sale = charging.charge(a_sale(), NOON)
    stuck = replace(sale.pending[0], tries=18)
    failed = sale.with_transaction(stuck).to_charge(ChargeState.FAILED, "No answer.")
    assert failed.needs_help
    again = charging.again(failed, NOON)
    assert again.pending == (replace(stuck, tries=0),)
    assert not again.needs_help


@pytest.mark.parametrize("amount", [26_201, 10**12])
def test_more_than_is_left_is_not_captured(amount: int) -> None:
    with pytest.raises(Refused, match=r"Only 262\.00 CAD are left to capture\."):
        charging.capture(a_sale(payments=CARDS), "by-hand", amount, NOON)


def test_nothing_more_is_captured_while_a_capture_is_not_answered() -> None:
    sale = charging.capture(a_sale(payments=CARDS), "by-hand", 100, NOON)
    with pytest.raises(Locked):
        charging.capture(sale, "another", 100, NOON)


def test_a_capture_by_hand_takes_payment_after_payment() -> None:
    sale = charging.capture(a_sale(payments=CARDS), "by-hand", 12_000, NOON)
    assert [(one.payment_id, one.amount) for one in sale.pending] == [("first", 10_000), ("second", 2000)]


# A gateway knows a question that is repeated by its id: what is asked twice is done once.


def test_each_question_to_a_gateway_is_known_by_what_it_belongs_to_and_by_its_payment() -> None:
    bought = (replace(CARDS[0], is_purchase=True), CARDS[1])
    capture, void, order = TransactionKind.CAPTURE, TransactionKind.VOID, a_sale().order_id
    assert charging.purchase(a_sale(payments=bought), NOON).pending == (
        Transaction(f"{order}:purchase:first", f"{order}:purchase", capture, "first", 10_000, NOON),
    )
    assert charging.charge(a_sale(payments=CARDS), NOON, CARDS[1:]).pending == (
        Transaction(f"{order}:charge-1:second", f"{order}:charge-1", capture, "second", 16_200, NOON),
    )
    assert charging.capture(a_sale(payments=CARDS), "by-hand", 1, NOON, takes_rest=True).pending == (
        Transaction("by-hand:first", "by-hand", capture, "first", 1, NOON, takes_rest=True),
    )
    assert not charging.capture(a_sale(payments=CARDS), "by-hand", 1, NOON).pending[0].takes_rest
    assert charging.void(a_sale(payments=CARDS), "void-1", "first", NOON).pending == (
        Transaction("void-1:first", "void-1", void, "first", 10_000, NOON),
    )


def test_what_is_left_of_a_payment_that_was_captured_in_part_is_given_up_without_asking() -> None:
    sale = answer(charging.capture(a_sale(payments=CARDS), "by-hand", 4000, NOON))
    waived = Transaction("void-1:first", "void-1", TransactionKind.WAIVE, "first", 6000, NOON + 60)
    after = charging.void(sale, "void-1", "first", NOON + 60)
    assert after.transactions[1:] == (waived.to(TransactionState.SUCCEEDED),)


def test_a_payment_can_be_given_up_while_another_is_being_captured() -> None:
    sale = charging.capture(a_sale(payments=CARDS), "by-hand", None, NOON, payment_id="second")
    assert len(charging.void(sale, "void-1", "first", NOON).pending) == 2


def test_a_failed_charge_is_not_mended_by_what_is_given_up() -> None:
    void = Transaction("void-1", "refund-1", TransactionKind.VOID, "first", 10_000, NOON)
    sale = a_sale(payments=CARDS).to_charge(ChargeState.FAILED, "Expired.").with_new([void])
    after = answer(sale)
    assert (after.charge, after.charge_problem, after.authorized) == (ChargeState.FAILED, "Expired.", 16_200)


def test_an_answer_to_a_refund_says_nothing_of_the_charge() -> None:
    refund = Transaction("refund", "refund", TransactionKind.REFUND, "first", 1, NOON)
    sale = a_sale(payments=CARDS, charge=ChargeState.FAILED, charge_problem="Expired.").with_new([refund])
    after = answer(sale)
    assert (after.charge, after.charge_problem) == (ChargeState.FAILED, "Expired.")


@given(
    amounts=st.lists(st.integers(1, 10_000), min_size=1, max_size=4),
    steps=st.lists(
        st.tuples(st.sampled_from(["charge", "capture", "again", "answer"]), st.integers(1, 12_000), st.booleans())
    ),
)
def test_never_more_is_captured_than_was_authorized_whatever_is_asked_and_answered(
    amounts: list[int], steps: list[tuple[str, int, bool]]
) -> None:
    payments: tuple[Payment, ...] = tuple(a_payment(id=f"p{n}", amount=amount) for n, amount in enumerate(amounts))
    sale = a_sale(payments=payments)
    for number, (step, amount, yes) in enumerate(steps):
        with suppress(Refused, Locked):
            if step == "charge" and sale.charge is ChargeState.PENDING:
                sale = charging.charge(sale, NOON)
            elif step == "capture":
                sale = charging.capture(sale, f"by-hand-{number}", amount, NOON)
            elif step == "again":
                sale = charging.again(sale, NOON)
            elif step == "answer" and sale.pending:
                sale = answer(sale, yes=yes, is_last=amount % 7 == 0)
        for payment in payments:
            asked = sum(one.amount for one in sale.transactions if one.payment_id == payment.id and one.counts)
            assert asked == sale.captured(payment) + sum(
                one.amount for one in sale.pending if one.payment_id == payment.id
            )
            assert 0 <= asked <= payment.amount
        assert len({one.id for one in sale.transactions}) == len(sale.transactions)
        if sale.charge is ChargeState.CAPTURED:
            assert not any(sale.uncaptured(payment) for payment in payments)
