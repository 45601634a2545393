"""Answers that a client may have already, told by their ETag (RFC 9110)."""

from __future__ import annotations

import hashlib


def etag(content: bytes) -> str:
    """A strong one: the same for the same bytes."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def is_known(if_none_match: str, tag: str) -> bool:
    """Does the header name the tag? Compared weakly: who compresses on the way marks what passes with W/."""
    given = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return "*" in given or tag in given
