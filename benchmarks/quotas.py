"""How many orders a second each quota of AWS lets through, from what one checkout was measured to use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.checkout import PRICES, Bill, seconds_of
from benchmarks.process import GATEWAY, Till, mug_id
from benchmarks.text import table as text_table
from till.adapters.dynamodb import keys

QUOTAS = Path(__file__).with_name("quotas.json")
KB = 1024
LARGEST_ITEM = 400 * KB


@dataclass(frozen=True, slots=True)
class HotItem:
    """The stock of one variant. Bytes of the item with no hold, and of each hold in it; `writes` of one order."""

    size: int
    hold: int
    writes: int

    def orders(self, units: float, seconds: float) -> int:
        """Orders a second at which it takes `units` write units, each hold being in it for so many seconds: the more
        orders, the larger the item, and the dearer each write of it."""
        orders = 0
        while self._units(orders + 1, seconds) <= units:
            orders += 1
        return orders

    def _units(self, orders: int, seconds: float) -> int:
        size = self.size + self.hold * orders * seconds
        return orders * self.writes * -int(-size // KB)

    @property
    def most_holds(self) -> int:
        """At once, until the item is full."""
        return (LARGEST_ITEM - self.size) // self.hold


@dataclass(frozen=True, slots=True)
class Limit:
    """A quota, and what one order uses of it."""

    name: str
    quota: float
    used: float

    @property
    def orders(self) -> float:
        return self.quota / self.used


def hot_item(till: Till, bill: Bill) -> HotItem:
    """Of the variant that the bill is for, from what an order that waits for 3-D Secure, say, leaves in it."""
    size = till.stock_item(0)
    till.checkout(1).fill(GATEWAY).ask("POST", "/pre_process_order")
    return HotItem(size, till.stock_item(0) - size, bill.writes(mug_id(0)))


def limits(bill: Bill, quotas: Any, prices: Any) -> Iterator[Limit]:
    """Of a whole account and region, but for the last ones: those are of one shop, and no quota raises them."""
    quota = {name: one["value"] for name, one in quotas["quotas"].items()}
    requests = bill.requests * (1 + prices["assumptions"]["preflights_for_each_request"])
    yield Limit("API Gateway requests a second", quota["api_gateway_requests"], requests)
    yield Limit("the same, small regions", quota["api_gateway_requests_small_region"], requests)
    seconds = seconds_of(bill, prices)
    yield Limit("Lambda concurrency", quota["lambda_concurrency"], seconds)
    yield Limit("the same, a new account", quota["lambda_concurrency_new_account"], seconds)
    yield Limit("Step Functions starts a second", quota["starts"], bill.starts)
    yield Limit("the same, small regions", quota["starts_small_region"], bill.starts)
    transitions = bill.transitions + bill.fulfilment
    yield Limit("Step Functions transitions a second", quota["transitions"], transitions)
    yield Limit("the same, small regions", quota["transitions_small_region"], transitions)
    yield Limit("EventBridge PutEvents a second", quota["put_events"], bill.events)
    yield Limit("the same, small regions", quota["put_events_small_region"], bill.events)
    for name in ("OrdersTable", "StockTable", "IdempotencyTable"):
        if used := bill.written.get(f"bench-{name}"):
            yield Limit(f"write units of {name} a second", quota["table_write_units"], used)
            yield Limit("the same, a table that is new", quota["table_write_units_new"], used)
    partition = quota["partition_write_units"]
    for index, shared in (("due", "all shops'"), ("by_time", "one shop's")):
        if used := bill.written.get(f"bench-OrdersTable/{index}"):
            yield Limit(f"{shared} index {index}, {keys.SHARDS} partitions", partition * keys.SHARDS, used)
    yield Limit("one shop's order numbers, one item", partition, bill.writes("#COUNTER"))


def table(bill: Bill, hot: HotItem) -> str:
    """One line for each, and the variant that everybody wants."""
    quotas, prices = json.loads(QUOTAS.read_text()), json.loads(PRICES.read_text())
    found = limits(bill, quotas, prices)
    rows: list[tuple[object, ...]] = [
        (one.name, f"{one.quota:,.0f}", f"{one.used:.3g}", f"{one.orders:,.0f}") for one in found
    ]
    units = quotas["quotas"]["partition_write_units"]["value"]
    for seconds in prices["assumptions"]["seconds_that_a_hold_lives"]:
        rows.append(
            (f"one variant, held {seconds} s", f"{units:,}", f"{hot.writes} x", f"{hot.orders(units, seconds):,}")
        )
    rows.append(("holds of one variant at once", f"{hot.most_holds:,}", f"{hot.hold} B", ""))
    heads = ("quota, unverified (quotas.json)", "is", "an order uses", "orders a second")
    return text_table("How many orders a second each quota lets through", heads, rows)
