"""What must be true of every stock item at every moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def assert_counters_add_up(client: DynamoDBClient, table: str) -> None:
    """available = on_hand - held - allocated, and the parts are what is held."""
    for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        for item in page["Items"]:
            if item["kind"]["S"] != "STOCK":
                continue
            on_hand, held, allocated, available = (
                int(item[name]["N"]) for name in ("on_hand", "held", "allocated", "available")
            )
            assert available == on_hand - held - allocated, item
            assert held == sum(int(part["N"]) for part in item["parts"]["M"].values()), item
