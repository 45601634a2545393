"""Carts: one item each, ended on read even before TTL comes round, and a pointer beside each owner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import pack, unpack
from till.adapters.dynamodb.items import Item, batch_get, key, number, text, whose
from till.adapters.dynamodb.records import SK as RECORD
from till.adapters.dynamodb.records import put_record, record_of
from till.adapters.dynamodb.writes import ConditionFailed, transact, write
from till.application.idempotency import Record
from till.domain.cart import Cart
from till.domain.errors import Conflict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

CART = "CART"
_TEMPLATE = "TEMPLATE"
_MOST_CARTS = 1000


class DynamoDBCarts:
    """The port `Carts`."""

    def __init__(self, client: DynamoDBClient, table: str, idempotency_table: str, now: Callable[[], int]) -> None:
        self._client, self._table, self._now = client, table, now
        self._idempotency_table = idempotency_table

    def get(self, shop: str, cart_id: str) -> Cart | None:
        response = self._client.get_item(
            TableName=self._table, Key=key(keys.cart(shop, cart_id), CART), ConsistentRead=True
        )
        return self._cart(response.get("Item"))

    def get_with_record(self, shop: str, cart_id: str, record_id: str) -> tuple[Cart | None, Record | None]:
        found = batch_get(
            self._client,
            {
                self._table: [key(keys.cart(shop, cart_id), CART)],
                self._idempotency_table: [key(keys.idempotency(shop, record_id), RECORD)],
            },
        )
        by_kind = {item["sk"]["S"]: item for item in found}
        record = by_kind.get(RECORD)
        return self._cart(by_kind.get(CART)), record_of(record, shop, record_id, self._now()) if record else None

    def save(
        self, cart: Cart, record: Record | None = None, left: Sequence[str] = (), gone: Cart | None = None
    ) -> Cart:
        saved = replace(cart, version=cart.version + 1)
        item = key(keys.cart(cart.shop, cart.id), CART) | {
            "kind": text(CART),
            "v": number(saved.version),
            "born": text(saved.born),
            "body": {"B": pack(saved, "cart")},
            **whose(saved.shop, saved.email),
            **({} if saved.is_template else {"expires_at": number(saved.expires_at)}),
        }
        put: Any = {"Put": {"TableName": self._table, "Item": item, **self._as_read(cart)}}
        pointers = [self._put_pointer(cart, owner) for owner in cart.owners]
        if cart.is_template:
            pointers.append(put_shop(self._table, cart.id, cart.shop))
        deletes = self._deletes(gone) if gone else ()
        self._write([put, *pointers, *(self._delete_pointer(cart, owner) for owner in left), *deletes], record)
        return saved

    def delete(self, cart: Cart, record: Record | None = None) -> None:
        self._write(self._deletes(cart), record)

    def of(self, shop: str, owner: str) -> Sequence[Cart]:
        pointers = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :cart)",
            ExpressionAttributeValues={":pk": text(keys.buyer(shop, owner)), ":cart": text("CART#")},
            ConsistentRead=True,
            PaginationConfig={"MaxItems": _MOST_CARTS},
        )
        wanted = [
            key(keys.cart(shop, pointer["sk"]["S"].removeprefix("CART#")), CART)
            for page in pointers
            for pointer in page["Items"]
        ]
        carts = filter(None, map(self._cart, batch_get(self._client, {self._table: wanted})))
        return sorted((cart for cart in carts if owner in cart.owners), key=lambda cart: (-cart.updated_at, cart.id))

    def shop_of_template(self, cart_id: str) -> str:
        item = self._client.get_item(TableName=self._table, Key=_shop(cart_id)).get("Item")
        return item["shop"]["S"] if item else ""

    def _cart(self, item: Item | None) -> Cart | None:
        cart = unpack(Cart, item["body"]["B"]) if item else None
        return None if cart is None or cart.is_over(self._now()) else cart

    def _as_read(self, cart: Cart) -> dict[str, object]:
        return as_read(cart, self._now())

    def _deletes(self, cart: Cart) -> list[TransactWriteItemTypeDef]:
        """Of the cart as it was read, and of all by which it is found."""
        place = key(keys.cart(cart.shop, cart.id), CART)
        delete: Any = {"Delete": {"TableName": self._table, "Key": place, **self._as_read(cart)}}
        pointers = [self._delete_pointer(cart, owner) for owner in cart.owners]
        if cart.is_template:
            pointers.append({"Delete": {"TableName": self._table, "Key": _shop(cart.id)}})
        return [delete, *pointers]

    def _put_pointer(self, cart: Cart, owner: str) -> TransactWriteItemTypeDef:
        """It ends with its cart, and so is written as often."""
        pointer = _pointer(cart, owner) | {"kind": text("POINTER"), "expires_at": number(cart.expires_at)}
        return {"Put": {"TableName": self._table, "Item": pointer}}

    def _delete_pointer(self, cart: Cart, owner: str) -> TransactWriteItemTypeDef:
        return {"Delete": {"TableName": self._table, "Key": _pointer(cart, owner)}}

    def _write(self, actions: list[TransactWriteItemTypeDef], record: Record | None) -> None:
        """A single put or delete needs no transaction, which costs twice the write units."""
        if record:
            actions.append(put_record(self._idempotency_table, record, self._now()))
        alone: Any = actions[0]
        try:
            if len(actions) > 1:
                transact(self._client, actions)
            elif "Put" in alone:
                write(lambda: self._client.put_item(**alone["Put"]))
            else:
                write(lambda: self._client.delete_item(**alone["Delete"]))
        except ConditionFailed:
            raise Conflict("The cart was changed at the same time. Try again.") from None


def as_read(cart: Cart, now: int) -> dict[str, Any]:
    """The condition that the cart is still what was read: not changed, not ended, no other of the same id."""
    if not cart.version:
        return {
            "ConditionExpression": "attribute_not_exists(pk) OR expires_at <= :now",
            "ExpressionAttributeValues": {":now": number(now)},
        }
    # Carts that were stored before they could be changed have no birth.
    same = "born = :born" if cart.born else "(attribute_not_exists(born) OR born = :born)"
    return {
        "ConditionExpression": f"v = :v AND {same} AND (attribute_not_exists(expires_at) OR expires_at > :now)",
        "ExpressionAttributeValues": {":v": number(cart.version), ":born": text(cart.born), ":now": number(now)},
    }


def check_cart(table: str, cart: Cart, now: int) -> TransactWriteItemTypeDef:
    """A part of another's transaction: it happens only while the stored cart is as it was read."""
    check: Any = {"TableName": table, "Key": key(keys.cart(cart.shop, cart.id), CART), **as_read(cart, now)}
    return {"ConditionCheck": check}


def _pointer(cart: Cart, owner: str) -> Item:
    return key(keys.buyer(cart.shop, owner), f"CART#{cart.id}")


def put_shop(table: str, cart_id: str, shop: str, expires_at: int = 0) -> TransactWriteItemTypeDef:
    """The write of whose a cart is that is found by its id alone: a template, or the live cart of a session."""
    ends = {"expires_at": number(expires_at)} if expires_at else {}
    return {"Put": {"TableName": table, "Item": _shop(cart_id) | {"shop": text(shop)} | ends}}


def _shop(cart_id: str) -> Item:
    return key(keys.template(cart_id), _TEMPLATE)
