"""A cart: a basket with an id and an end. It stays when it is checked out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from till.domain.agreement import ShippingGroup
from till.domain.basket import Basket
from till.domain.shipping import ShippingLine

DAY_SECONDS = 24 * 3600
LIFE_DAYS = 7
LIFE_SECONDS = LIFE_DAYS * DAY_SECONDS
SHIPPING_GROUPS = "shipping_groups"


@dataclass(frozen=True, slots=True)
class Cart:
    """`id` is a ULID, or what the client calls it ([A-Za-z0-9_-]); `number` a small integer of the shop.

    It ends `life_days` after its last change. `customers` and `accounts` are the ULIDs of those whose cart it is.
    `contact` and `attributes` are the client's own. `snapshot_date` makes it a preview, which is never checked out.
    A cart of version 0 is not stored; `born` tells it from an earlier cart of the same id. Times are Unix seconds.
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
    born: str = ""

    @property
    def owners(self) -> tuple[str, ...]:
        """All whose cart it is, by ULID."""
        return (*self.customers, *self.accounts)

    def with_basket(self, basket: Basket) -> Cart:
        """Another basket."""
        return replace(self, basket=basket)

    def with_shipping(self) -> Cart:
        """Shipping costs what its shipping groups cost; taxes must be generated again where that is another amount."""
        amount = sum(group.amount for group in self.shipping_groups)
        shipping = ShippingLine(SHIPPING_GROUPS, "Shipping", amount) if self.shipping_groups else None
        if shipping == self.basket.shipping:
            return self
        return self.with_basket(replace(self.basket, shipping=shipping, taxes=None))
