"""What a request costs: round trips to DynamoDB once a function is warm, whatever the size of the order."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import a_basket, a_line, a_payment
from tests.integration.deployment import Deployment, put_ready_order
from tests.integration.shopper import JOHN, WINNIPEG, Shopper, card
from till.runtime import wiring

READ, CHANGE = 1, 2
KEY = "a-shoppers-key-000001"
ROUTES: list[tuple[str, str, Any, int]] = [
    ("GET", "/refresh", None, READ),
    ("GET", "/items", None, READ),
    ("GET", "/customer", None, READ),
    ("GET", "/addresses/shipping", None, READ),
    ("GET", "/addresses/billing", None, READ),
    ("GET", "/shipping_lines", None, READ),
    ("GET", "/payments", None, READ),
    ("POST", "/items", {"sku": "ABS", "quantity": 1}, CHANGE),
    ("PUT", "/items", {"line_item_key": "line-0", "quantity": 2}, CHANGE),
    ("DELETE", "/items", {"line_item_key": "line-0"}, CHANGE),
    ("PUT", "/customer", JOHN, CHANGE),
    ("PUT", "/customer/guest", JOHN | {"first_name": "Ann"}, CHANGE),
    ("DELETE", "/customer", None, CHANGE),
    ("POST", "/customer/guest", JOHN, CHANGE),
    ("POST", "/addresses/shipping", WINNIPEG | {"first_name": "Ann"}, CHANGE),
    ("PUT", "/addresses/billing", WINNIPEG | {"first_name": "Ann"}, CHANGE),
    ("DELETE", "/addresses/billing", None, CHANGE),
    ("POST", "/shipping_lines", {"index": "1"}, CHANGE),
    ("POST", "/taxes", None, CHANGE),
    ("POST", "/payments", card("tok_other", amount=5), CHANGE),
    ("PUT", "/payments", card(amount=7), CHANGE),
    ("DELETE", "/payments", card(), CHANGE),
]


@pytest.mark.parametrize("lines", [1, 100])
def test_a_read_is_one_round_trip_and_a_change_two_for_1_and_for_100_lines(till: Deployment, lines: int) -> None:
    basket = a_basket(lines=tuple(a_line(key=f"line-{n}") for n in range(lines)))
    shopper = Shopper(till, put_ready_order(till, basket=basket))
    # Warm: shop, variant and signing key are known.
    added = shopper.post("/items", {"sku": "ABS", "quantity": 1}).data["line_item"]
    shopper.delete("/items", {"line_item_key": added["line_item_key"]})
    counted = {}
    for method, path, body, _ in ROUTES:
        with till.counting() as calls:
            assert shopper.call(method, path, body).status == 200, (method, path)
        counted[method, path] = len(calls.made)
    assert counted == {(method, path): wanted for method, path, _, wanted in ROUTES}


def test_an_idempotency_key_costs_no_further_round_trip(till: Deployment) -> None:
    shopper = Shopper(till, put_ready_order(till))
    shopper.post("/items", {"sku": "ABS", "quantity": 1})
    with till.counting() as calls:
        shopper.post("/items", {"sku": "ABS", "quantity": 1}, KEY)
    assert calls.made == ["BatchGetItem", "TransactWriteItems"]
    with till.counting() as calls:
        shopper.post("/items", {"sku": "ABS", "quantity": 1}, KEY)
    assert calls.made == ["BatchGetItem"]


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
