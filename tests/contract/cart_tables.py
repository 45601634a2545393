"""The tables that carts and their orders are in, and the time, as the contracts of both have them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from moto import mock_aws

from tests.builders import NOON
from tests.contract.tables import create_table, new_client

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Clock:
    """Unix seconds that pass when told to."""

    seconds = NOON

    def __call__(self) -> int:
        return self.seconds


@contextmanager
def cart_tables() -> Iterator[DynamoDBClient]:
    """A client of tables that are new, and named as in the template."""
    with mock_aws():
        client = new_client()
        for table in ("OrdersTable", "IdempotencyTable"):
            create_table(client, table, table)
        yield client
