"""Refunds, cancellations and fulfilments under faults: money, goods and gift cards move once, whatever breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

import pytest
from moto import mock_aws

from tests.builders import a_payment, a_variant
from tests.contract.counters import assert_counters_add_up
from tests.contract.faults import Killed, interrupted_at, killed_at
from tests.contract.placed_order import ORDER, PlacedOrder
from tests.contract.test_settling import die, once, silent
from till.application.settling import Next
from till.domain.errors import Locked, Refused, TillError
from till.domain.gift_card import MovementKind
from till.domain.order import OrderStatus
from till.domain.payment import GIFT_CARD
from till.domain.refunding import Wanted, WantedLine
from till.domain.sale import ChargeState, Tracking
from till.domain.shop import CaptureMode
from till.domain.stock import StockLevel
from till.domain.transaction import TransactionState

BREWER, CODE, GIFT = a_variant().id, "CODE#1", "GIFT#gift-1"
PAYMENTS = (
    a_payment(id="gift", type=GIFT_CARD, token="gift-1", amount=4000),
    a_payment(id="card", amount=22200, gateway_key="attempt:card"),
)
KEY = "operation-1"
ALL = Wanted(lines=(WantedLine("line-1", 1, restock=True),), shipping=None)
SPENT = [(MovementKind.LOADED, 10_000), (MovementKind.SPENT, -4000)]
PAID_BACK = [*SPENT, (MovementKind.REFUNDED, 4000)]
UNTOUCHED, SHIPPED = StockLevel(10, 0, 0, 10), StockLevel(9, 0, 0, 9)


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    with mock_aws():
        yield


def an_order_with_a_gift_card_and_a_code(mode: CaptureMode = CaptureMode.ASYNC) -> PlacedOrder:
    """262.00: 40.00 by gift card, the rest by card, with a code that can be used ten times."""
    return PlacedOrder(payments=PAYMENTS, allocated={BREWER: 1, CODE: 1}, capture_mode=mode)


@dataclass(frozen=True)
class Case:
    """What a merchant does with an order, and how one can tell that it took place exactly once."""

    do: Callable[[PlacedOrder], object]
    took_place: Callable[[PlacedOrder], None]
    call: str
    charged: bool = True
    mode: CaptureMode = CaptureMode.ASYNC

    def order(self) -> PlacedOrder:
        till = an_order_with_a_gift_card_and_a_code(self.mode)
        if self.charged:
            till.settle()
        till.gateways.calls.clear()
        return till


def refund(till: PlacedOrder, wanted: Wanted = ALL, key: str = KEY) -> object:
    return till.after_sales.refund("acme", ORDER, key, wanted)


def cancel(till: PlacedOrder) -> object:
    return till.after_sales.cancel("acme", ORDER, KEY, "")


def fulfil(till: PlacedOrder) -> object:
    return till.after_sales.fulfil("acme", ORDER, KEY, (), Tracking("Post", "1Z"))


def is_refunded(till: PlacedOrder) -> None:
    assert (till.captures(), till.refunds()) == ([22200], [22200])
    assert till.movements("gift-1") == PAID_BACK
    assert till.level(GIFT) == StockLevel(10_000, 0, 0, 10_000)
    assert till.level(BREWER) == UNTOUCHED
    assert len(till.sale.refunds) == 1
    assert till.history().count(("refund", "requested")) == 1
    assert till.history().count(("refund", "succeeded")) == 2
    assert till.events().count("order.refunded") == 1
    assert till.order.status is OrderStatus.PLACED


def is_cancelled(till: PlacedOrder) -> None:
    assert till.order.status is OrderStatus.CANCELLED
    assert till.movements("gift-1") == PAID_BACK
    assert till.level(BREWER) == till.level(CODE) == UNTOUCHED
    assert till.history().count(("cancel", "requested")) == 1
    assert till.events().count("order.cancelled") == 1


def is_voided(till: PlacedOrder) -> None:
    is_cancelled(till)
    assert till.ledger()["attempt:card"] == ("voided", 0)
    assert till.sale.charge is ChargeState.VOIDED


def is_paid_back(till: PlacedOrder) -> None:
    is_cancelled(till)
    assert (till.captures(), till.refunds()) == ([22200], [22200])


def is_sent(till: PlacedOrder) -> None:
    assert till.order.status is OrderStatus.FULFILLED
    assert (till.captures(), till.sale.charge) == ([22200], ChargeState.CAPTURED)
    assert till.level(BREWER) == SHIPPED
    assert len(till.sale.fulfilments) == 1
    assert till.events().count("order.fulfilled") == 1
    assert till.movements("gift-1") == SPENT


CASES = {
    "refund": Case(refund, is_refunded, "refund"),
    "cancel before the charge": Case(cancel, is_voided, "void", charged=False),
    "cancel after the charge": Case(cancel, is_paid_back, "refund"),
    "fulfil, charged before": Case(fulfil, is_sent, "capture", charged=False),
    "fulfil, charged for it": Case(fulfil, is_sent, "capture", charged=False, mode=CaptureMode.ON_FULFILMENT),
}


@pytest.fixture(params=list(CASES.values()), ids=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def assert_done_once(case: Case, till: PlacedOrder) -> None:
    assert till.sale.is_settled
    case.took_place(till)
    assert_counters_add_up(till.client, "StockTable")


def test_it_takes_place(case: Case) -> None:
    till = case.order()
    case.do(till)
    assert_done_once(case, till)


def test_it_takes_place_once_however_often_it_is_asked_for(case: Case) -> None:
    till = case.order()
    case.do(till)
    before, calls = till.sale, len(till.gateways.calls)
    till.pass_(days=40)
    case.do(till)
    till.settle()
    assert (till.sale, len(till.gateways.calls)) == (before, calls)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_function_that_is_killed_at_any_call_of_the_database_leaves_what_the_next_try_finishes(
    case: Case, after: bool
) -> None:
    for call in count():
        till = case.order()
        try:
            with killed_at(till.client, call, after=after):
                case.do(till)
        except Killed:
            case.do(till)
            assert_done_once(case, till)
        else:
            assert call > 5
            return
        finally:
            till.take_away()


def test_what_was_written_down_goes_on_without_the_merchant(case: Case) -> None:
    """The fulfilment workflow finishes what the merchant's call began and did not live to see the end of."""
    for call in count():
        till = case.order()
        try:
            with killed_at(till.client, call, after=True):
                case.do(till)
        except Killed:
            till.settle()
            if "operation" in str(till.sale.timeline) and any(
                e.detail.get("operation") == KEY for e in till.sale.timeline
            ):
                assert_done_once(case, till)
            assert till.sale.is_settled
        else:
            return
        finally:
            till.take_away()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_function_that_is_killed_at_the_gateway_leaves_what_the_next_try_finishes(case: Case, when: str) -> None:
    till = case.order()
    setattr(till.gateways, when, once(case.call, die))
    with pytest.raises(Killed):
        case.do(till)
    case.do(till)
    assert_done_once(case, till)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_gateway_that_does_not_answer_is_asked_again_under_the_same_key(case: Case, when: str) -> None:
    till = case.order()
    setattr(till.gateways, when, silent(case.call))
    with suppress(Locked):
        case.do(till)
    assert not till.sale.is_settled
    assert till.sale.pending[0].state is TransactionState.PENDING
    setattr(till.gateways, when, lambda _: None)
    assert till.settle().next in (Next.DONE, Next.WAIT)
    case.do(till)
    assert_done_once(case, till)


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_same_request_twice_at_once_is_one(case: Case, when: str) -> None:
    till = case.order()
    setattr(till.gateways, when, once(case.call, lambda: case.do(till)))
    case.do(till)
    assert_done_once(case, till)


