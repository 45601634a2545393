"""Webhook endpoints: one short list for each shop, kept for 30 seconds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import pack, unpack
from till.adapters.dynamodb.items import Item, key
from till.adapters.dynamodb.pages import query_page
from till.adapters.dynamodb.writes import write
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

    def save(self, shop: str, endpoint: Endpoint) -> None:
        item = _key(shop, endpoint.id) | {"body": {"B": pack(endpoint, "endpoint")}}
        write(lambda: self._client.put_item(TableName=self._table, Item=item))
        self._kept.pop(shop, None)

    def delete(self, shop: str, endpoint_id: str) -> None:
        write(lambda: self._client.delete_item(TableName=self._table, Key=_key(shop, endpoint_id)))
        self._kept.pop(shop, None)


def _key(shop: str, endpoint_id: str) -> Item:
    return key(keys.webhooks(shop), f"ENDPOINT#{endpoint_id}")
