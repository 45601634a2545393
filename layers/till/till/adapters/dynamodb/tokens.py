"""Merchant API tokens: one item by the digest of the secret, one in the list. A known token is kept for 30 seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import pack, unpack
from till.adapters.dynamodb.items import key, text
from till.adapters.dynamodb.pages import query_page
from till.adapters.dynamodb.writes import transact
from till.application.ports import Page
from till.application.tokens import ApiToken
from till.domain.errors import NotFound

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT_SECONDS = 30.0
_MOST_KEPT = 1_000
_TOKEN, _TOKENS = "TOKEN", "TOKENS"
_IS_NEW = "attribute_not_exists(pk)"


class DynamoDBTokens:
    """The port `Tokens`. `now` is a clock in seconds for the cache."""

    def __init__(self, client: DynamoDBClient, table: str, now: Callable[[], float]) -> None:
        self._client, self._table, self._now = client, table, now
        self._kept: dict[str, tuple[float, ApiToken]] = {}

    def add(self, token: ApiToken, digest: str) -> None:
        body = {"body": {"B": pack(token, "token")}}
        by_digest = key(keys.token(digest), _TOKEN) | body
        listed = key(_TOKENS, keys.token(token.id)) | body | {"digest": text(digest)}
        transact(
            self._client,
            [
                {"Put": {"TableName": self._table, "Item": by_digest, "ConditionExpression": _IS_NEW}},
                {"Put": {"TableName": self._table, "Item": listed, "ConditionExpression": _IS_NEW}},
            ],
        )

    def by_digest(self, digest: str) -> ApiToken | None:
        kept_until, token = self._kept.get(digest, (0.0, None))
        if token and self._now() < kept_until:
            return token
        item = self._client.get_item(
            TableName=self._table, Key=key(keys.token(digest), _TOKEN), ConsistentRead=True
        ).get("Item")
        self._kept.pop(digest, None)
        if item is None:
            return None
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        token = unpack(ApiToken, item["body"]["B"])
        self._kept[digest] = (self._now() + KEPT_SECONDS, token)
        return token

    def list(self, limit: int, cursor: str) -> Page[ApiToken]:
        items, next_cursor = query_page(self._client, self._table, _TOKENS, limit, cursor)
        return Page(tuple(unpack(ApiToken, item["body"]["B"]) for item in items), next_cursor)

    def delete(self, token_id: str) -> ApiToken:
        listed = key(_TOKENS, keys.token(token_id[:100]))
        item = self._client.get_item(TableName=self._table, Key=listed, ConsistentRead=True).get("Item")
        if item is None:
            raise NotFound("There is no such token.", "token_id")
        digest = item["digest"]["S"]
        transact(
            self._client,
            [
                {"Delete": {"TableName": self._table, "Key": key(keys.token(digest), _TOKEN)}},
                {"Delete": {"TableName": self._table, "Key": listed}},
            ],
        )
        self._kept.pop(digest, None)
        return unpack(ApiToken, item["body"]["B"])
