"""Counts in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass
class FakeCounters:
    """The port `Counters`."""

    counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, shop: str, counter: str, ends_at: int) -> int:  # noqa: ARG002  # nothing is tidied up here
        self.counts[shop, counter] = self.counts.get((shop, counter), 0) + 1
        return self.counts[shop, counter]

    def of(self, shop: str, counters: Sequence[str]) -> Mapping[str, int]:
        return {one: self.counts[shop, one] for one in counters if (shop, one) in self.counts}
