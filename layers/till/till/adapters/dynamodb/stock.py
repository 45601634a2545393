"""Stock in DynamoDB: holds whose header decides, and parts that follow it.

A hold is a header, then `parts.{attempt} = units` on the item of each variant, written together with that variant's
counters. Claiming or releasing flips the header alone. Its parts are moved to where they belong afterwards, each
under the condition that it is still there, so that twice is once. A part whose header is released, expired or gone
is anybody's to give back: an expired hold is free at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import batched
from typing import TYPE_CHECKING, Any

from till.adapters.dynamodb.hold_headers import HoldHeaders, lost, parts_of
from till.adapters.dynamodb.items import Item, number, text
from till.adapters.dynamodb.stock_levels import StockLevels, level_of, stock_key
from till.adapters.dynamodb.writes import ConditionFailed, transact, write
from till.domain.errors import Busy
from till.domain.product import InventoryPolicy
from till.domain.stock import Hold, HoldState, Shortage, Sold, StockMove

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

type Items = Mapping[str, Mapping[str, Any]]

# A transaction has at most 100 actions, and one of them looks at the header.
_MOST_PARTS = 99
# ULIDs sort by time: the oldest are the likeliest to have expired, and a shopper waits for no more than one read.
_MOST_IN_THE_WAY = 100
_TRIES = 3


class DynamoDBStock(StockLevels):
    """The port `Stock`: the merchant's counters, and holds on them."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        super().__init__(client, table)
        self._headers = HoldHeaders(client, table)

    def hold(self, hold: Hold, now: int) -> Sequence[Shortage]:
        parts = hold.parts
        earlier = self._headers.create(hold)
        if earlier:
            hold = self._headers.renew(earlier, hold.expires_at, now)
            if hold.state is HoldState.CLAIMED:
                return ()
            parts = self._not_taken(hold)
        rest = dict(sorted(parts.items()))
        for chunk in batched(list(rest), _MOST_PARTS, strict=False):
            if refused := self._reserve(hold, {variant: rest[variant] for variant in chunk}, now):
                shortages = self._shortages(hold.shop, rest, refused)
                nothing_taken = not earlier and len(rest) == len(parts)
                if not (nothing_taken and self._headers.discard(hold)):
                    self._headers.release(hold.shop, hold.attempt_id)
                return shortages
            for variant in chunk:
                del rest[variant]
        return ()

    def get_hold(self, shop: str, attempt_id: str) -> Hold | None:
        return self._headers.get(shop, attempt_id)

    def free_for(self, shop: str, part: str, attempt_id: str, now: int) -> int:
        item = self._items(shop, [part]).get(part, {})
        taken = parts_of(item)
        holds = self._headers.of(shop, taken)
        free = level_of(item).available
        for attempt, quantity in taken.items():
            hold = holds.get(attempt)
            is_own = attempt == attempt_id and hold is not None and hold.state is HoldState.ACTIVE
            if hold is None or is_own or not hold.keeps(now):
                free += quantity
        return free

    def release(self, shop: str, attempt_id: str) -> bool:
        return self._headers.release(shop, attempt_id)

    def settle(self, shop: str, attempt_id: str, sold: Sold | None = None) -> None:
        hold = self._headers.unsettled(shop, attempt_id)
        if hold and hold.state is not HoldState.ACTIVE:
            self._settle(hold, sold=sold if hold.state is HoldState.CLAIMED else None)

    def sweep(self, now: int, limit: int) -> int:
        swept = 0
        for due in self._headers.due(now, limit):
            # One that others are changing is due again at the next sweep, and must not keep the rest waiting.
            with suppress(Busy):
                swept += self._sweep(due.shop, due.attempt_id, now)
        return swept

    def move(self, shop: str, move: StockMove) -> None:
        from till.adapters.dynamodb.stock_moves import make

        make(self._client, self._table, shop, move)

    # Taking parts

    def _not_taken(self, hold: Hold) -> dict[str, int]:
        """The parts that an interrupted call did not come to."""
        items = self._items(hold.shop, hold.parts)
        return {
            variant: quantity
            for variant, quantity in hold.parts.items()
            if hold.attempt_id not in parts_of(items.get(variant, {}))
        }

    def _reserve(self, hold: Hold, parts: Mapping[str, int], now: int) -> Items:
        """Takes all these parts or none, once more where lost holds were in the way. The items that refused."""
        refused = self._take(hold, parts)
        for _ in range(_TRIES - 1):
            # A call whose answer was lost may be at it twice.
            own = {variant for variant, item in refused.items() if hold.attempt_id in parts_of(item)}
            if not refused or not (own or self._give_back_lost(hold.shop, refused, now)):
                break
            parts = {variant: quantity for variant, quantity in parts.items() if variant not in own}
            refused = self._take(hold, parts) if parts else {}
        return refused

    def _take(self, hold: Hold, parts: Mapping[str, int]) -> Items:
        takes = [self._part(hold, variant, quantity) for variant, quantity in parts.items()]
        if len(hold.parts) > 1:
            actions: list[TransactWriteItemTypeDef] = [{"Update": take} for take in takes]
            try:
                transact(self._client, [self._headers.is_active(hold), *actions])
            except ConditionFailed as failed:
                if 0 in failed.indexes:
                    raise lost() from None
                return {list(parts)[index - 1]: failed.items.get(index, {}) for index in failed.indexes}
            return {}
        # A hot variant is taken without a transaction: concurrent ones would refuse each other.
        try:
            write(lambda: self._client.update_item(**takes[0]))
        except ConditionFailed as failed:
            return {variant: failed.items.get(0, {}) for variant in parts}
        self._check_not_released(hold)
        return {}

    def _part(self, hold: Hold, variant_id: str, quantity: int) -> Any:
        return {
            "TableName": self._table,
            "Key": stock_key(hold.shop, variant_id),
            "UpdateExpression": "SET parts.#attempt = :quantity, held = held + :quantity, "
            "available = available - :quantity",
            "ConditionExpression": "(available >= :quantity OR policy = :continue) "
            "AND attribute_not_exists(parts.#attempt)",
            "ExpressionAttributeNames": {"#attempt": hold.attempt_id},
            "ExpressionAttributeValues": {":quantity": number(quantity), ":continue": text(InventoryPolicy.CONTINUE)},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def _check_not_released(self, hold: Hold) -> None:
        """A part taken without a look at the header may have come after its release."""
        found = self._headers.get(hold.shop, hold.attempt_id)
        if found is None or found.state is HoldState.RELEASED:
            for variant, quantity in hold.parts.items():
                self._move(hold.shop, variant, hold.attempt_id, quantity, HoldState.RELEASED)
            raise lost()

    def _give_back_lost(self, shop: str, refused: Items, now: int) -> bool:
        """Gives back parts in the way that no hold keeps; were there any? Claimed ones would free nothing."""
        attempts = sorted({attempt for item in refused.values() for attempt in parts_of(item)})[:_MOST_IN_THE_WAY]
        holds = self._headers.of(shop, attempts)
        gone = {attempt for attempt in attempts if self._is_lost(holds.get(attempt), now)}
        for variant, item in refused.items():
            for attempt, quantity in parts_of(item).items():
                if attempt in gone:
                    self._move(shop, variant, attempt, quantity, HoldState.RELEASED)
        return bool(gone)

    def _is_lost(self, hold: Hold | None, now: int) -> bool:
        if hold is None:
            return True
        return not hold.keeps(now) and self._headers.expire(hold.shop, hold.attempt_id, now)

    def _shortages(self, shop: str, rest: Mapping[str, int], refused: Items) -> Sequence[Shortage]:
        """What refused, and what is short by now of the chunks that were not come to."""
        short = dict(refused)
        later = list(rest)[_MOST_PARTS:]
        items = self._items(shop, later)
        for variant in later:
            level = level_of(items.get(variant, {}))
            if level.available < rest[variant] and not level.oversells:
                short[variant] = items.get(variant, {})
        return tuple(
            Shortage(variant, rest[variant], max(0, level_of(item).available))
            for variant, item in sorted(short.items())
        )

    # Moving parts to where they belong

    def _sweep(self, shop: str, attempt_id: str, now: int) -> bool:
        hold = self._headers.unsettled(shop, attempt_id)
        if hold and hold.state is HoldState.ACTIVE:
            expired = self._headers.expire(shop, attempt_id, now)
            hold = replace(hold, state=HoldState.RELEASED) if expired else None
        if hold:
            self._settle(hold, now)
        return hold is not None

    def _settle(self, hold: Hold, now: int = 0, sold: Sold | None = None) -> None:
        seen: dict[str, Item] | None = {} if sold else None
        moved = [
            self._move(hold.shop, variant, hold.attempt_id, quantity, hold.state, seen)
            for variant, quantity in hold.parts.items()
        ]
        if sold and seen:
            sold({variant: level_of(item) for variant, item in seen.items()})
        # A lone part that is not there may be on its way: a call that is still at it takes it without a look at the
        # header. By the time the hold would have expired none is.
        if moved == [False] and hold.state is HoldState.RELEASED and now < hold.expires_at:
            self._headers.look_again(hold)
        else:
            self._headers.settled(hold)

    def _move(
        self,
        shop: str,
        variant_id: str,
        attempt_id: str,
        quantity: int,
        state: HoldState,
        seen: dict[str, Item] | None = None,
    ) -> bool:
        """From held to allocated, or back to available; was the part still there? Where `seen` is, its item goes there,
        and costs nothing more."""
        to = "allocated" if state is HoldState.CLAIMED else "available"
        shown: Any = {"ReturnValues": "ALL_NEW", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        try:
            answer = write(
                lambda: self._client.update_item(
                    TableName=self._table,
                    Key=stock_key(shop, variant_id),
                    UpdateExpression=f"SET held = held - :quantity, {to} = {to} + :quantity REMOVE parts.#attempt",
                    ConditionExpression="parts.#attempt = :quantity",
                    ExpressionAttributeNames={"#attempt": attempt_id},
                    ExpressionAttributeValues={":quantity": number(quantity)},
                    **({} if seen is None else shown),
                )
            )
        except ConditionFailed as failed:
            if seen is not None:
                seen[variant_id] = dict(failed.items.get(0, {}))
            return False
        if seen is not None:
            seen[variant_id] = answer["Attributes"]
        return True
