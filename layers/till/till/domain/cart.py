"""A cart: a basket with an id and an end."""

from __future__ import annotations

from dataclasses import dataclass

from till.domain.basket import Basket

LIFE_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Cart:
    """`id` is a ULID, `number` a small integer of the shop. Times are Unix seconds."""

    id: str
    shop: str
    basket: Basket
    created_at: int
    expires_at: int
    number: int = 0
    version: int = 0
