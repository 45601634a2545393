"""The fulfilment workflow: what was authorized is charged once the order is placed, by the real file and handlers."""

from __future__ import annotations

from tests.integration.deployment import Deployment
from tests.integration.shopper import Shopper
from till.domain.sale import ChargeState
from till.runtime import wiring


def charge_of(order_id: str) -> ChargeState:
    return wiring.sales().get("acme", order_id)[1].charge


def test_a_placed_order_is_charged_when_its_event_leaves_the_outbox(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    shopper.process()
    assert charge_of(shopper.order_id) is ChargeState.PENDING
    till.deliver_streams()
    assert charge_of(shopper.order_id) is ChargeState.CAPTURED
    (entry,) = till.ledger()
    assert list(entry.captures.values()) == [26200]
    (attempt,) = till.attempts(shopper.order_id)
    (execution,) = till.fulfilment.executions.values()
    assert (execution.name, execution.entered) == (f"{attempt.id}-placed", ["Settle", "Settled", "Done"])
    assert execution.input == {"shop": "acme", "order": attempt.order_id}
