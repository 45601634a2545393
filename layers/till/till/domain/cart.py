"""A cart: a basket with an id and an end. It stays when it is checked out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from till.domain.agreement import ShippingGroup
from till.domain.basket import Basket

DAY_SECONDS = 24 * 3600
LIFE_DAYS = 7
LIFE_SECONDS = LIFE_DAYS * DAY_SECONDS


@dataclass(frozen=True, slots=True)
class Cart:
    """`id` is a ULID, or what the client calls it ([A-Za-z0-9_-]); `number` a small integer of the shop.

    It ends `life_days` after its last change. `customers` and `accounts` are the ULIDs of those whose cart it is.
    `contact` and `attributes` are the client's own. `snapshot_date` makes it a preview, which is never checked out.
    A cart of version 0 is not stored. Times are Unix seconds.
    """

    id: str
    shop: str
    basket: Basket
    created_at: int
    expires_at: int
    number: int = 0
    version: int = 0
    updated_at: int = 0
    name: str = "Cart"
    description: str = ""
    life_days: int = LIFE_DAYS
    customers: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    contact: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    snapshot_date: str = ""
    custom_discounts: bool = False
    shipping_groups: tuple[ShippingGroup, ...] = ()

    @property
    def owners(self) -> tuple[str, ...]:
        """All whose cart it is, by ULID."""
        return (*self.customers, *self.accounts)
