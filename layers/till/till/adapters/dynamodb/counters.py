"""Counts of the idempotency table, which TTL tidies up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.items import key, number

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SK = "LIMIT"


class DynamoDBCounters:
    """The port `Counters`."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table

    def add(self, shop: str, counter: str, ends_at: int) -> int:
        changed = self._client.update_item(
            TableName=self._table,
            Key=key(keys.limit(shop, counter), SK),
            UpdateExpression="SET expires_at = :ends ADD times :one",
            ExpressionAttributeValues={":ends": number(ends_at), ":one": number(1)},
            ReturnValues="UPDATED_NEW",
        )
        return int(changed["Attributes"]["times"]["N"])
