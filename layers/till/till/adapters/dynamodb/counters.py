"""Counts of the idempotency table, which TTL tidies up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.items import batch_get, key, number

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

    def of(self, shop: str, counters: Sequence[str]) -> Mapping[str, int]:
        by_pk = {keys.limit(shop, counter): counter for counter in counters}
        found = batch_get(self._client, {self._table: [key(pk, SK) for pk in by_pk]})
        return {by_pk[item["pk"]["S"]]: int(item["times"]["N"]) for item in found}
