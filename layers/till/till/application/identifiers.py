"""Ids: ULIDs (26 characters, sorting by time), and public order ids that begin with one and cannot be guessed."""

from __future__ import annotations

import hashlib
import re

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LONG_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
PUBLIC_ID_LENGTH = 64


def ulid(milliseconds: int, randomness: bytes) -> str:
    """A ULID of a Unix time and ten random bytes."""
    return ulid_of_bits((milliseconds << 80) | int.from_bytes(randomness))


def ulid_of_bits(bits: int) -> str:
    """The ULID of a number of 128 bits."""
    return "".join(_ALPHABET[(bits >> shift) & 31] for shift in range(125, -1, -5))


def ulid_to_bits(ulid: str) -> int:
    """The number that a ULID is."""
    bits = 0
    for letter in ulid:
        bits = bits << 5 | _ALPHABET.index(letter)
    return bits


def as_uuid(ulid: str) -> str:
    """The UUID with the same 128 bits."""
    digits = f"{ulid_to_bits(ulid):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def forms(text: str) -> tuple[str, ...]:
    """The id as it was given, then the other of its forms where it is a ULID or a UUID: both are the same 128 bits."""
    if is_ulid(text):
        return text, as_uuid(text)
    if _UUID.fullmatch(text):
        return text, ulid_of_bits(int(text.replace("-", ""), 16))
    return (text,)


def steady_ulid(name: str) -> str:
    """A ULID that this name always has, for what has to be found again by it. It tells no time."""
    return ulid_of_bits(int.from_bytes(hashlib.sha256(name.encode()).digest()[:16]))


def is_ulid(text: str) -> bool:
    """Has it the form of a ULID?"""
    return _ULID.fullmatch(text) is not None


def public_id(order_id: str, randomness: bytes) -> str:
    """64 characters [A-Za-z0-9]: the order's ULID and 38 more made of at least 32 random bytes."""
    rest, value = [], int.from_bytes(randomness)
    for _ in range(PUBLIC_ID_LENGTH - len(order_id)):
        value, digit = divmod(value, len(_LONG_ALPHABET))
        rest.append(_LONG_ALPHABET[digit])
    return order_id + "".join(rest)
