"""DynamoDB's stock when functions are killed at any call, answers are lost, and others come in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from stock.settle import app as settle_function
from tests.builders import NOON, a_shop
from tests.contract.counters import assert_counters_add_up
from tests.contract.faults import Killed, conflicts, interrupted_at, killed_at
from tests.contract.tables import create_table, new_client
from till.adapters import aws
from till.adapters.dynamodb import keys
from till.adapters.dynamodb.hold_headers import claim_action
from till.adapters.dynamodb.stock import DynamoDBStock
from till.domain.errors import Conflict, HoldLost
from till.domain.stock import Hold, HoldState, Shortage, StockLevel
from till.runtime import backstage, wiring
from till.runtime.settings import environment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LATER = NOON + 600
FREE = StockLevel(on_hand=2, held=0, allocated=0, available=2)
HELD = StockLevel(on_hand=2, held=2, allocated=0, available=0)
SOLD = StockLevel(on_hand=2, held=0, allocated=2, available=0)
ONE, TWO = {"mug": 2}, {"mug": 2, "pot": 2}
TABLE = "stock"

of_any_size = pytest.mark.parametrize("parts", [ONE, TWO], ids=["one line", "two lines"])


@pytest.fixture
def client() -> Iterator[DynamoDBClient]:
    with mock_aws():
        made = new_client()
        create_table(made, "StockTable", TABLE)
        yield made


@pytest.fixture
def stock(client: DynamoDBClient) -> DynamoDBStock:
    return DynamoDBStock(client, TABLE)


def a_hold(shop: str, parts: Mapping[str, int], attempt: str = "anna", until: int = LATER) -> Hold:
    return Hold(attempt, shop, HoldState.ACTIVE, until, parts)


def claim(client: DynamoDBClient, shop: str, attempt: str = "anna") -> None:
    client.transact_write_items(TransactItems=[claim_action(TABLE, shop, attempt, NOON)])


def levels(stock: DynamoDBStock, shop: str, parts: Mapping[str, int]) -> set[StockLevel]:
    """The different numbers there are."""
    return set(stock.levels(shop, parts).values())


class Killer:
    """Kills a piece of work at each of its calls in turn, each time in a shop of its own with two of everything."""

    def __init__(self, client: DynamoDBClient, stock: DynamoDBStock, after: bool) -> None:
        self._client, self._stock, self._after = client, stock, after

    def kills(self, work: Callable[[str], object], *preparations: Callable[[str], object]) -> Iterator[str]:
        """The shops of the killed; the counters add up in each."""
        for call in range(50):
            shop = f"shop-{call}"
            for variant in TWO:
                self._stock.set_on_hand(shop, variant, 2)
            for prepare in preparations:
                prepare(shop)
            try:
                with killed_at(self._client, call, after=self._after):
                    work(shop)
            except Killed:
                assert_counters_add_up(self._client, TABLE)
                yield shop
            else:
                assert call > 0, "nothing was killed"
                return
        raise AssertionError("this work never ends")


@pytest.fixture(params=[False, True], ids=["before the call", "after the call"])
def killer(request: pytest.FixtureRequest, client: DynamoDBClient, stock: DynamoDBStock) -> Killer:
    return Killer(client, stock, request.param)


# Killed


@of_any_size
def test_a_hold_killed_at_any_call_is_completed_when_asked_for_again(
    stock: DynamoDBStock, killer: Killer, parts: Mapping[str, int]
) -> None:
    for shop in killer.kills(lambda shop: stock.hold(a_hold(shop, parts), NOON)):
        assert stock.hold(a_hold(shop, parts), NOON + 1) == ()
        assert levels(stock, shop, parts) == {HELD}


@of_any_size
def test_a_hold_killed_at_any_call_and_released_leaves_nothing(
    stock: DynamoDBStock, killer: Killer, parts: Mapping[str, int]
) -> None:
    for shop in killer.kills(lambda shop: stock.hold(a_hold(shop, parts), NOON)):
        stock.release(shop, "anna")
        stock.settle(shop, "anna")
        assert levels(stock, shop, parts) == {FREE}


@of_any_size
def test_a_hold_killed_at_any_call_and_forgotten_is_swept_when_it_expires(
    stock: DynamoDBStock, killer: Killer, parts: Mapping[str, int]
) -> None:
    for shop in killer.kills(lambda shop: stock.hold(a_hold(shop, parts), NOON)):
        stock.sweep(LATER, 100)
        assert levels(stock, shop, parts) == {FREE}
        assert stock.sweep(LATER, 100) == 0


@of_any_size
def test_a_refused_hold_killed_at_any_call_leaves_nothing(
    stock: DynamoDBStock, killer: Killer, parts: Mapping[str, int]
) -> None:
    wanted = dict.fromkeys(parts, 3)
    short = tuple(Shortage(variant, 3, 2) for variant in parts)
    for shop in killer.kills(lambda shop: stock.hold(a_hold(shop, wanted), NOON)):
        assert stock.hold(a_hold(shop, wanted), NOON) == short
        stock.sweep(LATER, 100)
        assert levels(stock, shop, parts) == {FREE}


@of_any_size
def test_settling_killed_at_any_call_is_finished_by_the_next(
    client: DynamoDBClient, stock: DynamoDBStock, killer: Killer, parts: Mapping[str, int]
) -> None:
    for shop in killer.kills(
        lambda shop: stock.settle(shop, "anna"),
        lambda shop: stock.hold(a_hold(shop, parts), NOON),
        lambda shop: claim(client, shop),
    ):
        stock.settle(shop, "anna")
        assert levels(stock, shop, parts) == {SOLD}


@of_any_size
def test_freeing_an_expired_hold_can_be_killed_at_any_call(
    stock: DynamoDBStock, killer: Killer, parts: Mapping[str, int]
) -> None:
    for shop in killer.kills(
        lambda shop: stock.hold(a_hold(shop, parts, "ben", LATER + 600), LATER),
        lambda shop: stock.hold(a_hold(shop, parts), NOON),
    ):
        assert stock.hold(a_hold(shop, parts, "ben", LATER + 600), LATER) == ()
        stock.sweep(LATER, 100)
        assert levels(stock, shop, parts) == {HELD}


# Others come in between


@of_any_size
@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
@pytest.mark.parametrize("call", range(4))
@pytest.mark.parametrize("killed", [False, True], ids=["and it goes on", "and it is killed a call later"])
def test_a_hold_that_is_released_while_it_is_taken_keeps_nothing(
    client: DynamoDBClient,
    stock: DynamoDBStock,
    parts: Mapping[str, int],
    call: int,
    after: bool,
    killed: bool,
) -> None:
    for variant in parts:
        stock.set_on_hand("acme", variant, 2)

    others = DynamoDBStock(new_client(), TABLE)

    def release() -> None:
        others.release("acme", "anna")
        others.settle("acme", "anna")

    with (
        suppress(HoldLost, Killed),
        killed_at(client, call + 1 if killed else 10_000, after=after),
        interrupted_at(client, call, release, after=after),
    ):
        stock.hold(a_hold("acme", parts), NOON)
    stock.sweep(LATER, 100)
    assert_counters_add_up(client, TABLE)
    assert levels(stock, "acme", parts) == {FREE}


@of_any_size
def test_a_hold_that_was_released_before_it_was_taken_is_lost(
    client: DynamoDBClient, stock: DynamoDBStock, parts: Mapping[str, int]
) -> None:
    for variant in parts:
        stock.set_on_hand("acme", variant, 2)
    others = DynamoDBStock(new_client(), TABLE)
    with interrupted_at(client, 1, lambda: others.release("acme", "anna"), after=False), pytest.raises(HoldLost):
        stock.hold(a_hold("acme", parts), NOON)


@of_any_size
def test_the_same_call_twice_at_once_holds_once(
    client: DynamoDBClient, stock: DynamoDBStock, parts: Mapping[str, int]
) -> None:
    for variant in parts:
        stock.set_on_hand("acme", variant, 2)
    others = DynamoDBStock(new_client(), TABLE)
    with interrupted_at(client, 1, lambda: others.hold(a_hold("acme", parts), NOON), after=False):
        assert stock.hold(a_hold("acme", parts), NOON) == ()
    assert levels(stock, "acme", parts) == {HELD}


@of_any_size
def test_a_call_that_is_refused_gives_back_what_its_twin_has_got_meanwhile(
    client: DynamoDBClient, stock: DynamoDBStock, parts: Mapping[str, int]
) -> None:
    others = DynamoDBStock(new_client(), TABLE)

    def delivery() -> None:
        for variant in parts:
            others.set_on_hand("acme", variant, 2)
        assert others.hold(a_hold("acme", parts), NOON) == ()

    # Its header and the refused parts are its first two calls; the third takes the header back.
    with interrupted_at(client, 2, delivery, after=False):
        assert stock.hold(a_hold("acme", parts), NOON)
    stock.settle("acme", "anna")
    assert levels(stock, "acme", parts) == {FREE}


@of_any_size
def test_renewing_a_hold_writes_its_header_alone(
    client: DynamoDBClient, stock: DynamoDBStock, parts: Mapping[str, int]
) -> None:
    for variant in parts:
        stock.set_on_hand("acme", variant, 2)
    stock.hold(a_hold("acme", parts), NOON)
    called: list[str] = []
    client.meta.events.register("before-call.dynamodb", lambda model, **_: called.append(model.name))
    stock.hold(a_hold("acme", parts, until=LATER + 60), NOON)
    assert called == ["PutItem", "UpdateItem", "BatchGetItem"]


@of_any_size
def test_a_part_without_a_header_is_given_to_the_next_shopper(
    client: DynamoDBClient, stock: DynamoDBStock, parts: Mapping[str, int]
) -> None:
    for variant in parts:
        stock.set_on_hand("acme", variant, 2)
    stock.hold(a_hold("acme", parts), NOON)
    client.delete_item(TableName=TABLE, Key={"pk": {"S": keys.hold("acme", "anna")}, "sk": {"S": "HOLD"}})
    assert stock.hold(a_hold("acme", parts, "ben"), NOON) == ()
    assert_counters_add_up(client, TABLE)


# Conflicts


@of_any_size
@pytest.mark.parametrize("times", [1, 3])
def test_three_conflicts_in_a_row_are_not_noticed(
    client: DynamoDBClient, stock: DynamoDBStock, parts: Mapping[str, int], times: int
) -> None:
    for variant in parts:
        stock.set_on_hand("acme", variant, 2)
    with conflicts(client, times):
        assert stock.hold(a_hold("acme", parts), NOON) == ()
    claim(client, "acme")
    with conflicts(client, times):
        stock.settle("acme", "anna")
    assert levels(stock, "acme", parts) == {SOLD}


@of_any_size
def test_a_storm_of_conflicts_is_refused_and_can_be_tried_again(
    client: DynamoDBClient, stock: DynamoDBStock, parts: Mapping[str, int]
) -> None:
    for variant in parts:
        stock.set_on_hand("acme", variant, 2)
    with conflicts(client, 4), pytest.raises(Conflict):
        stock.hold(a_hold("acme", parts), NOON)
    assert levels(stock, "acme", parts) == {FREE}
    assert stock.hold(a_hold("acme", parts), NOON) == ()
    with conflicts(client, 4), pytest.raises(Conflict):
        stock.release("acme", "anna")
    assert levels(stock, "acme", parts) == {HELD}


def test_a_hold_in_a_storm_does_not_keep_a_sweep_from_the_others(client: DynamoDBClient, stock: DynamoDBStock) -> None:
    for shop in ("one", "two"):
        stock.set_on_hand(shop, "mug", 2)
        stock.hold(a_hold(shop, ONE), NOON)
    with conflicts(client, 4):
        assert stock.sweep(LATER, 100) == 1
    assert stock.sweep(LATER, 100) == 1


def test_lines_are_taken_in_one_order_whatever_the_carts(client: DynamoDBClient, stock: DynamoDBStock) -> None:
    taken: list[list[str]] = []

    def record(params: Any, **_: Any) -> None:
        taken.append([action["Update"]["Key"]["pk"]["S"] for action in params["TransactItems"] if "Update" in action])

    for variant in TWO:
        stock.set_on_hand("acme", variant, 4)
    client.meta.events.register("provide-client-params.dynamodb.TransactWriteItems", record)
    stock.hold(a_hold("acme", {"mug": 1, "pot": 1}), NOON)
    stock.hold(a_hold("acme", {"pot": 1, "mug": 1}, "ben"), NOON)
    assert taken == [[keys.stock("acme", "mug"), keys.stock("acme", "pot")]] * 2


# Counting


def test_a_delivery_is_counted_once_when_another_comes_in_between(client: DynamoDBClient, stock: DynamoDBStock) -> None:
    stock.set_on_hand("acme", "mug", 1)
    others = DynamoDBStock(new_client(), TABLE)
    with interrupted_at(client, 1, lambda: others.adjust("acme", "mug", 10), after=False):
        assert stock.adjust("acme", "mug", 5) == StockLevel(16, 0, 0, 16)


# The stream


@pytest.fixture
def settle(client: DynamoDBClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any], Any]]:
    """The function as Lambda starts it, on the same table."""
    monkeypatch.setenv("TILL_STOCK_TABLE", TABLE)
    monkeypatch.setenv("TILL_CATALOG_TABLE", "catalog")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    create_table(client, "CatalogTable", "catalog")
    caches = (environment, wiring.stock, wiring.catalog, backstage.low_stock, aws._client)
    for cache in caches:
        cache.cache_clear()
    for shop in ("acme", "one", "two"):
        wiring.catalog().create_shop(a_shop(identifier=shop))
        wiring.catalog().shop(shop)  # it is kept
    yield lambda records: settle_function.handler({"Records": records}, None)
    for cache in caches:
        cache.cache_clear()


def a_record(number: int, shop: str, before: str, after: str, attempt: str = "anna") -> dict[str, Any]:
    """What DynamoDB's stream says of a header, as far as it is read."""
    header = {"kind": {"S": "HOLD"}, "shop": {"S": shop}, "attempt": {"S": attempt}}
    images = {"OldImage": header | {"state": {"S": before}}, "NewImage": header | {"state": {"S": after}}}
    return {"eventName": "MODIFY", "dynamodb": {"SequenceNumber": str(number), **images}}


