"""When things were made and changed, as this dialect writes it."""

from __future__ import annotations

import time

from till.application.identifiers import is_ulid, ulid_to_bits


def timestamp(seconds: int) -> str:
    """A Unix time as this dialect writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def made_at(ulid: str, otherwise: int) -> int:
    """When the thing with that ULID was made, in Unix seconds."""
    return (ulid_to_bits(ulid) >> 80) // 1000 if is_ulid(ulid) else otherwise
