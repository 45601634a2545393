"""When what was not taken is sent again: the pauses that Standard Webhooks 1.0 proposes, three days in all."""

from __future__ import annotations

from typing import Final

_MINUTE, _HOUR = 60, 3600
# Seconds after the first try, after the second, and so on.
PAUSES: Final = (
    5,
    5 * _MINUTE,
    30 * _MINUTE,
    2 * _HOUR,
    5 * _HOUR,
    10 * _HOUR,
    14 * _HOUR,
    20 * _HOUR,
    24 * _HOUR,
)


def next_try(tries: int, now: int) -> int | None:
    """When to try again after so many tries that failed, in Unix seconds; None where it is given up."""
    return now + PAUSES[tries - 1] if tries <= len(PAUSES) else None
