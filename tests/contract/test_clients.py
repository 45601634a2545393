"""Clients on DynamoDB: known by id for 30 seconds, whatever their shop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.builders import NOON
from tests.contract.tables import create_table, new_client
from till.adapters.dynamodb.clients import KEPT_SECONDS, DynamoDBClients
from till.application.clients import Client, register
from till.domain.errors import NotFound


class Stack:
    """Two functions that read one table, and the time."""

    def __init__(self) -> None:
        client = new_client()
        table = create_table(client, "CatalogTable", "catalog")
        self.time = 0.0
        self.here, self.elsewhere = (DynamoDBClients(client, table, lambda: self.time) for _ in range(2))

    def register(self, shop: str = "acme", number: int = 1) -> tuple[Client, str]:
        return register(self.here, shop, "Storefront", bytes([number]) * 48, NOON)


@pytest.fixture
def stack() -> Iterator[Stack]:
    with mock_aws():
        yield Stack()


def test_a_client_is_found_by_its_id_alone_and_knows_its_secret(stack: Stack) -> None:
    client, secret = stack.register(number=0xAB)
    assert stack.elsewhere.get(client.id) == client
    assert client.has(secret)
    for wrong in ("", secret[:-1], secret + "x", secret.swapcase(), "é", "\ud800"):
        assert not client.has(wrong)
    for unknown in ("", "x", client.id.upper(), "x" * 5_000):
        assert stack.here.get(unknown) is None


def test_a_client_that_was_deleted_elsewhere_is_forgotten_within_30_seconds(stack: Stack) -> None:
    client, _ = stack.register()
    assert stack.elsewhere.get(client.id)
    assert stack.here.delete("acme", client.id) == client
    assert stack.here.get(client.id) is None
    stack.time = KEPT_SECONDS - 1
    assert stack.elsewhere.get(client.id) == client
    stack.time = KEPT_SECONDS
    assert stack.elsewhere.get(client.id) is None


def test_a_shop_lists_and_deletes_its_own_clients_only(stack: Stack) -> None:
    mine, theirs = stack.register()[0], stack.register("bean", 2)[0]
    assert stack.here.list("acme", 10, "").data == (mine,)
    assert stack.here.list("bean", 10, "").data == (theirs,)
    with pytest.raises(NotFound):
        stack.here.delete("acme", theirs.id)
    assert stack.here.get(theirs.id) == theirs
