"""Sales in DynamoDB: under versions of their own, and found while somebody must look at them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from moto import mock_aws

from tests.builders import NOON, a_sale, an_attempt, an_order
from tests.contract.tables import create_table, new_client
from till.adapters.dynamodb.items import key
from till.adapters.dynamodb.order_book import DynamoDBOrderBook
from till.adapters.dynamodb.orders import DynamoDBOrders, due_keys
from till.adapters.dynamodb.sales import DynamoDBSales
from till.domain.attempt import AttemptState
from till.domain.errors import Conflict, Invalid, NotFound
from till.domain.order import OrderStatus
from till.domain.sale import ChargeState, PushState, Sale
from till.domain.transaction import MOST_TRIES, Transaction, TransactionKind, TransactionState


class Stack:
    """Orders and sales of one table."""

    def __init__(self) -> None:
        client = new_client()
        for table in ("OrdersTable", "IdempotencyTable", "StockTable"):
            create_table(client, table, table)
        self.orders = DynamoDBOrders(client, "OrdersTable", "IdempotencyTable", "StockTable", lambda: NOON)
        self.sales = DynamoDBSales(client, "OrdersTable", lambda: NOON)
        self.book = DynamoDBOrderBook(client, "OrdersTable", lambda: NOON)

    def place(self, number: int = 0, shop: str = "acme") -> str:
        """An order, placed so many seconds after noon; its id."""
        order_id = f"01JX0RDER{number:017}"
        order = an_order(id=order_id, public_id=order_id + "x" * 38, shop=shop, status=OrderStatus.PROCESSING)
        stored, begun = self.orders.begin(order, an_attempt(order_id=order_id, shop=shop))
        placed = replace(stored.to(OrderStatus.PLACED), placed_at=NOON + number)
        sale = a_sale(order_id=order_id, shop=shop, placed_at=NOON + number)
        self.orders.place(placed, begun.to(AttemptState.PLACED), sale, [], NOON)
        return order_id

    def fail(self, order_id: str, shop: str = "acme") -> Sale:
        return self.sales.save(self.sales.get(shop, order_id)[1].to_charge(ChargeState.FAILED, "No."))

    def needing_help(self, limit: int = 100, cursor: str = "") -> list[str]:
        return [sale.order_id for sale in self.sales.needing_help("acme", limit, cursor).data]


@pytest.fixture
def stack() -> Iterator[Stack]:
    with mock_aws():
        yield Stack()


def test_a_sale_that_was_changed_meanwhile_is_not_overwritten(stack: Stack) -> None:
    _, sale = stack.sales.get("acme", stack.place())
    stack.sales.save(sale.noted(0, "note", "made"))
    with pytest.raises(Conflict):
        stack.sales.save(sale.noted(0, "note", "lost"))


def test_an_order_whose_sale_did_not_know_its_number_is_found_by_it_after_the_next_write(stack: Stack) -> None:
    order, sale = stack.sales.get("acme", stack.place())
    stack.sales.save_with_order(replace(order, number=7), sale, [])
    assert stack.book.by_number("acme", 7) is None
    stack.sales.save(stack.sales.get("acme", order.id)[1])
    found = stack.book.by_number("acme", 7)
    assert found
    assert found.id == order.id


def test_an_order_that_was_never_placed_has_no_sale(stack: Stack) -> None:
    order = stack.orders.create(an_order())
    with pytest.raises(NotFound):
        stack.sales.get("acme", order.id)
    assert stack.sales.of("acme", [order.id]) == {}


def test_the_sales_of_many_orders_are_read_at_once(stack: Stack) -> None:
    first, second = stack.place(1), stack.place(2)
    stack.fail(second)
    found = stack.sales.of("acme", [first, second])
    assert {order_id: sale.charge for order_id, sale in found.items()} == {
        first: ChargeState.PENDING,
        second: ChargeState.FAILED,
    }
    assert stack.sales.of("acme", []) == stack.sales.of("other", [first]) == {}


def test_sales_that_need_help_are_found_latest_first_in_pages(stack: Stack) -> None:
    failed = [stack.place(number) for number in range(5)]
    for order_id in failed:
        stack.fail(order_id)
    stack.place(9)
    assert stack.needing_help() == failed[::-1]
    found, cursor = [], ""
    while True:
        page = stack.sales.needing_help("acme", 2, cursor)
        found += [sale.order_id for sale in page.data]
        if not (cursor := page.next_cursor):
            break
    assert found == failed[::-1]
    with pytest.raises(Invalid):
        stack.needing_help(cursor="elsewhere")


def test_another_shops_failures_are_its_own(stack: Stack) -> None:
    stack.fail(stack.place(shop="other"), "other")
    assert stack.needing_help() == []


def test_a_sale_that_needs_no_help_any_more_leaves_the_list(stack: Stack) -> None:
    sale = stack.fail(stack.place())
    stack.sales.save(sale.to_charge(ChargeState.PENDING))
    assert stack.needing_help() == []


def test_a_refund_that_nobody_answers_needs_help_too(stack: Stack) -> None:
    _, sale = stack.sales.get("acme", stack.place())
    refund = Transaction("r", "r", TransactionKind.REFUND, "p", 1, NOON, tries=MOST_TRIES)
    stack.sales.save(sale.with_new([refund]))
    assert stack.needing_help() == [sale.order_id]


def test_a_failed_order_is_no_order_of_its_month_twice(stack: Stack) -> None:
    stack.fail(stack.place())
    assert len(stack.orders.placed("acme", NOON, 100, "").data) == 1


def test_sales_that_are_late_are_counted_over_all_shops_until_they_are_done(stack: Stack) -> None:
    stack.place(1)
    assert stack.sales.backlog() == {"charge": 0, "push": 0}
    failed = stack.fail(stack.place(2, shop="other"), "other")
    _, sale = stack.sales.get("acme", stack.place(3))
    capture = Transaction("c", "c", TransactionKind.CAPTURE, "p", 1, NOON, tries=1)
    sale = stack.sales.save(sale.with_new([capture]))
    assert stack.sales.backlog() == {"charge": 2, "push": 0}
    stack.sales.save(sale.with_transaction(capture.to(TransactionState.SUCCEEDED)))
    stack.sales.save(failed.to_charge(ChargeState.PENDING))
    assert stack.sales.backlog() == {"charge": 0, "push": 0}


def test_a_long_backlog_costs_no_more_than_a_page_of_each_shard_to_count(stack: Stack) -> None:
    for number in range(5):
        late = key(f"SHOP#acme#ORDER#{number}", "SALE") | {"late": {"SS": ["charge"]}, "body": {"B": b"0" * 300_000}}
        new_client().put_item(TableName="OrdersTable", Item=late | due_keys("SALE", "one-shard", NOON))
    assert stack.sales.backlog()["charge"] in range(1, 5)


@pytest.mark.parametrize(
    ("push", "tries", "late"), [(PushState.PENDING, 1, 0), (PushState.PENDING, 2, 1), (PushState.FAILED, 9, 1)]
)
def test_a_push_is_late_when_its_first_try_failed(stack: Stack, push: PushState, tries: int, late: int) -> None:
    _, sale = stack.sales.get("acme", stack.place())
    stack.sales.save(replace(sale, push=push, push_tries=tries))
    assert stack.sales.backlog() == {"charge": 0, "push": late}
