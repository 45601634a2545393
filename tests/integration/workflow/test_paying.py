"""An agreed order is paid while functions are killed and others pay: its money is taken once, or the order is free."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import count

import pytest

from tests.builders import a_payment, a_shop, a_variant, an_agreed_order
from tests.contract.faults import Killed, interrupted_at
from tests.fakes.state_machine import Start
from tests.integration.deployment import Deployment
from till.adapters import aws
from till.application.identifiers import steady_ulid
from till.application.limits import BACKEND
from till.application.paying import Paid, Paying
from till.application.repaying import LOST_SECONDS
from till.domain.errors import Locked, Refused, TillError
from till.domain.order import Order, OrderStatus
from till.domain.payment import PaymentState
from till.runtime import wiring

TOTAL = 26200


def agreed(till: Deployment) -> Order:
    till.forget_orders()
    wiring.stock().set_on_hand("acme", a_variant().id, 1000)
    order_id = wiring.new_id()
    order = an_agreed_order(id=order_id, public_id=order_id + "x" * 38, created_at=till.clock.seconds())
    return wiring.orders().create(order)


def use_case(till: Deployment) -> Paying:
    """Where waiting takes no time."""
    return replace(wiring.paying(), placing=till.placing())


def pay(
    till: Deployment,
    order: Order,
    name: str = "mine",
    amount: int | None = None,
    token: str = "tok_approve",  # noqa: S107  # the sandbox's tokens are no secrets
) -> Paid:
    payment = a_payment(id=steady_ulid(name), token=token, is_purchase=True)
    return use_case(till).pay(a_shop(), order.id, payment, amount, BACKEND)


def settle(till: Deployment, order: Order) -> None:
    """What the fulfilment workflow does in the end."""
    till.clock.pass_(seconds=LOST_SECONDS)
    for _ in range(3):
        if till.order(order.id).placed_at:
            till.settling().settle("acme", order.id)


def taken(till: Deployment) -> int:
    """What the gateway took; it holds nothing else."""
    entries = till.ledger()
    assert all(one.captured == one.amount for one in entries if one.state is PaymentState.AUTHORIZED)
    return sum(one.captured for one in entries)


def assert_paid_once(till: Deployment, order: Order, sold: int) -> None:
    settle(till, order)
    assert taken(till) == TOTAL
    sale = wiring.sales().get("acme", order.id)[1]
    assert (sale.balance, sale.charge) == (0, "captured")
    assert till.stock().allocated == sold + 1


def killing(till: Deployment) -> Callable[[], None]:
    """The storefront's own function dies, not one of the workflow that it waits for."""

    def kill() -> None:
        if not till.is_in_step:
            raise Killed

    return kill


@pytest.mark.parametrize("first", [0, 10_000])
def test_a_workflows_function_that_is_killed_at_any_moment_has_the_order_paid_once(
    till: Deployment, first: int
) -> None:
    for call in count(step=2 if first else 1):
        order, sold = agreed(till), till.stock().allocated
        if first:
            pay(till, order, "first", first)
        with till.killed(call) as calls, suppress(TillError):
            pay(till, order)
        for _ in range(2):
            with suppress(Locked):
                pay(till, order)
            settle(till, order)
        assert_paid_once(till, order, sold)
        if not calls.killed:
            assert call > 8
            return


@pytest.mark.parametrize("first", [0, 10_000])
@pytest.mark.parametrize("after", [False, True])
def test_a_storefronts_function_that_is_killed_at_any_moment_has_the_order_paid_once_by_the_same_payment(
    till: Deployment, first: int, after: bool
) -> None:
    for call in range(after, 36, 5):
        order, sold = agreed(till), till.stock().allocated
        if first:
            pay(till, order, "first", first)
        with suppress(Killed), interrupted_at(aws.client("dynamodb"), call, killing(till), after=after):
            pay(till, order)
        with suppress(Locked):
            pay(till, order)
        assert pay(till, order).payment.amount == TOTAL - first
        assert_paid_once(till, order, sold)


@pytest.mark.parametrize("after", [False, True])
def test_two_first_payments_at_once_are_one_and_the_other_is_told_to_try_again_or_that_nothing_is_left(
    till: Deployment, after: bool
) -> None:
    for call in range(after, 24, 4):
        order, sold = agreed(till), till.stock().allocated
        refusals: list[type[Exception]] = []

        def meanwhile(order: Order = order, refusals: list[type[Exception]] = refusals) -> None:
            try:
                pay(till, order, "theirs")
            except (Locked, Refused) as refused:
                refusals.append(type(refused))

        with interrupted_at(aws.client("dynamodb"), call, meanwhile, after=after):
            try:
                pay(till, order)
            except (Locked, Refused) as refused:
                refusals.append(type(refused))
        assert len(refusals) == 1
        assert_paid_once(till, order, sold)
        assert len([one for one in till.ledger() if one.captured]) == 1


def test_a_lost_execution_is_waited_for_by_the_same_payment_and_refused_to_another(till: Deployment) -> None:
    order, sold = agreed(till), till.stock().allocated
    till.machine.starts = Start.IS_LOST
    with pytest.raises(Locked):
        pay(till, order)
    till.machine.starts = Start.RUNS
    with pytest.raises(Locked):  # it is started again for whoever comes next
        pay(till, order, "theirs")
    assert pay(till, order).payment.id == steady_ulid("mine")
    assert_paid_once(till, order, sold)


def test_a_gateway_that_does_not_answer_leaves_the_order_open_and_its_money_free(till: Deployment) -> None:
    order = agreed(till)
    with pytest.raises(Refused, match="could not be confirmed"):
        pay(till, order, token="tok_success_after_first_query")
    till.clock.pass_(minutes=3)
    till.undoing().retry_due()
    till.clock.pass_(minutes=15)
    till.undoing().retry_due()
    assert till.live() == []
    assert (till.order(order.id).status, till.order(order.id).payments) == (OrderStatus.OPEN, ())
    pay(till, order, "another card")
    assert taken(till) == TOTAL


def test_a_parked_payment_that_nobody_goes_on_with_is_undone_and_the_order_waits_on(till: Deployment) -> None:
    order = agreed(till)
    assert pay(till, order, token="tok_requires_action").client_secret
    till.clock.pass_(minutes=16)
    till.reap()
    found = till.order(order.id)
    assert (found.status, found.payments, found.expires_at, till.live()) == (OrderStatus.OPEN, (), 0, [])
    till.clock.pass_(minutes=60 * 24 * 400)
    assert pay(till, order).sale


def test_an_order_for_which_the_price_has_changed_is_paid_as_it_was_agreed(till: Deployment) -> None:
    order = agreed(till)
    dearer = replace(a_variant(), prices={"CAD": 99_900})
    till.change_product(lambda product: replace(product, variants=(dearer,)))
    pay(till, order)
    assert taken(till) == TOTAL
