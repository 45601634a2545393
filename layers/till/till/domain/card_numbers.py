"""Card numbers where none may be: Till takes a gateway's tokens, and never sees, stores or logs a card.

A card number is 13 to 19 digits whose last one is right (Luhn), with spaces or dashes between them, as a person types
it or a program passes it on. One number in ten is right by chance, so what cannot be one is left out: dates, UUIDs,
hexadecimal digests and most numbers in words; phone numbers, of at most 15 digits (E.164). Ids and barcodes are often
that long too, and numbers in JSON are amounts or ids: of these only what a network gives out is one, 15 or 16 digits
with its own first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import accumulate

from till.domain.errors import Invalid

CARD_NUMBER = "card_number"
_SHORTEST, _LONGEST = 13, 19
_LONGEST_PHONE = 15
_DATE = r"(?<!\d)(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)"
_UUID = r"\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b"
_DIGEST = r"(?<![0-9a-z])(?=[0-9a-f]*[a-f])[0-9a-f]{24,64}(?![0-9a-z])"
_NEVER = re.compile(f"{_DATE}|{_UUID}|{_DIGEST}", re.IGNORECASE)
_GROUPS = re.compile(r"\d+(?:[\s\-\u2010-\u2015]{1,3}\d+)*")
# What networks print on cards, where letters are stuck to it: "Visa4111111111111111" is meant as one.
_IN_A_WORD = re.compile(r"[3-6]\d{14,15}")
# American Express; Mastercard, JCB, Visa, Discover and UnionPay. Diners' 14 digits are those of Shopify's ids.
_OF_A_NETWORK = re.compile(r"3[47]\d{13}|(?:2[2-7]|35|4\d|5[1-5]|6[0245])\d{14}")
_ONLY_NETWORKS = _LONGEST + 1
# The sum of the digits of twice a digit.
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_IDS = ("id", "sku", "uuid", "line_item_key", "resumable_link")


def refuse_card_numbers(body: object, *, full_of_ids: bool = False) -> None:
    """Raises `Invalid`, naming the field and nothing of the number, where some text of a body looks like a card's.

    Keys are texts too, and an object within a text is looked into. `full_of_ids` is what consists of ids and barcodes,
    such as a path or a catalogue.
    """
    for field, name, text in _texts(body):
        shortest = _LONGEST_PHONE + 1 if "phone" in name else _SHORTEST
        is_id = name in _IDS or name.endswith(("_id", "Id"))
        if _holds_card_number(str(text), _ONLY_NETWORKS if full_of_ids or is_id or isinstance(text, int) else shortest):
            message = "This looks like a card number. Send the token that your payment gateway gives for the card."
            raise Invalid(message, field or "body", CARD_NUMBER)


def _texts(body: object) -> Iterator[tuple[str, str, str | int]]:
    """Every text and number: the field it is in, that field's own name, the text. A stack, since nesting is the
    sender's."""
    waiting = [("", "", body)]
    while waiting:
        field, name, value = waiting.pop()
        if isinstance(value, str):
            inner = _json(value)
            if inner is None:
                yield field, name, value
            else:
                waiting.append((field, name, inner))
        elif isinstance(value, int):
            yield field, name, value
        elif isinstance(value, dict):
            yield from ((field, "", key) for key in value)
            waiting += ((f"{field}.{key}".lstrip("."), key, member) for key, member in value.items())
        elif isinstance(value, list):
            waiting += ((f"{field}.{index}".lstrip("."), name, member) for index, member in enumerate(value))


def _json(text: str) -> object:
    """The object that a text is, or None."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _holds_card_number(text: str, shortest: int) -> bool:
    text = _NEVER.sub("x", text)
    for found in _GROUPS.finditer(text):
        start, end = found.span()
        before, after = text[start - 1 : start], text[end : end + 1]
        groups = re.findall(r"\d+", found[0])
        if _is_letter(before) or _is_letter(after):
            if any(_IN_A_WORD.fullmatch(group) and _any_right([group], shortest) for group in groups):
                return True
        elif _any_right(groups, max(shortest, _LONGEST_PHONE + 1) if before == "+" else shortest):
            return True
    return False


def _is_letter(char: str) -> bool:
    return char.isalpha() or char == "_"


def _any_right(groups: list[str], shortest: int) -> bool:
    """Is a row of whole groups a number whose last digit is the one that Luhn's rule asks for? No card begins with 0.

    A row of fewer digits than `shortest` is one only where a network gives such numbers out. Every second digit counts
    doubled, from the last but one: sums of both ways to begin, up to each digit, tell at once what a row comes to,
    however many there are.
    """
    digits = "".join(groups)
    if len(digits) < _SHORTEST:
        return False
    values = [int(digit) for digit in digits]
    sums = [
        list(accumulate((_DOUBLED[v] if (i + first) % 2 else v for i, v in enumerate(values)), initial=0))
        for first in (0, 1)
    ]
    edges = list(accumulate(map(len, groups), initial=0))
    for number, start in enumerate(edges[:-1]):
        for end in edges[number + 1 : number + 1 + _LONGEST]:
            row = sums[(end - 1) % 2]
            if (
                _SHORTEST <= end - start <= _LONGEST
                and values[start]
                and (row[end] - row[start]) % 10 == 0
                and (end - start >= shortest or _is_of_a_network(values[start:end]))
            ):
                return True
    return False


def _is_of_a_network(values: list[int]) -> bool:
    return bool(_OF_A_NETWORK.fullmatch("".join(map(str, values))))
