"""The headers of holds. A header alone decides what becomes of a hold: one conditional write, whatever its lines.

A header has `state`, `holds_until`, `parts` (units by variant) and, until it is settled, a place in the index `due`.
`expires_at` is for the TTL, and set when it is released or settled.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.items import Item, batch_get, key, number, text
from till.adapters.dynamodb.writes import ConditionFailed, write
from till.domain.errors import HoldLost
from till.domain.stock import Hold, HoldState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

HOLD = "HOLD"
# How long a settled header is kept, for whoever asks what became of it.
_KEPT_SECONDS = 30 * 86_400
_ACTIVE = text(HoldState.ACTIVE)
_RELEASED: Item = {":released": text(HoldState.RELEASED), ":due": text(keys.due_time(0))}


def claim_action(table: str, shop: str, attempt_id: str, now: int) -> TransactWriteItemTypeDef:
    """The part of the order's transaction that sells what is held. Its condition fails where the hold is lost."""
    return {
        "Update": {
            "TableName": table,
            "Key": _key(shop, attempt_id),
            "UpdateExpression": "SET #state = :claimed, duesk = :due",
            "ConditionExpression": "#state = :active AND holds_until > :now",
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": {
                ":claimed": text(HoldState.CLAIMED),
                ":active": _ACTIVE,
                ":now": number(now),
                ":due": text(keys.due_time(now)),
            },
        }
    }


def lost() -> HoldLost:
    """The refusal of an attempt whose units are another's by now."""
    return HoldLost("The items of this order are no longer reserved.", "inventory")


def parts_of(item: Mapping[str, Any]) -> dict[str, int]:
    """Units by variant of a header, by attempt of a variant. Nothing of what is not there."""
    return {name: int(units["N"]) for name, units in item.get("parts", {"M": {}})["M"].items()}


