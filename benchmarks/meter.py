"""Counts what calls cost: round trips and units of DynamoDB, CPU of ours and of the SDK."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KB_OF_A_READ_UNIT = 4
READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"})


@dataclass(slots=True)
class Cost:
    """Of one invocation of a function. CPU in seconds; `sdk_cpu` is what calls of DynamoDB took of `cpu`. `written` are
    the write units by table, and by "table/index"; `writes` how often an item was written, by its partition key, twice
    where a transaction did."""

    name: str
    module: str
    calls: list[str] = field(default_factory=list)
    read_units: float = 0
    write_units: float = 0
    cpu: float = 0
    sdk_cpu: float = 0
    written: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    writes: Counter[str] = field(default_factory=Counter)


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
            params["ReturnConsumedCapacity"] = "INDEXES"
            self._open[-1].writes.update(_written_keys(model.name, params))
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
        tables = consumed if isinstance(consumed, list) else [consumed]
        units = sum(one["CapacityUnits"] for one in tables)
        if model.name in READS:
            cost.read_units += units
            return
        cost.write_units += units
        for one in tables:
            cost.written[one["TableName"]] += one["CapacityUnits"]
            for index, used in one.get("GlobalSecondaryIndexes", {}).items():
                cost.written[f"{one['TableName']}/{index}"] += used["CapacityUnits"]


def _written_keys(operation: str, params: dict[str, Any]) -> list[str]:
    """The partition key of each item that a call writes; twice in a transaction, which costs twice the units."""
    if operation in ("PutItem", "UpdateItem", "DeleteItem"):
        return [(params.get("Key") or params["Item"])["pk"]["S"]]
    if operation != "TransactWriteItems":
        return []
    actions = [action for one in params["TransactItems"] for action in one.values()]
    return 2 * [(action.get("Key") or action["Item"])["pk"]["S"] for action in actions]


def stored_size(item: Mapping[str, Any]) -> int:
    """Bytes of an item as DynamoDB counts them.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    ((kind, held),) = value.items()
    match kind:
        case "S":
            return len(held.encode())
        case "B":
            return len(held)
        case "N":
            return (len(held) + 1) // 2 + 1
        case "M":
            return 3 + len(held) + stored_size(held)
        case "L":
            return 3 + len(held) + sum(map(_value_size, held))
        case _:
            return 1


def _size(item: dict[str, Any]) -> int:
    """Bytes, near enough: what is large in our items is a document."""
    return sum(len(value.get("B", b"")) for value in item.values())
