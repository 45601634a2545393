"""Idempotency records: a request that was lost on the way is taken over once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.builders import NOON
from tests.contract.cart_tables import Clock, cart_tables
from till.adapters.dynamodb.records import DynamoDBRecords
from till.application.idempotency import KEPT_SECONDS, LEASE_SECONDS, Record

TABLE = "IdempotencyTable"
LOST = Record("a-digest", "acme", "of-a-body", NOON + KEPT_SECONDS)
LATER = NOON + LEASE_SECONDS
# What every function that answers under a key may do to the table.
ALLOWED = {"PutItem", "GetItem"}


class Lost:
    """A request that claimed its key a lease ago and was never heard of again."""

    def __init__(self, client: Any) -> None:
        self.clock, self.client = Clock(), client
        self.records = DynamoDBRecords(client, TABLE, self.clock)
        assert self.records.claim(LOST, LATER) == (True, None)
        self.clock.seconds = LATER

    def again(self) -> tuple[bool, Record | None]:
        """The same request as it comes now."""
        came = replace(LOST, expires_at=self.clock() + KEPT_SECONDS)
        return self.records.claim(came, self.clock() + LEASE_SECONDS)


@pytest.fixture
def lost() -> Iterator[Lost]:
    with cart_tables() as client:
        yield Lost(client)


def test_a_lost_request_is_taken_over_when_its_lease_is_over_and_not_before(lost: Lost) -> None:
    lost.clock.seconds = LATER - 1
    assert lost.again() == (False, LOST)
    lost.clock.seconds = LATER
    assert lost.again() == (True, LOST)
    assert lost.again() == (False, LOST)


def test_of_two_that_take_a_lost_request_over_at_once_one_wins(lost: Lost) -> None:
    """The second comes after the first has read that the lease is over, and before it writes."""
    other: list[tuple[bool, Record | None]] = []
    calls: list[str] = []

    def hook(model: Any, **_: Any) -> None:
        calls.append(model.name)
        if len(calls) == 2:
            other.append(lost.again())

    lost.client.meta.events.register("before-call.dynamodb", hook)
    first = lost.again()
    assert (first, other) == ((False, LOST), [(True, LOST)])
    assert set(calls) <= ALLOWED


def test_another_request_never_takes_a_key_over(lost: Lost) -> None:
    other = replace(LOST, body_digest="of-another-body")
    assert lost.records.claim(other, LATER + LEASE_SECONDS) == (False, LOST)
