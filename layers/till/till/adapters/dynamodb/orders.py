"""Orders and all that belongs to one: attempts, events, voids to come. The only place that writes them.

An order is one item: keys, version, status, expiry and a compressed body. Every write names the version it read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import pack, unpack
from till.adapters.dynamodb.hold_headers import claim_action
from till.adapters.dynamodb.items import Item, batch_get, is_over, key, number, text, whose
from till.adapters.dynamodb.records import SK as RECORD
from till.adapters.dynamodb.records import put_record, record_of
from till.adapters.dynamodb.writes import ConditionFailed, transact, write
from till.application.idempotency import Record
from till.application.ports import Page
from till.domain.attempt import Attempt, AttemptState
from till.domain.errors import Conflict, HoldLost, NotFound
from till.domain.event import Event
from till.domain.order import Order
from till.domain.payment import PendingVoid

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from till.application.anonymizing import Whole
    from till.domain.cart import Cart
    from till.domain.sale import Sale

ORDER = "ORDER"
# How long it can be seen why an attempt failed.
UNDONE_SECONDS = 90 * 24 * 3600
_PUBLISH_WITHIN_SECONDS = 120
_CHANGED = "The order was changed at the same time. Try again."


class DynamoDBOrders:
    """The port `Orders`."""

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        idempotency_table: str,
        stock_table: str,
        now: Callable[[], int],
    ) -> None:
        self._client, self._table, self._now = client, table, now
        self._idempotency_table, self._stock_table = idempotency_table, stock_table

    # Reads

    def get(self, shop: str, order_id: str) -> Order | None:
        response = self._client.get_item(
            TableName=self._table, Key=key(keys.order(shop, order_id), ORDER), ConsistentRead=True
        )
        return self._order(response.get("Item"), order_id)

    def get_with_record(self, shop: str, order_id: str, record_id: str) -> tuple[Order | None, Record | None]:
        found = batch_get(
            self._client,
            {
                self._table: [key(keys.order(shop, order_id), ORDER)],
                self._idempotency_table: [key(keys.idempotency(shop, record_id), RECORD)],
            },
        )
        by_kind = {item["sk"]["S"]: item for item in found}
        record = by_kind.get(RECORD)
        return (
            self._order(by_kind.get(ORDER), order_id),
            record_of(record, shop, record_id, self._now()) if record else None,
        )

    def record(self, shop: str, record_id: str) -> Record | None:
        item = self._client.get_item(
            TableName=self._idempotency_table,
            Key=key(keys.idempotency(shop, record_id), RECORD),
            ConsistentRead=True,
        ).get("Item")
        return record_of(item, shop, record_id, self._now()) if item else None

    def get_with_attempt(self, shop: str, order_id: str, attempt_id: str) -> tuple[Order, Attempt]:
        pk = keys.order(shop, order_id)
        found = batch_get(self._client, {self._table: [key(pk, ORDER), key(pk, _attempt_sk(attempt_id))]})
        by_sk = {item["sk"]["S"]: item for item in found}
        order = self._order(by_sk.get(ORDER), order_id)
        attempt = _attempt(by_sk.get(_attempt_sk(attempt_id)))
        if order is None or attempt is None:
            raise NotFound("There is no such order or attempt.", "order")
        return order, attempt

    def attempt(self, shop: str, order_id: str, attempt_id: str) -> Attempt | None:
        response = self._client.get_item(
            TableName=self._table,
            Key=key(keys.order(shop, order_id), _attempt_sk(attempt_id)),
            ConsistentRead=True,
        )
        return _attempt(response.get("Item"))

    def attempts(self, shop: str, order_id: str) -> Sequence[Attempt]:
        items = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={":pk": text(keys.order(shop, order_id)), ":prefix": text("ATTEMPT#")},
        )
        found = [item for page in items for item in page["Items"] if not is_over(item, self._now())]
        return [unpack(Attempt, item["body"]["B"]) for item in found]

    def placed(self, shop: str, since: int, limit: int, cursor: str) -> Page[Order]:
        from till.adapters.dynamodb.placed_orders import placed

        return placed(self._client, self._table, shop, since, self._now() + 60, limit, cursor)

    def of_buyer(self, shop: str, buyer_id: str, limit: int) -> Sequence[Order]:
        from till.adapters.dynamodb.checked_out import order_ids

        ids = order_ids(self._client, self._table, shop, buyer_id, limit)
        found = batch_get(self._client, {self._table: [key(keys.order(shop, one), ORDER) for one in ids]})
        by_pk = {item["pk"]["S"]: unpack(Order, item["body"]["B"]) for item in found}
        return [by_pk[keys.order(shop, one)] for one in ids]

    # Writes

    def check_out(self, order: Order, cart: Cart, record: Record | None = None) -> Order:
        from till.adapters.dynamodb.checked_out import check_out_actions

        saved, put_order = self._put_order(order)
        actions = [put_order, *check_out_actions(self._table, order, cart, self._now())]
        if record:
            actions.append(put_record(self._idempotency_table, record, self._now()))
        self._write(actions)
        return saved

    def create(self, order: Order, record: Record | None = None, events: Sequence[Event] = ()) -> Order:
        beside = self._put_events(events)
        if order.is_session:
            from till.adapters.dynamodb.carts import put_shop

            beside.append(put_shop(self._table, order.id, order.shop, order.expires_at))
        return self._save(order, record, beside)

    def save(self, order: Order, record: Record | None = None) -> Order:
        return self._save(order, record, [])

    def _save(self, order: Order, record: Record | None, beside: list[TransactWriteItemTypeDef]) -> Order:
        saved, action = self._put_order(order)
        actions = [action, *beside]
        if record:
            actions.append(put_record(self._idempotency_table, record, self._now()))
        self._write(actions)
        return saved

    def begin(
        self, order: Order, attempt: Attempt, record: Record | None = None, events: Sequence[Event] = ()
    ) -> tuple[Order, Attempt]:
        saved_order, put_order = self._put_order(order)
        saved_attempt, put_attempt = self._put_attempt(attempt)
        actions = [put_order, put_attempt, *self._put_events(events)]
        if record:
            actions.append(put_record(self._idempotency_table, record, self._now()))
        self._write(actions)
        return saved_order, saved_attempt

    def save_attempt(self, attempt: Attempt) -> Attempt:
        saved, action = self._put_attempt(attempt)
        self._write([action])
        return saved

    def move(
        self, order: Order, attempt: Attempt, voids: Sequence[PendingVoid] = (), events: Sequence[Event] = ()
    ) -> tuple[Order, Attempt]:
        saved_order, put_order = self._put_order(order)
        saved_attempt, put_attempt = self._put_attempt(attempt)
        put_voids: list[TransactWriteItemTypeDef] = [
            {"Put": {"TableName": self._table, "Item": _void_item(void)}} for void in voids
        ]
        self._write([put_order, put_attempt, *put_voids, *self._put_events(events)])
        return saved_order, saved_attempt

    def place(
        self, order: Order, attempt: Attempt, sale: Sale, events: Sequence[Event], now: int
    ) -> tuple[Order, Attempt]:
        from till.adapters.dynamodb.sales import put_sale

        saved_order, put_order = self._put_order(order)
        saved_attempt, put_attempt = self._put_attempt(attempt)
        actions = [put_order, put_attempt]
        if attempt.held:
            actions.append(claim_action(self._stock_table, order.shop, attempt.id, now))
        actions += [put_sale(self._table, sale)[1], *self._put_events(events)]
        if any(payment.is_gift_card for payment in order.payments):
            from till.adapters.dynamodb.gift_cards import spent_actions

            actions += spent_actions(self._stock_table, order)
        if any(payment.retain for payment in order.payments):
            from till.adapters.dynamodb.saved_payments import saved_actions

            actions += saved_actions(self._table, order)
        try:
            transact(self._client, actions)
        except ConditionFailed as failed:
            if attempt.held and failed.indexes == (2,):
                raise HoldLost("The items of this order are no longer reserved.", "inventory") from None
            raise Conflict(_CHANGED) from None
        return saved_order, saved_attempt

    def rewrite(self, wholes: Sequence[Whole]) -> list[Whole]:
        from till.adapters.dynamodb.rewriting import rewrite

        return rewrite(self._client, self._table, wholes, self._now())

    def next_number(self, shop: str) -> int:
        response = self._client.update_item(
            TableName=self._table,
            Key=key(keys.counter(shop), ORDER),
            UpdateExpression="ADD #value :one",
            ExpressionAttributeNames={"#value": "value"},
            ExpressionAttributeValues={":one": number(1)},
            ReturnValues="UPDATED_NEW",
        )
        return int(response["Attributes"]["value"]["N"])

    # What stands still

    def due_attempts(self, now: int, limit: int) -> Sequence[Attempt]:
        return [unpack(Attempt, item["body"]["B"]) for item in self._due("ATTEMPT", now, limit)]

    def due_voids(self, now: int, limit: int) -> Sequence[PendingVoid]:
        return [unpack(PendingVoid, item["body"]["B"]) for item in self._due("VOID", now, limit)]

    def due_events(self, now: int, limit: int) -> Sequence[Event]:
        return [unpack(Event, item["body"]["B"]) for item in self._due("OUTBOX", now, limit)]

    def save_void(self, void: PendingVoid) -> None:
        self._client.put_item(TableName=self._table, Item=_void_item(void))

    def delete_void(self, void: PendingVoid) -> None:
        self._client.delete_item(TableName=self._table, Key=_void_key(void))

    def published(self, event: Event) -> None:
        with suppress(ConditionFailed):
            write(
                lambda: self._client.update_item(
                    TableName=self._table,
                    Key=_event_key(event),
                    UpdateExpression="SET published_at = :now REMOVE duepk, duesk",
                    ConditionExpression="attribute_exists(pk)",
                    ExpressionAttributeValues={":now": number(self._now())},
                )
            )

    def _due(self, kind: str, now: int, limit: int) -> list[Item]:
        found: list[Item] = []
        for shard in range(keys.SHARDS):
            found += self._client.query(
                TableName=self._table,
                IndexName="due",
                KeyConditionExpression="duepk = :pk AND duesk <= :now",
                ExpressionAttributeValues={":pk": text(keys.due(kind, shard)), ":now": text(keys.due_time(now))},
                Limit=limit,
            )["Items"]
        return found

    def _order(self, item: Item | None, order_id: str) -> Order | None:
        if item is None or is_over(item, self._now()):
            return None
        order = unpack(Order, item["body"]["B"])
        return order if order_id == order.id or order.is_public_as(order_id) else None

    def _put_order(self, order: Order) -> tuple[Order, TransactWriteItemTypeDef]:
        return put_order(self._table, order, self._now())

    def _put_attempt(self, attempt: Attempt) -> tuple[Attempt, TransactWriteItemTypeDef]:
        return put_attempt(self._table, attempt, self._now())

    def _put_events(self, events: Sequence[Event]) -> list[TransactWriteItemTypeDef]:
        return [put_event(self._table, event) for event in events]

    def _write(self, actions: list[TransactWriteItemTypeDef]) -> None:
        """A single put needs no transaction, which costs twice the write units."""
        try:
            if len(actions) == 1 and "Put" in actions[0]:
                put: Any = actions[0]["Put"]
                write(lambda: self._client.put_item(**put))
            else:
                transact(self._client, actions)
        except ConditionFailed:
            raise Conflict(_CHANGED) from None


_IS_NEW = "attribute_not_exists(pk)"


def _versioned_put(table: str, item: Item, version: int, now: int) -> TransactWriteItemTypeDef:
    if not version:
        return {"Put": {"TableName": table, "Item": item, "ConditionExpression": _IS_NEW}}
    return {
        "Put": {
            "TableName": table,
            "Item": item,
            "ConditionExpression": "v = :v AND (attribute_not_exists(expires_at) OR expires_at > :now)",
            "ExpressionAttributeValues": {":v": number(version), ":now": number(now)},
        }
    }


def put_order(table: str, order: Order, now: int) -> tuple[Order, TransactWriteItemTypeDef]:
    """The write of an order that is as it was read, and the order with its new version."""
    saved = replace(order, version=order.version + 1)
    item = key(keys.order(order.shop, order.id), ORDER) | {
        "kind": text(ORDER),
        "v": number(saved.version),
        "status": text(saved.status),
        "body": {"B": pack(saved)},
        **whose(saved.shop, saved.basket.customer.email if saved.basket.customer else ""),
    }
    if saved.ordered_at:
        item["gsi1pk"] = text(keys.month(saved.shop, saved.ordered_at, keys.shard(saved.id)))
        item["gsi1sk"] = text(keys.placed_time(saved.ordered_at, saved.id))
    elif saved.expires_at:
        item["expires_at"] = number(saved.expires_at)
    return saved, _versioned_put(table, item, order.version, now)


def put_attempt(table: str, attempt: Attempt, now: int) -> tuple[Attempt, TransactWriteItemTypeDef]:
    """The write of an attempt that is as it was read, and the attempt with its new version."""
    saved = replace(attempt, version=attempt.version + 1)
    item = key(keys.order(attempt.shop, attempt.order_id), _attempt_sk(attempt.id)) | {
        "kind": text("ATTEMPT"),
        "v": number(saved.version),
        "state": text(saved.state),
        "body": {"B": pack(saved)},
    }
    if not saved.is_final:
        item |= due_keys("ATTEMPT", saved.id, saved.due_at)
    elif saved.state is AttemptState.UNDONE:
        item["expires_at"] = number(now + UNDONE_SECONDS)
    return saved, _versioned_put(table, item, attempt.version, now)


def put_event(table: str, event: Event) -> TransactWriteItemTypeDef:
    """The write of a new event into the outbox."""
    return {"Put": {"TableName": table, "Item": _event_item(event), "ConditionExpression": _IS_NEW}}


def _attempt_sk(attempt_id: str) -> str:
    return f"ATTEMPT#{attempt_id}"


def _attempt(item: Item | None) -> Attempt | None:
    return None if item is None else unpack(Attempt, item["body"]["B"])


def due_keys(kind: str, of: str, at: int) -> Item:
    """Where what stands still is found."""
    return {"duepk": text(keys.due(kind, keys.shard(of))), "duesk": text(keys.due_time(at))}


def _event_key(event: Event) -> Item:
    return key(keys.order(event.shop, event.order_id), f"OUTBOX#{event.sequence:06d}")


def _event_item(event: Event) -> Item:
    due = event.occurred_at + _PUBLISH_WITHIN_SECONDS
    return (
        _event_key(event)
        | due_keys("OUTBOX", event.id, due)
        | {
            "kind": text("OUTBOX"),
            "body": {"B": pack(event)},
        }
    )


def _void_key(void: PendingVoid) -> Item:
    sk = f"VOID#{void.attempt_id}#{void.authorization.payment_id}"
    return key(keys.order(void.shop, void.order_id), sk)


def _void_item(void: PendingVoid) -> Item:
    return (
        _void_key(void)
        | due_keys("VOID", void.attempt_id, void.due_at)
        | {
            "kind": text("VOID"),
            "body": {"B": pack(void)},
        }
    )
