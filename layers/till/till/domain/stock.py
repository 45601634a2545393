"""Stock: what there is of something that can run out, and holds whose header alone decides what becomes of them.

Units of a variant, uses of a discount code and the money on a gift card run out alike: each is a part of a hold, by
its id, and a hold takes all its parts or none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class HoldState(StrEnum):
    """ACTIVE keeps units for an attempt until it expires; CLAIMED sold them; RELEASED gave them back."""

    ACTIVE = "ACTIVE"
    CLAIMED = "CLAIMED"
    RELEASED = "RELEASED"


TRANSITIONS: dict[HoldState, frozenset[HoldState]] = {
    HoldState.ACTIVE: frozenset({HoldState.CLAIMED, HoldState.RELEASED}),
    HoldState.CLAIMED: frozenset(),
    HoldState.RELEASED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Hold:
    """The header of an attempt's hold. `parts` is units by what they are of; `expires_at` in Unix seconds."""

    attempt_id: str
    shop: str
    state: HoldState
    expires_at: int
    parts: Mapping[str, int]

    def keeps(self, now: int) -> bool:
        """Do its units still belong to the attempt? Sold ones do for ever."""
        return self.state is HoldState.CLAIMED or (self.state is HoldState.ACTIVE and self.expires_at > now)


@dataclass(frozen=True, slots=True)
class StockLevel:
    """The numbers of a part. available = on_hand - held - allocated; below zero only where it may be oversold.

    `low_by` is the attempt whose sale it was told low of, until there is more again.
    """

    on_hand: int
    held: int
    allocated: int
    available: int
    oversells: bool = False
    low_by: str = ""

    @property
    def left(self) -> int:
        """Units that are not sold."""
        return self.on_hand - self.allocated


type Sold = Callable[[Mapping[str, StockLevel]], None]


@dataclass(frozen=True, slots=True)
class Shortage:
    """A part that could not be held."""

    part: str
    requested: int
    available: int


class MoveKind(StrEnum):
    """GIVE_BACK: sold, and for sale again. SHIP: sold, and gone. RESTOCK: gone, and come back."""

    GIVE_BACK = "give_back"
    SHIP = "ship"
    RESTOCK = "restock"


@dataclass(frozen=True, slots=True)
class StockMove:
    """What happens to sold units, by part. It is written down first and made after, once for its id.

    `operation` is what it belongs to: a refund, a cancellation, a fulfilment.
    """

    operation: str
    kind: MoveKind
    parts: Mapping[str, int]
    is_done: bool = False

    @property
    def id(self) -> str:
        """An operation makes one move of each kind."""
        return f"{self.operation}:{self.kind}"
