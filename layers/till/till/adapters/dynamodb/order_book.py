"""Orders as a merchant looks for them: by time, e-mail address or number, each by an index."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import unpack
from till.adapters.dynamodb.items import batch_get, key, person, text
from till.adapters.dynamodb.orders import ORDER
from till.adapters.dynamodb.placed_orders import decode, placed, position
from till.application.ports import Page
from till.domain.order import Order

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_MOST_OF_ONE = 1000
# Clocks of functions differ.
_AHEAD_SECONDS = 60


class DynamoDBOrderBook:
    """The port `OrderBook`."""

    def __init__(self, client: DynamoDBClient, table: str, now: Callable[[], int]) -> None:
        self._client, self._table, self._now = client, table, now

    def by_time(self, shop: str, since: int, until: int, limit: int, cursor: str) -> Page[Order]:
        return placed(self._client, self._table, shop, since, self._last(until), limit, cursor)

    def by_email(self, shop: str, email: str, since: int, until: int, limit: int, cursor: str) -> Page[Order]:
        before = decode(cursor) if cursor else keys.placed_time(self._last(until), "~")
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName="by_person",
            KeyConditionExpression="who = :who AND begins_with(pk, :orders)",
            ExpressionAttributeValues={":who": person(shop, email), ":orders": text(keys.order(shop, ""))},
            ScanIndexForward=False,
        )
        places = islice((item["pk"]["S"] for page in pages for item in page["Items"]), _MOST_OF_ONE)
        found = batch_get(self._client, {self._table: [key(pk, ORDER) for pk in places]})
        in_time = sorted(
            (item for item in found if keys.placed_time(since, "") <= item.get("gsi1sk", text(""))["S"] < before),
            key=lambda item: str(item["gsi1sk"]["S"]),
            reverse=True,
        )
        orders = tuple(unpack(Order, item["body"]["B"]) for item in in_time[:limit])
        return Page(orders, position(orders[-1]) if len(in_time) > limit else "")

    def by_number(self, shop: str, number: int) -> Order | None:
        found = self._client.query(
            TableName=self._table,
            IndexName="by_person",
            KeyConditionExpression="who = :who",
            ExpressionAttributeValues={":who": text(keys.order_number(shop, number))},
        )["Items"]
        orders = batch_get(self._client, {self._table: [key(item["pk"]["S"], ORDER) for item in found]})
        return next((unpack(Order, item["body"]["B"]) for item in orders), None)

    def position(self, order: Order) -> str:
        return position(order)

    def _last(self, until: int) -> int:
        return min(until or self._now() + _AHEAD_SECONDS, self._now() + _AHEAD_SECONDS)
