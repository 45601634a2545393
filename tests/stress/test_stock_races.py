"""Stock under threads, on an emulator with exact conditions: nothing is sold twice and nothing is lost."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest
from botocore.config import Config

from tests.builders import NOON
from tests.contract.counters import assert_counters_add_up
from tests.contract.faults import Killed, killed_at
from tests.contract.tables import create_table, new_client
from tests.proof import Guarantee, Proof, proves
from tests.stress.threads import at_once
from till.adapters.dynamodb.hold_headers import claim_action, parts_of
from till.adapters.dynamodb.stock import DynamoDBStock
from till.domain.errors import Busy, HoldLost
from till.domain.stock import Hold, HoldState, StockLevel

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LATER = NOON + 600
SHOPPERS = 24


class Shop:
    """One shopper's way to the stock, over a connection of its own."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self.client, self.table = client, table
        self.stock = DynamoDBStock(client, table)

    def holds(self, attempt: str, now: int = NOON, until: int = LATER, **parts: int) -> bool:
        """Did the shopper get all lines?"""
        return not self.stock.hold(Hold(attempt, "acme", HoldState.ACTIVE, until, parts), now)

    def claims(self, attempt: str, now: int = NOON) -> bool:
        """Was it sold?"""
        try:
            self.client.transact_write_items(TransactItems=[claim_action(self.table, "acme", attempt, now)])
        except self.client.exceptions.TransactionCanceledException:
            return False
        return True

    def sold(self) -> Counter[str]:
        """Units by variant of all claimed headers."""
        units: Counter[str] = Counter()
        for page in self.client.get_paginator("scan").paginate(TableName=self.table, ConsistentRead=True):
            for item in page["Items"]:
                if item.get("state") == {"S": HoldState.CLAIMED}:
                    units.update(parts_of(item))
        return units

    def level(self, variant: str) -> StockLevel:
        """Its numbers."""
        return self.stock.levels("acme", [variant])[variant]


@pytest.fixture
def shops(emulator: str, request: pytest.FixtureRequest) -> Iterator[list[Shop]]:
    """One for each shopper, on a table of their own."""
    config = Config(retries={"mode": "standard", "total_max_attempts": 3})
    clients = [
        new_client(endpoint_url=emulator, aws_access_key_id="test", aws_secret_access_key="test", config=config)
        for _ in range(SHOPPERS)
    ]
    table = create_table(clients[0], "StockTable", f"stock-{abs(hash(request.node.nodeid))}")
    yield [Shop(client, table) for client in clients]
    assert_counters_add_up(clients[0], table)
    clients[0].delete_table(TableName=table)


@proves(Guarantee.SOLD_ONCE)
def test_the_last_unit_is_sold_once(shops: list[Shop], proof: Proof) -> None:
    rounds, sold = proof.rounds(60, 500), 0

    def buys(shop: Shop, attempt: str, variant: str) -> bool:
        return shop.holds(attempt, **{variant: 1}) and shop.claims(attempt)

    for number in range(rounds):
        variant = f"v{number}"
        shops[0].stock.set_on_hand("acme", variant, 1)
        bought = at_once(
            partial(buys, shops[0], f"anna-{number}", variant), partial(buys, shops[1], f"ben-{number}", variant)
        )
        assert sorted(bought) == [False, True]
        sold += sum(bought)
    proof.saw(f"{rounds} last units, two shoppers at each", f"{sold} sold")


@proves(Guarantee.SOLD_ONCE)
@pytest.mark.parametrize("lines", [("mug",), ("mug", "pot")])
def test_ten_units_go_to_ten_of_many_shoppers(shops: list[Shop], lines: tuple[str, ...]) -> None:
    for number in range(10):
        parts = {f"{line}-{number}": 1 for line in lines}
        for variant in parts:
            shops[0].stock.set_on_hand("acme", variant, 10)
        got = at_once(*(partial(shop.holds, f"{number}-{n}", **parts) for n, shop in enumerate(shops)))
        assert sum(got) == 10
        for variant in parts:
            assert shops[0].level(variant) == StockLevel(on_hand=10, held=10, allocated=0, available=0)


@proves(Guarantee.SOLD_ONCE)
def test_carts_with_their_lines_in_opposite_order_do_not_stop_each_other(shops: list[Shop]) -> None:
    shops[0].stock.set_on_hand("acme", "mug", SHOPPERS)
    shops[0].stock.set_on_hand("acme", "pot", SHOPPERS)
    carts = [{"mug": 1, "pot": 1}, {"pot": 1, "mug": 1}]
    got = at_once(*(partial(shop.holds, f"a{n}", **carts[n % 2]) for n, shop in enumerate(shops)))
    assert all(got)


@proves(Guarantee.SOLD_ONCE)
def test_single_lines_and_whole_carts_compete_for_the_same_units(shops: list[Shop]) -> None:
    for number in range(10):
        mug, pot = f"mug-{number}", f"pot-{number}"
        for variant in (mug, pot):
            shops[0].stock.set_on_hand("acme", variant, 8)
        carts = [{mug: 1}, {pot: 1}, {mug: 1, pot: 1}]
        got = at_once(*(partial(shop.holds, f"{number}-{n}", **carts[n % 3]) for n, shop in enumerate(shops)))
        for variant in (mug, pot):
            held = sum(variant in carts[n % 3] for n, held in enumerate(got) if held)
            assert shops[0].level(variant) == StockLevel(8, held, 0, 8 - held)


