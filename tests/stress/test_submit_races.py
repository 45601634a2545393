"""Many submits at once, with the real handlers and the real workflow: one order, paid once, and the stock says so."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import cycle

import pytest

from tests.builders import a_basket, a_line, a_payment, a_shop, a_variant
from tests.contract.counters import assert_counters_add_up
from tests.integration.api import Reply
from tests.integration.bank import Bank, body
from tests.integration.deployment import LIVE, Deployment, put_ready_order
from tests.integration.placed import MUG, MUG_LINE, sell_mugs
from tests.integration.shopper import Shopper
from tests.proof import Guarantee, Proof, proves
from tests.stress.threads import at_once
from till.adapters import aws
from till.adapters.dynamodb.documents import unpack
from till.adapters.payments.sandbox import LedgerEntry
from till.adapters.payments.sandbox_acts import Act, perform
from till.domain.basket import LineItem
from till.domain.order import Order
from till.domain.pricing import price
from till.domain.stock import StockLevel
from till.runtime import wiring

BREWER = a_variant().id
SUBMITS = 16
SHOPPERS = 12
# What clients send again by themselves: another request is at the order, or the shop is busy.
AGAIN = (503, 530)


@pytest.fixture
def till(live_till: Deployment) -> Iterator[Deployment]:
    """With brewing systems and mugs for everybody. At the end money and stock are counted, whatever was tried."""
    live_till.lift_limits()
    sell_mugs(live_till)
    stocked(1_000_000)
    yield live_till
    live_till.deliver_holds()
    assert_paid_and_sold(orders())


def stocked(units: int) -> None:
    """So many of each, on top of those that are sold."""
    for variant, level in levels().items():
        wiring.stock().set_on_hand("acme", variant, level.allocated + units)


def levels() -> dict[str, StockLevel]:
    return dict(wiring.stock().levels("acme", [BREWER, MUG.id]))


def orders() -> list[Order]:
    """All that there are."""
    pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName="orderstable", ConsistentRead=True)
    items = (item for page in pages for item in page["Items"])
    return [unpack(Order, item["body"]["B"]) for item in items if item.get("kind") == {"S": "ORDER"}]


def ledger() -> list[LedgerEntry]:
    """All that the sandbox was asked for."""
    page = wiring.gateways().ledger(a_shop(), "sandbox-1", 100, "")
    entries = [*page.data]
    while page.next_cursor:
        page = wiring.gateways().ledger(a_shop(), "sandbox-1", 100, page.next_cursor)
        entries += page.data
    return entries


def assert_paid_and_sold(there: list[Order]) -> None:
    """The gateway holds what each placed order comes to, once, and nothing else; the stock is what they have."""
    placed = [order for order in there if order.is_submitted]
    held = Counter((entry.order_id, entry.amount) for entry in ledger() if entry.state in LIVE)
    assert held == Counter((order.id, order.total) for order in placed)
    sold = Counter[str]()
    for order in placed:
        sold.update(order.basket.quantities())
    assert {one: (level.held, level.allocated) for one, level in levels().items()} == {
        one: (0, sold[one]) for one in (BREWER, MUG.id)
    }
    assert_counters_add_up(aws.client("dynamodb"), "stocktable")


def ready(till: Deployment, *lines: LineItem, paid_with: str = "tok_approve") -> Shopper:
    """A shopper whose order only waits to be processed."""
    basket = a_basket(lines=lines)
    payment = a_payment(token=paid_with, amount=price(basket).total)
    return Shopper(till, put_ready_order(till, basket=basket, payments=(payment,)))


def submitted(shopper: Shopper, key: str) -> Reply:
    """What becomes of the order, for a client that tries again where it is told to."""
    while (reply := shopper.process(key=key)).status in AGAIN:
        time.sleep(random.uniform(0, 0.05))  # noqa: S311  # as clients do
    return reply


@proves(Guarantee.ONE_ORDER)
def test_an_order_that_is_submitted_by_many_at_once_is_placed_and_paid_once(till: Deployment, proof: Proof) -> None:
    rounds = proof.rounds(10, 500)
    answers = Counter[int]()
    for number in range(rounds):
        shopper = ready(till, a_line())
        clicks = (partial(shopper.process, key=f"click-{number:06}-{n:06}") for n in range(SUBMITS))
        got = Counter(reply.status for reply in at_once(*clicks))
        assert got.keys() <= {200, 422, *AGAIN}
        assert got[200] <= 1
        (attempt,) = till.attempts(shopper.order_id)
        assert (attempt.state, till.order(shopper.order_id).attempt_id) == ("placed", attempt.id)
        answers += got
    placed = sum(order.is_submitted for order in orders())
    authorized = sum(entry.state == "authorized" for entry in ledger())
    assert (placed, authorized) == (rounds, rounds)
    proof.saw(
        f"{rounds} orders, each submitted by {SUBMITS} at once under keys of their own",
        f"{placed} orders placed, {authorized} authorizations; {answers[200]} answered with the order, "
        f"{answers[422]} that it is placed, {sum(answers[one] for one in AGAIN)} to try again",
    )


@proves(Guarantee.SAME_ANSWER)
def test_a_submit_that_is_sent_many_times_at_once_under_one_key_is_answered_alike(
    till: Deployment, proof: Proof
) -> None:
    rounds = proof.rounds(5, 30)
    answers = Counter[int]()
    for number in range(rounds):
        shopper = ready(till, a_line())
        got = at_once(*[partial(submitted, shopper, f"repeated-{number:08}")] * SUBMITS)
        answers.update(reply.status for reply in got)
        assert {reply.status for reply in got} == {200}
        assert len({str(reply.state["order_total"]) for reply in got}) == 1
        assert len(till.attempts(shopper.order_id)) == 1
    authorized = sum(entry.state == "authorized" for entry in ledger())
    assert authorized == rounds
    proof.saw(
        f"{rounds} submits, each sent {SUBMITS} times at once under one key",
        f"{answers[200]} of {answers.total()} answered with the order, {authorized} authorizations",
    )


CARTS = {
    "one line": ((a_line(),),),
    "one SKU on two lines": ((a_line(), a_line(key="line-2")),),
    "two SKUs, in opposite order": ((a_line(), MUG_LINE), (MUG_LINE, a_line())),
}


@proves(Guarantee.SOLD_ONCE)
@pytest.mark.parametrize("carts", CARTS)
def test_as_many_orders_are_placed_as_there_is_stock_for(till: Deployment, proof: Proof, carts: str) -> None:
    rounds, most = proof.rounds(1, 8), 4
    placed = 0
    for number in range(rounds):
        # One unit too few for one more.
        wanted = a_basket(lines=CARTS[carts][0]).quantities()
        for variant, level in levels().items():
            units = most * wanted.get(variant, 0) + wanted.get(variant, 1) - 1
            wiring.stock().set_on_hand("acme", variant, level.allocated + units)
        lines = cycle(CARTS[carts])
        shoppers = [ready(till, *next(lines)) for _ in range(SHOPPERS)]
        works = (partial(submitted, shopper, f"buys-{number:04}-{n:08}") for n, shopper in enumerate(shoppers))
        got = at_once(*works)
        assert Counter(reply.status for reply in got) == {200: most, 422: SHOPPERS - most}
        refused = {error["sub_type"] for reply in got if reply.status == 422 for error in reply.errors}
        assert refused == {"insufficient_stock"}
        till.deliver_holds()
        assert all(level.available == wanted.get(one, 1) - 1 for one, level in levels().items())
        placed += sum(reply.status == 200 for reply in got)
    proof.saw(f"{rounds} times {SHOPPERS} shoppers at what is enough for {most}: {carts}", f"{placed} orders placed")


@proves(Guarantee.ONE_ORDER)
def test_a_gateways_notice_and_the_shopper_who_returns_make_one_order(till: Deployment, proof: Proof) -> None:
    rounds = proof.rounds(5, 100)
    bank, sandbox = Bank(till), wiring.gateways().sandbox(a_shop(), "sandbox-1")
    by_notice = 0
    for _ in range(rounds):
        shopper = ready(till, a_line(), paid_with="tok_requires_action")
        assert shopper.process().status == 202
        order = till.order(shopper.order_id)
        (attempt,) = till.attempts(order.id)
        [authorization] = attempt.authorizations
        perform(sandbox, authorization.key, Act.CONFIRM, None)
        notice = body(order.id, authorization.key)
        # So that each is first now and then: a notice is asked back about at the gateway.
        pauses = [0, *(random.uniform(0, longest) for longest in (0.02, 0.1, 0.1))]  # noqa: S311  # no secret

        def returns(pause: float, shopper: Shopper = shopper) -> int:
            time.sleep(pause)
            return shopper.process().status

        def is_told(pause: float, notice: bytes = notice) -> int:
            time.sleep(pause)
            return bank.post(notice).status

        told, again, *returned = at_once(
            partial(is_told, pauses[0]),
            partial(is_told, pauses[1]),
            partial(returns, pauses[2]),
            partial(returns, pauses[3]),
        )
        assert {told, again} <= {200, 503}
        assert set(returned) <= {200, 422, *AGAIN}
        assert till.order(order.id).is_submitted
        (attempt,) = till.attempts(order.id)
        by_notice += attempt.went_on
    authorized = sum(entry.state == "authorized" for entry in ledger())
    assert authorized == rounds
    proof.saw(
        f"{rounds} orders confirmed at the bank; the notice twice and the shopper twice at once",
        f"{authorized} orders and authorizations; the notice was first {by_notice} times",
    )
