"""All tables as they were at one moment."""

from __future__ import annotations

from itertools import batched
from typing import Any

from tests.integration.deployment import TABLES, Deployment
from till.adapters import aws
from till.runtime import wiring


class Tables:
    """What lies in a stack's tables now."""

    def __init__(self, till: Deployment) -> None:
        self._till = till
        self._items = {name: items(name) for name in map(str.lower, TABLES.values())}

    def restore(self) -> None:
        """As it was then, for the functions too."""
        for table, before in self._items.items():
            now = items(table)
            gone: list[Any] = [{"DeleteRequest": {"Key": _key(names)}} for names in now.keys() - before.keys()]
            lost: list[Any] = [{"PutRequest": {"Item": item}} for key, item in before.items() if now.get(key) != item]
            for some in batched([*gone, *lost], 25, strict=False):
                aws.client("dynamodb").batch_write_item(RequestItems={table: some})
        for machine in (self._till.machine, self._till.fulfilment):
            machine.executions.clear()
        self._till.clock.ahead = 0
        wiring.catalog.cache_clear()


def items(table: str) -> dict[tuple[str, str], Any]:
    """By their keys."""
    pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    return {(item["pk"]["S"], item["sk"]["S"]): item for page in pages for item in page["Items"]}


def _key(names: tuple[str, str]) -> Any:
    return {"pk": {"S": names[0]}, "sk": {"S": names[1]}}
