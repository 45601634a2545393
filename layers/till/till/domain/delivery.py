"""An event on its way to one who wants to be told of it: a webhook, or a mail."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from till.domain.event import Event
from till.domain.retrying import PAUSES, next_try

KEPT_SECONDS: Final = 30 * 86_400
# A try is written before it is made. If nobody writes what came of it, it is made again after this long.
TRY_SECONDS: Final = 60
GONE: Final = 410
_MOST_TRIES_SHOWN = 20
_LONGEST_ANSWER = 200


class DeliveryState(StrEnum):
    """FAILED is final: given up, refused for good, or nobody there any more."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of one try. `status` is HTTP's, 0 where nobody was reached; then `answer` says why. `is_hopeless` where
    another try would come to the same."""

    status: int
    milliseconds: int
    answer: str = ""
    is_hopeless: bool = False

    @property
    def is_success(self) -> bool:
        """Was it taken?"""
        return _is_taken(self.status)


@dataclass(frozen=True, slots=True)
class Try:
    """One try as it is kept. `at` in Unix seconds."""

    at: int
    status: int
    milliseconds: int
    answer: str

    @property
    def is_success(self) -> bool:
        """Was it taken?"""
        return _is_taken(self.status)


@dataclass(frozen=True, slots=True)
class Delivery:
    """`channel` says by what it goes, `endpoint_id` to whom. `tried` counts the tries since it was first sent, or sent
    anew by the merchant; `tries` are the last ones that came to an end. While it is pending, the next try is due at
    `due_at`, in Unix seconds; with `is_once` there is no second one."""

    event: Event
    channel: str
    endpoint_id: str
    due_at: int
    expires_at: int
    state: DeliveryState = DeliveryState.PENDING
    tried: int = 0
    tries: tuple[Try, ...] = ()
    is_once: bool = False
    version: int = 0

    @property
    def id(self) -> str:
        """Of all deliveries to its endpoint, in one word: where it is kept, then which event it is."""
        return f"{self.event.order_id}.{self.event.id}"

    @property
    def is_pending(self) -> bool:
        """Is it to be tried again?"""
        return self.state is DeliveryState.PENDING

    @property
    def is_given_up(self) -> bool:
        """Failed for good, and not because the merchant wants nobody to be told any more."""
        was_answered = bool(self.tries and self.tries[-1].status)
        return self.state is DeliveryState.FAILED and (was_answered or self.tried > len(PAUSES))

    def begun(self, now: int) -> Delivery:
        """One more try begins."""
        return replace(self, tried=self.tried + 1, due_at=now + TRY_SECONDS)

    def ended(self, delivered: Delivered, now: int) -> Delivery:
        """That try has ended so."""
        kept = Try(now, delivered.status, delivered.milliseconds, delivered.answer[:_LONGEST_ANSWER])
        tries = (*self.tries, kept)[-_MOST_TRIES_SHOWN:]
        if delivered.is_success:
            return replace(self, tries=tries, state=DeliveryState.DELIVERED)
        due_at = None if delivered.is_hopeless or self.is_once else next_try(self.tried, now)
        if due_at is None:
            return replace(self, tries=tries, state=DeliveryState.FAILED)
        return replace(self, tries=tries, due_at=due_at)

    def anew(self, now: int) -> Delivery:
        """It is sent once more, with all tries before it."""
        expires_at = max(self.expires_at, now + KEPT_SECONDS)
        return replace(self, state=DeliveryState.PENDING, tried=0, due_at=now, expires_at=expires_at, is_once=False)


def _is_taken(status: int) -> bool:
    return 200 <= status < 300


def new_delivery(event: Event, channel: str, endpoint_id: str, now: int) -> Delivery:
    """A delivery whose first try is due."""
    return Delivery(event, channel, endpoint_id, due_at=now, expires_at=now + KEPT_SECONDS)
