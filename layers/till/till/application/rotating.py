"""A key that the stack signs with is made anew."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from till.application.doctor import SecretAge, UnreadableError
from till.domain.errors import Busy, Refused


class Keys(Protocol):
    """Secrets of which the version before the current one still counts."""

    def secret(self, name: str) -> SecretAge:
        """Raises `UnreadableError`."""

    def rotate(self, name: str, value: str, version: str) -> None:
        """A new version of a secret, which takes the place of the one before the current."""


def rotate(keys: Keys, name: str, value: str, version: str, life: int, now: int) -> None:
    """A new version of a key, once. What the current one's predecessor signed is good for up to `life` seconds more.

    Raises `Refused` where that would end now, `Busy` where nobody knows.
    """
    try:
        age = keys.secret(name)
    except UnreadableError as error:
        raise Busy(f"The key cannot be looked at: {error}.") from error
    if age.version == version:
        return
    ended_at = age.changed_at + life
    if age.has_previous and now < ended_at:
        raise Refused(
            f"It was made anew at {_said(age.changed_at)}. Now a second time, it ends what shoppers had before that: "
            f'sessions and payment links. Wait until {_said(ended_at)}; after a leak, send "again": true.',
            "again",
        )
    keys.rotate(name, value, version)


def _said(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
