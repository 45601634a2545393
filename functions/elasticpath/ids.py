"""Ids as Elastic Path's clients see them: UUIDs. Till's own are ULIDs, whose 128 bits are the same number."""

from __future__ import annotations

import uuid

from till.application.identifiers import is_ulid, ulid_of_bits, ulid_to_bits

# For ids of things that have none of their own: the same thing has the same one each time.
_NAMES = uuid.UUID("6f0a8a3e-6d0c-5d53-9c0e-2b1f6f3f5a10")


def uuid_of(ulid: str) -> str:
    """The UUID of a ULID."""
    return str(uuid.UUID(int=ulid_to_bits(ulid)))


def ulid_of(text: str) -> str:
    """The ULID that a client means, by its UUID or as it is; what is neither is nobody's, and "" ."""
    if is_ulid(text):
        return text
    try:
        return ulid_of_bits(uuid.UUID(text).int)
    except ValueError:
        return ""


def item_id(owner: str, line_key: str) -> str:
    """The id of a line of a cart or an order: its key, or made of it where another dialect named the line."""
    return uuid_of(line_key) if is_ulid(line_key) else str(uuid.uuid5(_NAMES, f"{owner} {line_key}"))
