"""One order, played again and again from the same beginning: by its shopper, by what AWS does, and by a fault."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from tests.builders import a_basket, a_line, a_payment, a_receiver
from tests.fakes.outbound import FakeOutbound
from tests.fakes.state_machine import Start
from tests.integration.deployment import TABLES, Deployment, put_ready_order
from tests.integration.gift_cards import GATEWAY, a_gift_card, take_gift_cards
from tests.integration.placed import MUG_LINE, sell_mugs
from tests.stress.chaos import Chaos, ChaoticOutbound
from tests.stress.judge import Judge, Verdict
from till.adapters import aws
from till.domain.attempt import Goal
from till.domain.basket import Basket
from till.domain.errors import Busy, Refused
from till.domain.order import Order, OrderStatus
from till.domain.pricing import price

GIFT, FIRST_CARD = 4000, 10_000
_MOST_WAITS = 20

type _Items = dict[tuple[str, str], dict[str, Any]]


@dataclass
class Stage:
    """A shop with a platform, and with all that can be held: two variants, a gift card, a code's one use, and two cards
    to pay with."""

    till: Deployment
    chaos: Chaos
    platform: FakeOutbound = field(init=False)
    order: Order = field(init=False)
    _basket: Basket = field(init=False)
    _gift_card_id: str = field(init=False)
    _tables: dict[str, _Items] = field(init=False)

    def __post_init__(self) -> None:
        platform = a_receiver(id="platform")
        self.platform = FakeOutbound({platform.url: lambda _: {"id": "A-1"}})
        self.till.other_outbound = ChaoticOutbound(self.platform, self.chaos)
        self.till.change_shop(platform=platform)
        take_gift_cards(self.till)
        sell_mugs(self.till)
        last_use = self.till.offer("LAST", most_uses=1)
        self._basket = a_basket(lines=(a_line(), MUG_LINE), discounts=(last_use,))
        self._gift_card_id = a_gift_card(self.till, GIFT).card.id
        self._tables = {table.lower(): _items(table.lower()) for table in TABLES.values()}

    def begin(self, second_card: str = "tok_approve") -> None:
        """All as it was, with an order that only waits to be processed."""
        self._reset()
        rest = price(self._basket).total - GIFT - FIRST_CARD
        payments = (
            a_payment(id="gift", gateway_id=GATEWAY.id, type="gift_card", token=self._gift_card_id, amount=GIFT),
            a_payment(id="first", amount=FIRST_CARD),
            a_payment(id="second", token=second_card, amount=rest),
        )
        self.order = put_ready_order(self.till, basket=self._basket, payments=payments)

    # What goes on. Whatever a function dies of, the next one comes.

    def submit(self, goal: Goal = Goal.PROCESS) -> None:
        """Its shopper's call, whatever is answered."""
        self.chaos.does("submit", lambda: self.till.placing().submit("acme", self.order.id, goal))

    def streams(self) -> None:
        self.chaos.does("streams", self.till.deliver_streams)

    def reaper(self) -> None:
        self.chaos.does("reaper", self.till.reap)

    def voids(self) -> None:
        self.chaos.does("voids", self.till.undoing().retry_due)

    @property
    def is_parked(self) -> bool:
        return self.till.order(self.order.id).status is OrderStatus.PARKED

    # The end

    def ends(self, retries: int = 0) -> Verdict:
        """What becomes of it once nothing strikes any more: its shopper tries so often again, then leaves."""
        self.chaos.end()
        for _ in range(retries):
            self._submit_again()
        judge = Judge(self.till, self.platform)
        for _ in range(2):
            self.till.clock.pass_(minutes=3)
            self.till.reap()
            self.till.reap()
            self.till.deliver_streams(times=2)
            if not judge.stands_still():
                break
        if not self.is_parked:  # that waits for its shopper
            judge.holds_nothing(self.order)
        if judge.stands_still():
            self._bring_the_rest_to_its_end()
        self._charges_go_on()
        return judge.judge(self.order)

    def is_placed_by_another_try(self) -> None:
        """An order that is open again can be placed. Raises `AssertionError`."""
        for _ in range(2):  # once more for who must act
            self._submit_again()
        assert self.ends() is Verdict.PLACED

    def _submit_again(self) -> None:
        with suppress(Busy, Refused):
            self.till.placing().submit("acme", self.order.id, Goal.PROCESS)

    def _bring_the_rest_to_its_end(self) -> None:
        """Who was asked to act does not come back, gateways are asked again after an hour."""
        self.till.clock.pass_(minutes=20)
        self.till.reap()
        for minutes in (2, 15, 60, 60):
            self.till.clock.pass_(minutes=minutes)
            self.till.undoing().retry_due()
        self.till.deliver_streams()
        self.till.reap()

    def _charges_go_on(self) -> None:
        """A gateway that did not answer is asked again, after the waits of the fulfilment workflow."""
        for _ in range(_MOST_WAITS):
            waiting = [one for one in self.till.fulfilment.executions.values() if one.status == "RUNNING"]
            for execution in waiting:
                self.till.clock.pass_(seconds=execution.waits)
                self.till.fulfilment.run(execution)
            if not waiting:
                return

    def _reset(self) -> None:
        for table, before in self._tables.items():
            now = _items(table)
            gone, changed = now.keys() - before, [item for at, item in before.items() if now.get(at) != item]
            requests: list[Any] = [
                {"DeleteRequest": {"Key": {name: now[at][name] for name in ("pk", "sk")}}} for at in gone
            ]
            requests += [{"PutRequest": {"Item": item}} for item in changed]
            for some in batched(requests, 25, strict=False):
                aws.client("dynamodb").batch_write_item(RequestItems={table: some})
        for machine in (self.till.machine, self.till.fulfilment):
            machine.executions.clear()
            machine.starts = Start.RUNS
        self.till.put_events.clear()
        self.platform.delivered.clear()
        self.till.clock.ahead = 0


def _items(table: str) -> _Items:
    found = aws.client("dynamodb").scan(TableName=table)["Items"]
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in found}
