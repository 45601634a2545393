"""Submitted orders, newest first, from an index that is split by month and shard; and those that need help."""

from __future__ import annotations

import base64
import binascii
import heapq
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import unpack
from till.adapters.dynamodb.items import Item, text
from till.application.ports import Page
from till.domain.errors import Invalid
from till.domain.order import Order
from till.domain.sale import Sale

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A page stops here even when it is not full; its cursor goes on. An empty month costs one query per shard.
_MONTHS_A_PAGE = 12
# A time that sorts as text, up to the year 5138, and the order of that time, or none.
_POSITION = re.compile("0[0-9]{11}#([0-9A-Z]{26}|~)")


def placed(
    client: DynamoDBClient, table: str, shop: str, since: int, until: int, limit: int, cursor: str
) -> Page[Order]:
    """A page of orders from `until` back to `since`; the cursor is the place of the last one in time."""
    before = decode(cursor) if cursor else keys.placed_time(until, "~")
    month = _month(int(before.partition("#")[0]))
    first, earliest = _month(since), keys.placed_time(since, "")
    found: list[Item] = []
    for _ in range(_MONTHS_A_PAGE):
        if month < first:
            return _page(found, "", Order)
        items = _month_items(client, table, shop, month, before, limit - len(found))
        found += [item for item in items if item["gsi1sk"]["S"] >= earliest]
        if items and items[-1]["gsi1sk"]["S"] < earliest:
            return _page(found, "", Order)
        if len(found) == limit:
            return _page(found, found[-1]["gsi1sk"]["S"], Order)
        month = (month[0], month[1] - 1) if month[1] > 1 else (month[0] - 1, 12)
    return _page(found, keys.placed_time(_end_of(month) - 1, "~"), Order)


def position(order: Order) -> str:
    """The cursor of what comes after an order."""
    return encode(keys.placed_time(order.ordered_at, order.id))


def needing_help(
    client: DynamoDBClient, table: str, shop: str, limit: int, cursor: str, is_wanted: Callable[[Sale], bool]
) -> Page[Sale]:
    """A page of sales that somebody must look at, those left out that are not wanted: it may be short, or empty, and go
    on. Its cursor is made as that of orders."""
    response = client.query(
        TableName=table,
        IndexName="by_time",
        KeyConditionExpression="gsi1pk = :pk AND gsi1sk < :before",
        ExpressionAttributeValues={
            ":pk": text(keys.needs_help(shop)),
            ":before": text(decode(cursor) if cursor else "~"),
        },
        ScanIndexForward=False,
        Limit=limit,
    )
    found: list[Item] = response["Items"]
    page = _page(found, found[-1]["gsi1sk"]["S"] if "LastEvaluatedKey" in response else "", Sale)
    return replace(page, data=tuple(filter(is_wanted, page.data)))


def _month_items(
    client: DynamoDBClient, table: str, shop: str, month: tuple[int, int], before: str, limit: int
) -> list[Item]:
    end = _end_of(month) - 1
    return newest(client, table, [keys.month(shop, end, shard) for shard in range(keys.SHARDS)], before, limit)


def newest(client: DynamoDBClient, table: str, shards: Sequence[str], before: str, limit: int) -> list[Item]:
    """The last items of all shards of `by_time` before a place in time, newest first."""
    found = [_shard_items(client, table, pk, before, limit) for pk in shards]
    return list(heapq.merge(*found, key=lambda item: item["gsi1sk"]["S"], reverse=True))[:limit]


def _shard_items(client: DynamoDBClient, table: str, pk: str, before: str, limit: int) -> list[Item]:
    """All up to the limit, however large they are: an answer of DynamoDB ends at 1 MB."""
    pages = client.get_paginator("query").paginate(
        TableName=table,
        IndexName="by_time",
        KeyConditionExpression="gsi1pk = :pk AND gsi1sk < :before",
        ExpressionAttributeValues={":pk": text(pk), ":before": text(before)},
        ScanIndexForward=False,
        PaginationConfig={"MaxItems": limit, "PageSize": limit},
    )
    return [item for page in pages for item in page["Items"]]


def _page[T](items: list[Item], position: str, kind: type[T]) -> Page[T]:
    return Page(tuple(unpack(kind, item["body"]["B"]) for item in items), encode(position))


def encode(position: str) -> str:
    """A place in time as a cursor; none for none."""
    return base64.urlsafe_b64encode(position.encode()).decode()


def decode(cursor: str) -> str:
    """The place that a cursor stands for. Raises `Invalid`."""
    try:
        position = base64.urlsafe_b64decode(cursor.encode()).decode()
    except (binascii.Error, ValueError):
        position = ""
    if not _POSITION.fullmatch(position):
        raise Invalid("This cursor is not one of ours.", "cursor")
    return position


def _month(at: int) -> tuple[int, int]:
    from datetime import UTC, datetime

    moment = datetime.fromtimestamp(at, UTC)
    return moment.year, moment.month


def _end_of(month: tuple[int, int]) -> int:
    """The first second of the month after."""
    from datetime import UTC, datetime

    year, number = month
    following = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    return int(following.timestamp())
