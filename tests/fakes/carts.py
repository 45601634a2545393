"""Carts in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from till.application.idempotency import Record
from till.domain.cart import Cart
from till.domain.errors import Conflict


class FakeCarts:
    """The port `Carts`."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._carts: dict[tuple[str, str], Cart] = {}
        self._records: dict[tuple[str, str], Record] = {}

    def get(self, shop: str, cart_id: str) -> Cart | None:
        cart = self._carts.get((shop, cart_id))
        return None if cart is None or cart.is_over(self._now()) else cart

    def get_with_record(self, shop: str, cart_id: str, record_id: str) -> tuple[Cart | None, Record | None]:
        record = self._records.get((shop, record_id))
        return self.get(shop, cart_id), record if record and record.expires_at > self._now() else None

    def save(
        self, cart: Cart, record: Record | None = None, left: Sequence[str] = (), gone: Cart | None = None
    ) -> Cart:
        assert not set(left).intersection(cart.owners)
        if gone:
            self._claim(gone, None)
        self._claim(cart, record)
        if gone:
            del self._carts[gone.shop, gone.id]
        saved = replace(cart, version=cart.version + 1)
        self._carts[cart.shop, cart.id] = saved
        return saved

    def delete(self, cart: Cart, record: Record | None = None) -> None:
        self._claim(cart, record)
        del self._carts[cart.shop, cart.id]

    def of(self, shop: str, owner: str) -> Sequence[Cart]:
        carts = [cart for cart in self._carts.values() if cart.shop == shop and owner in cart.owners]
        live = [cart for cart in carts if not cart.is_over(self._now())]
        return sorted(live, key=lambda cart: (-cart.updated_at, cart.id))

    def shop_of_template(self, cart_id: str) -> str:
        found = (cart.shop for cart in self._carts.values() if cart.id == cart_id and cart.is_template)
        return next(found, "")

    def _claim(self, cart: Cart, record: Record | None) -> None:
        stored = self.get(cart.shop, cart.id)
        found = (stored.version, stored.born) if stored else (0, cart.born)
        taken = record and self.get_with_record(cart.shop, cart.id, record.id)[1]
        if found != (cart.version, cart.born) or taken:
            raise Conflict("The cart was changed at the same time. Try again.")
        if record:
            self._records[cart.shop, record.id] = record
