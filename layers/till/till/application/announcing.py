"""Events leave the outbox: what an event sets off is begun, then it goes onto the event bus.

An event counts as published only when both are done; until then the stream, then the reaper, bring it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from till.application.ports import Fulfilment
from till.domain.errors import Busy
from till.domain.event import Event
from till.domain.sale import ChargeState, PushState

# These leave something that a payment function must carry out, and so begin an execution of the fulfilment workflow.
# Where a part was captured in the gateway's dashboard, it is the rest.
STARTS_SETTLING = frozenset(
    {
        "order.placed",
        "order.capture_requested",
        "order.charge_requested",
        "order.void_requested",
        "order.payment_requested",
        "order.refund_requested",
        "order.push_requested",
        "order.cancelled",
        "order.fulfilled",
        "payment.authorized",
        "payment.captured",
    }
)
# These an alarm or the dashboard watches, under its own name for them.
FACTS = {
    "order.placed": "OrdersPlaced",
    "order.charge_failed": "ChargeFailed",
    "order.refund_failed": "RefundFailed",
    "payment.refund_failed": "RefundFailed",
    "order.refund_unanswered": "RefundUnanswered",
    "order.void_unanswered": "VoidPending",
    "order.void_failed": "VoidPending",
    "order.authorization_expiring": "AuthorizationExpiring",
    "order.push_failed": "PushFailed",
}


@dataclass(frozen=True, slots=True)
class Announcing:
    """Announces events, each at least once. `publish` returns what the bus refused; `count` counts a fact."""

    fulfilment: Fulfilment
    publish: Callable[[Iterable[Event]], list[Event]]
    count: Callable[[str, int], None]

    def announce(self, events: Iterable[Event]) -> list[Event]:
        """The events that could not be announced, and stay in the outbox."""
        waiting, refused = [], []
        for event in events:
            try:
                if starts_settling(event):
                    self.fulfilment.start(event)
                waiting.append(event)
            except Busy:
                refused.append(event)
        refused += self.publish(waiting)
        told = [FACTS[event.type] for event in waiting if event.type in FACTS and event not in refused]
        for fact in sorted(set(told)):
            self.count(fact, told.count(fact))
        return refused


def starts_settling(event: Event) -> bool:
    """Is there anything to carry out? An order that is paid when it is placed and not pushed costs no execution."""
    is_left = event.detail.get("charge") != ChargeState.CAPTURED or event.detail.get("push") == PushState.PENDING
    return event.type in STARTS_SETTLING and is_left
