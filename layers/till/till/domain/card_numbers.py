"""Card numbers where none may be: Till takes a gateway's tokens, and never sees, stores or logs a card.

A card number is 13 to 19 digits whose last one is right (Luhn), with spaces or dashes between them, as a person types
it or a program passes it on. One number in ten is right by chance, so what cannot be one is left out: ids, which are
platforms' and often that long; phone numbers, of at most 15 digits (E.164); dates, UUIDs and most numbers in words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import accumulate

from till.domain.errors import Invalid

_SHORTEST, _LONGEST = 13, 19
_LONGEST_PHONE = 15
_DATE = r"(?<!\d)(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)"
_UUID = r"\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b"
_NEVER = re.compile(f"{_DATE}|{_UUID}", re.IGNORECASE)
_GROUPS = re.compile(r"\d+(?:[\s\-\u2010-\u2015]{1,3}\d+)*")
# What networks print on cards, where letters are stuck to it: "Visa4111111111111111" is meant as one.
_IN_A_WORD = re.compile(r"[3-6]\d{14,15}")
# The sum of the digits of twice a digit.
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_IDS = ("id", "sku", "uuid", "line_item_key", "resumable_link")


def refuse_card_numbers(body: object) -> None:
    """Raises `Invalid`, naming the field and nothing of the number, where some text of a body looks like a card's.

    Keys are texts too, and an object within a text is looked into. JSON numbers are amounts or ids, never cards.
    """
    for field, name, text in _texts(body):
        shortest = _LONGEST_PHONE + 1 if "phone" in name else _SHORTEST
        if name not in _IDS and not name.endswith(("_id", "Id")) and _holds_card_number(text, shortest):
            message = "This looks like a card number. Send the token that your payment gateway gives for the card."
            raise Invalid(message, field or "body", "card_number")


def _texts(body: object) -> Iterator[tuple[str, str, str]]:
    """Every text: the field it is in, that field's own name, the text. A stack, since nesting is the sender's."""
    waiting = [("", "", body)]
    while waiting:
        field, name, value = waiting.pop()
        if isinstance(value, str):
            inner = _json(value)
            if inner is None:
                yield field, name, value
            else:
                waiting.append((field, name, inner))
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
            if any(_IN_A_WORD.fullmatch(group) and _any_right([group], _SHORTEST) for group in groups):
                return True
        elif _any_right(groups, _LONGEST_PHONE + 1 if before == "+" else shortest):
            return True
    return False


def _is_letter(char: str) -> bool:
    return char.isalpha() or char == "_"


def _any_right(groups: list[str], shortest: int) -> bool:
    """Is a row of whole groups a number whose last digit is the one that Luhn's rule asks for? No card begins with 0.

    Every second digit counts doubled, from the last but one: sums of both ways to begin, up to each digit, tell at
    once what a row comes to, however many there are.
    """
    values = [int(digit) for digit in "".join(groups)]
    sums = [
        list(accumulate((_DOUBLED[v] if (i + first) % 2 else v for i, v in enumerate(values)), initial=0))
        for first in (0, 1)
    ]
    edges = list(accumulate(map(len, groups), initial=0))
    for number, start in enumerate(edges[:-1]):
        for end in edges[number + 1 : number + 1 + _LONGEST]:
            row = sums[(end - 1) % 2]
            if shortest <= end - start <= _LONGEST and values[start] and (row[end] - row[start]) % 10 == 0:
                return True
    return False
