"""Webhook endpoints: one short list for each shop, kept for 30 seconds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import pack, unpack
from till.adapters.dynamodb.items import Item, key, number
from till.adapters.dynamodb.pages import query_page
from till.adapters.dynamodb.writes import ConditionFailed, write
from till.domain.errors import Conflict
from till.domain.webhook import Endpoint

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT_SECONDS = 30.0
_MOST_SHOPS_KEPT = 1_000
_MOST_READ = 100


class DynamoDBEndpoints:
    """The port `Endpoints`. `now` is a clock in seconds for the cache."""

    def __init__(self, client: DynamoDBClient, table: str, now: Callable[[], float]) -> None:
        self._client, self._table, self._now = client, table, now
        self._kept: dict[str, tuple[float, Sequence[Endpoint]]] = {}

    def of(self, shop: str, fresh: bool = False) -> Sequence[Endpoint]:
        kept_until, found = self._kept.get(shop, (0.0, ()))
        if self._now() < kept_until and not fresh:
            return found
        items, _ = query_page(self._client, self._table, keys.webhooks(shop), _MOST_READ, "")
        found = tuple(unpack(Endpoint, item["body"]["B"]) for item in items)
        if len(self._kept) >= _MOST_SHOPS_KEPT:
            self._kept.clear()
        self._kept[shop] = (self._now() + KEPT_SECONDS, found)
        return found

    def save(self, shop: str, endpoint: Endpoint) -> Endpoint:
        saved = replace(endpoint, revision=endpoint.revision + 1)
        item = _key(shop, saved.id) | {"v": number(saved.revision), "body": {"B": pack(saved, "endpoint")}}
        condition: Any = {"ConditionExpression": "attribute_not_exists(pk)"}
        if endpoint.revision:
            values = {":v": number(endpoint.revision)}
            condition = {"ConditionExpression": "v = :v", "ExpressionAttributeValues": values}
        self._kept.pop(shop, None)
        try:
            write(lambda: self._client.put_item(TableName=self._table, Item=item, **condition))
        except ConditionFailed:
            raise Conflict("The endpoint was changed at the same time. Try again.", "endpoint_id") from None
        return saved

    def delete(self, shop: str, endpoint_id: str) -> None:
        write(lambda: self._client.delete_item(TableName=self._table, Key=_key(shop, endpoint_id)))
        self._kept.pop(shop, None)


def _key(shop: str, endpoint_id: str) -> Item:
    return key(keys.webhooks(shop), f"ENDPOINT#{endpoint_id}")
