"""Gift cards under threads, on an emulator with exact conditions: one balance is spent once, and the ledger says so."""

from __future__ import annotations

import random
from contextlib import suppress
from functools import partial

from tests.builders import NOON, a_payment, an_order
from tests.proof import Guarantee, Proof, proves
from tests.stress.test_stock_races import Shop, shops
from tests.stress.threads import at_once
from till.adapters.dynamodb.gift_cards import DynamoDBGiftCards, spent_actions
from till.adapters.dynamodb.hold_headers import claim_action
from till.application.idempotency import Claim
from till.domain.errors import Busy, HoldLost, Refused
from till.domain.gift_card import GiftCard, Movement, MovementKind
from till.domain.stock import StockLevel

__all__ = ["shops"]  # the fixture


def issued(shop: Shop, number: int, amount: int) -> GiftCard:
    card = GiftCard(f"{number:026}", "acme", "CAD", "7QXM", NOON)
    DynamoDBGiftCards(shop.client, shop.table).add(
        card, f"digest-{number}", Movement("0", MovementKind.LOADED, amount, NOON)
    )
    return card


def spends(shop: Shop, attempt: str, card: GiftCard, amount: int) -> int:
    """What the shopper paid with the card, with the hold and the ledger as the order's commit writes them."""
    if not shop.holds(attempt, **{card.part: amount}):
        return 0
    payment = a_payment(type="gift_card", token=card.id, amount=amount)
    order = an_order(attempt_id=attempt, number=1, placed_at=NOON, payments=(payment,))
    actions = [claim_action(shop.table, "acme", attempt, NOON), *spent_actions(shop.table, order)]
    try:
        shop.client.transact_write_items(TransactItems=actions)
    except shop.client.exceptions.TransactionCanceledException:
        return 0
    shop.stock.settle("acme", attempt)
    return amount


def moves(shop: Shop, key: str, card: GiftCard, by: int) -> int:
    movement = Movement(key, MovementKind.LOADED if by > 0 else MovementKind.TAKEN_OFF, by, NOON)
    with suppress(Refused, Busy):
        DynamoDBGiftCards(shop.client, shop.table).adjust(card, movement, Claim(key, "acme", "", NOON))
        return by
    return 0


def ledger(shop: Shop, card: GiftCard) -> list[int]:
    """What moved the card's money; it adds up to its balance."""
    moved = DynamoDBGiftCards(shop.client, shop.table).movements("acme", card.id, 100, "").data
    level = shop.level(card.part)
    assert level.held == 0
    assert level.available == sum(one.amount for one in moved) >= 0
    assert level.allocated == -sum(one.amount for one in moved if one.kind is MovementKind.SPENT)
    return sorted(one.amount for one in moved)


@proves(Guarantee.MONEY_IN_LEDGERS)
def test_one_balance_pays_for_one_of_many_shoppers(shops: list[Shop], proof: Proof) -> None:
    rounds, spent = proof.rounds(10, 250), 0
    for number in range(rounds):
        card = issued(shops[0], number, 1000)
        paid = at_once(*(partial(spends, shop, f"{number}-{n}", card, 1000) for n, shop in enumerate(shops)))
        assert sorted(paid)[-2:] == [0, 1000]
        spent += sum(paid)
        assert ledger(shops[0], card) == [-1000, 1000]
        assert shops[0].level(card.part) == StockLevel(on_hand=1000, held=0, allocated=1000, available=0)
    proof.saw(
        f"{rounds} gift cards of 10.00, {len(shops)} shoppers with 10.00 to pay at each: {rounds * len(shops)} tries",
        f"{spent / 100:.2f} spent; each ledger adds up to its balance",
    )


@proves(Guarantee.MONEY_IN_LEDGERS)
def test_shoppers_and_the_merchant_at_one_card_never_take_more_than_there_is(shops: list[Shop], proof: Proof) -> None:
    dice = random.Random(4)  # noqa: S311  # the same shoppers each time
    rounds, moved = proof.rounds(4, 100), 0
    for number in range(rounds):
        card = issued(shops[0], number, 5000)
        works = [
            partial(moves, shop, f"m-{number}-{n}", card, dice.choice([-900, 400]))
            if n % 3 == 0
            else partial(spends, shop, f"{number}-{n}", card, dice.randint(100, 1200))
            for n, shop in enumerate(shops)
        ]
        done = at_once(*works)
        assert ledger(shops[0], card) == sorted([5000, *(-one if n % 3 else one for n, one in enumerate(done) if one)])
        moved += sum(one != 0 for one in done)
    proof.saw(
        f"{rounds} gift cards, shoppers and the merchant at each at once: {rounds * len(shops)} tries",
        f"{moved} of them moved money; no balance below zero, each ledger adds up to its balance",
    )


def test_one_key_at_many_functions_moves_the_money_once(shops: list[Shop]) -> None:
    card = issued(shops[0], 1, 5000)
    at_once(*(partial(moves, shop, "once", card, -700) for shop in shops))
    assert ledger(shops[0], card) == [-700, 5000]


def test_one_payment_of_an_attempt_that_runs_twice_is_spent_once(shops: list[Shop]) -> None:
    for number in range(20):
        card = issued(shops[0], number, 1000)
        with suppress(HoldLost):
            at_once(*(partial(spends, shop, f"attempt-{number}", card, 1000) for shop in shops[:4]))
        assert ledger(shops[0], card) == [-1000, 1000]
