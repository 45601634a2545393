"""What is counted: each counter by itself, and for as long as its window is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.builders import NOON
from tests.contract.cart_tables import cart_tables
from tests.fakes.counters import FakeCounters
from till.adapters.dynamodb.counters import DynamoDBCounters
from till.application.limits import Counters


@pytest.fixture(params=["fake", "dynamodb"])
def counters(request: pytest.FixtureRequest) -> Iterator[Counters]:
    if request.param == "fake":
        yield FakeCounters()
        return
    with cart_tables() as client:
        yield DynamoDBCounters(client, "IdempotencyTable")


def test_each_counter_counts_by_itself(counters: Counters) -> None:
    assert [counters.add("acme", "session#1", NOON) for _ in range(3)] == [1, 2, 3]
    assert counters.add("other", "session#1", NOON) == counters.add("acme", "session#2", NOON) == 1
    assert counters.of("acme", ["session#1", "session#2", "session#3"]) == {"session#1": 3, "session#2": 1}


def test_what_was_counted_is_left_to_ttl() -> None:
    with cart_tables() as client:
        DynamoDBCounters(client, "IdempotencyTable").add("acme", "session#1", NOON)
        (item,) = client.scan(TableName="IdempotencyTable")["Items"]
        assert item["expires_at"] == {"N": str(NOON)}
