"""What every `Stock` does. Threads are for tests/stress: moto oversells under them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

import pytest
from moto import mock_aws

from tests.builders import NOON
from tests.contract.tables import create_table, new_client
from tests.fakes.stock import FakeStock
from till.adapters.dynamodb.hold_headers import claim_action
from till.adapters.dynamodb.stock import DynamoDBStock
from till.application.ports import Stock
from till.domain.errors import Busy, HoldLost, Invalid, Refused
from till.domain.product import InventoryPolicy
from till.domain.stock import Hold, HoldState, MoveKind, Shortage, StockLevel, StockMove

LATER = NOON + 600
AFTER_THAT = LATER + 1


class SellableStock(Stock, Protocol):
    """Stock, and the claim that belongs to the order's transaction."""

    def claim(self, shop: str, attempt_id: str, now: int) -> None:
        """Raises `HoldLost`."""


class SellableDynamoDBStock(DynamoDBStock):
    """Claims by itself."""

    def claim(self, shop: str, attempt_id: str, now: int) -> None:
        try:
            self._client.transact_write_items(TransactItems=[claim_action(self._table, shop, attempt_id, now)])
        except self._client.exceptions.TransactionCanceledException:
            raise HoldLost("lost") from None


@pytest.fixture(params=["fake", "dynamodb"])
def stock(request: pytest.FixtureRequest) -> Iterator[SellableStock]:
    if request.param == "fake":
        yield FakeStock()
        return
    with mock_aws():
        client = new_client()
        yield SellableDynamoDBStock(client, create_table(client, "StockTable", "stock"))


def a_hold(attempt: str, until: int = LATER, **parts: int) -> Hold:
    return Hold(attempt, "acme", HoldState.ACTIVE, until, parts)


def level(stock: Stock, variant: str) -> StockLevel:
    return stock.levels("acme", [variant])[variant]


# Holding


def test_what_one_shopper_holds_is_not_available_to_the_next(stock: SellableStock) -> None:
    stock.set_on_hand("acme", "mug", 3)
    assert stock.hold(a_hold("anna", mug=2), NOON) == ()
    assert level(stock, "mug") == StockLevel(on_hand=3, held=2, allocated=0, available=1)
    assert stock.hold(a_hold("ben", mug=2), NOON) == (Shortage("mug", requested=2, available=1),)
    assert level(stock, "mug") == StockLevel(on_hand=3, held=2, allocated=0, available=1)


def test_an_order_gets_all_its_lines_or_none(stock: SellableStock) -> None:
    stock.set_on_hand("acme", "mug", 5)
    stock.set_on_hand("acme", "pot", 1)
    assert stock.hold(a_hold("anna", mug=2, pot=2), NOON) == (Shortage("pot", requested=2, available=1),)
    assert stock.hold(a_hold("ben", mug=5, pot=1), NOON) == ()


def test_every_line_that_is_short_is_named(stock: SellableStock) -> None:
    stock.set_on_hand("acme", "mug", 1)
    stock.set_on_hand("acme", "pot", 5)
    shortages = stock.hold(a_hold("anna", mug=2, pot=1, tray=1), NOON)
    assert shortages == (Shortage("mug", 2, 1), Shortage("tray", 1, 0))


def test_a_variant_that_was_never_counted_is_out_of_stock(stock: SellableStock) -> None:
    assert stock.hold(a_hold("anna", mug=1), NOON) == (Shortage("mug", requested=1, available=0),)
    assert level(stock, "mug") == StockLevel(0, 0, 0, 0)


def test_a_shopper_who_was_refused_can_ask_again_when_there_is_more(stock: SellableStock) -> None:
    assert stock.hold(a_hold("anna", mug=1), NOON)
    assert stock.get_hold("acme", "anna") is None
    stock.set_on_hand("acme", "mug", 1)
    assert stock.hold(a_hold("anna", mug=1), NOON) == ()