class HoldHeaders:
    """Headers in the stock table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table

    def get(self, shop: str, attempt_id: str) -> Hold | None:
        """One consistent read."""
        found = self._client.get_item(TableName=self._table, Key=_key(shop, attempt_id), ConsistentRead=True)
        return _hold(found["Item"]) if "Item" in found else None

    def unsettled(self, shop: str, attempt_id: str) -> Hold | None:
        """The header, unless its parts are where they belong."""
        found = self._client.get_item(TableName=self._table, Key=_key(shop, attempt_id), ConsistentRead=True)
        return _hold(found["Item"]) if "duepk" in found.get("Item", {}) else None

    def of(self, shop: str, attempt_ids: Iterable[str]) -> dict[str, Hold]:
        """By attempt."""
        items = batch_get(self._client, {self._table: [_key(shop, attempt) for attempt in attempt_ids]})
        return {hold.attempt_id: hold for hold in map(_hold, items)}

    def due(self, now: int, limit: int) -> Iterator[Hold]:
        """Active holds that have expired, and others that are not settled, as the index knows them."""
        for shard in range(keys.SHARDS):
            found = self._client.query(
                TableName=self._table,
                IndexName="due",
                KeyConditionExpression="duepk = :pk AND duesk <= :now",
                ExpressionAttributeValues={":pk": text(keys.due(HOLD, shard)), ":now": text(keys.due_time(now))},
                Limit=max(1, limit // keys.SHARDS),
            )
            yield from map(_hold, found["Items"])

    def create(self, hold: Hold) -> Hold | None:
        """Stores a new header. The one that was there before, if one was."""
        item = _key(hold.shop, hold.attempt_id) | {
            "kind": text(HOLD),
            "shop": text(hold.shop),
            "attempt": text(hold.attempt_id),
            "state": _ACTIVE,
            "holds_until": number(hold.expires_at),
            "parts": {"M": {variant: number(quantity) for variant, quantity in hold.parts.items()}},
            "duepk": text(keys.due(HOLD, keys.shard(hold.attempt_id))),
            "duesk": text(keys.due_time(hold.expires_at)),
        }
        try:
            write(
                lambda: self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression="attribute_not_exists(pk)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            )
        except ConditionFailed as failed:
            return _hold(failed.items[0])
        return None

    def renew(self, hold: Hold, expires_at: int, now: int) -> Hold:
        """Keeps a hold at least as long as asked; a claimed one needs no keeping. Raises `HoldLost`."""
        renewed = replace(hold, expires_at=max(hold.expires_at, expires_at))
        values = {
            ":until": number(renewed.expires_at),
            ":due": text(keys.due_time(renewed.expires_at)),
            ":yes": {"BOOL": True},
            ":now": number(now),
        }
        update = "SET holds_until = :until, duesk = :due, renewed = :yes"
        try:
            self._update_active(hold.shop, hold.attempt_id, update, values, "holds_until > :now")
        except ConditionFailed as failed:
            if _state(failed) is HoldState.CLAIMED:
                return replace(hold, state=HoldState.CLAIMED)
            raise lost() from None
        return renewed

    def is_active(self, hold: Hold) -> TransactWriteItemTypeDef:
        """The condition for a transaction that takes parts."""
        return {
            "ConditionCheck": {
                "TableName": self._table,
                "Key": _key(hold.shop, hold.attempt_id),
                "ConditionExpression": "#state = :active",
                "ExpressionAttributeNames": {"#state": "state"},
                "ExpressionAttributeValues": {":active": _ACTIVE},
            }
        }

    def release(self, shop: str, attempt_id: str) -> bool:
        """True if it is released now, by whomever. Where there is none, none can be made for the attempt any more: a
        function that is still at it finds it released."""
        values = _RELEASED | {
            ":kind": text(HOLD),
            ":shop": text(shop),
            ":attempt": text(attempt_id),
            ":never": number(0),
            ":none": {"M": {}},
            ":end": number(int(time.time()) + _KEPT_SECONDS),
        }
        try:
            before = write(
                lambda: self._client.update_item(
                    TableName=self._table,
                    Key=_key(shop, attempt_id),
                    UpdateExpression="SET #state = :released, duesk = :due, kind = :kind, shop = :shop, "
                    "attempt = :attempt, holds_until = if_not_exists(holds_until, :never), "
                    "parts = if_not_exists(parts, :none), expires_at = :end",
                    ConditionExpression="#state = :active OR attribute_not_exists(pk)",
                    ExpressionAttributeNames={"#state": "state"},
                    ExpressionAttributeValues=values | {":active": _ACTIVE},
                    ReturnValues="ALL_OLD",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            )
        except ConditionFailed as failed:
            return _state(failed) is HoldState.RELEASED
        return "Attributes" in before

    def expire(self, shop: str, attempt_id: str, now: int) -> bool:
        """Releases it where it has expired by now. True if it is released, by whomever."""
        try:
            update = "SET #state = :released, duesk = :due"
            self._update_active(shop, attempt_id, update, _RELEASED | {":now": number(now)}, "holds_until <= :now")
        except ConditionFailed as failed:
            return _state(failed) is HoldState.RELEASED
        return True

    def discard(self, hold: Hold) -> bool:
        """Takes back a header without parts, unless another call for the same attempt is at it."""
        try:
            write(
                lambda: self._client.delete_item(
                    TableName=self._table,
                    Key=_key(hold.shop, hold.attempt_id),
                    ConditionExpression="#state = :active AND attribute_not_exists(renewed)",
                    ExpressionAttributeNames={"#state": "state"},
                    ExpressionAttributeValues={":active": _ACTIVE},
                )
            )
        except ConditionFailed:
            return False
        return True

    def settled(self, hold: Hold) -> None:
        """Its parts are where they belong: nothing is due any more."""
        self._update_due(
            hold, "SET expires_at = :end REMOVE duepk, duesk", {":end": number(hold.expires_at + _KEPT_SECONDS)}
        )

    def look_again(self, hold: Hold) -> None:
        """It is due once more when it expires."""
        self._update_due(hold, "SET duesk = :due", {":due": text(keys.due_time(hold.expires_at))})

    def _update_active(self, shop: str, attempt_id: str, update: str, values: Item, condition: str) -> None:
        write(
            lambda: self._client.update_item(
                TableName=self._table,
                Key=_key(shop, attempt_id),
                UpdateExpression=update,
                ConditionExpression=f"#state = :active AND {condition}",
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues=values | {":active": _ACTIVE},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        )

    def _update_due(self, hold: Hold, update: str, values: Item) -> None:
        # Where the condition fails another was first, with the same result.
        with suppress(ConditionFailed):
            write(
                lambda: self._client.update_item(
                    TableName=self._table,
                    Key=_key(hold.shop, hold.attempt_id),
                    UpdateExpression=update,
                    ConditionExpression="attribute_exists(duepk)",
                    ExpressionAttributeValues=values,
                )
            )


def _key(shop: str, attempt_id: str) -> Item:
    return key(keys.hold(shop, attempt_id), HOLD)


def _hold(item: Mapping[str, Any]) -> Hold:
    return Hold(
        item["attempt"]["S"],
        item["shop"]["S"],
        HoldState(item["state"]["S"]),
        int(item["holds_until"]["N"]),
        parts_of(item),
    )


def _state(failed: ConditionFailed) -> HoldState | None:
    """Of the header whose condition failed; None where there is no header."""
    item = failed.items.get(0)
    return HoldState(item["state"]["S"]) if item else None
