"""A key is made anew, and nobody loses what is still good."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from till.application.doctor import SecretAge, UnreadableError
from till.application.rotating import rotate
from till.domain.errors import Busy, Refused

NOW, WEEK = 1_800_000_000, 7 * 86_400


@dataclass
class FakeKeys:
    """One key, of the time when the test begins."""

    changed_at: int = NOW
    versions: tuple[str, ...] = ("a", "b")
    forbids: bool = False

    def secret(self, name: str) -> SecretAge:
        assert name == "jwt"
        if self.forbids:
            raise UnreadableError("AWS says ThrottlingException")
        return SecretAge(self.changed_at, len(self.versions) > 1, self.versions[-1])

    def rotate(self, name: str, value: str, version: str) -> None:
        assert (name, value) == ("jwt", "a value")
        self.versions = (*self.versions, version)


def rotated(keys: FakeKeys, now: int = NOW, life: int = WEEK, version: str = "c") -> tuple[str, ...]:
    rotate(keys, "jwt", "a value", version, life, now)
    return keys.versions


def test_a_key_that_was_never_made_anew_can_be_at_once() -> None:
    assert rotated(FakeKeys(versions=("a",))) == ("a", "c")


def test_within_a_week_it_is_refused_and_says_until_when() -> None:
    keys = FakeKeys()
    with pytest.raises(Refused, match=r"Wait until 2027-01-22 08:00 UTC"):
        rotated(keys, NOW + WEEK - 1)
    assert rotated(keys, NOW + WEEK) == ("a", "b", "c")


def test_the_same_request_that_broke_off_made_its_key_already() -> None:
    assert rotated(FakeKeys(), version="b") == ("a", "b")


def test_a_key_whose_predecessor_counts_no_more_never_waits() -> None:
    assert rotated(FakeKeys(), life=0) == ("a", "b", "c")


def test_a_key_that_cannot_be_looked_at_stays() -> None:
    with pytest.raises(Busy):
        rotated(FakeKeys(forbids=True))
