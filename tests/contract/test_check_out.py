"""Orders made of carts, on DynamoDB: written beside a cart that stayed the same, and found by those who bought."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.builders import NOON, a_cart, a_customer, a_sale, an_attempt, an_order
from tests.contract.cart_tables import Clock, cart_tables
from till.adapters.dynamodb.carts import DynamoDBCarts
from till.adapters.dynamodb.orders import DynamoDBOrders
from till.adapters.dynamodb.sales import DynamoDBSales
from till.application.anonymizing import Whole
from till.application.idempotency import Answer, Claim, claim
from till.application.identifiers import ulid
from till.domain.agreement import Agreement
from till.domain.basket import Customer
from till.domain.cart import Cart
from till.domain.errors import Conflict, Refused
from till.domain.order import Order, OrderStatus

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ACCOUNT = "01JXACC0VNT000000000000000"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client() -> Iterator[DynamoDBClient]:
    with cart_tables() as client:
        yield client


@pytest.fixture
def orders(client: DynamoDBClient, clock: Clock) -> DynamoDBOrders:
    return DynamoDBOrders(client, "OrdersTable", "IdempotencyTable", "StockTable", clock)


@pytest.fixture
def carts(client: DynamoDBClient, clock: Clock) -> DynamoDBCarts:
    return DynamoDBCarts(client, "OrdersTable", "IdempotencyTable", clock)


def a_known_customer() -> Customer:
    return a_customer(is_guest=False)


def agreed(at: int = NOON, customer: Customer | None = None, account_id: str = "", **changes: Any) -> Order:
    """An order that was checked out then, and has an id of that time."""
    order_id = ulid(at * 1000, bytes(10))
    order = an_order(id=order_id, public_id=order_id + "x" * 38, payments=(), created_at=at)
    basket = replace(order.basket, customer=customer or a_customer())
    return replace(order, basket=basket, agreement=Agreement(at, at, account_id=account_id), **changes)


def a_claim(key: str = "0123456789abcdef") -> Claim:
    return claim(key, ("acme", "cart"), "acme", {}, NOON)


def test_a_checked_out_order_is_stored_beside_its_cart_which_stays(
    orders: DynamoDBOrders, carts: DynamoDBCarts
) -> None:
    cart = carts.save(a_cart())
    order = orders.check_out(agreed(), cart)
    assert order == replace(agreed(), version=1)
    assert orders.get("acme", order.id) == order
    assert carts.get("acme", cart.id) == cart


@pytest.mark.parametrize("changed", [{"version": 2}, {"born": "later"}, {"id": "nobody"}, {"shop": "other"}])
def test_nothing_is_stored_where_the_cart_is_not_as_it_was_read(
    orders: DynamoDBOrders, carts: DynamoDBCarts, client: DynamoDBClient, changed: dict[str, Any]
) -> None:
    cart = carts.save(a_cart())
    before = client.scan(TableName="OrdersTable")["Items"]
    order = agreed(customer=a_known_customer())
    with pytest.raises(Conflict):
        orders.check_out(order, replace(cart, **changed), a_claim().answered(Answer(200, {}), order.id))
    assert client.scan(TableName="OrdersTable")["Items"] == before
    assert orders.record("acme", a_claim().id) is None


def test_a_cart_that_has_ended_is_not_checked_out(orders: DynamoDBOrders, carts: DynamoDBCarts, clock: Clock) -> None:
    cart = carts.save(a_cart())
    clock.seconds = cart.expires_at
    with pytest.raises(Conflict):
        orders.check_out(agreed(), cart)


def test_of_two_orders_with_one_key_the_second_is_told(orders: DynamoDBOrders, carts: DynamoDBCarts) -> None:
    cart = carts.save(a_cart())
    first, second = agreed(NOON), agreed(NOON + 1)
    orders.check_out(first, cart, a_claim().answered(Answer(200, {}), first.id))
    with pytest.raises(Conflict):
        orders.check_out(second, cart, a_claim().answered(Answer(200, {}), second.id))
    assert orders.get("acme", second.id) is None
    record = orders.record("acme", a_claim().id)
    assert record
    assert record.order_id == first.id


def test_one_cart_is_checked_out_again_and_again(orders: DynamoDBOrders, carts: DynamoDBCarts) -> None:
    cart = carts.save(a_cart())
    made = [orders.check_out(agreed(NOON + second), cart) for second in range(3)]
    assert [orders.get("acme", order.id) for order in made] == made


def test_a_buyer_finds_their_orders_newest_first(orders: DynamoDBOrders, carts: DynamoDBCarts) -> None:
    cart: Cart = carts.save(a_cart())
    buyer = a_known_customer()
    older, newer = (orders.check_out(agreed(at, buyer), cart) for at in (NOON + 5, NOON + 9))
    orders.check_out(agreed(NOON + 7), cart)  # a guest's
    assert list(orders.of_buyer("acme", buyer.id, 10)) == [newer, older]
    assert list(orders.of_buyer("acme", buyer.id, 1)) == [newer]
    assert list(orders.of_buyer("other", buyer.id, 10)) == []
    assert list(orders.of_buyer("acme", a_customer().id[:-1], 10)) == []


def test_an_accounts_order_is_the_accounts(orders: DynamoDBOrders, carts: DynamoDBCarts) -> None:
    cart = carts.save(a_cart())
    order = orders.check_out(agreed(account_id=ACCOUNT), cart)
    assert list(orders.of_buyer("acme", ACCOUNT, 10)) == [order]
    assert list(orders.of_buyer("acme", a_customer().id, 10)) == []


def test_a_buyer_finds_an_order_as_it_is_now(orders: DynamoDBOrders, carts: DynamoDBCarts) -> None:
    cart = carts.save(a_cart())
    order = orders.check_out(agreed(account_id=ACCOUNT), cart)
    changed = orders.save(replace(order, number=7))
    assert list(orders.of_buyer("acme", ACCOUNT, 10)) == [changed]


def test_the_merchant_lists_what_is_agreed_and_not_paid(orders: DynamoDBOrders, carts: DynamoDBCarts) -> None:
    order = orders.check_out(agreed(), carts.save(a_cart()))
    assert orders.placed("acme", NOON, 10, "").data == (order,)


# Written at once


def test_several_orders_are_written_with_all_that_is_theirs(orders: DynamoDBOrders, client: DynamoDBClient) -> None:
    sales = DynamoDBSales(client, "OrdersTable", Clock())
    order = orders.create(an_order(status=OrderStatus.PLACED, placed_at=NOON))
    attempt = orders.save_attempt(an_attempt())
    sale = sales.save(a_sale())
    other = orders.create(agreed())
    [first, second] = orders.rewrite([Whole(replace(order, number=7), sale, (attempt,)), Whole(other)])
    assert (orders.get("acme", order.id), orders.get("acme", other.id)) == (first.order, second.order)
    assert sales.of("acme", [order.id, other.id]) == {order.id: first.sale}
    assert list(orders.attempts("acme", order.id)) == list(first.attempts)


def test_none_is_written_where_one_was_changed(orders: DynamoDBOrders) -> None:
    order, other = orders.create(an_order()), orders.create(agreed())
    orders.save(other)
    with pytest.raises(Conflict):
        orders.rewrite([Whole(replace(order, number=7)), Whole(other)])
    assert orders.get("acme", order.id) == order


def test_more_than_one_write_takes_is_refused(orders: DynamoDBOrders) -> None:
    attempts = tuple(an_attempt(id=f"A{number}") for number in range(100))
    with pytest.raises(Refused):
        orders.rewrite([Whole(an_order(), attempts=attempts)])
