"""One order, and all that can happen to it in any order: what its shopper does, its merchant, another shopper, time.

After each step its totals, its lines, the stock and the money at the gateway are as they must be.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.builders import a_variant
from tests.integration.api import Reply
from tests.integration.deployment import LIVE, Deployment
from tests.integration.gift_cards import Issued, a_gift_card, take_gift_cards
from tests.integration.input.books import audit, check_totals
from tests.integration.input.tables import Tables
from tests.integration.placed import MUG, Placed, sell_mugs
from tests.integration.shopper import BREWER, JOHN, WINNIPEG, Json, Shopper, card
from tests.proof import Guarantee, Proof, proves
from till.domain.order import OrderStatus
from till.domain.product import Product
from till.runtime import wiring

TORONTO = WINNIPEG | {"city": "Toronto", "province": "Ontario", "province_code": "ON", "postal_code": "M5V 3L9"}
# Nothing is shipped there.
OSLO = {"country": "Norway", "country_code": "NO", "city": "Oslo", "postal_code": "0150"}
OSLO = WINNIPEG | OSLO | {"province": "", "province_code": ""}
CARDS = ("tok_approve", "tok_approve", "tok_decline", "tok_requires_action", "tok_timeout_after_success")
AFTER_SALES = ("capture", "refund", "fulfil", "cancel")
keys = st.sampled_from(["line-1", "line-2", "line-3"])
quantities = st.integers(1, 6)


class Life(RuleBasedStateMachine):
    """Of one order."""

    till: ClassVar[Deployment]
    tables: ClassVar[Tables]
    gift_card: ClassVar[Issued]
    seen: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.tables.restore()
        self.shopper = Shopper(self.till, cart_items=[BREWER])
        self.lines = {"line-1": 1}
        self.is_sold = False
        self.seen["orders"] += 1

    # The shopper

    @rule(key=keys, quantity=quantities, product=st.sampled_from(["66", "67"]))
    def add_a_line(self, key: str, quantity: int, product: str) -> None:
        body = {"platform_id": product, "quantity": quantity, "line_item_key": key}
        if self._is_done(self.shopper.post("/items", body)):
            self.lines[key] = self.lines.get(key, 0) + quantity

    @rule(key=keys, quantity=quantities)
    def change_a_quantity(self, key: str, quantity: int) -> None:
        if self._is_done(self.shopper.put("/items", {"line_item_key": key, "quantity": quantity})):
            self.lines[key] = quantity

    @rule(key=keys)
    def take_a_line_out(self, key: str) -> None:
        if self._is_done(self.shopper.delete("/items", {"line_item_key": key})):
            del self.lines[key]

    @rule(which=st.sampled_from(["shipping", "billing"]), where=st.sampled_from([WINNIPEG, WINNIPEG, TORONTO, OSLO]))
    def move(self, which: str, where: Json) -> None:
        self._is_done(self.shopper.post(f"/addresses/{which}", where))

    @rule(index=st.sampled_from(["0", "1"]))
    def choose_shipping(self, index: str) -> None:
        self._is_done(self.shopper.post("/shipping_lines", {"index": index}))

    @rule(method=st.sampled_from(["POST", "DELETE"]))
    def use_a_code_or_not(self, method: str) -> None:
        self._is_done(self.shopper.call(method, "/discounts", {"code": "SAVE10"}))

    @rule(token=st.sampled_from(CARDS), amount=st.none() | st.integers(1, 60_000))
    def pay_by_card(self, token: str, amount: int | None) -> None:
        self._is_done(self.shopper.post("/payments", card(token) | ({"amount": amount} if amount else {})))

    @rule(token=st.sampled_from(CARDS))
    def take_a_card_off(self, token: str) -> None:
        self._is_done(self.shopper.delete("/payments", card(token)))

    @rule(amount=st.integers(1, 6000))
    def pay_by_gift_card(self, amount: int) -> None:
        self._is_done(self.shopper.post("/payments", self.gift_card.payment(amount=amount)))

    @rule()
    def leave_nothing_out(self) -> None:
        steps: list[tuple[str, Json | None]] = [
            ("/customer/guest", JOHN),
            ("/addresses/shipping", WINNIPEG),
            ("/shipping_lines", {"index": "0"}),
            ("/taxes", None),
            ("/payments", card()),
        ]
        for path, body in steps:
            self._is_done(self.shopper.post(path, body))

    @rule(how=st.sampled_from(["process_order", "process_order", "pre_process_order"]))
    def submit(self, how: str) -> None:
        self._is_done(self.shopper.post(f"/{how}"))

    # Everybody else

    @rule(cents=st.integers(1, 40_000))
    def the_price_changes(self, cents: int) -> None:
        def repriced(product: Product) -> Product:
            [variant] = product.variants
            return replace(product, variants=(replace(variant, prices={"CAD": cents}),))

        self.till.change_product(repriced)

    @rule(on_hand=st.integers(0, 12))
    def the_stock_is_counted(self, on_hand: int) -> None:
        wiring.stock().set_on_hand("acme", MUG.id, on_hand)

    @rule()
    def another_shopper_buys(self) -> None:
        self._is_done(Shopper.ready(self.till, quantity=2).process())

    @rule(minutes=st.sampled_from([1, 20, 70]))
    def time_passes(self, minutes: int) -> None:
        self.till.clock.pass_(minutes=minutes)
        self.till.reap()
        self.till.undoing().retry_due()

    @precondition(lambda self: self.is_sold)
    @rule(what=st.sampled_from(AFTER_SALES), cents=st.integers(1, 9000))
    def the_merchant_goes_on(self, what: str, cents: int) -> None:
        body = {"refund": {"amount": f"{cents / 100:.2f}", "reason": "x"}, "cancel": {"reason": "x"}}.get(what, {})
        self._is_done(Placed(self.till, self.shopper.order_id).post(what, body))

    # What holds after each

    @invariant()
    def its_books_agree(self) -> None:
        self.seen["steps"] += 1
        order = self.till.order(self.shopper.order_id)
        check_totals(order)
        assert {line.key: line.quantity for line in order.basket.lines} == self.lines
        state = self.shopper.state
        assert (state["order_total"], state["order_balance"]) == (order.total, order.balance)
        self.is_sold = order.is_submitted
        attempts = self.till.attempts(order.id)
        is_parked = order.status is OrderStatus.PARKED
        bought = sum(self.lines.values())
        assert sum(self.till.stock(variant.id).held for variant in (a_variant(), MUG)) == (bought if is_parked else 0)
        keys = {made.key for attempt in attempts for made in attempt.authorizations if not attempt.is_final}
        own = {made.key for attempt in attempts for made in attempt.authorizations}
        held = {entry.key for entry in self.till.ledger() if entry.key in own and entry.state in LIVE}
        assert self.is_sold or held <= keys, "held by an attempt that is over"

    def teardown(self) -> None:
        self.seen["placed"] += audit(self.till)

    def _is_done(self, reply: Reply) -> bool:
        self.seen["calls"] += 1
        assert reply.status not in (500, 501, 502, 504), reply.raw
        self.seen["2xx"] += reply.status < 300
        return reply.status < 300


@proves(Guarantee.ANY_INPUT)
def test_whatever_happens_to_an_order_its_totals_its_stock_and_its_money_are_right(
    till: Deployment, proof: Proof
) -> None:
    take_gift_cards(till)
    till.lift_limits()
    sell_mugs(till)
    till.offer(most_uses=2)
    seen: Counter[str] = Counter()
    gift_card = a_gift_card(till, 5000)
    lives = type("Lives", (Life,), {"till": till, "tables": Tables(till), "gift_card": gift_card, "seen": seen})
    rounds = settings(
        max_examples=proof.rounds(3, 25),
        stateful_step_count=30,
        deadline=None,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(lives, settings=rounds)
    assert seen["placed"]
    proof.saw(
        f"{seen['steps']} steps of shoppers, merchant and time in any order, in the lives of {seen['orders']} orders",
        f"{seen['2xx']} of {seen['calls']} calls answered 2xx, {seen['placed']} orders placed, books right after each",
    )
