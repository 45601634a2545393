"""What every `CustomerSessions` does: what was told is its shop's, for a day, and a request keeps it once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.builders import NOON, an_address
from tests.contract.cart_tables import Clock, cart_tables
from tests.fakes.customer_sessions import FakeCustomerSessions
from till.adapters.dynamodb.customer_sessions import DynamoDBCustomerSessions
from till.application.idempotency import Answer, claim
from till.application.ports import CustomerSessions
from till.domain.buyer import CustomerSession
from till.domain.errors import Conflict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

JANE = CustomerSession("c" * 32, "acme", "jane@example.com", an_address(), NOON + 86_400)
RECORD = claim("0123456789abcdef", ("acme", "cst"), "acme", {}, NOON).answered(Answer(200, {}))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client() -> Iterator[DynamoDBClient]:
    with cart_tables() as client:
        yield client


@pytest.fixture(params=["fake", "dynamodb"])
def sessions(request: pytest.FixtureRequest, clock: Clock) -> CustomerSessions:
    if request.param == "fake":
        return FakeCustomerSessions(clock)
    return DynamoDBCustomerSessions(request.getfixturevalue("client"), "OrdersTable", "IdempotencyTable", clock)


def test_what_was_told_comes_back_in_its_own_shop_only(sessions: CustomerSessions) -> None:
    sessions.add(JANE)
    assert sessions.get("acme", JANE.id) == JANE
    assert sessions.get("other", JANE.id) is None
    assert sessions.get("acme", "d" * 32) is None


def test_it_is_gone_after_a_day_though_it_still_lies_there(sessions: CustomerSessions, clock: Clock) -> None:
    sessions.add(JANE)
    clock.seconds = NOON + 86_399
    assert sessions.get("acme", JANE.id) == JANE
    clock.seconds = NOON + 86_400
    assert sessions.get("acme", JANE.id) is None


def test_of_one_request_only_one_is_kept(sessions: CustomerSessions) -> None:
    sessions.add(JANE, RECORD)
    with pytest.raises(Conflict):
        sessions.add(replace(JANE, id="d" * 32), RECORD)
    assert sessions.get("acme", "d" * 32) is None


def test_the_table_forgets_it_by_itself(client: DynamoDBClient, clock: Clock) -> None:
    DynamoDBCustomerSessions(client, "OrdersTable", "IdempotencyTable", clock).add(JANE)
    (item,) = client.scan(TableName="OrdersTable")["Items"]
    assert item["expires_at"] == {"N": str(NOON + 86_400)}
    assert "jane" not in str({name: value for name, value in item.items() if name != "body"})
