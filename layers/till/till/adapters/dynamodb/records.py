"""Idempotency records. They end after 24 hours, whether or not TTL has come round."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.items import Item, key, number, text
from till.application.idempotency import Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

SK = "IDEMPOTENCY"
# Above this only the status is kept, and the answer is made again from the order as it stands.
LARGEST_BODY = 100_000


def record_item(record: Record) -> Item:
    """A record as its item."""
    body = zlib.compress(record.body.encode(), 1)
    return key(keys.idempotency(record.shop, record.id), SK) | {
        "digest": text(record.body_digest),
        "expires_at": number(record.expires_at),
        "status": number(record.status),
        "body": {"B": body if len(body) <= LARGEST_BODY else b""},
        "order_id": text(record.order_id),
        "attempt_id": text(record.attempt_id),
        "run": number(record.run),
    }


def record_of(item: Item, shop: str, record_id: str, now: int) -> Record | None:
    """The record of an item, unless expired."""
    if int(item["expires_at"]["N"]) <= now:
        return None
    body = item["body"]["B"]
    return Record(
        record_id,
        shop,
        item["digest"]["S"],
        int(item["expires_at"]["N"]),
        int(item["status"]["N"]),
        zlib.decompress(body).decode() if body else "",
        item["order_id"]["S"],
        item["attempt_id"]["S"],
        int(item["run"]["N"]),
    )


def put_record(table: str, record: Record, now: int) -> TransactWriteItemTypeDef:
    """The write of a record that must be the first of its key, or a later run of the same attempt."""
    return {
        "Put": {
            "TableName": table,
            "Item": record_item(record),
            "ConditionExpression": "attribute_not_exists(pk) OR expires_at <= :now "
            "OR (attempt_id = :attempt AND run < :run)",
            "ExpressionAttributeValues": {
                ":now": number(now),
                ":attempt": text(record.attempt_id),
                ":run": number(record.run),
            },
        }
    }


class DynamoDBRecords:
    """The port `Records`."""

    def __init__(self, client: DynamoDBClient, table: str, now: Callable[[], int]) -> None:
        self._client, self._table, self._now = client, table, now

    def claim(self, record: Record, lease_until: int) -> tuple[bool, Record | None]:
        """An unfinished claim whose lease is over is its own request's."""
        now = self._now()
        try:
            self._client.put_item(
                TableName=self._table,
                Item=record_item(record) | {"lease_until": number(lease_until)},
                ConditionExpression="attribute_not_exists(pk) OR expires_at <= :now",
                ExpressionAttributeValues={":now": number(now)},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            item: Any = error.response["Item"]  # type: ignore[typeddict-item]  # that of ALL_OLD is not in the stubs
            found = record_of(item, record.shop, record.id, now)
            if found is None or found.status or found.body_digest != record.body_digest:
                return False, found
            is_lost = int(item["lease_until"]["N"]) <= now
            return is_lost and self._claim_again(found, item["lease_until"], lease_until), found
        return True, None

    def _claim_again(self, found: Record, lease_before: Any, lease_until: int) -> bool:
        """Unless another of the same requests was first. Put, as all else here: not every route may update an item."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item=record_item(found) | {"lease_until": number(lease_until)},
                ConditionExpression="#status = :none AND lease_until = :before",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={":none": number(0), ":before": lease_before},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def finish(self, record: Record) -> None:
        self._client.put_item(TableName=self._table, Item=record_item(record))

    def reopen(self, record: Record) -> None:
        self._client.put_item(TableName=self._table, Item=record_item(record) | {"lease_until": number(0)})

    def abandon(self, record: Record) -> None:
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.delete_item(
                TableName=self._table,
                Key=key(keys.idempotency(record.shop, record.id), SK),
                ConditionExpression="#status = :none",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={":none": number(0)},
            )
