"""Which PaymentIntent a key stands for, in the orders table. What is written first stays: it is never overwritten.

Stripe forgets idempotency keys after a day, and cannot be asked for an intent by a key of ours at once after it was
made. So an intent is confirmed only when its record is there, and what holds money is always found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import pack, unpack
from till.adapters.dynamodb.items import Item, key, text
from till.adapters.dynamodb.writes import ConditionFailed, write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class Record:
    """What was asked for under a key, and the intent that stands for it. Minor units.

    Without an intent it is a tombstone: the key was given up before anything was made for it.
    """

    key: str
    token: str = ""
    amount: int = 0
    currency: str = ""
    intent: str = ""


class Records:
    """Of one gateway of a shop."""

    def __init__(self, client: DynamoDBClient, table: str, shop: str, gateway_id: str) -> None:
        self._client, self._table = client, table
        self._shop, self._gateway_id = shop, gateway_id

    def get(self, payment_key: str) -> Record | None:
        """One consistent read."""
        item = self._read(self._intent(payment_key))
        return unpack(Record, item["body"]["B"]) if item else None

    def keep(self, record: Record) -> Record:
        """Write it down, unless there is one of its key: the one that is there now."""
        if self._put(self._intent(record.key) | {"body": {"B": pack(record)}}):
            return record
        found = self.get(record.key)
        assert found is not None, "records are never deleted"
        return found

    def customer(self, platform_id: str) -> str:
        """Stripe's id of a customer of the shop; empty where there is none."""
        item = self._read(self._customer(platform_id))
        return str(item["stripe_id"]["S"]) if item else ""

    def keep_customer(self, platform_id: str, stripe_id: str) -> str:
        """Write it down, unless there is one: the one that is there now."""
        if self._put(self._customer(platform_id) | {"stripe_id": text(stripe_id)}):
            return stripe_id
        return self.customer(platform_id)

    def forget_customer(self, platform_id: str) -> None:
        """Stripe does not know it any more."""
        self._client.delete_item(TableName=self._table, Key=self._customer(platform_id))

    def _intent(self, payment_key: str) -> Item:
        return key(keys.intent(self._shop, self._gateway_id, payment_key), "INTENT")

    def _customer(self, platform_id: str) -> Item:
        return key(keys.customer(self._shop, platform_id), f"STRIPE#{self._gateway_id}")

    def _read(self, item_key: Item) -> Item | None:
        return self._client.get_item(TableName=self._table, Key=item_key, ConsistentRead=True).get("Item")

    def _put(self, item: Item) -> bool:
        try:
            write(
                lambda: self._client.put_item(
                    TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(pk)"
                )
            )
        except ConditionFailed:
            return False
        return True
