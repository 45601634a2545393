"""Where a shipping or tax zone applies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

ANYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Region:
    """A country (ISO 3166-1 alpha-2, or "*" for every other one) and, when given, only some of its provinces."""

    country: str
    provinces: tuple[str, ...] = ()

    def specificity(self, country: str, province: str) -> int:
        """0 where the region does not cover the place; the more exactly it names it, the higher."""
        if self.country == ANYWHERE:
            return 1
        if self.country != country:
            return 0
        if not self.provinces:
            return 2
        return 3 if province in self.provinces else 0


class Zone(Protocol):
    """Anything that applies to regions."""

    @property
    def regions(self) -> tuple[Region, ...]: ...


def most_specific[Z: Zone](zones: Iterable[Z], country: str, province: str) -> Z | None:
    """The zone that names the place most exactly (the first of equals), or None."""
    best: Z | None = None
    best_score = 0
    for zone in zones:
        score = max((region.specificity(country, province) for region in zone.regions), default=0)
        if score > best_score:
            best, best_score = zone, score
    return best
