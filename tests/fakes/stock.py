"""Stock in memory. As in the real one a header decides, and its parts follow when it is settled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from till.application.idempotency import Claim
from till.domain.errors import HoldLost, Invalid, Refused
from till.domain.product import InventoryPolicy
from till.domain.stock import Hold, HoldState, MoveKind, Shortage, Sold, StockLevel, StockMove


@dataclass
class _Item:
    on_hand: int = 0
    allocated: int = 0
    policy: InventoryPolicy = InventoryPolicy.DENY
    parts: dict[str, int] = field(default_factory=dict)
    low_by: str = ""

    @property
    def level(self) -> StockLevel:
        held = sum(self.parts.values())
        available = self.on_hand - held - self.allocated
        oversells = self.policy is InventoryPolicy.CONTINUE
        return StockLevel(self.on_hand, held, self.allocated, available, oversells, self.low_by)


class FakeStock:
    """The port `Stock`, and `claim`, which the real one leaves to the order's transaction."""

    def __init__(self) -> None:
        self._items: dict[tuple[str, str], _Item] = {}
        self._holds: dict[tuple[str, str], Hold] = {}
        self._moved: set[str] = set()
        self._adjusted: set[str] = set()

    def hold(self, hold: Hold, now: int) -> Sequence[Shortage]:
        if earlier := self.get_hold(hold.shop, hold.attempt_id):
            if not earlier.keeps(now):
                raise HoldLost("The items of this order are no longer reserved.", "inventory")
            self._keep(replace(earlier, expires_at=max(earlier.expires_at, hold.expires_at)))
            return ()
        if self._short(hold):
            self._give_back_lost(hold, now)
        if shortages := self._short(hold):
            return shortages
        self._keep(replace(hold, state=HoldState.ACTIVE))
        for variant, quantity in hold.parts.items():
            self._item(hold.shop, variant).parts[hold.attempt_id] = quantity
        return ()

    def get_hold(self, shop: str, attempt_id: str) -> Hold | None:
        return self._holds.get((shop, attempt_id))

    def free_for(self, shop: str, part: str, attempt_id: str, now: int) -> int:
        item = self._item(shop, part)
        free = item.level.available
        for attempt, quantity in item.parts.items():
            hold = self._holds[shop, attempt]
            if not hold.keeps(now) or (attempt == attempt_id and hold.state is HoldState.ACTIVE):
                free += quantity
        return free

    def claim(self, shop: str, attempt_id: str, now: int) -> None:
        """Sells what is held. Raises `HoldLost`."""
        hold = self.get_hold(shop, attempt_id)
        if hold is None or hold.state is not HoldState.ACTIVE or not hold.keeps(now):
            raise HoldLost("The items of this order are no longer reserved.", "inventory")
        self._keep(replace(hold, state=HoldState.CLAIMED))

    def release(self, shop: str, attempt_id: str) -> bool:
        hold = self.get_hold(shop, attempt_id)
        if hold is None:
            self._keep(Hold(attempt_id, shop, HoldState.RELEASED, 0, {}))
            return False
        if hold.state is HoldState.CLAIMED:
            return False
        self._keep(replace(hold, state=HoldState.RELEASED))
        return True

    def settle(self, shop: str, attempt_id: str, sold: Sold | None = None) -> None:
        hold = self.get_hold(shop, attempt_id)
        if hold is None or hold.state is HoldState.ACTIVE:
            return
        for variant in hold.parts:
            item = self._item(shop, variant)
            units = item.parts.pop(attempt_id, 0)
            if hold.state is HoldState.CLAIMED:
                item.allocated += units
        if sold and hold.state is HoldState.CLAIMED:
            sold(self.levels(shop, hold.parts))

    def mark_low(self, shop: str, variant_id: str, attempt_id: str) -> bool:
        item = self._item(shop, variant_id)
        if attempt_id and item.low_by not in ("", attempt_id):
            return False
        item.low_by = attempt_id
        return True

    def sweep(self, now: int, limit: int) -> int:
        due = [hold for hold in self._holds.values() if not hold.keeps(now) or hold.state is HoldState.CLAIMED]
        due = [hold for hold in due if any(hold.attempt_id in self._item(hold.shop, v).parts for v in hold.parts)]
        for hold in due[:limit]:
            self.release(hold.shop, hold.attempt_id)
            self.settle(hold.shop, hold.attempt_id)
        return len(due[:limit])

    def move(self, shop: str, move: StockMove) -> None:
        if move.id in self._moved:
            return
        self._moved.add(move.id)
        for part, units in move.parts.items():
            item = self._item(shop, part)
            item.allocated -= 0 if move.kind is MoveKind.RESTOCK else units
            item.low_by = item.low_by if move.kind is MoveKind.SHIP else ""
            item.on_hand += {MoveKind.GIVE_BACK: 0, MoveKind.SHIP: -units, MoveKind.RESTOCK: units}[move.kind]

    def levels(self, shop: str, variant_ids: Iterable[str]) -> Mapping[str, StockLevel]:
        return {variant: self._items.get((shop, variant), _Item()).level for variant in variant_ids}

    def count(self, shop: str, counts: Mapping[str, int]) -> None:
        for variant, on_hand in counts.items():
            self.set_on_hand(shop, variant, on_hand)

    def set_on_hand(self, shop: str, variant_id: str, on_hand: int) -> StockLevel:
        if on_hand < 0:
            raise Invalid("Stock on hand cannot be below zero.", "on_hand")
        item = self._item(shop, variant_id)
        item.low_by = "" if on_hand > item.on_hand else item.low_by
        item.on_hand = on_hand
        return item.level

    def adjust(self, shop: str, variant_id: str, by: int, claim: Claim | None = None) -> StockLevel:
        item = self._item(shop, variant_id)
        if claim and claim.id in self._adjusted:
            return item.level
        if item.on_hand + by < 0:
            raise Refused(f"Only {item.on_hand} are on hand.", "on_hand")
        item.low_by = "" if by > 0 else item.low_by
        item.on_hand += by
        self._adjusted.update([claim.id] if claim else ())
        return item.level

    def set_policies(self, shop: str, policies: Mapping[str, InventoryPolicy]) -> None:
        for variant, policy in policies.items():
            self._item(shop, variant).policy = policy

    def _item(self, shop: str, variant_id: str) -> _Item:
        return self._items.setdefault((shop, variant_id), _Item())

    def _keep(self, hold: Hold) -> None:
        self._holds[hold.shop, hold.attempt_id] = hold

    def _short(self, hold: Hold) -> Sequence[Shortage]:
        return tuple(
            Shortage(variant, quantity, max(0, item.level.available))
            for variant, quantity in sorted(hold.parts.items())
            for item in [self._item(hold.shop, variant)]
            if item.policy is InventoryPolicy.DENY and item.level.available < quantity
        )

    def _give_back_lost(self, wanted: Hold, now: int) -> None:
        for hold in list(self._holds.values()):
            if hold.shop == wanted.shop and hold.parts.keys() & wanted.parts.keys() and not hold.keeps(now):
                self.release(hold.shop, hold.attempt_id)
                self.settle(hold.shop, hold.attempt_id)