def test_the_same_request_between_any_two_calls_of_the_database_is_one(case: Case) -> None:
    for call in count(step=2):
        till = case.order()
        came = False

        def again(till: PlacedOrder = till) -> None:
            nonlocal came
            came = True
            case.do(till)

        with interrupted_at(till.client, call, again, after=False):
            case.do(till)
        assert_done_once(case, till)
        till.take_away()
        if not came:
            assert call > 5
            return


# Of two that are not the same


def test_two_different_refunds_at_once_never_give_back_more_than_was_taken() -> None:
    most = Wanted(amount=15_000)
    for call in count():
        till = CASES["refund"].order()
        came, refused = False, 0

        def other(till: PlacedOrder = till) -> None:
            nonlocal came, refused
            came = True
            try:
                refund(till, most, "operation-2")
            except Refused:
                refused += 1

        with interrupted_at(till.client, call, other, after=False):
            try:
                refund(till, most)
            except Refused:
                refused += 1
        if not came:
            assert call > 5
            return
        assert refused == 1
        assert (till.refunds(), till.movements("gift-1")) == ([15_000], SPENT)
        assert len(till.sale.refunds) == 1
        till.take_away()


def test_two_refunds_that_both_fit_are_both_made() -> None:
    till = CASES["refund"].order()
    till.gateways.before = once("refund", lambda: refund(till, Wanted(amount=200), "operation-2"))
    refund(till, Wanted(amount=100))
    assert sorted(till.refunds()) == [100, 200]


@pytest.mark.parametrize(("first", "second"), [("cancel", "refund"), ("refund", "fulfil"), ("fulfil", "cancel")])
def test_of_two_different_things_at_once_money_and_goods_move_for_one_after_the_other(first: str, second: str) -> None:
    """Whichever comes first, the stock adds up and nothing is given back twice."""
    calls: dict[str, Callable[[PlacedOrder, str], object]] = {
        "cancel": lambda till, key: till.after_sales.cancel("acme", ORDER, key, ""),
        "refund": lambda till, key: refund(till, ALL, key),
        "fulfil": lambda till, key: till.after_sales.fulfil("acme", ORDER, key, (), Tracking()),
    }
    for call in count():
        till = CASES["refund"].order()
        came = False

        def other(till: PlacedOrder = till) -> None:
            nonlocal came
            came = True
            with suppress(TillError):
                calls[second](till, "operation-2")

        with suppress(TillError), interrupted_at(till.client, call, other, after=False):
            calls[first](till, KEY)
        till.settle()
        assert till.sale.is_settled
        assert till.refunds() in ([], [22200])
        assert till.level(BREWER) in (UNTOUCHED, SHIPPED)
        assert till.level(BREWER).allocated == 0
        assert_counters_add_up(till.client, "StockTable")
        till.take_away()
        if not came:
            return
