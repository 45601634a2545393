"""How often somebody may ask for what costs or tells something: so many times in so many seconds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from till.domain.errors import TooMany


class Counters(Protocol):
    """Counts that end by themselves."""

    def add(self, shop: str, counter: str, ends_at: int) -> int:
        """One more, and how many that makes; one write. `ends_at` in Unix seconds."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Counts in windows that begin at multiples of their length. `now` in Unix seconds."""

    counters: Counters
    now: Callable[[], int]

    def spend(self, shop: str, what: str, who: str, most: int, seconds: int) -> None:
        """Count one `what` of `who`, of whom only a digest is kept. Raises `TooMany` above `most` in `seconds`."""
        now = self.now()
        window, ends_at = now // seconds, (now // seconds + 1) * seconds
        digest = hashlib.sha256(f"{shop}:{what}:{who}".encode()).hexdigest()[:32]
        if self.counters.add(shop, f"{what}#{digest}#{window}", ends_at) > most:
            raise TooMany("That was asked too often. Try again later.", ends_at - now)
