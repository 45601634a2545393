"""Whoever asks too often waits for the next window; others do not wait for them."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tests.builders import NOON
from till.application.limits import Limits
from till.domain.errors import TooMany


@dataclass
class FakeCounters:
    """Counts in memory."""

    counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, shop: str, counter: str, ends_at: int) -> int:
        assert ends_at > NOON
        self.counts[shop, counter] = self.counts.get((shop, counter), 0) + 1
        return self.counts[shop, counter]


def test_the_fourth_of_three_is_refused_until_the_window_ends() -> None:
    clock = [NOON // 600 * 600 + 590]
    limits = Limits(FakeCounters(), lambda: clock[0])

    def ask(shop: str = "acme", who: str = "203.0.113.7") -> None:
        limits.spend(shop, "session", who, 3, 600)

    for _ in range(3):
        ask()
    with pytest.raises(TooMany) as refused:
        ask()
    assert refused.value.retry_after == 10
    ask(who="203.0.113.8")
    ask(shop="other")
    clock[0] += 10
    ask()


def test_nobody_is_named_in_what_is_counted() -> None:
    counters = FakeCounters()
    Limits(counters, lambda: NOON).spend("acme", "session", "203.0.113.7", 3, 600)
    assert "203.0.113.7" not in str(counters.counts)
