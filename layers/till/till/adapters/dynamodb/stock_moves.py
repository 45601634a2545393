"""Moves of sold units: each part of a move is made once, since its marker is written in the same transaction.

A move may come before the hold that sold the units is settled: the counters add up whichever is first.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import batched
from typing import TYPE_CHECKING

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.items import key, number, text
from till.adapters.dynamodb.stock_levels import stock_key
from till.adapters.dynamodb.writes import ConditionFailed, transact
from till.domain.stock import MoveKind, StockMove

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_MOVED = "MOVED"
# A transaction has at most 100 actions, and one of them is the marker.
_MOST_PARTS = 99
_UPDATES = {
    MoveKind.GIVE_BACK: "SET allocated = allocated - :units, available = available + :units REMOVE low",
    MoveKind.SHIP: "SET allocated = allocated - :units, on_hand = on_hand - :units",
    MoveKind.RESTOCK: "SET on_hand = on_hand + :units, available = available + :units REMOVE low",
}


def make(client: DynamoDBClient, table: str, shop: str, move: StockMove) -> None:
    """Move all parts; those that were moved before stay as they are."""
    for chunk, parts in enumerate(batched(sorted(move.parts.items()), _MOST_PARTS, strict=False)):
        marker = key(keys.moved(shop, move.id, chunk), _MOVED) | {"kind": text(_MOVED)}
        actions: list[TransactWriteItemTypeDef] = [
            {"Put": {"TableName": table, "Item": marker, "ConditionExpression": "attribute_not_exists(pk)"}}
        ]
        actions += [
            {
                "Update": {
                    "TableName": table,
                    "Key": stock_key(shop, part),
                    "UpdateExpression": _UPDATES[move.kind],
                    "ExpressionAttributeValues": {":units": number(units)},
                }
            }
            for part, units in parts
        ]
        with suppress(ConditionFailed):
            transact(client, actions)
