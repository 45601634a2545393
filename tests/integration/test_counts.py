"""How often a storefront's request goes to DynamoDB: counted, since what that takes is the wire's and not ours."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import a_product, a_variant
from tests.integration.deployment import Deployment
from tests.integration.shopper import BREWER, JOHN, WINNIPEG, Shopper, card
from till.runtime import wiring

MOST_LINES = 100
KEY = "sent-once-or-twice"
MUGS = "01JXMVGS000000000000000000"
READS = [
    "/refresh",
    "/customer",
    "/addresses/shipping",
    "/addresses/billing",
    "/items",
    "/discounts",
    "/shipping_lines",
    "/payments",
    "/meta_data",
]
# In an order in which each changes something.
CHANGES: list[tuple[str, str, Any]] = [
    ("PUT", "/customer", JOHN | {"first_name": "Jane"}),
    ("PUT", "/customer/guest", JOHN | {"first_name": "June"}),
    ("PUT", "/addresses/shipping", WINNIPEG | {"first_name": "Jane"}),
    ("POST", "/addresses/billing", WINNIPEG | {"first_name": "Jane"}),
    ("PUT", "/items", {"line_item_key": "line-0", "quantity": 2}),
    ("POST", "/shipping_lines", {"index": "1"}),
    ("PUT", "/payments", card(amount=100)),
    ("POST", "/payments", card("tok_decline")),
    ("POST", "/taxes", None),
    ("PATCH", "/meta_data", {"note_attributes": {"gift_wrap": "yes"}}),
    ("POST", "/meta_data", {"notes": "Leave it at the door."}),
    ("DELETE", "/meta_data", None),
    ("DELETE", "/payments", card()),
    ("DELETE", "/addresses/shipping", None),
    ("DELETE", "/addresses/billing", None),
    ("DELETE", "/customer", None),
    ("POST", "/customer/guest", JOHN),
    ("DELETE", "/items", {"line_item_key": "line-0"}),
]


@pytest.fixture(params=[1, MOST_LINES], ids=["1 line", f"{MOST_LINES} lines"])
def shopper(till: Deployment, request: pytest.FixtureRequest) -> Shopper:
    """Ready to submit, at functions that have met this shop before."""
    sell_mugs(till, request.param)
    return Shopper.through_all_steps(till, *(mug(number) for number in range(request.param)))


def sell_mugs(till: Deployment, count: int) -> None:
    """One product of that many variants."""
    variants = tuple(
        a_variant(id=f"01JXMVG{n:019}", number=1000 + n, platform_id=f"mug-{n}", sku=f"MUG-{n}", product_id=MUGS)
        for n in range(count)
    )
    mugs = a_product(id=MUGS, number=1000, platform_id="mugs", handle="mugs", variants=variants, version=0)
    wiring.catalog().save_product("acme", mugs, None)


def mug(number: int) -> dict[str, Any]:
    """One of them."""
    return {"platform_id": f"mug-{number}", "quantity": 1, "line_item_key": f"line-{number}"}


def test_a_look_at_an_order_is_one_round_trip_however_long_the_order(till: Deployment, shopper: Shopper) -> None:
    for path in READS:
        with till.counting() as calls:
            assert shopper.get(path).status == 200
        assert calls.made == ["GetItem"], path


def test_a_change_is_two_round_trips_however_long_the_order(till: Deployment, shopper: Shopper) -> None:
    for method, path, body in CHANGES:
        with till.counting() as calls:
            assert shopper.call(method, path, body).status == 200
        assert calls.made == ["GetItem", "PutItem"], (method, path)


def test_a_key_that_makes_a_change_safe_to_repeat_costs_no_round_trip(till: Deployment, shopper: Shopper) -> None:
    with till.counting() as calls:
        assert shopper.put("/addresses/shipping", WINNIPEG | {"first_name": "Jane"}, key=KEY).status == 200
    assert calls.made == ["BatchGetItem", "TransactWriteItems"]


def test_a_repeated_change_is_one_round_trip(till: Deployment, shopper: Shopper) -> None:
    jane = WINNIPEG | {"first_name": "Jane"}
    shopper.put("/addresses/shipping", jane, key=KEY)
    with till.counting() as calls:
        assert shopper.put("/addresses/shipping", jane, key=KEY).status == 200
    assert calls.made == ["BatchGetItem"]


def test_to_submit_an_order_costs_two_round_trips_for_its_limits(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    with till.counting() as calls:
        assert shopper.process().status == 200
    # The order; declines of it and of who asks; holds of the address; then the attempt, which counts the order's own.
    assert calls.made[:4] == ["GetItem", "BatchGetItem", "UpdateItem", "TransactWriteItems"]


def test_a_product_that_is_new_to_the_function_is_one_round_trip_more(till: Deployment) -> None:
    sell_mugs(till, 1)
    shopper = Shopper(till)
    with till.counting() as calls:
        assert shopper.post("/items", mug(0)).status == 200
    assert calls.made == ["BatchGetItem", "GetItem", "PutItem"]


def test_a_product_that_was_sold_a_moment_ago_is_two_round_trips(till: Deployment) -> None:
    shopper = Shopper(till, cart_items=[BREWER])
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
