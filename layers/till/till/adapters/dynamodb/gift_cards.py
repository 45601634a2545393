"""Gift cards in the stock table: a card, which card a code is of, what it is worth, and what moved its money.

What a card is worth is an item like a variant's; a hold takes parts of it and knows no difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import pack, unpack
from till.adapters.dynamodb.items import Item, batch_get, key, number, text
from till.adapters.dynamodb.pages import query_page
from till.adapters.dynamodb.stock_levels import STOCK, put_once, stock_key
from till.adapters.dynamodb.writes import ConditionFailed, transact, write
from till.application.idempotency import Claim
from till.application.ports import Page
from till.domain.errors import Conflict, Refused
from till.domain.gift_card import GiftCard, Movement, MovementKind
from till.domain.money import LARGEST_AMOUNT, to_decimal
from till.domain.order import Order
from till.domain.payment import part_of
from till.domain.product import InventoryPolicy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_GIFT, _MOVEMENT = "GIFT", "MOVEMENT"
_IS_NEW = "attribute_not_exists(pk)"
# Which of a new card's items is the card itself.
_CARD = 1
# Read where a code is nobody's, so that a wrong one takes as long as a right one.
_NOBODY = "0" * keys.ULID_LENGTH


def spent_actions(table: str, order: Order) -> list[TransactWriteItemTypeDef]:
    """The part of the order's transaction that writes into the ledgers of the gift cards that pay it."""
    actions = []
    for payment in order.payments:
        if payment.is_gift_card:
            name = f"{order.attempt_id}#{payment.id}"
            spent = Movement(name, MovementKind.SPENT, -payment.amount, order.placed_at, order.id, order.number)
            actions.append(_put_new(table, _movement_item(order.shop, payment.token, spent)))
    return actions


