"""Orders on DynamoDB: nobody overwrites what they did not read, all of a change or none, nothing past its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from tests.builders import NOON, a_hold, a_sale, an_attempt, an_authorization, an_order
from tests.contract.tables import create_table, new_client
from till.adapters.dynamodb import order_stream
from till.adapters.dynamodb.carts import DynamoDBCarts
from till.adapters.dynamodb.orders import DynamoDBOrders
from till.adapters.dynamodb.stock import DynamoDBStock
from till.application.idempotency import Answer, Claim, Record, claim, replay
from till.application.identifiers import ulid
from till.domain.attempt import AttemptState
from till.domain.errors import Conflict, HoldLost, Invalid, NotFound
from till.domain.event import Event
from till.domain.notes import Notes
from till.domain.order import Order, OrderStatus
from till.domain.payment import PaymentState, PendingVoid
from till.domain.stock import HoldState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEY = "0123456789abcdef"


class Clock:
    """Unix seconds that pass when told to."""

    seconds = NOON

    def __call__(self) -> int:
        return self.seconds


@pytest.fixture
def client() -> Iterator[DynamoDBClient]:
    with mock_aws():
        yield new_client()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def orders(client: DynamoDBClient, clock: Clock) -> DynamoDBOrders:
    for table in ("OrdersTable", "IdempotencyTable", "StockTable"):
        create_table(client, table, table)
    return DynamoDBOrders(client, "OrdersTable", "IdempotencyTable", "StockTable", clock)


@pytest.fixture
def stock(client: DynamoDBClient, orders: DynamoDBOrders) -> DynamoDBStock:
    return DynamoDBStock(client, "StockTable")


def a_claim(body: object = None, now: int = NOON, key: str = KEY) -> Claim:
    return claim(key, ("acme", "order"), "acme", body, now)


def a_record(**changes: Any) -> Record:
    return replace(a_claim().answered(Answer(200, {"ok": True})), **changes)


def a_processing_order(orders: DynamoDBOrders) -> Order:
    order = orders.create(an_order())
    return replace(order.to(OrderStatus.PROCESSING), attempt_id=an_attempt().id)


def a_void(**changes: Any) -> PendingVoid:
    authorization = an_authorization(state=PaymentState.VOID_PENDING)
    void = PendingVoid("acme", an_order().id, an_attempt().id, authorization, 0, NOON + 60)
    return replace(void, **changes)


def an_event(**changes: Any) -> Event:
    return replace(Event("event-1", "order.placed", "acme", an_order().id, 1, NOON, {"number": 7}), **changes)


def items(client: DynamoDBClient, table: str = "OrdersTable") -> list[dict[str, Any]]:
    return sorted(client.scan(TableName=table)["Items"], key=str)


# Versions


def test_an_order_comes_back_as_it_was_stored_with_its_version(orders: DynamoDBOrders) -> None:
    order = an_order(notes=Notes({"n": 1}, {"x": [None, 1.5, "é\U0001f9c9"]}, "note", ("a",)), expires_at=NOON + 9)
    stored = orders.create(order)
    assert stored == replace(order, version=1)
    assert orders.get("acme", order.id) == stored
    assert orders.get("acme", order.public_id) == stored


def test_an_order_is_found_by_its_whole_public_id_in_its_own_shop_only(orders: DynamoDBOrders) -> None:
    order = orders.create(an_order())
    for shop, order_id in (
        ("other", order.id),
        ("acme", order.public_id[:-1]),
        ("acme", order.public_id[:-1] + "?"),
        ("acme", order.id + "x"),
        ("acme", order.id.lower()),
        ("acme", ""),
        ("acme", "é\U0001f9c9" * 30),
    ):
        assert orders.get(shop, order_id) is None


def test_of_two_writers_the_second_is_told(orders: DynamoDBOrders) -> None:
    order = orders.create(an_order())
    first = orders.save(replace(order, notes=Notes(notes="first")))
    with pytest.raises(Conflict):
        orders.save(replace(order, notes=Notes(notes="second")))
    assert first.version == 2
    assert orders.get("acme", order.id) == first


def test_the_same_order_is_not_created_twice(orders: DynamoDBOrders) -> None:
    orders.create(an_order())
    with pytest.raises(Conflict):
        orders.create(an_order())


def test_an_attempt_has_its_own_version(orders: DynamoDBOrders) -> None:
    order, attempt = orders.begin(a_processing_order(orders), an_attempt())
    assert (order.version, attempt.version) == (2, 1)
    saved = orders.save_attempt(replace(attempt, number=7))
    with pytest.raises(Conflict):
        orders.save_attempt(replace(attempt, number=8))
    assert orders.attempt("acme", order.id, attempt.id) == saved
    assert orders.get_with_attempt("acme", order.id, attempt.id) == (order, saved)


def test_an_attempt_that_is_not_there_is_not_found(orders: DynamoDBOrders) -> None:
    order = orders.create(an_order())
    assert orders.attempt("acme", order.id, "nobody") is None
    for order_id, attempt_id in ((order.id, "nobody"), ("nobody", an_attempt().id)):
        with pytest.raises(NotFound):
            orders.get_with_attempt("acme", order_id, attempt_id)


def test_attempts_are_listed_oldest_first(orders: DynamoDBOrders) -> None:
    for milliseconds in (3, 1, 2):
        orders.save_attempt(an_attempt(id=ulid(milliseconds, bytes(10))))
    found = [attempt.id for attempt in orders.attempts("acme", an_order().id)]
    assert found == [ulid(milliseconds, bytes(10)) for milliseconds in (1, 2, 3)]


# Expiry


def test_an_order_past_its_end_is_gone_though_it_still_lies_there(
    orders: DynamoDBOrders, clock: Clock, client: DynamoDBClient
) -> None:
    order = orders.create(an_order(expires_at=NOON + 10))
    clock.seconds = NOON + 9
    assert orders.get("acme", order.id) == order
    clock.seconds = NOON + 10
    assert orders.get("acme", order.id) is None
    assert orders.get_with_record("acme", order.id, "record") == (None, None)
    before = items(client)
    with pytest.raises(Conflict):
        orders.save(replace(order, expires_at=NOON + 1000))
    assert items(client) == before


def test_a_submitted_order_has_no_end(orders: DynamoDBOrders, client: DynamoDBClient) -> None:
    orders.create(an_order(status=OrderStatus.PLACED, placed_at=NOON, expires_at=NOON + 10))
    (item,) = items(client)
    assert "expires_at" not in item


# Idempotency records


def test_a_record_is_written_with_the_order_or_not_at_all(orders: DynamoDBOrders, client: DynamoDBClient) -> None:
    order = orders.create(an_order(), a_record())
    assert orders.get_with_record("acme", order.id, a_record().id) == (order, a_record())
    other = a_record(id="other")
    with pytest.raises(Conflict):
        orders.save(replace(order, version=7), other)
    assert orders.record("acme", "other") is None
    with pytest.raises(Conflict):
        orders.save(order, a_record(status=500))
    assert orders.get("acme", order.id) == order
    assert orders.record("acme", a_record().id) == a_record()


def test_a_record_ends_after_24_hours_and_its_key_is_free(orders: DynamoDBOrders, clock: Clock) -> None:
    order = orders.create(an_order(), a_record())
    clock.seconds = NOON + 24 * 3600
    assert orders.record("acme", a_record().id) is None
    assert orders.get_with_record("acme", order.id, a_record().id) == (order, None)
    later = a_claim(now=clock.seconds).answered(Answer(200, {"later": True}))
    orders.save(order, later)
    assert orders.record("acme", later.id) == later


def test_the_record_of_a_run_gives_way_to_the_next_run_of_its_attempt_only(orders: DynamoDBOrders) -> None:
    first = a_claim().attempted(an_order().id, an_attempt().id, 1)
    order, attempt = orders.begin(a_processing_order(orders), an_attempt(), first)
    second = a_claim().attempted(an_order().id, an_attempt().id, 2)
    order, attempt = orders.begin(order, attempt, second)
    assert orders.record("acme", first.id) == second
    for record in (first, second, replace(second, attempt_id="another", run=9), a_record()):
        with pytest.raises(Conflict):
            orders.begin(order, attempt, record)
    assert orders.get_with_attempt("acme", order.id, attempt.id) == (order, attempt)


def test_an_answer_too_large_to_keep_leaves_its_status(orders: DynamoDBOrders) -> None:
    import random

    noise = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=250_000))  # noqa: S311  # no secret
    order = orders.create(an_order(), a_claim().answered(Answer(200, {"noise": noise}), an_order().id))
    _, record = orders.get_with_record("acme", order.id, a_record().id)
    assert record
    assert (record.status, record.body, record.order_id) == (200, "", order.id)


def test_a_stored_answer_is_replayed_byte_for_byte(orders: DynamoDBOrders) -> None:
    body = {"b": [1, None, "é\U0001f9c9"], "a": {"z": 1.5}}
    orders.create(an_order(), a_claim().answered(Answer(200, body)))
    record = orders.record("acme", a_record().id)
    assert record
    again = replay(record)
    assert (again.status, list(again.body.items()), again.replayed) == (200, list(body.items()), True)


# The commit


def place(orders: DynamoDBOrders, order: Order, attempt: Any, claims_hold: bool = True) -> tuple[Order, Any]:
    placed = replace(order.to(OrderStatus.PLACED), placed_at=NOON, number=7)
    held = a_hold().parts if claims_hold else {}
    done = replace(attempt.to(AttemptState.PLACED), held=held)
    return orders.place(placed, done, a_sale(), [an_event()], NOON)


def test_the_commit_is_all_or_nothing(orders: DynamoDBOrders, stock: DynamoDBStock, client: DynamoDBClient) -> None:
    stock.set_on_hand("acme", next(iter(a_hold().parts)), 1)
    stock.hold(a_hold(), NOON)
    order, attempt = orders.begin(a_processing_order(orders), an_attempt())
    before = items(client), items(client, "StockTable")
    for stale in (
        (replace(order, version=1), attempt),
        (order, replace(attempt, version=9)),
    ):
        with pytest.raises(Conflict):
            place(orders, *stale)
        assert (items(client), items(client, "StockTable")) == before
    placed, done = place(orders, order, attempt)
    assert (placed.status, done.state) == (OrderStatus.PLACED, AttemptState.PLACED)
    hold = stock.get_hold("acme", attempt.id)
    assert hold
    assert hold.state is HoldState.CLAIMED
    with pytest.raises(Conflict):
        place(orders, order, attempt)


@pytest.mark.parametrize("fate", ["released", "expired", "never held"])
def test_a_commit_without_its_hold_is_lost(
    orders: DynamoDBOrders, stock: DynamoDBStock, client: DynamoDBClient, fate: str
) -> None:
    stock.set_on_hand("acme", next(iter(a_hold().parts)), 1)
    if fate != "never held":
        stock.hold(a_hold(expires_at=NOON if fate == "expired" else NOON + 600), NOON - 60)
    if fate == "released":
        stock.release("acme", an_attempt().id)
    order, attempt = orders.begin(a_processing_order(orders), an_attempt())
    before = items(client)
    with pytest.raises(HoldLost):
        place(orders, order, attempt)
    assert items(client) == before


def test_an_order_that_holds_no_stock_is_committed_without(orders: DynamoDBOrders) -> None:
    order, attempt = orders.begin(a_processing_order(orders), an_attempt())
    assert place(orders, order, attempt, claims_hold=False)[0].status is OrderStatus.PLACED


def test_a_reopened_order_and_its_voids_are_one_write(orders: DynamoDBOrders, client: DynamoDBClient) -> None:
    order, attempt = orders.begin(a_processing_order(orders), an_attempt())
    before = items(client)
    undoing = attempt.to(AttemptState.UNDOING)
    with pytest.raises(Conflict):
        orders.move(replace(order.to(OrderStatus.OPEN), version=1), undoing, [a_void()])
    assert items(client) == before
    orders.move(order.to(OrderStatus.OPEN), undoing, [a_void()])
    assert orders.due_voids(NOON + 60, 10) == [a_void()]


def test_what_is_told_of_an_order_is_written_with_it_or_not_at_all(
    orders: DynamoDBOrders, client: DynamoDBClient
) -> None:
    told = [an_event(id=f"event-{sequence}", sequence=sequence) for sequence in (1, 2, 3)]
    order = orders.create(an_order(), events=told[:1])
    processing = replace(order.to(OrderStatus.PROCESSING), attempt_id=an_attempt().id)
    processing, attempt = orders.begin(processing, an_attempt(), events=told[1:2])
    with pytest.raises(Conflict):
        orders.move(replace(processing.to(OrderStatus.OPEN), version=1), attempt, events=told[2:])
    orders.move(processing.to(OrderStatus.OPEN), attempt.to(AttemptState.UNDOING), events=told[2:])
    assert sorted(orders.due_events(NOON + 120, 10), key=lambda event: event.sequence) == told
    with pytest.raises(Conflict):
        orders.create(an_order(id="01JXANOTHER000000000000000"), a_record(), [an_event(order_id=an_order().id)])
    assert orders.record("acme", a_record().id) is None


def test_the_live_cart_of_a_session_is_found_by_its_id_alone(orders: DynamoDBOrders, client: DynamoDBClient) -> None:
    carts = DynamoDBCarts(client, "OrdersTable", "IdempotencyTable", lambda: NOON)
    live = orders.create(an_order(is_session=True, expires_at=NOON + 60))
    other = orders.create(an_order(id="01JXANOTHER000000000000000"))
    assert carts.shop_of_template(live.id) == "acme"
    assert carts.shop_of_template(other.id) == ""


def test_order_numbers_rise_and_never_repeat(orders: DynamoDBOrders) -> None:
    assert [orders.next_number("acme") for _ in range(3)] == [1, 2, 3]
    assert orders.next_number("other") == 1


# What stands still


def test_attempts_are_due_until_they_are_final(orders: DynamoDBOrders) -> None:
    attempt = orders.save_attempt(an_attempt(due_at=NOON + 60))
    assert orders.due_attempts(NOON + 59, 10) == []
    assert orders.due_attempts(NOON + 60, 10) == [attempt]
    undoing = orders.save_attempt(replace(attempt.to(AttemptState.UNDOING), due_at=NOON + 90))
    assert orders.due_attempts(NOON + 60, 10) == []
    assert orders.due_attempts(NOON + 90, 10) == [undoing]
    orders.save_attempt(undoing.to(AttemptState.UNDONE))
    assert orders.due_attempts(NOON + 10**6, 10) == []


def test_a_void_is_due_until_it_is_done(orders: DynamoDBOrders) -> None:
    orders.save_void(a_void())
    later = a_void(due_at=NOON + 600, tries=1)
    orders.save_void(later)
    assert orders.due_voids(NOON + 599, 10) == []
    assert orders.due_voids(NOON + 600, 10) == [later]
    for _ in range(2):
        orders.delete_void(later)
    assert orders.due_voids(NOON + 600, 10) == []


def test_an_event_is_due_two_minutes_after_it_happened_until_it_is_published(
    orders: DynamoDBOrders, client: DynamoDBClient
) -> None:
    order, attempt = orders.begin(a_processing_order(orders), an_attempt())
    place(orders, order, attempt, claims_hold=False)
    assert orders.due_events(NOON + 119, 10) == []
    assert orders.due_events(NOON + 120, 10) == [an_event()]
    for _ in range(2):
        orders.published(an_event())
    assert orders.due_events(NOON + 10**6, 10) == []
    (item,) = [one for one in items(client) if one["sk"]["S"].startswith("OUTBOX#")]
    assert item["kind"] == {"S": "OUTBOX"}


def test_an_event_is_read_off_the_stream(orders: DynamoDBOrders, client: DynamoDBClient) -> None:
    import base64

    order, attempt = orders.begin(a_processing_order(orders), an_attempt())
    place(orders, order, attempt, claims_hold=False)
    (item,) = [one for one in items(client) if one["sk"]["S"].startswith("OUTBOX#")]
    image = item | {"body": {"B": base64.b64encode(item["body"]["B"]).decode()}}
    assert order_stream.events({"dynamodb": {"NewImage": image}}) == [an_event()]


def test_what_is_due_is_found_in_every_shard(orders: DynamoDBOrders) -> None:
    made = {orders.save_attempt(an_attempt(id=f"A{n}", due_at=NOON)).id for n in range(12)}
    assert {attempt.id for attempt in orders.due_attempts(NOON, 100)} == made


# The list


def at(year: int, month: int, day: int = 1, second: int = 0) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) + second


OPENED = at(2020, 1)


def submit(orders: DynamoDBOrders, *times: int, shop: str = "acme") -> list[str]:
    """Orders placed at these times; their ids, newest first."""
    made = []
    for n, time in enumerate(times):
        order_id = ulid(time * 1000 + n, bytes(10))
        orders.create(an_order(id=order_id, shop=shop, status=OrderStatus.PLACED, placed_at=time, number=n + 1))
        made.append((time, order_id))
    return [order_id for _, order_id in sorted(made, reverse=True)]


def pages(orders: DynamoDBOrders, limit: int) -> list[list[str]]:
    found, cursor = [], ""
    for _ in range(100):
        page = orders.placed("acme", OPENED, limit, cursor)
        found.append([order.id for order in page.data])
        cursor = page.next_cursor
        if not cursor:
            return found
    raise AssertionError("the list has no end")


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_submitted_orders_are_listed_newest_first_across_months_and_pages(
    orders: DynamoDBOrders, clock: Clock, limit: int
) -> None:
    clock.seconds = at(2025, 6, 20)
    wanted = submit(
        orders,
        *(at(2025, 6, 19, second) for second in (0, 0, 5, 5, 5)),
        at(2025, 6, 1),
        at(2025, 6, 1) - 1,
        at(2025, 5, 1),
        at(2025, 1, 31),
        at(2024, 12, 31),
        at(2023, 2, 3),
        at(2020, 1, 1),
    )
    submit(orders, at(2025, 6, 19), shop="other")
    orders.create(an_order(id="open".ljust(26, "0")))
    found = pages(orders, limit)
    assert [order_id for page in found for order_id in page] == wanted
    assert all(len(page) <= limit for page in found)


def test_an_order_of_the_first_second_of_a_month_is_listed_once_where_a_page_ends_for_lack_of_orders(
    orders: DynamoDBOrders, clock: Clock
) -> None:
    clock.seconds = at(2025, 6, 20)
    wanted = submit(orders, at(2025, 6, 1), *(at(2024, month) for month in range(1, 13)), at(2023, 6), at(2023, 7))
    assert [order_id for page in pages(orders, 100) for order_id in page] == wanted


def test_a_list_without_orders_ends(orders: DynamoDBOrders) -> None:
    assert [order for page in pages(orders, 10) for order in page] == []


def test_the_list_ends_where_the_shop_began(orders: DynamoDBOrders, clock: Clock) -> None:
    clock.seconds = at(2025, 6, 20)
    (placed,) = submit(orders, at(2025, 6, 19))
    page = orders.placed("acme", at(2025, 6, 2), 10, "")
    assert ([order.id for order in page.data], page.next_cursor) == ([placed], "")


@pytest.mark.parametrize(
    "cursor",
    [
        "x", "????", "é", "LTU=", "OTk5OTk5OTk5OTk5I3g=", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5I3g=",
        "77yR77yS77yT", "MTc1MDAwMDAwMDAwI" + "eHh4" * 1000, "A" * 5000, "MDAxNzUwMDAwMDAwI8O_",
    ],
)  # fmt: skip
def test_a_cursor_that_is_not_ours_is_refused(orders: DynamoDBOrders, cursor: str) -> None:
    with pytest.raises(Invalid) as refused:
        orders.placed("acme", OPENED, 10, cursor)
    assert refused.value.problems[0].field == "cursor"


def test_large_orders_are_listed_like_small_ones(orders: DynamoDBOrders, clock: Clock) -> None:
    import random

    clock.seconds = at(2025, 6, 20)
    text = random.Random(1)  # noqa: S311  # it only must not be compressed
    wanted = submit(orders, *(at(2025, 6, 19, second) for second in range(32)))
    for order_id in wanted:
        order = orders.get("acme", order_id)
        assert order
        orders.save(replace(order, resumable_link=text.randbytes(250_000).hex()))
    assert [one for page in pages(orders, 100) for one in page] == wanted
