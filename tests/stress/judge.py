"""The judge: what the gateway, the stock, the gift cards, the codes, the platform and the order say of one order, all
together."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tests.fakes.outbound import FakeOutbound
from tests.integration.deployment import LIVE, Deployment
from till.adapters import aws
from till.domain.attempt import AttemptState
from till.domain.order import Order
from till.domain.payment import Payment
from till.domain.readiness import parts_to_hold, shares
from till.domain.sale import ChargeState, PushState
from till.runtime import wiring

type Facts = dict[str, Any]


class Verdict(StrEnum):
    """There is no third."""

    PLACED = "placed and paid"
    OPEN = "nothing taken and nothing held"


@dataclass(frozen=True)
class Judge:
    """Judges the only order of a deployment, of which nothing was sold before it."""

    till: Deployment
    platform: FakeOutbound

    def judge(self, submitted: Order) -> Verdict:
        """Of the order as it was submitted. Raises `AssertionError` with the facts where it is neither."""
        self.till.deliver_streams()
        order = self.till.order(submitted.id)
        verdict = Verdict.PLACED if order.is_submitted else Verdict.OPEN
        facts, expected = self._facts(order), self._expected(submitted, order.attempt_id, verdict)
        assert facts == expected
        return verdict

    def holds_nothing(self, submitted: Order) -> None:
        """Nobody is at the order any more: what it holds is free, although its money may still be on its way back."""
        levels = wiring.stock().levels(submitted.shop, parts_to_hold(submitted, with_stock=True))
        assert {part: level.held for part, level in levels.items() if level.held} == {}
        states = {attempt.state for attempt in self.till.attempts(submitted.id)}
        assert states <= {AttemptState.PLACED, AttemptState.UNDONE}

    def _facts(self, order: Order) -> Facts:
        parts = parts_to_hold(order, with_stock=True)
        levels = wiring.stock().levels(order.shop, parts)
        assert all(one.available == one.on_hand - one.held - one.allocated >= 0 for one in levels.values())
        attempts = self.till.attempts(order.id)
        ledger = self.till.ledger()
        sale = wiring.sales().get(order.shop, order.id)[1] if order.is_submitted else None
        return {
            "status": order.status,
            "attempts": sorted({attempt.state for attempt in attempts}),
            "placed by": [attempt.id for attempt in attempts if attempt.state is AttemptState.PLACED],
            "held": {part: level.held for part, level in levels.items()},
            "sold": {part: level.allocated for part, level in levels.items()},
            "spent": {payment.token: self._spent(order, payment) for payment in _gift_cards(order)},
            "gateway holds": {
                entry.key: entry.amount - entry.captured
                for entry in ledger
                if entry.state in LIVE and entry.amount > entry.captured
            },
            "gateway took": {entry.key: list(entry.captures.values()) for entry in ledger if entry.captured},
            "gateway gave back": [entry.key for entry in ledger if entry.refunded],
            "charge": sale.charge if sale else None,
            "push": sale.push if sale else None,
            "platform knows": {key for key, *_ in self.platform.delivered},
            "told": self._told("order.placed"),
            "stands still": self.stands_still(),
        }

    def _expected(self, order: Order, attempt_id: str, verdict: Verdict) -> Facts:
        is_placed = verdict is Verdict.PLACED
        parts = parts_to_hold(order, with_stock=True)
        amounts = {payment.id: amount for payment, amount in shares(order)} if is_placed else {}
        cards = [payment for payment in order.payments if payment.id in amounts and not payment.is_gift_card]
        attempts = {attempt.state for attempt in self.till.attempts(order.id)}
        return {
            "status": "placed" if is_placed else "open",
            "attempts": sorted(attempts & {AttemptState.PLACED, AttemptState.UNDONE}),
            "placed by": [attempt_id] if is_placed else [],
            "held": dict.fromkeys(parts, 0),
            "sold": parts if is_placed else dict.fromkeys(parts, 0),
            "spent": {payment.token: amounts.get(payment.id, 0) for payment in _gift_cards(order)},
            "gateway holds": {},
            "gateway took": {f"{attempt_id}:{payment.id}": [amounts[payment.id]] for payment in cards},
            "gateway gave back": [],
            "charge": ChargeState.CAPTURED if is_placed else None,
            "push": PushState.DELIVERED if is_placed else None,
            "platform knows": {f"order_{order.id}"} if is_placed else set(),
            "told": {f"{attempt_id}-placed"} if is_placed else set(),
            "stands still": [],
        }

    def _spent(self, order: Order, payment: Payment) -> int:
        """By the card's own ledger."""
        moved = wiring.gift_cards().movements(order.shop, payment.token, 100, "").data
        return -sum(one.amount for one in moved if one.order_id == order.id)

    def _told(self, event_type: str) -> set[str]:
        found = (one for one in self.till.put_events if one["DetailType"] == event_type)
        return {one["Detail"].split('"id": "')[1].split('"')[0] for one in found}

    def stands_still(self) -> list[str]:
        """Whatever somebody would still have to do."""
        client = aws.client("dynamodb")
        tables = [client.scan(TableName=table)["Items"] for table in ("orderstable", "stocktable")]
        return [f"{item['pk']['S']} {item['sk']['S']}" for items in tables for item in items if "duepk" in item]


def _gift_cards(order: Order) -> list[Payment]:
    return [payment for payment in order.payments if payment.is_gift_card]