class DynamoDBGiftCards:
    """The port `GiftCards`."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table

    def add(self, card: GiftCard, digest: str, loaded: Movement) -> None:
        amount = number(loaded.amount)
        worth = stock_key(card.shop, card.part) | {
            "kind": text(STOCK),
            "policy": text(InventoryPolicy.DENY),
            "on_hand": amount,
            "available": amount,
            "held": number(0),
            "allocated": number(0),
            "parts": {"M": {}},
        }
        by_code = key(keys.gift_card_code(card.shop, digest), _GIFT) | {"kind": text(_GIFT), "card": text(card.id)}
        first = replace(card, version=1)
        items = (by_code, _card_item(first), worth, _movement_item(card.shop, card.id, loaded))
        try:
            transact(self._client, [_put_new(self._table, item) for item in items])
        except ConditionFailed as failed:
            if _CARD in failed.indexes and self._name(by_code, first):
                return
            raise Refused("This code is another gift card's.", "code") from None

    def _name(self, by_code: Item, card: GiftCard) -> bool:
        """Give a card that is there another code, unless that is another card's. Its own it has already."""
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self._table,
                "Item": _card_item(card),
                "ConditionExpression": "v = :v",
                "ExpressionAttributeValues": {":v": number(card.version)},
            }
        }
        try:
            transact(self._client, [_put_new(self._table, by_code), put])
        except ConditionFailed:
            place = {name: by_code[name] for name in ("pk", "sk")}
            return [by_code["card"]] == [item["card"] for item in batch_get(self._client, {self._table: [place]})]
        return True

    def of(self, shop: str, card_ids: Iterable[str]) -> Mapping[str, GiftCard]:
        wanted = [_card_key(shop, card_id) for card_id in dict.fromkeys(card_ids)]
        cards = [unpack(GiftCard, item["body"]["B"]) for item in batch_get(self._client, {self._table: wanted})]
        return {card.id: card for card in cards}

    def by_digest(self, shop: str, digest: str) -> GiftCard | None:
        found = self._client.get_item(
            TableName=self._table, Key=key(keys.gift_card_code(shop, digest), _GIFT), ConsistentRead=True
        )
        card_id = found["Item"]["card"]["S"] if "Item" in found else _NOBODY
        return self.of(shop, [card_id]).get(card_id)

    def list(self, shop: str, limit: int, cursor: str) -> Page[GiftCard]:
        items, next_cursor = query_page(self._client, self._table, keys.gift_cards(shop), limit, cursor)
        return Page(tuple(unpack(GiftCard, item["body"]["B"]) for item in items), next_cursor)

    def save(self, card: GiftCard) -> GiftCard:
        saved = replace(card, version=card.version + 1)
        try:
            write(
                lambda: self._client.put_item(
                    TableName=self._table,
                    Item=_card_item(saved),
                    ConditionExpression="v = :v",
                    ExpressionAttributeValues={":v": number(card.version)},
                )
            )
        except ConditionFailed:
            raise Conflict("The gift card was changed at the same time. Try again.") from None
        return saved

    def adjust(self, card: GiftCard, movement: Movement, claim: Claim) -> None:
        try:
            transact(
                self._client,
                [
                    put_once(self._table, claim),
                    self._moved(card, movement.amount),
                    _put_new(self._table, _movement_item(card.shop, card.id, movement)),
                ],
            )
        except ConditionFailed as failed:
            if 0 not in failed.indexes:
                raise _refused(card, failed.items.get(1, {})) from None

    def give_back(self, shop: str, card_id: str, movement: Movement) -> None:
        # The movement's own item is what makes it once; it may come before the hold that sold the money is settled.
        returned: TransactWriteItemTypeDef = {
            "Update": {
                "TableName": self._table,
                "Key": stock_key(shop, part_of(card_id)),
                "UpdateExpression": "SET allocated = allocated - :amount, available = available + :amount",
                "ExpressionAttributeValues": {":amount": number(movement.amount)},
            }
        }
        with suppress(ConditionFailed):
            transact(self._client, [_put_new(self._table, _movement_item(shop, card_id, movement)), returned])

    def movements(self, shop: str, card_id: str, limit: int, cursor: str) -> Page[Movement]:
        pk = keys.gift_card_movements(shop, card_id)
        items, next_cursor = query_page(self._client, self._table, pk, limit, cursor)
        return Page(tuple(unpack(Movement, item["body"]["B"]) for item in items), next_cursor)

    def _moved(self, card: GiftCard, by: int) -> TransactWriteItemTypeDef:
        return {
            "Update": {
                "TableName": self._table,
                "Key": stock_key(card.shop, card.part),
                "UpdateExpression": "SET on_hand = on_hand + :by, available = available + :by",
                "ConditionExpression": "available >= :least AND on_hand <= :most",
                "ExpressionAttributeValues": {
                    ":by": number(by),
                    ":least": number(max(0, -by)),
                    ":most": number(LARGEST_AMOUNT - max(0, by)),
                },
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }


def _card_key(shop: str, card_id: str) -> Item:
    return key(
        keys.gift_cards(shop), f"{_GIFT}#{card_id[: keys.ULID_LENGTH]}"
    )  # no id is longer, whatever is asked for


def _card_item(card: GiftCard) -> Item:
    return _card_key(card.shop, card.id) | {
        "kind": text(_GIFT),
        "v": number(card.version),
        "body": {"B": pack(card, "gift_card")},
    }


def _movement_item(shop: str, card_id: str, movement: Movement) -> Item:
    return key(keys.gift_card_movements(shop, card_id), movement.id) | {
        "kind": text(_MOVEMENT),
        "body": {"B": pack(movement, "gift_card")},
    }


def _put_new(table: str, item: Item) -> TransactWriteItemTypeDef:
    return {"Put": {"TableName": table, "Item": item, "ConditionExpression": _IS_NEW}}


def _refused(card: GiftCard, item: Mapping[str, Any]) -> Refused:
    left, most = (to_decimal(one, card.currency) for one in (int(item["available"]["N"]), LARGEST_AMOUNT))
    return Refused(f"{left} {card.currency} are left on this gift card, and it takes at most {most}.", "by")
