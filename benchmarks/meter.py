"""Counts what calls cost: round trips and units of DynamoDB, CPU of ours and of the SDK."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KB_OF_A_READ_UNIT = 4
READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"})


@dataclass(slots=True)
class Cost:
    """Of one invocation of a function. CPU in seconds; `sdk_cpu` is what calls of DynamoDB took of `cpu`."""

    name: str
    module: str
    calls: list[str] = field(default_factory=list)
    read_units: float = 0
    write_units: float = 0
    cpu: float = 0
    sdk_cpu: float = 0


class Meter:
    """Watches one client. What is called within an invocation that is another's is that one's, not its caller's."""

    def __init__(self, client: DynamoDBClient) -> None:
        self.costs: list[Cost] = []
        self._open: list[Cost] = []
        self._began = 0.0
        self._keys = 0
        client.meta.events.register("provide-client-params.dynamodb", self._before)
        client.meta.events.register("after-call.dynamodb", self._after)

    @contextmanager
    def invocation(self, name: str, module: str) -> Iterator[Cost]:
        """Everything in the block is one invocation."""
        cost = Cost(name, module)
        self._open.append(cost)
        began = time.process_time()
        try:
            yield cost
        finally:
            took = time.process_time() - began
            cost.cpu += took
            self._open.pop()
            if self._open:
                self._open[-1].cpu -= took
            self.costs.append(cost)

    def metered[**P, R](self, name: str, module: str, function: Callable[P, R]) -> Callable[P, R]:
        """The function, each call an invocation."""

        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            with self.invocation(name, module):
                return function(*args, **kwargs)

        return call

    def _before(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        if self._open:
            params["ReturnConsumedCapacity"] = "TOTAL"
            if model.name == "BatchGetItem":
                self._keys = sum(len(table["Keys"]) for table in params["RequestItems"].values())
            self._began = time.process_time()

    def _after(self, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        if not self._open:
            return
        cost = self._open[-1]
        cost.sdk_cpu += time.process_time() - self._began
        cost.calls.append(model.name)
        if model.name == "BatchGetItem":
            # The embedded AWS does not say: one unit for each key, and one more for each 4 kB above the first.
            items = [one for items in parsed.get("Responses", {}).values() for one in items]
            cost.read_units += self._keys + sum(_size(one) // (KB_OF_A_READ_UNIT * 1024) for one in items)
            return
        consumed = parsed.get("ConsumedCapacity", [])
        units = sum(one["CapacityUnits"] for one in (consumed if isinstance(consumed, list) else [consumed]))
        if model.name in READS:
            cost.read_units += units
        else:
            cost.write_units += units


def _size(item: dict[str, Any]) -> int:
    """Bytes, near enough: what is large in our items is a document."""
    return sum(len(value.get("B", b"")) for value in item.values())
