"""Clients: one item by id, one in the shop's list. A known client is kept for 30 seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import pack, unpack
from till.adapters.dynamodb.items import key
from till.adapters.dynamodb.pages import query_page
from till.adapters.dynamodb.writes import transact
from till.application.clients import Client
from till.application.ports import Page
from till.domain.errors import NotFound

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT_SECONDS = 30.0
_MOST_KEPT = 1_000
_LONGEST_ID = 100
_CLIENT = "CLIENT"
_IS_NEW = "attribute_not_exists(pk)"


class DynamoDBClients:
    """The port `Clients`. `now` is a clock in seconds for the cache."""

    def __init__(self, client: DynamoDBClient, table: str, now: Callable[[], float]) -> None:
        self._client, self._table, self._now = client, table, now
        self._kept: dict[str, tuple[float, Client]] = {}

    def add(self, client: Client) -> None:
        body = {"body": {"B": pack(client, "client")}}
        by_id, listed = key(keys.client(client.id), _CLIENT), key(keys.clients(client.shop), keys.client(client.id))
        transact(
            self._client,
            [
                {"Put": {"TableName": self._table, "Item": by_id | body, "ConditionExpression": _IS_NEW}},
                {"Put": {"TableName": self._table, "Item": listed | body, "ConditionExpression": _IS_NEW}},
            ],
        )

    def get(self, client_id: str) -> Client | None:
        kept_until, client = self._kept.get(client_id, (0.0, None))
        if client and self._now() < kept_until:
            return client
        self._kept.pop(client_id, None)
        if not 0 < len(client_id) <= _LONGEST_ID:
            return None
        item = self._client.get_item(
            TableName=self._table, Key=key(keys.client(client_id), _CLIENT), ConsistentRead=True
        ).get("Item")
        if item is None:
            return None
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        client = unpack(Client, item["body"]["B"])
        self._kept[client_id] = (self._now() + KEPT_SECONDS, client)
        return client

    def list(self, shop: str, limit: int, cursor: str) -> Page[Client]:
        items, next_cursor = query_page(self._client, self._table, keys.clients(shop), limit, cursor)
        return Page(tuple(unpack(Client, item["body"]["B"]) for item in items), next_cursor)

    def delete(self, shop: str, client_id: str) -> Client:
        listed = key(keys.clients(shop), keys.client(client_id[:_LONGEST_ID]))
        item = self._client.get_item(TableName=self._table, Key=listed, ConsistentRead=True).get("Item")
        if item is None:
            raise NotFound("There is no such client.", "client_id")
        by_id = key(keys.client(client_id), _CLIENT)
        transact(self._client, [{"Delete": {"TableName": self._table, "Key": one}} for one in (by_id, listed)])
        self._kept.pop(client_id, None)
        return unpack(Client, item["body"]["B"])
