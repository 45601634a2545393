"""Carts: one item each, ended on read even before TTL comes round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import pack, unpack
from till.adapters.dynamodb.items import key, number, text
from till.domain.cart import Cart
from till.domain.errors import Conflict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CART = "CART"


class DynamoDBCarts:
    """The port `Carts`."""

    def __init__(self, client: DynamoDBClient, table: str, now: Callable[[], int]) -> None:
        self._client, self._table, self._now = client, table, now

    def get(self, shop: str, cart_id: str) -> Cart | None:
        item = self._client.get_item(
            TableName=self._table, Key=key(keys.cart(shop, cart_id), CART), ConsistentRead=True
        ).get("Item")
        if item is None or int(item["expires_at"]["N"]) <= self._now():
            return None
        return unpack(Cart, item["body"]["B"])

    def create(self, cart: Cart) -> Cart:
        saved = replace(cart, version=cart.version + 1)
        item = key(keys.cart(cart.shop, cart.id), CART) | {
            "kind": text(CART),
            "v": number(saved.version),
            "expires_at": number(saved.expires_at),
            "body": {"B": pack(saved, "cart")},
        }
        try:
            self._client.put_item(TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(pk)")
        except self._client.exceptions.ConditionalCheckFailedException:
            raise Conflict("There is a cart with this id already.", "cart_id") from None
        return saved
