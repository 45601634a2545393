"""Transactions: what is asked of a gateway, or of a gift card, for an order that is placed.

A transaction is written down as PENDING before anybody is asked, and its id is the idempotency key of the question:
whoever finds it pending asks again and has the one effect.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from till.domain.errors import Refused

# Calls without an answer after which somebody is told. With the pauses between them, half a day.
MOST_TRIES = 18


class TransactionKind(StrEnum):
    """What is asked for. AUTHORIZE is a payment that came later: those of the order itself come with it. WAIVE asks
    nobody: so much of an authorization is given up, and the rest may be captured. BOUNCE is not asked for at all: a
    refund that did not reach the card, its money back with the gateway.
    """

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    WAIVE = "waive"
    REFUND = "refund"
    BOUNCE = "bounce"


class TransactionState(StrEnum):
    """PENDING is also what nobody answered yet: it is asked again, never assumed."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


TRANSITIONS: dict[TransactionState, frozenset[TransactionState]] = {
    TransactionState.PENDING: frozenset({TransactionState.SUCCEEDED, TransactionState.FAILED}),
    TransactionState.SUCCEEDED: frozenset(),
    TransactionState.FAILED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Transaction:
    """One question about one payment. Minor units; `at` in Unix seconds.

    `operation` is what it belongs to: the charge, a refund, a cancellation. `reference` is the gateway's; `message` and
    `code` say why it failed. `is_last` is a capture that gave up what it left. `tries` counts calls without an answer.
    `takes_rest` is a capture that takes all that is left where the gateway captures only once. `waits` is an
    authorization that waits for the shopper's bank.
    """

    id: str
    operation: str
    kind: TransactionKind
    payment_id: str
    amount: int
    at: int
    state: TransactionState = TransactionState.PENDING
    reference: str = ""
    message: str = ""
    code: str = ""
    tries: int = 0
    is_last: bool = False
    takes_rest: bool = False
    waits: bool = False

    @property
    def is_pending(self) -> bool:
        """Is it still to be answered?"""
        return self.state is TransactionState.PENDING

    @property
    def is_done(self) -> bool:
        """Did it happen?"""
        return self.state is TransactionState.SUCCEEDED

    @property
    def is_stuck(self) -> bool:
        """Was it asked for so often that somebody must look?"""
        return self.is_pending and self.tries >= MOST_TRIES

    @property
    def counts(self) -> bool:
        """Did it happen, or may it still? Only what failed is as if it had never been."""
        return self.state is not TransactionState.FAILED

    def to(self, state: TransactionState) -> Transaction:
        """The next state. Raises `Refused` for one that the table does not allow."""
        if state not in TRANSITIONS[self.state]:
            raise Refused(f"A transaction that has {self.state} cannot become {state}.", "transaction")
        return replace(self, state=state)