@pytest.mark.parametrize("parts", [{"mug": 3}, {"mug": 3, "pot": 1}])
def test_back_orders_go_below_zero_while_the_merchant_takes_them(stock: SellableStock, parts: dict[str, int]) -> None:
    stock.set_policies("acme", dict.fromkeys(parts, InventoryPolicy.CONTINUE))
    assert stock.hold(a_hold("anna", **parts), NOON) == ()
    assert level(stock, "mug") == StockLevel(on_hand=0, held=3, allocated=0, available=-3, oversells=True)
    stock.set_policies("acme", {"mug": InventoryPolicy.DENY})
    assert stock.hold(a_hold("ben", mug=1), NOON) == (Shortage("mug", requested=1, available=0),)


def test_shops_do_not_share_stock(stock: SellableStock) -> None:
    stock.set_on_hand("acme", "mug", 1)
    assert stock.hold(Hold("anna", "other", HoldState.ACTIVE, LATER, {"mug": 1}), NOON)
    assert stock.hold(a_hold("anna", mug=1), NOON) == ()


def test_an_order_larger_than_a_transaction_is_held_and_sold(stock: SellableStock) -> None:
    parts = {f"v{n:03}": 1 for n in range(105)}
    for variant in parts:
        stock.set_on_hand("acme", variant, 1)
    assert stock.hold(a_hold("anna", **parts), NOON) == ()
    stock.claim("acme", "anna", NOON)
    stock.settle("acme", "anna")
    assert set(stock.levels("acme", parts).values()) == {StockLevel(on_hand=1, held=0, allocated=1, available=0)}


@pytest.mark.parametrize("short", [["v050", "v103"], ["v103"]])
def test_a_large_order_that_is_short_names_all_it_lacks_and_keeps_nothing(
    stock: SellableStock, short: list[str]
) -> None:
    parts = {f"v{n:03}": 2 for n in range(105)}
    for variant in parts:
        stock.set_on_hand("acme", variant, 1 if variant in short else 2)
    stock.set_policies("acme", {"v104": InventoryPolicy.CONTINUE})
    assert stock.hold(a_hold("anna", **parts), NOON) == tuple(Shortage(variant, 2, 1) for variant in short)
    stock.settle("acme", "anna")
    assert {one.held for one in stock.levels("acme", parts).values()} == {0}


def test_who_settles_is_told_what_a_sale_leaves_until_they_took_note(stock: SellableStock) -> None:
    seen: list[Mapping[str, StockLevel]] = []

    def busy(levels: Mapping[str, StockLevel]) -> None:
        raise Busy("Not now.")

    stock.set_on_hand("acme", "mug", 5)
    stock.hold(a_hold("anna", mug=3), NOON)
    stock.claim("acme", "anna", NOON)
    with pytest.raises(Busy):
        stock.settle("acme", "anna", busy)
    stock.settle("acme", "anna", seen.append)
    assert seen == [{"mug": StockLevel(5, 0, 3, 2)}]
    assert seen[0]["mug"].left == 2


def test_what_is_given_back_is_no_sale(stock: SellableStock) -> None:
    stock.set_on_hand("acme", "mug", 5)
    stock.hold(a_hold("anna", mug=3), NOON)
    stock.release("acme", "anna")
    seen: list[Mapping[str, StockLevel]] = []
    stock.settle("acme", "anna", seen.append)
    assert seen == []


def test_low_stock_is_marked_by_one_until_more_is_counted_or_it_is_taken_back(stock: SellableStock) -> None:
    stock.set_on_hand("acme", "mug", 5)
    assert [stock.mark_low("acme", "mug", attempt) for attempt in ("anna", "ben", "anna")] == [True, False, True]
    stock.adjust("acme", "mug", -1)
    assert level(stock, "mug").low_by == "anna"
    stock.adjust("acme", "mug", 1)
    assert level(stock, "mug").low_by == ""
    stock.mark_low("acme", "mug", "ben")
    assert stock.mark_low("acme", "mug", "")
    assert level(stock, "mug").low_by == ""


