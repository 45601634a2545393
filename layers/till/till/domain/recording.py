"""The flight recorder of an order: all that is stored of it, and in one sentence what happened to its payment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from till.domain.attempt import Attempt, AttemptState
from till.domain.delivery import Delivery
from till.domain.event import Event
from till.domain.money import to_decimal
from till.domain.order import Order, OrderStatus
from till.domain.payment import PendingVoid
from till.domain.sale import ChargeState, Sale
from till.domain.shop import CaptureMode
from till.domain.transaction import TransactionKind

# The code of a problem that the gateway's answer led to, and how that is said.
_DECLINED = {"payment_declined": "was declined", "payment_unknown": "was not answered by the gateway"}
_WAITS = {
    CaptureMode.ASYNC: "it is being charged",
    CaptureMode.ON_FULFILMENT: "it is charged when goods are sent",
    CaptureMode.ON_REQUEST: "it is charged when you ask for it",
}
_ACTION = "requires_action"


@dataclass(frozen=True, slots=True)
class Announced:
    """An event of the order, and when it was on the bus; 0 while it waits to be. Unix seconds."""

    event: Event
    published_at: int = 0


@dataclass(frozen=True, slots=True)
class Recording:
    """An order with everything that was done for it. Attempts and events are in the order in which they began."""

    order: Order
    sale: Sale | None = None
    attempts: tuple[Attempt, ...] = ()
    events: tuple[Announced, ...] = ()
    voids: tuple[PendingVoid, ...] = ()
    deliveries: tuple[Delivery, ...] = ()

    @property
    def story(self) -> str:
        """What happened to the payment, from the first try to now."""
        clauses = [*_tries(self.attempts), *self._now()]
        return "; ".join((clauses[0][0].upper() + clauses[0][1:], *clauses[1:])) + "."

    def _now(self) -> Iterator[str]:
        if self.sale:
            yield from self._sold(self.sale)
        else:
            yield self._unsold()
        if self.voids:
            asked = sum(one.authorization.amount for one in self.voids)
            yield f"{self._money(asked)} of an earlier try may still be held, and is being given up"

    def _unsold(self) -> str:
        last = self.attempts[-1] if self.attempts else None
        if self.order.status is OrderStatus.PROCESSING:
            return "a payment is being made right now"
        if self.order.status is OrderStatus.PARKED and last:
            asked = self._money(sum(one.amount for one in last.authorizations))
            if last.client_secret:
                return f"{asked} waits for the shopper to confirm it with their bank (3-D Secure)"
            return f"{asked} is authorized, and waits for the shopper to place the order"
        if self.order.status is OrderStatus.CANCELLED:
            return "the order was cancelled before it was paid"
        return "the order is not paid" if self.attempts else "nobody has tried to pay this order yet"

    def _sold(self, sale: Sale) -> Iterator[str]:
        given = sum(one.amount for one in sale.payments if one.is_gift_card)
        asked, taken, back = self.order.total - given, sale.total_captured - given, sale.total_refunded
        if not self.order.total:
            yield "nothing was to be paid, and the order was placed"
        if given:
            yield f"{self._money(given)} was paid by gift card" + ("" if asked else ", and the order placed")
        if asked:
            yield f"{self._money(asked)} {self._agreed()}"
        if taken:
            yield f"{self._money(taken)} was charged"
        if sale.charge is ChargeState.FAILED:
            yield f"the charge failed: {sale.charge_problem.rstrip('.')}"
        elif sale.charge is ChargeState.VOIDED:
            yield "the order was cancelled, and what was not charged is given up"
        elif sale.balance:
            yield f"{self._money(sale.balance)} is still to be paid"
        elif sale.charge is ChargeState.PENDING and not taken:
            yield _WAITS[sale.capture_mode]
        if back:
            yield f"{self._money(back)} was given back"
        if on_its_way := sale.asked(TransactionKind.REFUND):
            yield f"{self._money(on_its_way)} is on its way back"
        if any(one.is_stuck for one in sale.transactions):
            yield "the gateway has not answered for hours: somebody must look"
        if any(one.what == "dispute" for one in sale.timeline):
            yield "it is disputed"

    def _agreed(self) -> str:
        placing = next((one for one in self.attempts if one.state is AttemptState.PLACED), None)
        if placing and _asked_the_bank(placing):
            return "was confirmed with 3-D Secure, and the order placed"
        return "was authorized, and the order placed" if placing and placing.authorizations else "was agreed"

    def _money(self, amount: int) -> str:
        currency = self.order.basket.currency
        return f"{to_decimal(amount, currency)} {currency}"


def _tries(attempts: Sequence[Attempt]) -> Iterator[str]:
    """Those that came to nothing, by why; each reason with what was said last."""
    undone = [one for one in attempts if one.state in (AttemptState.UNDOING, AttemptState.UNDONE)]
    found: dict[str, list[str]] = {}
    for attempt in undone:
        problem = next((one for one in attempt.problems), None)
        what = _DECLINED.get(problem.code, "came to nothing") if problem else "came to nothing"
        if what == "came to nothing" and _asked_the_bank(attempt):
            what = "was not confirmed with 3-D Secure"
        found.setdefault(what, []).append(problem.message if problem else "")
    for what, messages in found.items():
        times = "one try" if len(messages) == 1 else f"{len(messages)} tries"
        yield f"{times} {what if len(messages) == 1 else what.replace('was', 'were', 1)} ({messages[-1].rstrip('.')})"


def _asked_the_bank(attempt: Attempt) -> bool:
    return any(one.outcome == _ACTION for one in attempt.timeline)
