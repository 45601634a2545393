"""Shipping zones and the rates they offer to a basket."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from till.domain.region import Region, most_specific


class RateKind(StrEnum):
    """What decides the price of a rate: nothing, the weight shipped (grams), the value of the goods."""

    FLAT = "flat"
    WEIGHT = "weight"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Tier:
    """`amount` applies up to and including `up_to` (grams or minor units); None is without limit."""

    up_to: int | None
    amount: int


@dataclass(frozen=True, slots=True)
class ShippingRate:
    """A rate of a zone. Flat rates use `amount`, the others their tiers in rising order.

    Above the last tier the rate is not offered. Goods worth `free_over` or more ship free.
    """

    code: str
    description: str
    kind: RateKind = RateKind.FLAT
    amount: int = 0
    tiers: tuple[Tier, ...] = ()
    free_over: int | None = None

    def price(self, weight_grams: int, value: int) -> int | None:
        """Minor units for this parcel, or None where the rate does not take it."""
        amount = self.amount if self.kind is RateKind.FLAT else self._tier(weight_grams, value)
        if amount is not None and self.free_over is not None and value >= self.free_over:
            return 0
        return amount

    def _tier(self, weight_grams: int, value: int) -> int | None:
        measure = weight_grams if self.kind is RateKind.WEIGHT else value
        for tier in self.tiers:
            if tier.up_to is None or measure <= tier.up_to:
                return tier.amount
        return None


@dataclass(frozen=True, slots=True)
class ShippingZone:
    """Regions and the rates offered there."""

    id: str
    name: str
    regions: tuple[Region, ...]
    rates: tuple[ShippingRate, ...]


@dataclass(frozen=True, slots=True)
class ShippingLine:
    """An offer to the shopper, and the choice once taken. `code` is stable while the zone is; minor units."""

    code: str
    description: str
    amount: int

    @property
    def number(self) -> int:
        """What clients call it that want whole numbers: always the same for its code, from 1 to 2,147,483,647."""
        return zlib.crc32(self.code.encode()) & 0x7FFFFFFF or 1


def offers(
    zones: Iterable[ShippingZone], country: str, province: str, weight_grams: int, value: int
) -> tuple[ShippingLine, ...]:
    """What the most exact zone offers for this parcel, in the merchant's order."""
    zone = most_specific(zones, country, province)
    if zone is None:
        return ()
    priced = ((rate, rate.price(weight_grams, value)) for rate in zone.rates)
    return tuple(ShippingLine(rate.code, rate.description, amount) for rate, amount in priced if amount is not None)
