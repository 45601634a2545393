"""What becomes of sold units, in every `Stock`: given back, shipped, restocked, each move once."""

from __future__ import annotations

from itertools import count

import pytest
from moto import mock_aws

from tests.builders import NOON
from tests.contract.counters import assert_counters_add_up
from tests.contract.faults import Killed, conflicts, killed_at
from tests.contract.tables import create_table, new_client
from tests.contract.test_stock import SellableDynamoDBStock, SellableStock, a_hold, level, stock
from till.domain.product import InventoryPolicy
from till.domain.stock import MoveKind, StockLevel, StockMove

__all__ = ["stock"]  # the fixture


def sell(stock: SellableStock, parts: dict[str, int], settled: bool = True) -> None:
    """Ten of each, so many of which are sold."""
    for part in parts:
        stock.set_on_hand("acme", part, 10)
    stock.hold(a_hold("anna", **parts), NOON)
    stock.claim("acme", "anna", NOON)
    if settled:
        stock.settle("acme", "anna")


def a_move(kind: MoveKind, operation: str = "refund-1", **parts: int) -> StockMove:
    return StockMove(operation, kind, parts)


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        (MoveKind.GIVE_BACK, StockLevel(on_hand=10, held=0, allocated=1, available=9)),
        (MoveKind.SHIP, StockLevel(on_hand=8, held=0, allocated=1, available=7)),
        (MoveKind.RESTOCK, StockLevel(on_hand=12, held=0, allocated=3, available=9)),
    ],
)
def test_sold_units_move_once(stock: SellableStock, kind: MoveKind, after: StockLevel) -> None:
    sell(stock, {"mug": 3})
    for _ in range(2):
        stock.move("acme", a_move(kind, mug=2))
        assert level(stock, "mug") == after


def test_each_operation_and_each_kind_is_a_move_of_its_own(stock: SellableStock) -> None:
    sell(stock, {"mug": 3})
    stock.move("acme", a_move(MoveKind.GIVE_BACK, mug=1))
    stock.move("acme", a_move(MoveKind.SHIP, mug=1))
    stock.move("acme", a_move(MoveKind.GIVE_BACK, "refund-2", mug=1))
    assert level(stock, "mug") == StockLevel(on_hand=9, held=0, allocated=0, available=9)


@pytest.mark.parametrize("kind", [MoveKind.GIVE_BACK, MoveKind.SHIP])
def test_a_move_may_come_before_the_sale_is_settled(stock: SellableStock, kind: MoveKind) -> None:
    sell(stock, {"mug": 3}, settled=False)
    stock.move("acme", a_move(kind, mug=3))
    before = level(stock, "mug")
    assert before.available == before.on_hand - before.held - before.allocated
    stock.settle("acme", "anna")
    left = 10 if kind is MoveKind.GIVE_BACK else 7
    assert level(stock, "mug") == StockLevel(on_hand=left, held=0, allocated=0, available=left)


def test_units_that_were_oversold_are_shipped_and_given_back(stock: SellableStock) -> None:
    stock.set_policies("acme", {"mug": InventoryPolicy.CONTINUE})
    stock.hold(a_hold("anna", mug=3), NOON)
    stock.claim("acme", "anna", NOON)
    stock.settle("acme", "anna")
    stock.move("acme", a_move(MoveKind.SHIP, mug=2))
    stock.move("acme", a_move(MoveKind.GIVE_BACK, mug=1))
    assert level(stock, "mug") == StockLevel(on_hand=-2, held=0, allocated=0, available=-2, oversells=True)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_move_of_many_parts_that_is_interrupted_is_finished_by_the_next_try(after: bool) -> None:
    """More parts than one transaction takes."""
    parts = {f"mug-{number:03}": 1 for number in range(101)}
    with mock_aws():
        client = new_client()
        stock = SellableDynamoDBStock(client, create_table(client, "StockTable", "stock"))
        sell(stock, parts)
        for call in count():
            move = a_move(MoveKind.RESTOCK, f"refund-{call}", **parts)
            try:
                with killed_at(client, call, after=after):
                    stock.move("acme", move)
            except Killed:
                stock.move("acme", move)
            else:
                break
        assert call == 2
        assert {one.on_hand for one in stock.levels("acme", parts).values()} == {13}
        assert_counters_add_up(client, "stock")


def test_a_move_that_meets_other_writers_waits_for_its_turn() -> None:
    with mock_aws():
        client = new_client()
        stock = SellableDynamoDBStock(client, create_table(client, "StockTable", "stock"))
        sell(stock, {"mug": 3})
        with conflicts(client, 2):
            stock.move("acme", a_move(MoveKind.GIVE_BACK, mug=3))
        assert level(stock, "mug").available == 10
