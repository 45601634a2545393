"""Faults for a DynamoDB client: functions that are killed, answers that are lost, transactions in conflict."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Killed(Exception):
    """The function ended in the middle of its work."""


@contextmanager
def killed_at(client: DynamoDBClient, call: int, *, after: bool) -> Iterator[None]:
    """Ends the block at its n-th call (from 0), before it or after it took effect."""

    def kill() -> None:
        raise Killed

    with interrupted_at(client, call, kill, after=after):
        yield


@contextmanager
def interrupted_at(client: DynamoDBClient, call: int, act: Callable[[], object], *, after: bool) -> Iterator[None]:
    """Does something else, once, before or after the n-th call of the block."""
    calls = iter(range(1_000_000))

    def hook(**_: Any) -> None:
        if next(calls) == call:
            act()

    event = "after-call.dynamodb" if after else "before-call.dynamodb"
    client.meta.events.register(event, hook)
    try:
        yield
    finally:
        client.meta.events.unregister(event, hook)


@contextmanager
def conflicts(client: DynamoDBClient, times: int) -> Iterator[None]:
    """Answers the first so many writes as AWS does where another transaction is at the same items.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
    """
    left = iter(range(times))

    def hook(model: Any, params: Any, **_: Any) -> Any:
        if model.name not in ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems") or next(left, None) is None:
            return None
        if model.name == "TransactWriteItems":
            parsed = {
                "Error": {"Code": "TransactionCanceledException", "Message": "Transaction cancelled"},
                "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}],
            }
        else:
            parsed = {"Error": {"Code": "TransactionConflictException", "Message": "Transaction is ongoing"}}
        return SimpleNamespace(status_code=400), parsed | {"ResponseMetadata": {}}

    client.meta.events.register("before-call.dynamodb", hook)
    try:
        yield
    finally:
        client.meta.events.unregister("before-call.dynamodb", hook)
