"""Saved payments in DynamoDB, written with the order that pays by them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from moto import mock_aws

from tests.builders import NOON, a_customer, a_payment, a_sale, an_attempt, an_order
from tests.contract.tables import create_table, new_client
from till.adapters.dynamodb.orders import DynamoDBOrders
from till.adapters.dynamodb.saved_payments import DynamoDBSavedPayments
from till.domain.attempt import AttemptState
from till.domain.order import OrderStatus
from till.domain.payment import Payment

KNOWN = a_customer(platform_id="1234")


class Stack:
    """Orders and saved payments of one table."""

    def __init__(self) -> None:
        client = new_client()
        for table in ("OrdersTable", "IdempotencyTable", "StockTable"):
            create_table(client, table, table)
        self.orders = DynamoDBOrders(client, "OrdersTable", "IdempotencyTable", "StockTable", lambda: NOON)
        self.saved = DynamoDBSavedPayments(client, "OrdersTable")

    def place(self, *payments: Payment, order_id: str = "01JX0RDER00000000000000000") -> None:
        order = an_order(id=order_id, status=OrderStatus.PROCESSING, payments=payments)
        order = replace(order, basket=replace(order.basket, customer=KNOWN))
        attempt = an_attempt(order_id=order_id)
        stored, begun = self.orders.begin(order, attempt)
        placed = replace(stored.to(OrderStatus.PLACED), placed_at=NOON)
        self.orders.place(placed, begun.to(AttemptState.PLACED), a_sale(order_id=order_id), [], NOON)


@pytest.fixture
def stack() -> Iterator[Stack]:
    with mock_aws():
        yield Stack()


def test_payments_to_keep_are_saved_with_the_order_once_per_token(stack: Stack) -> None:
    stack.place(a_payment(token="t1", retain=True), a_payment(id="p2", token="t2"))
    stack.place(a_payment(token="t1", retain=True, brand="visa"), order_id="01JX0RDER00000000000000001")
    (saved,) = stack.saved.of("acme", "1234")
    assert (saved.gateway_id, saved.token, saved.brand) == ("sandbox-1", "t1", "visa")
    assert not stack.saved.of("acme", "123")
    assert not stack.saved.of("other", "1234")


def test_a_saved_payment_is_forgotten_under_its_customer_only(stack: Stack) -> None:
    stack.place(a_payment(token="t1", retain=True))
    (saved,) = stack.saved.of("acme", "1234")
    stack.saved.forget("acme", "123", saved.id)
    stack.saved.forget("acme", "1234", "x" * 5000)
    assert stack.saved.of("acme", "1234") == [saved]
    stack.saved.forget("acme", "1234", saved.id)
    stack.saved.forget("acme", "1234", saved.id)
    assert not stack.saved.of("acme", "1234")
