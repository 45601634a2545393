"""How often a storefront's request goes to DynamoDB: counted, since what that takes is the wire's and not ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.builders import a_product, a_variant
from tests.integration.deployment import Deployment
from tests.integration.shopper import BREWER, JOHN, WINNIPEG, Shopper, card

MOST_LINES = 100
READS = [
    "/refresh",
    "/customer",
    "/addresses/shipping",
    "/addresses/billing",
    "/items",
    "/shipping_lines",
    "/payments",
]
CHANGES: list[tuple[str, str, Any]] = [
    ("PUT", "/customer", JOHN | {"first_name": "Jane"}),
    ("PUT", "/customer/guest", JOHN | {"first_name": "Jane"}),
    ("DELETE", "/customer", None),
    ("PUT", "/addresses/shipping", WINNIPEG | {"first_name": "Jane"}),
    ("DELETE", "/addresses/shipping", None),
    ("POST", "/addresses/billing", WINNIPEG | {"first_name": "Jane"}),
    ("PUT", "/items", {"line_item_key": "line-0", "quantity": 2}),
    ("DELETE", "/items", {"line_item_key": "line-0"}),
    ("POST", "/shipping_lines", {"index": "1"}),
    ("POST", "/payments", card("tok_decline")),
    ("PUT", "/payments", card(amount=100)),
    ("DELETE", "/payments", card()),
]


@pytest.fixture(params=[1, MOST_LINES], ids=["1 line", f"{MOST_LINES} lines"])
def shopper(till: Deployment, request: pytest.FixtureRequest) -> Iterator[Shopper]:
    """Ready to submit, at functions that have met this shop before."""
    sell_mugs(till, request.param)
    yield Shopper.ready(till, cart_items=[mug(number) for number in range(request.param)])


def sell_mugs(till: Deployment, count: int) -> None:
    """That many products of one variant."""
    for number in range(count):
        variant_id, product_id = f"01JXMUG{number:019}", f"01JXMUGS{number:018}"
        names = {"number": 1000 + number, "platform_id": f"mug-{number}"}
        variant = a_variant(id=variant_id, product_id=product_id, sku=f"MUG-{number}", **names)
        till.sell(a_product(id=product_id, handle=f"mug-{number}", variants=(variant,), version=0, **names), on_hand=10)


def mug(number: int) -> dict[str, Any]:
    """One of a kind."""
    return {"platform_id": f"mug-{number}", "quantity": 1, "line_item_key": f"line-{number}"}


@pytest.mark.parametrize("path", READS)
def test_a_look_at_an_order_is_one_round_trip_however_long_the_order(
    till: Deployment, shopper: Shopper, path: str
) -> None:
    with till.counting() as calls:
        assert shopper.get(path).status == 200
    assert calls.made == ["GetItem"]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_a_change_is_two_round_trips_however_long_the_order(
    till: Deployment, shopper: Shopper, method: str, path: str, body: Any
) -> None:
    with till.counting() as calls:
        assert shopper.call(method, path, body).status == 200
    assert calls.made == ["GetItem", "PutItem"]


def test_a_key_that_makes_a_change_safe_to_repeat_costs_no_round_trip(till: Deployment, shopper: Shopper) -> None:
    with till.counting() as calls:
        assert shopper.put("/addresses/shipping", WINNIPEG | {"first_name": "Jane"}, key="once").status == 200
    assert calls.made == ["BatchGetItem", "TransactWriteItems"]


def test_a_repeated_change_is_one_round_trip(till: Deployment, shopper: Shopper) -> None:
    jane = WINNIPEG | {"first_name": "Jane"}
    shopper.put("/addresses/shipping", jane, key="once")
    with till.counting() as calls:
        assert shopper.put("/addresses/shipping", jane, key="once").status == 200
    assert calls.made == ["BatchGetItem"]


def test_a_product_that_is_new_to_the_function_is_one_round_trip_more(till: Deployment) -> None:
    sell_mugs(till, 1)
    shopper = Shopper.ready(till)
    with till.counting() as calls:
        assert shopper.post("/items", mug(0)).status == 200
    assert calls.made == ["BatchGetItem", "GetItem", "PutItem"]


def test_a_product_that_was_sold_a_moment_ago_is_two_round_trips(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    with till.counting() as calls:
        assert shopper.post("/items", BREWER).status == 200
    assert calls.made == ["GetItem", "PutItem"]


@pytest.mark.parametrize(("lines", "reads"), [(1, 1), (MOST_LINES, 1), (MOST_LINES + 1, 2)])
def test_an_order_of_many_products_reads_a_hundred_of_them_at_once(till: Deployment, lines: int, reads: int) -> None:
    sell_mugs(till, lines)
    Shopper(till)
    with till.counting() as calls:
        Shopper(till, cart_items=[mug(number) for number in range(lines)])
    assert calls.made == [*["BatchGetItem"] * reads, "PutItem"]
