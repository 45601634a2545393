"""What is counted in the table: each counter by itself, and for as long as its window is."""

from __future__ import annotations

from tests.builders import NOON
from tests.contract.cart_tables import cart_tables
from till.adapters.dynamodb.counters import DynamoDBCounters


def test_each_counter_counts_by_itself_and_leaves_the_rest_to_ttl() -> None:
    with cart_tables() as client:
        counters = DynamoDBCounters(client, "IdempotencyTable")
        assert [counters.add("acme", "session#1", NOON) for _ in range(3)] == [1, 2, 3]
        assert counters.add("other", "session#1", NOON) == counters.add("acme", "session#2", NOON) == 1
        items = client.scan(TableName="IdempotencyTable")["Items"]
        assert all(item["expires_at"] == {"N": str(NOON)} for item in items)
