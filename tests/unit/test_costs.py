"""What a month costs and what a quota lets through, from what a checkout used."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from benchmarks import month, quotas
from benchmarks.checkout import PRICES, Bill, cost_of
from benchmarks.meter import Cost, stored_size
from benchmarks.quotas import HotItem

PRICE_LIST: Any = json.loads(PRICES.read_text())
DEFAULTS: Any = json.loads(quotas.QUOTAS.read_text())


def a_bill(**changes: Any) -> Bill:
    """Nine requests, 16 transitions, two events; an index written ten times."""
    cost = Cost("POST /items", "bold.line_items.app", calls=["GetItem"] * 40, read_units=30, write_units=60, cpu=0.08)
    cost.written["bench-OrdersTable/due"] = 10
    cost.writes.update(["SHOP#acme#COUNTER"])
    bill = Bill("Bold", [cost], 9, transitions=11, fulfilment=5, starts=2, events=2, logged=0, sent=0, stored=0)
    return replace(bill, **changes)


LEFT = a_bill(transitions=0, fulfilment=0, starts=0, events=0)


def test_a_thousand_orders_cost_a_thousand_checkouts_those_left_and_what_always_stands() -> None:
    none, thousand, million = (
        sum(month.costs(a_bill(), LEFT, month.standing(), orders, PRICE_LIST).values())
        for orders in (0, 1_000, 1_000_000)
    )
    assert none > 0
    assert thousand - none == pytest.approx((million - none) / 1_000)
    placed = sum(cost_of(a_bill(), PRICE_LIST).values())
    assert placed * 1_000 < thousand - none < placed * 5_000


def test_what_the_template_keeps_running_is_counted() -> None:
    standing = month.standing()
    assert (standing.secrets, standing.each_minute) == (3, 2)
    assert standing.metrics > standing.counted > 0


def test_every_price_and_quota_says_where_it_is_from_and_whether_it_was_verified() -> None:
    for one in (*PRICE_LIST["prices"].values(), *DEFAULTS["quotas"].values()):
        assert one["source"]
        assert one["verified"] is False


def test_an_order_uses_so_much_of_a_quota() -> None:
    found = {one.name: one.orders for one in quotas.limits(a_bill(), DEFAULTS, PRICE_LIST)}
    assert found["Step Functions starts a second"] == 300 / 2
    assert found["Step Functions transitions a second"] == 5000 / 16
    assert found["one shop's order numbers, one item"] == 1000
    assert found["all shops' index due, 4 partitions"] == 4 * 1000 / 10
    assert found["the same, a new account"] < found["Lambda concurrency"]


def test_holds_that_last_longer_make_a_wanted_variant_slower() -> None:
    quick = HotItem(size=300, hold=32, writes=2)
    assert HotItem(size=300, hold=0, writes=2).orders(1000, 3) == 500
    assert 500 > quick.orders(1000, 3) > quick.orders(1000, 30) > 0
    assert quick.most_holds == (400 * 1024 - 300) // 32


def test_an_item_is_as_large_as_dynamodb_counts_it() -> None:
    item = {"pk": {"S": "SHOP#s"}, "on_hand": {"N": "1000"}, "parts": {"M": {"A" * 26: {"N": "1"}}}}
    assert stored_size(item) == (2 + 6) + (7 + 3) + (5 + 3 + 1 + 26 + 2)
