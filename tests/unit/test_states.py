"""The states of orders, attempts, payments and holds: every one can be reached, and an end is an end."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOON, a_basket, a_hold, a_payment, an_attempt, an_authorization, an_order
from till.domain import attempt, order, payment, sale, stock, transaction
from till.domain.attempt import AttemptState
from till.domain.errors import AlreadyPlaced, Locked, NotFound, Refused, TillError
from till.domain.order import OrderStatus
from till.domain.payment import PaymentState
from till.domain.pricing import fingerprint
from till.domain.sale import ChargeState
from till.domain.stock import HoldState
from till.domain.transaction import TransactionState

type Table = Mapping[Any, frozenset[Any]]

# Name, table, the state in which it begins, and those in which it ends.
TABLES: dict[str, tuple[Table, StrEnum, set[StrEnum]]] = {
    "order": (order.TRANSITIONS, an_order().status, {OrderStatus.FULFILLED, OrderStatus.CANCELLED}),
    "attempt": (attempt.TRANSITIONS, an_attempt().state, {AttemptState.PLACED, AttemptState.UNDONE}),
    "payment": (payment.TRANSITIONS, an_authorization().state, {PaymentState.DECLINED, PaymentState.VOIDED}),
    "charge": (sale.TRANSITIONS, ChargeState.PENDING, {ChargeState.CAPTURED, ChargeState.VOIDED}),
    "transaction": (
        transaction.TRANSITIONS,
        TransactionState.PENDING,
        {TransactionState.SUCCEEDED, TransactionState.FAILED},
    ),
    "hold": (stock.TRANSITIONS, a_hold().state, {HoldState.CLAIMED, HoldState.RELEASED}),
}
each_table = pytest.mark.parametrize(("table", "start", "ends"), TABLES.values(), ids=TABLES)


def reachable(table: Table, start: StrEnum) -> set[StrEnum]:
    """`start` and all that can come of it."""
    found, new = {start}, {start}
    while new:
        new = {after for state in new for after in table[state]} - found
        found |= new
    return found


@each_table
def test_the_table_names_every_state_and_every_state_is_reached(
    table: Table, start: StrEnum, ends: set[StrEnum]
) -> None:
    assert set(table) == set(type(start))
    assert reachable(table, start) == set(type(start))


@each_table
def test_an_end_is_an_end_and_nothing_is_stuck_on_the_way(table: Table, start: StrEnum, ends: set[StrEnum]) -> None:
    assert {state for state, after in table.items() if not after} == ends
    for state in table:
        assert reachable(table, state) & ends


@each_table
def test_no_state_follows_itself(table: Table, start: StrEnum, ends: set[StrEnum]) -> None:
    assert all(state not in after for state, after in table.items())


def test_the_names_for_what_is_over_agree_with_the_tables() -> None:
    assert TABLES["attempt"][2] == attempt.FINAL
    assert reachable(order.TRANSITIONS, OrderStatus.PLACED) == order.SUBMITTED


# Orders


@pytest.mark.parametrize("now", OrderStatus)
@pytest.mark.parametrize("then", OrderStatus)
def test_an_order_moves_only_as_its_table_says(now: OrderStatus, then: OrderStatus) -> None:
    before = an_order(status=now)
    if then in order.TRANSITIONS[now]:
        assert before.to(then) == replace(before, status=then)
    else:
        with pytest.raises(Refused) as refusal:
            before.to(then)
        assert refusal.value.problems[0].field == "order"


@pytest.mark.parametrize("status", OrderStatus)
def test_an_order_can_be_edited_until_it_is_placed_and_not_while_it_is_processed(status: OrderStatus) -> None:
    refusals: dict[OrderStatus, type[TillError]] = {
        OrderStatus.PROCESSING: Locked,
        OrderStatus.PLACED: AlreadyPlaced,
        OrderStatus.FULFILLED: AlreadyPlaced,
        OrderStatus.CANCELLED: AlreadyPlaced,
    }
    if status not in refusals:
        an_order(status=status).editable()
        return
    with pytest.raises(refusals[status]):
        an_order(status=status).editable()


def test_a_placed_order_says_so_in_the_words_of_the_contract() -> None:
    with pytest.raises(AlreadyPlaced, match=r"^This order has already been processed\.$"):
        an_order(status=OrderStatus.PLACED).editable()


def test_only_what_was_placed_counts_as_submitted() -> None:
    submitted = {status for status in OrderStatus if an_order(status=status).is_submitted}
    assert submitted == {OrderStatus.PLACED, OrderStatus.FULFILLED, OrderStatus.CANCELLED}


# Payments of an order


def test_the_balance_is_what_no_payment_covers() -> None:
    assert an_order().total == 26200
    assert an_order().balance == 0
    assert an_order(payments=()).balance == 26200
    assert an_order(payments=(a_payment(amount=200), a_payment(id="second", amount=30_000))).balance == -4000
    assert an_order().with_basket(a_basket(shipping=None)).balance == -1000


def test_a_payment_sent_again_replaces_itself() -> None:
    changed = a_payment(amount=100)
    assert an_order().with_payment(changed).payments == (changed,)
    assert an_order().without_payment(changed).payments == ()


def test_a_payment_sent_again_keeps_its_place_so_that_the_agreement_stands() -> None:
    gift, card = a_payment(id="gift", amount=4000), a_payment(id="card", amount=22200)
    both = an_order(payments=(gift, card))
    again = both.with_payment(gift)
    assert again.payments == (gift, card)
    assert fingerprint(again.basket, again.payments) == fingerprint(both.basket, both.payments)


def test_a_payment_is_found_by_its_gateway_and_token() -> None:
    assert an_order().payment("sandbox-1", "tok_approve") == a_payment()
    for gateway_id, token in [("sandbox-1", "tok_decline"), ("another", "tok_approve")]:
        with pytest.raises(NotFound) as refusal:
            an_order().payment(gateway_id, token)
        assert refusal.value.problems[0].field == "token"


# Authorizations


@pytest.mark.parametrize("now", PaymentState)
@pytest.mark.parametrize("then", PaymentState)
def test_an_authorization_moves_only_as_its_table_says(now: PaymentState, then: PaymentState) -> None:
    before = an_authorization(state=now, reference="gw-1")
    if then is now or then in payment.TRANSITIONS[now]:
        assert before.to(then) == replace(before, state=then)
    else:
        with pytest.raises(Refused) as refusal:
            before.to(then)
        assert refusal.value.problems[0].field == "payment"


def test_the_reference_of_a_gateway_is_kept_until_it_names_another() -> None:
    asked = an_authorization().to(PaymentState.AUTHORIZING)
    authorized = asked.to(PaymentState.AUTHORIZED, "gw-1")
    assert authorized.to(PaymentState.VOIDED).reference == "gw-1"
    assert authorized.to(PaymentState.VOIDED, "gw-2").reference == "gw-2"


def test_money_is_never_asked_for_without_being_written_down_first() -> None:
    before_asking = {state for state, after in payment.TRANSITIONS.items() if PaymentState.AUTHORIZED in after}
    assert before_asking == {PaymentState.AUTHORIZING}


@pytest.mark.parametrize("held", [PaymentState.AUTHORIZED, PaymentState.UNKNOWN, PaymentState.REQUIRES_ACTION])
def test_money_that_may_be_held_can_always_be_given_up(held: PaymentState) -> None:
    assert {PaymentState.VOIDED, PaymentState.VOID_PENDING} <= payment.TRANSITIONS[held]


def test_authorized_money_leaves_an_attempt_only_by_a_void() -> None:
    assert reachable(payment.TRANSITIONS, PaymentState.AUTHORIZED) == {
        PaymentState.AUTHORIZED,
        PaymentState.VOID_PENDING,
        PaymentState.VOIDED,
    }


# Attempts


@pytest.mark.parametrize("now", AttemptState)
@pytest.mark.parametrize("then", AttemptState)
def test_an_attempt_moves_only_as_its_table_says(now: AttemptState, then: AttemptState) -> None:
    before = an_attempt(state=now)
    if then in attempt.TRANSITIONS[now]:
        assert before.to(then) == replace(before, state=then)
    else:
        with pytest.raises(Refused) as refusal:
            before.to(then)
        assert refusal.value.problems[0].field == "attempt"


@pytest.mark.parametrize("state", AttemptState)
def test_an_attempt_is_over_when_it_is_placed_or_undone(state: AttemptState) -> None:
    assert an_attempt(state=state).is_final == (state in {AttemptState.PLACED, AttemptState.UNDONE})


@given(st.lists(st.sampled_from(AttemptState), max_size=20))
def test_an_attempt_being_undone_is_never_placed(wishes: list[AttemptState]) -> None:
    current, undoing = an_attempt(), False
    for wish in wishes:
        if wish in attempt.TRANSITIONS[current.state]:
            current = current.to(wish)
        undoing = undoing or current.state is AttemptState.UNDOING
        assert not (undoing and current.state is AttemptState.PLACED)


def test_each_run_of_an_attempt_is_an_execution_of_its_own() -> None:
    assert an_attempt().run_name == "01JXATTEMPT000000000000000-1"
    assert an_attempt(run=2).run_name == "01JXATTEMPT000000000000000-2"


def test_an_attempt_keeps_one_authorization_per_payment_in_their_order() -> None:
    first, second = an_authorization(payment_id="first"), an_authorization(payment_id="second")
    asked = first.to(PaymentState.AUTHORIZING)
    assert an_attempt(authorizations=(first, second)).with_authorization(asked).authorizations == (asked, second)


# Holds


@pytest.mark.parametrize(
    ("state", "later", "keeps"),
    [
        (HoldState.ACTIVE, 599, True),
        (HoldState.ACTIVE, 600, False),
        (HoldState.CLAIMED, 10**9, True),
        (HoldState.RELEASED, 0, False),
    ],
)
def test_units_are_kept_until_the_hold_expires_unless_they_are_sold(state: HoldState, later: int, keeps: bool) -> None:
    assert a_hold(state=state).keeps(NOON + later) is keeps
