"""A cart: a basket with an id and an end. It stays when it is checked out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from till.domain.agreement import ShippingGroup
from till.domain.basket import Basket, LineItem
from till.domain.shipping import ShippingLine

DAY_SECONDS = 24 * 3600
LIFE_DAYS = 7
LIFE_SECONDS = LIFE_DAYS * DAY_SECONDS
SHIPPING_GROUPS = "shipping_groups"
# What `life_days` of a template is.
FOR_EVER = 0


@dataclass(frozen=True, slots=True)
class Cart:
    """`id` is a ULID, or what the client calls it ([A-Za-z0-9_-]); `number` a small integer of the shop.

    It ends `life_days` after its last change. `customers` and `accounts` are the ULIDs of those whose cart it is.
    `contact` and `attributes` are the client's own, the latter JSON. `snapshot_date` (ISO 8601) makes it a preview of
    that moment, which is never checked out. Lines that were `removed` can be had again. `draft_order` is the ULID of
    the order that is being made of it; `payment_method` and `shown_currency` are what the shopper chose.
    A cart of version 0 is not stored; `born` tells it from an earlier cart of the same id, and `last_edit` an edit from
    another that came to the same. Times are Unix seconds.
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
    removed: tuple[LineItem, ...] = ()
    draft_order: str = ""
    payment_method: str = ""
    shown_currency: str = ""
    last_edit: str = ""

    @property
    def is_template(self) -> bool:
        """Is it the shop's, for many shoppers to begin with? It never ends, and no shopper changes it."""
        return self.life_days == FOR_EVER

    def is_over(self, now: int) -> bool:
        """Has it ended?"""
        return bool(self.expires_at) and self.expires_at <= now

    @property
    def owners(self) -> tuple[str, ...]:
        """All whose cart it is, by ULID."""
        return (*self.customers, *self.accounts)

    @property
    def email(self) -> str:
        """Whom to reach about it, or ""."""
        return self.contact.get("email") or (self.basket.customer.email if self.basket.customer else "")

    def day(self, now: int) -> int:
        """The moment that it is looked at: the one that a preview is of, else now. Unix seconds."""
        if not self.snapshot_date:
            return now
        moment = datetime.fromisoformat(self.snapshot_date)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())

    def with_basket(self, basket: Basket) -> Cart:
        """Another basket."""
        return replace(self, basket=basket)

    def emptied(self) -> Cart:
        """What is left of a cart that was ordered: nothing, and whose it is."""
        return replace(
            self,
            basket=Basket(""),
            removed=(),
            shipping_groups=(),
            draft_order="",
            payment_method="",
            shown_currency="",
        )

    def settled(self) -> Cart:
        """With what follows from its parts: shipping costs what its shipping groups cost, where there are any; no group
        holds a line that is gone, and a cart with neither has no currency. Taxes must be generated again where shipping
        costs otherwise."""
        keys = {line.key for line in self.basket.lines}
        groups = tuple(
            group if keys.issuperset(group.lines) else replace(group, lines=tuple(k for k in group.lines if k in keys))
            for group in self.shipping_groups
        )
        basket = self.basket
        shipping = basket.shipping if basket.shipping and basket.shipping.code != SHIPPING_GROUPS else None
        if groups:
            shipping = ShippingLine(SHIPPING_GROUPS, "Shipping", sum(group.amount for group in groups))
        if shipping != basket.shipping:
            basket = replace(basket, shipping=shipping, taxes=None)
        if not keys and not groups:
            basket = replace(basket, currency="")
        return replace(self, basket=basket, shipping_groups=groups)
