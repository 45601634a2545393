"""All that is stored of an order, in one read: it lies in one partition."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import unpack
from till.adapters.dynamodb.items import Item, is_over, text
from till.domain.attempt import Attempt
from till.domain.delivery import Delivery
from till.domain.errors import NotFound
from till.domain.event import Event
from till.domain.order import Order
from till.domain.payment import PendingVoid
from till.domain.recording import Announced, Recording
from till.domain.sale import Sale

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBFlightRecorder:
    """Reads recordings."""

    def __init__(self, client: DynamoDBClient, table: str, now: Callable[[], int]) -> None:
        self._client, self._table, self._now = client, table, now

    def recording(self, shop: str, order_id: str) -> Recording:
        """Of the order with this ULID or public id. Raises `NotFound`."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": text(keys.order(shop, order_id))},
            ConsistentRead=True,
        )
        by_kind: dict[str, list[Item]] = {}
        for item in (item for page in pages for item in page["Items"] if not is_over(item, self._now())):
            by_kind.setdefault(item["kind"]["S"], []).append(item)

        def of[T](kind: type[T], name: str) -> list[T]:
            return [unpack(kind, item["body"]["B"]) for item in by_kind.get(name, ())]

        orders, sales = of(Order, "ORDER"), of(Sale, "SALE")
        if not orders or not (order_id == orders[0].id or orders[0].is_public_as(order_id)):
            raise NotFound("There is no such order.", "order_id")
        return Recording(
            orders[0],
            sales[0] if sales else None,
            tuple(of(Attempt, "ATTEMPT")),
            tuple(_announced(item) for item in by_kind.get("OUTBOX", ())),
            tuple(of(PendingVoid, "VOID")),
            tuple(of(Delivery, "DELIVERY")),
        )


def _announced(item: dict[str, Any]) -> Announced:
    return Announced(unpack(Event, item["body"]["B"]), int(item.get("published_at", {"N": "0"})["N"]))
