"""Round trips to DynamoDB that are spared: where nothing changes, and in the workflow however long the order."""

from __future__ import annotations

from tests.builders import a_basket, a_line, a_payment
from tests.integration.deployment import Deployment, put_ready_order
from tests.integration.shopper import Shopper
from till.runtime import wiring


def test_an_edit_that_changes_nothing_writes_nothing(till: Deployment) -> None:
    shopper = Shopper(till, put_ready_order(till))
    shopper.post("/taxes")
    with till.counting() as calls:
        shopper.post("/taxes")
    assert calls.made == ["GetItem"]


def test_a_run_of_the_workflow_costs_the_same_for_1_and_for_100_lines(till: Deployment) -> None:
    made = []
    for lines in (1, 100):
        basket = a_basket(lines=tuple(a_line(key=f"line-{n}", unit_price=22500) for n in range(lines)), taxes=None)
        order = put_ready_order(till, basket=basket, payments=(a_payment(amount=10**7),))
        shopper = Shopper(till, order)
        shopper.post("/taxes")
        wiring.stock().set_on_hand("acme", basket.lines[0].variant_id, 1000)
        with till.counting() as calls:
            assert shopper.process().status == 200
        made.append(calls.made)
    assert made[0] == made[1]
