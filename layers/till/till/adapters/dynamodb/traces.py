"""What is kept under an e-mail address. Items that hold one have a digest of it, which an index is of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import unpack
from till.adapters.dynamodb.items import batch_get, is_over, person, text
from till.application.forgetting import Traces
from till.domain.buyer import CustomerSession
from till.domain.cart import Cart
from till.domain.order import Order

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBTraces:
    """The port `Traced`."""

    def __init__(self, client: DynamoDBClient, table: str, now: Callable[[], int]) -> None:
        self._client, self._table, self._now = client, table, now

    def of(self, shop: str, email: str) -> Traces:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName="by_person",
            KeyConditionExpression="who = :who",
            ExpressionAttributeValues={":who": person(shop, email)},
        )
        places = [{"pk": item["pk"], "sk": item["sk"]} for page in pages for item in page["Items"]]
        found: dict[str, list[Any]] = {"ORDER": [], "CART": [], "CST": []}
        for item in batch_get(self._client, {self._table: places}):
            if not is_over(item, self._now()):
                found[item["sk"]["S"]].append(item["body"]["B"])
        return Traces(
            tuple(unpack(Order, body) for body in found["ORDER"]),
            tuple(unpack(Cart, body) for body in found["CART"]),
            tuple(unpack(CustomerSession, body) for body in found["CST"]),
        )

    def forget_session(self, session: CustomerSession) -> None:
        place: Any = {"pk": text(keys.customer_session(session.shop, session.id)), "sk": text("CST")}
        self._client.delete_item(TableName=self._table, Key=place)

    def forget_customer(self, shop: str, platform_id: str) -> None:
        kept = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": text(keys.customer(shop, platform_id))},
            ProjectionExpression="pk, sk",
            ConsistentRead=True,
        )["Items"]
        for place in kept:
            self._client.delete_item(TableName=self._table, Key=place)
