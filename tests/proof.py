"""What Till promises, and what the tests that prove it have tried and seen. `make prove` makes a table of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import pytest

LONG = os.environ.get("TILL_PROVE") == "long"
at_length = pytest.mark.skipif(not LONG, reason="minutes long: make prove does it")


class Guarantee(StrEnum):
    """Each promise, in the order of the table. docs/guarantees.md says of each how it is kept."""

    ALL_OR_NOTHING = "An order is placed and paid, or nothing is taken and nothing is held, whatever breaks."
    ENDS_BY_ITSELF = "No attempt stays stuck: each ends by itself within minutes."
    OWN_EFFECTS = "An attempt that is undone takes back what is its own, and nothing of another's."
    ONE_ORDER = "One cart is one order and is paid once, however often it is submitted."
    SOLD_ONCE = "What is sold is there: never more than the stock, and never less than was asked for."
    MONEY_IN_LEDGERS = "Gift cards and limited codes are never used beyond what they have; the ledger is the balance."
    NO_LOST_EDITS = "Of two edits at once both are kept, or one is told to try again."
    SAME_ANSWER = "The same request under the same key has one effect and one answer."
    NOT_YOURS = "Nobody sees or changes what is not theirs."
    FORGERY = "No forged, foreign, expired or repurposed token opens anything."
    GUESSING = "Cards, codes and stock cannot be tried out or blocked in numbers."
    NO_CARD_NUMBERS = "No card number is stored or logged."
    PERSONAL_DATA = "Personal data is in no log, is exported and erased on demand, and ends when it is not needed."
    STRANGERS = "No address and no text of a merchant or shopper reaches where it may do harm."
    LEAST_PRIVILEGE = "Each function may do what it must, and nothing else."
    ANY_INPUT = "Whatever is sent is answered as the API's document says, and leaves totals, stock and payments right."


def proves(guarantee: Guarantee) -> pytest.MarkDecorator:
    """Marks a test that proves it."""
    return pytest.mark.proves(guarantee)


@dataclass(frozen=True)
class Proof:
    """For the fixture `proof`. `record` keeps a named fact with the test's report."""

    record: Callable[[str, object], None]

    def rounds(self, short: int, long: int) -> int:
        """How often to try in this run."""
        return long if LONG else short

    def saw(self, tried: str, seen: str) -> None:
        """A row of the table. What was seen is counted, not expected."""
        self.record("saw", [tried, seen])
