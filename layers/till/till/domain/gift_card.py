"""Gift cards: money that a shop owes to whoever knows a code.

The code itself is kept nowhere, only a digest of it; what the card is worth is kept like the stock of a variant
(`Payment.part`): on_hand is what was loaded, held what checkouts under way mean to spend, allocated what was spent,
available the balance.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from till.domain.errors import Invalid
from till.domain.payment import part_of

# Without the look-alikes 0, O, 1, I and L.
_DIGITS, _LETTERS = "23456789", "ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH = 16
_GROUP = 4
# Of them 78 bits decide a code.
CODE_BYTES = 16
_LEAST, _MOST = 12, 64
_SHOWN_CHARACTERS = 4
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u2212]")
_WRITTEN = re.compile(rf"[A-Z0-9]{{{_LEAST},{_MOST}}}", re.ASCII)
# A card number has 13 to 19 digits: a code must not look like one, since those are refused wherever they turn up.
_CARD_NUMBER = re.compile(r"[0-9]{13}|^[0-9]+$")


@dataclass(frozen=True, slots=True)
class GiftCard:
    """A gift card without its code. `id` is a ULID; 0 never expires; Unix seconds."""

    id: str
    shop: str
    currency: str
    last_characters: str
    created_at: int
    expires_at: int = 0
    disabled: bool = False
    note: str = ""
    version: int = 0

    @property
    def part(self) -> str:
        """What its money is kept under."""
        return part_of(self.id)

    def is_good(self, currency: str, now: int) -> bool:
        """Can an order in that currency be paid with it now, if there is money on it?"""
        in_time = not self.expires_at or now < self.expires_at
        return in_time and not self.disabled and self.currency == currency


class MovementKind(StrEnum):
    """Money put on a gift card or taken off it by the merchant, or spent with an order and given back."""

    LOADED = "loaded"
    TAKEN_OFF = "taken_off"
    SPENT = "spent"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of a gift card's ledger. `amount` is what it did to the balance, in minor units. Unix seconds."""

    id: str
    kind: MovementKind
    amount: int
    at: int
    order_id: str = ""
    number: int = 0
    note: str = ""


def new_code(randomness: bytes) -> str:
    """A code of 16 characters out of `CODE_BYTES` random bytes. A letter begins each half: it is no card number."""
    rest, code = int.from_bytes(randomness), ""
    for place in range(_LENGTH):
        characters = _LETTERS if place % (_LENGTH // 2) == 0 else _DIGITS + _LETTERS
        rest, index = divmod(rest, len(characters))
        code += characters[index]
    return code


def imported_code(code: str) -> str:
    """A code of another system, normal. Raises `Invalid` for one that could be guessed, or taken for a card number."""
    written = normal(code)
    if not _WRITTEN.fullmatch(written):
        raise Invalid(f"A code has {_LEAST} to {_MOST} letters and digits.", "code")
    if _CARD_NUMBER.search(written):
        raise Invalid("A code has a letter among its digits, so that it is not taken for a card number.", "code")
    return written


def normal(code: str) -> str:
    """A code as it is compared: without case, spaces and dashes."""
    return _BETWEEN.sub("", code).upper()


def grouped(code: str) -> str:
    """A code as it is shown, once: in groups of four."""
    return "-".join(code[i : i + _GROUP] for i in range(0, len(code), _GROUP))


def last_characters(code: str) -> str:
    """What of a code may be shown."""
    return normal(code)[-_SHOWN_CHARACTERS:]


def digest(shop: str, code: str) -> str:
    """What is stored of a code; another one in each shop."""
    return hashlib.sha256(f"{shop}\n{normal(code)}".encode("utf-8", "surrogatepass")).hexdigest()