@proves(Guarantee.SOLD_ONCE)
@pytest.mark.parametrize("lines", [1, 3])
def test_a_hold_is_sold_or_given_back_and_never_both(shops: list[Shop], proof: Proof, lines: int) -> None:
    outcomes = Counter[bool]()
    for number in range(proof.rounds(60, 150)):
        attempt, parts = f"a{number}", {f"v{number}-{line}": 1 for line in range(lines)}
        for variant in parts:
            shops[0].stock.set_on_hand("acme", variant, 1)
        assert shops[0].holds(attempt, **parts)
        sold, *released = at_once(
            partial(shops[0].claims, attempt),
            partial(shops[1].stock.release, "acme", attempt),
            partial(shops[2].stock.release, "acme", attempt),
        )
        assert released == [not sold, not sold]
        at_once(*(partial(shop.stock.settle, "acme", attempt) for shop in shops[:3]))
        expected = StockLevel(1, 0, 1, 0) if sold else StockLevel(1, 0, 0, 1)
        assert set(shops[0].stock.levels("acme", parts).values()) == {expected}
        outcomes[sold] += 1
    assert len(outcomes) == 2, "both sides must win now and then for this to prove anything"
    proof.saw(
        f"{outcomes.total()} holds of {lines} lines, sold by one and released by two at once",
        f"{outcomes[True]} sold and {outcomes[False]} given back, none both",
    )


@proves(Guarantee.SOLD_ONCE)
def test_expired_holds_are_free_at_once_and_only_once(shops: list[Shop], proof: Proof) -> None:
    for number in range(proof.rounds(3, 10)):
        variant = f"v{number}"
        shops[0].stock.set_on_hand("acme", variant, 5)
        for n in range(5):
            assert shops[0].holds(f"{number}-expired-{n}", **{variant: 1})
        got = at_once(
            *(partial(shop.holds, f"{number}-{n}", LATER, LATER + 600, **{variant: 1}) for n, shop in enumerate(shops)),
        )
        assert sum(got) == 5
        assert not any(shops[0].claims(f"{number}-expired-{n}") for n in range(5))


@proves(Guarantee.SOLD_ONCE)
def test_an_expired_hold_is_renewed_sold_or_taken_by_another_but_only_one_of_them(
    shops: list[Shop], proof: Proof
) -> None:
    for number in range(proof.rounds(30, 100)):
        attempt, variant = f"a{number}", f"v{number}"
        shops[0].stock.set_on_hand("acme", variant, 1)
        assert shops[0].holds(attempt, **{variant: 1})
        sold, taken = at_once(
            partial(shops[0].claims, attempt, LATER - 1),
            partial(shops[1].holds, f"other-{number}", LATER, LATER + 600, **{variant: 1}),
        )
        assert sold != taken


@proves(Guarantee.SOLD_ONCE)
def test_two_orders_of_500_lines_share_what_there_is(shops: list[Shop]) -> None:
    variants = [f"v{n:03}" for n in range(500)]
    for variant in variants:
        shops[0].stock.set_on_hand("acme", variant, 3)
    forth, back = dict.fromkeys(variants, 2), dict.fromkeys(reversed(variants), 2)
    got = at_once(partial(shops[0].holds, "anna", **forth), partial(shops[1].holds, "ben", **back))
    assert sorted(got) == [False, True]
    for attempt, has_it in zip(("anna", "ben"), got, strict=True):
        if has_it:
            assert shops[0].claims(attempt)
        shops[0].stock.settle("acme", attempt)
    assert set(shops[0].stock.levels("acme", variants).values()) == {StockLevel(3, 0, 2, 1)}


@proves(Guarantee.SOLD_ONCE)
def test_stock_survives_a_busy_day_on_which_functions_are_killed(shops: list[Shop], proof: Proof) -> None:
    """Shoppers hold, pay, give up and are killed anywhere, while streams settle, sweeps run and goods arrive."""
    variants, visits = ["mug", "pot", "tray"], proof.rounds(15, 60)
    for variant in variants:
        shops[0].stock.set_on_hand("acme", variant, 20)
    over = Event()
    broken: list[AssertionError] = []

    def watch() -> None:
        while not over.is_set():
            try:
                assert_counters_add_up(shops[-1].client, shops[-1].table)
                levels = shops[-1].stock.levels("acme", variants)
                assert all(level.available >= 0 for level in levels.values()), levels
            except AssertionError as error:
                broken.append(error)
                return

    def shop_all_day(shop: Shop, number: int) -> None:
        chance = random.Random(number)  # noqa: S311  # a repeatable day
        for visit in range(visits):
            attempt = f"{number:02}-{visit:02}"
            parts = {variant: chance.randint(1, 3) for variant in chance.sample(variants, chance.randint(1, 3))}
            # Some visits begin when the holds of the others have run out.
            now = chance.choice([NOON, NOON, LATER])
            with (
                suppress(Killed, HoldLost, Busy),
                killed_at(shop.client, chance.randint(0, 12), after=chance.random() < 0.5),
            ):
                if not shop.holds(attempt, now, now + 600, **parts):
                    continue
                if chance.random() < 0.3:
                    shop.claims(attempt, now)
                elif chance.random() < 0.7:
                    shop.stock.release("acme", attempt)
                if chance.random() < 0.7:
                    shop.stock.settle("acme", attempt)
                if chance.random() < 0.2:
                    shop.stock.sweep(now, 20)
                if chance.random() < 0.1:
                    shop.stock.adjust("acme", chance.choice(variants), 1)

    watcher = Thread(target=watch)
    watcher.start()
    try:
        at_once(*(partial(shop_all_day, shop, n) for n, shop in enumerate(shops[:12])))
    finally:
        over.set()
        watcher.join()
    assert not broken, broken
    while shops[0].stock.sweep(LATER + 601, 400):
        pass
    sold = shops[0].sold()
    assert sold
    for variant, level in shops[0].stock.levels("acme", variants).items():
        assert (level.held, level.allocated) == (0, sold[variant])
        assert level.available >= 0