def test_a_sale_is_settled_from_the_stream_and_a_second_delivery_does_nothing(
    client: DynamoDBClient, stock: DynamoDBStock, settle: Callable[[Any], Any]
) -> None:
    stock.set_on_hand("acme", "mug", 2)
    stock.hold(a_hold("acme", ONE), NOON)
    claim(client, "acme")
    for _ in range(2):
        assert settle([a_record(1, "acme", "ACTIVE", "CLAIMED")]) == {"batchItemFailures": []}
        assert levels(stock, "acme", ONE) == {SOLD}


def test_only_the_record_that_failed_comes_again(stock: DynamoDBStock, settle: Callable[[Any], Any]) -> None:
    for shop in ("one", "two"):
        stock.set_on_hand(shop, "mug", 2)
        stock.hold(a_hold(shop, ONE), NOON)
        stock.release(shop, "anna")
    records = [a_record(7, "one", "ACTIVE", "RELEASED"), a_record(8, "two", "ACTIVE", "RELEASED")]
    with conflicts(aws.client("dynamodb"), 4):
        assert settle(records) == {"batchItemFailures": [{"itemIdentifier": "7"}]}
    assert levels(stock, "two", ONE) == {FREE}
    assert settle(records[:1]) == {"batchItemFailures": []}
    assert levels(stock, "one", ONE) == {FREE}


def test_a_header_that_only_changes_its_due_time_is_passed_over(
    client: DynamoDBClient, settle: Callable[[Any], Any]
) -> None:
    with killed_at(aws.client("dynamodb"), 0, after=False):
        assert settle([a_record(1, "acme", "RELEASED", "RELEASED")]) == {"batchItemFailures": []}