@pytest.mark.parametrize(
    ("kind", "low_by"), [(MoveKind.GIVE_BACK, ""), (MoveKind.RESTOCK, ""), (MoveKind.SHIP, "anna")]
)
def test_low_stock_is_told_again_once_units_came_back(stock: SellableStock, kind: MoveKind, low_by: str) -> None:
    stock.set_on_hand("acme", "mug", 5)
    stock.mark_low("acme", "mug", "anna")
    stock.move("acme", StockMove("move", kind, {"mug": 1}))
    assert level(stock, "mug").low_by == low_by


def test_an_order_without_lines_holds_nothing_and_can_be_placed(stock: SellableStock) -> None:
    assert stock.hold(a_hold("anna"), NOON) == ()
    stock.claim("acme", "anna", NOON)


@pytest.mark.parametrize("others", [{"mug": 1}, {"mug": 1, "pot": 1}])
def test_what_is_free_for_a_shopper_is_all_that_others_do_not_keep(
    stock: SellableStock, others: dict[str, int]
) -> None:
    for variant in ("mug", "pot"):
        stock.set_on_hand("acme", variant, 10)
    for attempt, until in (("anna", LATER), ("ben", NOON + 1), ("carl", LATER), ("dora", LATER)):
        stock.hold(a_hold(attempt, until, **others), NOON)
    stock.release("acme", "carl")
    stock.claim("acme", "dora", NOON)
    assert stock.free_for("acme", "mug", "", NOON) == 7
    assert stock.free_for("acme", "mug", "anna", NOON) == 8
    assert stock.free_for("acme", "mug", "dora", NOON + 1) == 8, "what was sold is nobody's to spend again"
    for attempt in ("carl", "dora"):
        stock.settle("acme", attempt)
    assert stock.free_for("acme", "mug", "anna", NOON) == 8
    assert stock.free_for("acme", "tray", "anna", NOON) == 0


# Holding again


@pytest.mark.parametrize("parts", [{"mug": 2}, {"mug": 2, "pot": 1}])
def test_holding_again_takes_no_more_units_and_keeps_them_longer(stock: SellableStock, parts: dict[str, int]) -> None:
    for variant in parts:
        stock.set_on_hand("acme", variant, 2)
    stock.hold(a_hold("anna", LATER, **parts), NOON)
    assert stock.hold(a_hold("anna", LATER + 300, **parts), NOON) == ()
    assert level(stock, "mug").held == 2
    assert stock.get_hold("acme", "anna") == a_hold("anna", LATER + 300, **parts)
    assert stock.hold(a_hold("ben", **parts), AFTER_THAT), "the renewed hold has not expired"


def test_holding_again_never_shortens_a_hold(stock: SellableStock) -> None:
    stock.set_on_hand("acme", "mug", 1)
    stock.hold(a_hold("anna", LATER, mug=1), NOON)
    stock.hold(a_hold("anna", NOON + 1, mug=1), NOON)
    assert stock.get_hold("acme", "anna") == a_hold("anna", LATER, mug=1)


def test_a_released_hold_cannot_be_taken_up_again(stock: SellableStock) -> None:
    stock.set_on_hand("acme", "mug", 1)
    stock.hold(a_hold("anna", mug=1), NOON)
    stock.release("acme", "anna")
    with pytest.raises(HoldLost):
        stock.hold(a_hold("anna", mug=1), NOON)


def test_an_expired_hold_cannot_be_taken_up_again(stock: SellableStock) -> None:
    stock.set_on_hand("acme", "mug", 1)
    stock.hold(a_hold("anna", mug=1), NOON)
    with pytest.raises(HoldLost):
        stock.hold(a_hold("anna", AFTER_THAT + 600, mug=1), LATER)


def test_a_sold_hold_is_asked_for_again_without_effect(stock: SellableStock) -> None:
    stock.set_on_hand("acme", "mug", 2)
    stock.hold(a_hold("anna", mug=1), NOON)
    stock.claim("acme", "anna", NOON)
    assert stock.hold(a_hold("anna", mug=1), AFTER_THAT) == ()
    stock.settle("acme", "anna")
    assert stock.hold(a_hold("anna", mug=1), AFTER_THAT) == ()
    assert level(stock, "mug") == StockLevel(on_hand=2, held=0, allocated=1, available=1)


