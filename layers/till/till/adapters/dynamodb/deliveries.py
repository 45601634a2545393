"""Deliveries: beside the order that they tell of, or by their event where it is of no order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import pack, unpack
from till.adapters.dynamodb.items import Item, is_over, key, number, text
from till.adapters.dynamodb.pages import decoded, encoded
from till.adapters.dynamodb.placed_orders import newest
from till.adapters.dynamodb.writes import ConditionFailed, write
from till.application.ports import Page
from till.domain.delivery import Delivery
from till.domain.errors import Conflict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A try that is only a little late has its message still on the way.
_LATE_SECONDS = 300


class DynamoDBDeliveries:
    """The port `Deliveries`. `now` in Unix seconds."""

    def __init__(self, client: DynamoDBClient, table: str, now: Callable[[], int]) -> None:
        self._client, self._table, self._now = client, table, now

    def add(self, delivery: Delivery) -> bool:
        try:
            self._put(delivery)
        except ConditionFailed:
            return False
        return True

    def get(self, shop: str, delivery_id: str, endpoint_id: str) -> Delivery | None:
        order_id, _, event_id = delivery_id.partition(".")
        one = _key(shop, order_id, event_id, endpoint_id)
        item = self._client.get_item(TableName=self._table, Key=one, ConsistentRead=True).get("Item")
        return None if item is None or is_over(item, self._now()) else unpack(Delivery, item["body"]["B"])

    def save(self, delivery: Delivery) -> Delivery:
        try:
            return self._put(delivery)
        except ConditionFailed:
            raise Conflict("The delivery was changed at the same time. Try again.", "delivery_id") from None

    def of_endpoint(self, shop: str, endpoint_id: str, limit: int, cursor: str) -> Page[Delivery]:
        shards = [keys.endpoint(shop, endpoint_id, shard) for shard in range(keys.SHARDS)]
        before = decoded(cursor) if cursor else "~"
        items = newest(self._client, self._table, shards, before, limit + 1)  # one more tells whether there is more
        next_cursor = encoded(items[limit - 1]["gsi1sk"]["S"]) if len(items) > limit else ""
        return Page(self._living(items[:limit]), next_cursor)

    def due(self, now: int, limit: int) -> Sequence[Delivery]:
        found: list[Item] = []
        for shard in range(keys.SHARDS):
            found += self._client.query(
                TableName=self._table,
                IndexName="due",
                KeyConditionExpression="duepk = :pk AND duesk <= :now",
                ExpressionAttributeValues={":pk": text(keys.due("DELIVERY", shard)), ":now": text(keys.due_time(now))},
                Limit=limit,
            )["Items"]
        return self._living(found)

    def _living(self, items: Sequence[Item]) -> tuple[Delivery, ...]:
        now = self._now()
        return tuple(unpack(Delivery, item["body"]["B"]) for item in items if not is_over(item, now))

    def _put(self, delivery: Delivery) -> Delivery:
        """Raises `ConditionFailed` where it is not as it was read."""
        saved, event = replace(delivery, version=delivery.version + 1), delivery.event
        item = _key(event.shop, event.order_id, event.id, saved.endpoint_id) | {
            "kind": text("DELIVERY"),
            "v": number(saved.version),
            "state": text(saved.state),
            "gsi1pk": text(keys.endpoint(event.shop, saved.endpoint_id, keys.shard(event.id))),
            "gsi1sk": text(keys.placed_time(event.occurred_at, event.id)),
            "expires_at": number(saved.expires_at),
            "body": {"B": pack(saved, "delivery")},
        }
        if saved.is_pending:
            item["duepk"] = text(keys.due("DELIVERY", keys.shard(event.id)))
            item["duesk"] = text(keys.due_time(saved.due_at + _LATE_SECONDS))
        condition: Any = {"ConditionExpression": "attribute_not_exists(pk)"}
        if delivery.version:
            values = {":v": number(delivery.version)}
            condition = {"ConditionExpression": "v = :v", "ExpressionAttributeValues": values}
        write(lambda: self._client.put_item(TableName=self._table, Item=item, **condition))
        return saved


def _key(shop: str, order_id: str, event_id: str, endpoint_id: str) -> Item:
    pk = keys.order(shop, order_id) if order_id else keys.event(shop, event_id)
    return key(pk, f"DELIVERY#{event_id}#{endpoint_id}")
