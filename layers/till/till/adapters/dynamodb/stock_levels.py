"""The counters of each variant: stored numbers, since a condition cannot do arithmetic.

available = on_hand - held - allocated, always: every write changes both sides. `policy` stands beside them, so that a
reservation needs no catalogue; `parts` is the units held by attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import batched
from typing import TYPE_CHECKING, Any

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.items import Item, batch_get, key, number, text
from till.adapters.dynamodb.writes import ConditionFailed, transact, write
from till.application.idempotency import KEPT_SECONDS, Claim
from till.domain.errors import Conflict, Invalid, Refused
from till.domain.product import InventoryPolicy
from till.domain.stock import StockLevel

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

STOCK, _ONCE = "STOCK", "ONCE"
_MOST_WRITES = 100
_TRIES = 3
_CREATE = (
    "kind = if_not_exists(kind, :kind), held = if_not_exists(held, :zero), "
    "allocated = if_not_exists(allocated, :zero), parts = if_not_exists(parts, :none)"
)
_CREATED: Item = {":kind": text(STOCK), ":zero": number(0), ":none": {"M": {}}}


def stock_key(shop: str, variant_id: str) -> Item:
    """The item of a variant."""
    return key(keys.stock(shop, variant_id), STOCK)


def level_of(item: Mapping[str, Any]) -> StockLevel:
    """A variant without an item has nothing."""
    if not item:
        return StockLevel(0, 0, 0, 0)
    on_hand, held, allocated, available = (
        int(item[name]["N"]) for name in ("on_hand", "held", "allocated", "available")
    )
    low_by = item["low"]["S"] if "low" in item else ""
    return StockLevel(on_hand, held, allocated, available, item["policy"]["S"] == InventoryPolicy.CONTINUE, low_by)


def put_once(table: str, claim: Claim) -> TransactWriteItemTypeDef:
    """Written with the effect itself: a function that is lost before it can answer does not have it twice."""
    item = key(keys.once(claim.shop, claim.id), _ONCE) | {
        "kind": text(_ONCE),
        "expires_at": number(claim.now + KEPT_SECONDS),
    }
    return {
        "Put": {
            "TableName": table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(pk) OR expires_at <= :now",
            "ExpressionAttributeValues": {":now": number(claim.now)},
        }
    }


class StockLevels:
    """The part of the port `Stock` that merchants use."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table

    def levels(self, shop: str, variant_ids: Iterable[str]) -> Mapping[str, StockLevel]:
        wanted = list(dict.fromkeys(variant_ids))
        items = self._items(shop, wanted)
        return {variant: level_of(items.get(variant, {})) for variant in wanted}

    def set_on_hand(self, shop: str, variant_id: str, on_hand: int) -> StockLevel:
        if on_hand < 0:
            raise Invalid("Stock on hand cannot be below zero.", "on_hand")
        return self._count(shop, variant_id, lambda _: on_hand)

    def count(self, shop: str, counts: Mapping[str, int]) -> None:
        items = self._items(shop, counts)
        changes = {}
        for variant, on_hand in counts.items():
            item = items.get(variant, {})
            by = on_hand - level_of(item).on_hand
            if by or not item:
                changes[variant] = self._counted(shop, variant, item, on_hand, by)
        for chunk in batched(changes, _MOST_WRITES, strict=False):
            try:
                transact(self._client, [changes[variant] for variant in chunk])
            except (ConditionFailed, Conflict):
                # Somebody counts one of these, too: one by one.
                for variant in chunk:
                    self.set_on_hand(shop, variant, counts[variant])

    def adjust(self, shop: str, variant_id: str, by: int, claim: Claim | None = None) -> StockLevel:
        if claim and claim.again and self._is_done(claim):
            return self.levels(shop, [variant_id])[variant_id]
        return self._count(shop, variant_id, lambda on_hand: on_hand + by, claim)

    def mark_low(self, shop: str, variant_id: str, attempt_id: str) -> bool:
        place: Any = {"TableName": self._table, "Key": stock_key(shop, variant_id)}
        if not attempt_id:
            write(lambda: self._client.update_item(**place, UpdateExpression="REMOVE low"))
            return True
        try:
            write(
                lambda: self._client.update_item(
                    **place,
                    UpdateExpression="SET low = :attempt",
                    ConditionExpression="attribute_not_exists(low) OR low = :attempt",
                    ExpressionAttributeValues={":attempt": text(attempt_id)},
                )
            )
        except ConditionFailed:
            return False
        return True

    def set_policies(self, shop: str, policies: Mapping[str, InventoryPolicy]) -> None:
        items = self._items(shop, policies)
        changes = [
            self._policy(shop, variant, policy)
            for variant, policy in policies.items()
            if variant not in items or items[variant]["policy"]["S"] != policy
        ]
        for chunk in batched(changes, _MOST_WRITES, strict=False):
            transact(self._client, chunk)

    def _count(
        self, shop: str, variant_id: str, counted: Callable[[int], int], claim: Claim | None = None
    ) -> StockLevel:
        """Compare and swap of on_hand, which no hold touches; available changes by the difference. Once for a claim."""
        marker = [put_once(self._table, claim)] if claim else []
        item: Mapping[str, Any] = self._items(shop, [variant_id]).get(variant_id, {})
        for _ in range(_TRIES):
            level = level_of(item)
            on_hand = counted(level.on_hand)
            if on_hand < 0:
                raise Refused(f"Only {level.on_hand} are on hand.", "on_hand")
            if item and on_hand == level.on_hand:
                return level
            by = on_hand - level.on_hand
            try:
                # A transaction, whose token keeps the SDK from counting twice when an answer is lost.
                transact(self._client, [self._counted(shop, variant_id, item, on_hand, by), *marker])
            except ConditionFailed as failed:
                if 1 in failed.indexes:
                    return self.levels(shop, [variant_id])[variant_id]
                item = failed.items.get(0, {})
            else:
                low_by = "" if by > 0 else level.low_by
                return replace(level, on_hand=on_hand, available=level.available + by, low_by=low_by)
        raise Conflict("Others are changing this stock. Try again in a moment.", "on_hand")

    def _counted(
        self, shop: str, variant_id: str, before: Mapping[str, Any], on_hand: int, by: int
    ) -> TransactWriteItemTypeDef:
        values: Item = {":on_hand": number(on_hand), ":by": number(by), ":deny": text(InventoryPolicy.DENY)}
        if before:
            values[":before"] = before["on_hand"]
        return {
            "Update": {
                "TableName": self._table,
                "Key": stock_key(shop, variant_id),
                "UpdateExpression": "SET on_hand = :on_hand, available = if_not_exists(available, :zero) + :by, "
                f"policy = if_not_exists(policy, :deny), {_CREATE}{' REMOVE low' if by > 0 else ''}",
                "ConditionExpression": "on_hand = :before" if before else "attribute_not_exists(pk)",
                "ExpressionAttributeValues": _CREATED | values,
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }

    def _policy(self, shop: str, variant_id: str, policy: InventoryPolicy) -> TransactWriteItemTypeDef:
        return {
            "Update": {
                "TableName": self._table,
                "Key": stock_key(shop, variant_id),
                "UpdateExpression": "SET policy = :policy, on_hand = if_not_exists(on_hand, :zero), "
                f"available = if_not_exists(available, :zero), {_CREATE}",
                "ExpressionAttributeValues": _CREATED | {":policy": text(policy)},
            }
        }

    def _is_done(self, claim: Claim) -> bool:
        place = key(keys.once(claim.shop, claim.id), _ONCE)
        return "Item" in self._client.get_item(TableName=self._table, Key=place, ConsistentRead=True)

    def _items(self, shop: str, variant_ids: Iterable[str]) -> dict[str, Item]:
        by_pk = {keys.stock(shop, variant): variant for variant in variant_ids}
        found = batch_get(self._client, {self._table: [key(pk, STOCK) for pk in by_pk]})
        return {by_pk[item["pk"]["S"]]: item for item in found}