# Expiry


@pytest.mark.parametrize("parts", [{"mug": 1}, {"mug": 1, "pot": 1}])
def test_an_expired_hold_is_free_for_the_next_shopper_at_once(stock: SellableStock, parts: dict[str, int]) -> None:
    for variant in parts:
        stock.set_on_hand("acme", variant, 1)
    stock.hold(a_hold("anna", LATER, **parts), NOON)
    assert stock.hold(a_hold("ben", AFTER_THAT + 600, **parts), LATER - 1)
    assert stock.hold(a_hold("ben", AFTER_THAT + 600, **parts), LATER) == ()
    with pytest.raises(HoldLost):
        stock.claim("acme", "anna", LATER - 1)
    assert level(stock, "mug") == StockLevel(on_hand=1, held=1, allocated=0, available=0)


def test_a_released_hold_is_free_before_it_is_settled(stock: SellableStock) -> None:
    stock.set_on_hand("acme", "mug", 1)
    stock.hold(a_hold("anna", mug=1), NOON)
    stock.release("acme", "anna")
    assert stock.hold(a_hold("ben", mug=1), NOON) == ()
    stock.settle("acme", "anna")
    assert level(stock, "mug") == StockLevel(on_hand=1, held=1, allocated=0, available=0)


def test_a_sold_unit_is_never_given_to_another_however_old_its_hold(stock: SellableStock) -> None:
    stock.set_on_hand("acme", "mug", 1)
    stock.hold(a_hold("anna", mug=1), NOON)
    stock.claim("acme", "anna", NOON)
    assert stock.hold(a_hold("ben", AFTER_THAT + 600, mug=1), AFTER_THAT)


def test_an_expired_hold_cannot_be_sold(stock: SellableStock) -> None:
    stock.set_on_hand("acme", "mug", 1)
    stock.hold(a_hold("anna", mug=1), NOON)
    with pytest.raises(HoldLost):
        stock.claim("acme", "anna", LATER)


# Releasing and settling


def test_a_hold_is_released_as_often_as_one_likes(stock: SellableStock) -> None:
    stock.set_on_hand("acme", "mug", 1)
    stock.hold(a_hold("anna", mug=1), NOON)
    assert stock.release("acme", "anna")
    stock.settle("acme", "anna")
    assert stock.release("acme", "anna")
    stock.settle("acme", "anna")
    assert level(stock, "mug") == StockLevel(on_hand=1, held=0, allocated=0, available=1)


def test_a_released_hold_cannot_be_sold(stock: SellableStock) -> None:
    stock.set_on_hand("acme", "mug", 1)
    stock.hold(a_hold("anna", mug=1), NOON)
    stock.release("acme", "anna")
    with pytest.raises(HoldLost):
        stock.claim("acme", "anna", NOON)


def test_a_sold_hold_cannot_be_released(stock: SellableStock) -> None:
    stock.set_on_hand("acme", "mug", 1)
    stock.hold(a_hold("anna", mug=1), NOON)
    stock.claim("acme", "anna", NOON)
    assert not stock.release("acme", "anna")
    stock.settle("acme", "anna")
    stock.settle("acme", "anna")
    assert level(stock, "mug") == StockLevel(on_hand=1, held=0, allocated=1, available=0)


def test_there_is_nothing_to_release_where_nothing_was_held(stock: SellableStock) -> None:
    assert not stock.release("acme", "nobody")
    stock.settle("acme", "nobody")


def test_what_was_given_up_before_it_was_held_is_not_held_any_more(stock: SellableStock) -> None:
    """A function that is still at it when its attempt is undone must not keep the units."""
    stock.set_on_hand("acme", "mug", 1)
    stock.release("acme", "anna")
    with pytest.raises(HoldLost):
        stock.hold(a_hold("anna", mug=1), NOON)
    assert level(stock, "mug") == StockLevel(on_hand=1, held=0, allocated=0, available=1)
    assert stock.sweep(AFTER_THAT, 100) == 0


