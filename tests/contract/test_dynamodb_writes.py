"""Contention is tried again and then told; a broken condition is told at once. No emulator has contention: injected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.awsrequest import AWSResponse
from moto import mock_aws

from tests.contract.tables import create_table, new_client
from till.adapters.dynamodb.writes import ConditionFailed, transact, write
from till.domain.errors import Conflict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

TABLE = "orders"


@pytest.fixture
def client() -> Iterator[DynamoDBClient]:
    with mock_aws():
        client = new_client()
        create_table(client, "OrdersTable", TABLE)
        yield client


def a_put(name: str, **more: Any) -> TransactWriteItemTypeDef:
    item = {"pk": {"S": name}, "sk": {"S": "X"}}
    put: Any = {"TableName": TABLE, "Item": item, "ConditionExpression": "attribute_not_exists(pk)", **more}
    return {"Put": put}


class Contention:
    """Answers the first calls with an error in place of the database."""

    def __init__(self, client: DynamoDBClient, code: str, reasons: tuple[str, ...] = (), times: int = 99) -> None:
        self.left, self.calls = times, 0
        self._answer = {
            "Error": {"Code": code, "Message": code},
            "ResponseMetadata": {},
            "CancellationReasons": [{"Code": reason} for reason in reasons],
        }
        events: Any = client.meta.events
        events.register("before-call.dynamodb", self)

    def __call__(self, **_: Any) -> tuple[AWSResponse, Any] | None:
        self.calls += 1
        if self.left <= 0:
            return None
        self.left -= 1
        return AWSResponse("", 400, cast(Any, {}), None), self._answer


CANCELED = "TransactionCanceledException"
CONFLICT = ("None", "TransactionConflict")


def test_a_transaction_happens_as_a_whole(client: DynamoDBClient) -> None:
    transact(client, [a_put("a"), a_put("b")])
    assert {item["pk"]["S"] for item in client.scan(TableName=TABLE)["Items"]} == {"a", "b"}


def test_a_broken_condition_names_the_action_and_returns_the_item(client: DynamoDBClient) -> None:
    transact(client, [a_put("b")])
    with pytest.raises(ConditionFailed) as failed:
        transact(client, [a_put("a"), a_put("b", ReturnValuesOnConditionCheckFailure="ALL_OLD"), a_put("c")])
    assert failed.value.indexes == (1,)
    assert failed.value.items[1]["pk"] == {"S": "b"}
    assert client.scan(TableName=TABLE)["Count"] == 1


def test_a_single_write_has_the_index_zero(client: DynamoDBClient) -> None:
    transact(client, [a_put("a")])
    with pytest.raises(ConditionFailed) as failed:
        write(lambda: client.put_item(**a_put("a")["Put"]))
    assert failed.value.indexes == (0,)


@pytest.mark.parametrize("times", [1, 3])
def test_contention_that_ends_is_not_noticed(client: DynamoDBClient, times: int) -> None:
    contention = Contention(client, CANCELED, CONFLICT, times)
    transact(client, [a_put("a"), a_put("b")])
    assert contention.calls == times + 1
    assert client.scan(TableName=TABLE)["Count"] == 2


@pytest.mark.parametrize(
    ("code", "reasons"),
    [
        (CANCELED, CONFLICT),
        (CANCELED, ("ThrottlingError", "None")),
        ("TransactionConflictException", ()),
        ("ProvisionedThroughputExceededException", ()),
    ],
)
def test_contention_that_goes_on_is_a_conflict_after_three_retries(
    client: DynamoDBClient, code: str, reasons: tuple[str, ...]
) -> None:
    contention = Contention(client, code, reasons, times=4)
    with pytest.raises(Conflict):
        transact(client, [a_put("a"), a_put("b")])
    assert contention.calls == 4
    assert client.scan(TableName=TABLE)["Count"] == 0


def test_a_broken_condition_beside_contention_is_told_at_once(client: DynamoDBClient) -> None:
    contention = Contention(client, CANCELED, ("TransactionConflict", "ConditionalCheckFailed"))
    with pytest.raises(ConditionFailed) as failed:
        transact(client, [a_put("a"), a_put("b")])
    assert (failed.value.indexes, contention.calls) == ((1,), 1)


def test_a_wrong_request_is_not_repeated(client: DynamoDBClient) -> None:
    contention = Contention(client, "ValidationException")
    with pytest.raises(client.exceptions.ClientError):
        transact(client, [a_put("a")])
    assert contention.calls == 1
