"""Saved payments in the orders table, under the customer whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import pack, unpack
from till.adapters.dynamodb.items import Item, key, text
from till.domain.order import Order
from till.domain.saved_payment import ID_LENGTH, SavedPayment, to_save

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_KIND = "PAYMENT"
_MOST = 50


def saved_actions(table: str, order: Order) -> list[TransactWriteItemTypeDef]:
    """The part of the order's transaction that saves its payments."""
    return [
        {
            "Put": {
                "TableName": table,
                "Item": _key(saved.shop, saved.customer, saved.id)
                | {"kind": text(_KIND), "body": {"B": pack(saved, "payments")}},
            }
        }
        for saved in to_save(order)
    ]


class DynamoDBSavedPayments:
    """The port `SavedPayments`."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table

    def of(self, shop: str, customer: str) -> Sequence[SavedPayment]:
        items = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :kind)",
            ExpressionAttributeValues={":pk": text(keys.customer(shop, customer)), ":kind": text(f"{_KIND}#")},
            ConsistentRead=True,
            Limit=_MOST,
        )["Items"]
        return [unpack(SavedPayment, item["body"]["B"]) for item in items]

    def forget(self, shop: str, customer: str, payment_id: str) -> None:
        if len(payment_id) == ID_LENGTH:
            self._client.delete_item(TableName=self._table, Key=_key(shop, customer, payment_id))


def _key(shop: str, customer: str, payment_id: str) -> Item:
    return key(keys.customer(shop, customer), f"{_KIND}#{payment_id}")
