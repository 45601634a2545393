"""What is written beside an order that was made of a cart: that the cart stayed the same, and whose order it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.carts import check_cart
from till.adapters.dynamodb.items import key, text
from till.domain.cart import Cart
from till.domain.order import Order

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_BUYERS_ORDER = "ORDER#"


def check_out_actions(table: str, order: Order, cart: Cart, now: int) -> list[TransactWriteItemTypeDef]:
    """The check of the cart, and a pointer to the order for each buyer."""
    place = _BUYERS_ORDER + keys.placed_time(order.ordered_at, order.id)
    pointers: list[TransactWriteItemTypeDef] = [
        {"Put": {"TableName": table, "Item": key(keys.buyer(order.shop, buyer), place) | {"kind": text("POINTER")}}}
        for buyer in order.buyers
    ]
    return [check_cart(table, cart, now), *pointers]


def order_ids(client: DynamoDBClient, table: str, shop: str, buyer_id: str, limit: int) -> Sequence[str]:
    """The ULIDs of a buyer's orders, newest first."""
    found = client.query(
        TableName=table,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues={":pk": text(keys.buyer(shop, buyer_id)), ":prefix": text(_BUYERS_ORDER)},
        ScanIndexForward=False,
        ConsistentRead=True,
        Limit=limit,
    )["Items"]
    return [item["sk"]["S"][-keys.ULID_LENGTH :] for item in found]