def test_settling_leaves_a_live_hold_alone(stock: SellableStock) -> None:
    stock.set_on_hand("acme", "mug", 1)
    stock.hold(a_hold("anna", mug=1), NOON)
    stock.settle("acme", "anna")
    assert level(stock, "mug").held == 1


def test_a_sweep_gives_back_what_expired_and_settles_what_was_left(stock: SellableStock) -> None:
    stock.set_on_hand("acme", "mug", 4)
    for attempt, until in [("expired", LATER), ("live", AFTER_THAT + 1), ("sold", LATER), ("released", LATER)]:
        stock.hold(a_hold(attempt, until, mug=1), NOON)
    stock.claim("acme", "sold", NOON)
    stock.release("acme", "released")
    assert stock.sweep(AFTER_THAT, 100) == 3
    assert level(stock, "mug") == StockLevel(on_hand=4, held=1, allocated=1, available=2)
    assert stock.sweep(AFTER_THAT, 100) == 0


# Counting


def test_counting_leaves_what_is_held_and_sold_in_place(stock: SellableStock) -> None:
    stock.set_on_hand("acme", "mug", 10)
    stock.hold(a_hold("anna", mug=2), NOON)
    stock.hold(a_hold("ben", mug=3), NOON)
    stock.claim("acme", "ben", NOON)
    stock.settle("acme", "ben")
    counted = stock.set_on_hand("acme", "mug", 4)
    assert counted == StockLevel(on_hand=4, held=2, allocated=3, available=-1)
    assert level(stock, "mug") == counted
    assert stock.adjust("acme", "mug", 6) == StockLevel(on_hand=10, held=2, allocated=3, available=5)
    assert stock.adjust("acme", "mug", -10).on_hand == 0
    assert level(stock, "mug") == StockLevel(on_hand=0, held=2, allocated=3, available=-5)


def test_nobody_has_fewer_than_nothing(stock: SellableStock) -> None:
    stock.set_on_hand("acme", "mug", 1)
    with pytest.raises(Refused):
        stock.adjust("acme", "mug", -2)
    with pytest.raises(Refused):
        stock.adjust("acme", "never counted", -1)
    with pytest.raises(Invalid):
        stock.set_on_hand("acme", "mug", -1)
    assert level(stock, "mug").on_hand == 1


def test_the_first_delivery_of_a_variant_is_its_stock(stock: SellableStock) -> None:
    assert stock.adjust("acme", "mug", 5) == StockLevel(5, 0, 0, 5)
    assert stock.set_on_hand("acme", "mug", 5) == StockLevel(5, 0, 0, 5)


def test_a_new_policy_changes_no_number(stock: SellableStock) -> None:
    stock.set_on_hand("acme", "mug", 5)
    stock.hold(a_hold("anna", mug=2), NOON)
    stock.set_policies("acme", {"mug": InventoryPolicy.CONTINUE, "pot": InventoryPolicy.DENY})
    levels = stock.levels("acme", ["mug", "pot"])
    assert levels == {"mug": StockLevel(5, 2, 0, 3, oversells=True), "pot": StockLevel(0, 0, 0, 0)}


def test_a_whole_catalogue_of_policies_is_set_in_one_call(stock: SellableStock) -> None:
    policies = {f"v{n:03}": InventoryPolicy.CONTINUE for n in range(101)}
    stock.set_policies("acme", policies)
    assert stock.hold(a_hold("anna", **dict.fromkeys(policies, 1)), NOON) == ()


def test_many_variants_are_counted_at_once(stock: Stock) -> None:
    counts = {f"counted-{n:03}": n for n in range(130)}
    stock.count("acme", counts)
    stock.count("acme", counts | {"counted-001": 7})
    levels = stock.levels("acme", counts)
    assert {variant: level.on_hand for variant, level in levels.items()} == counts | {"counted-001": 7}
    assert all(level.available == level.on_hand for level in levels.values())
