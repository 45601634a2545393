"""Gift cards in DynamoDB. Threads are for tests/stress: moto oversells under them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from moto import mock_aws

from tests.builders import NOON, a_payment, an_order
from tests.contract.tables import create_table, new_client
from till.adapters.dynamodb.gift_cards import DynamoDBGiftCards, spent_actions
from till.adapters.dynamodb.stock import DynamoDBStock
from till.application.idempotency import KEPT_SECONDS, Claim
from till.domain.errors import Conflict, Refused
from till.domain.gift_card import GiftCard, Movement, MovementKind
from till.domain.money import LARGEST_AMOUNT
from till.domain.stock import Hold, HoldState, StockLevel

CARD = GiftCard("01JXG1FT000000000000000000", "acme", "CAD", "7QXM", NOON)
LOADED = Movement("01JXMOVE000000000000000001", MovementKind.LOADED, 5000, NOON)


class Ledger:
    """The adapter, what it counts the requests with, and the stock that it shares a table with."""

    def __init__(self) -> None:
        self.client = new_client()
        table = create_table(self.client, "StockTable", "stock")
        self.gift_cards = DynamoDBGiftCards(self.client, table)
        self.stock = DynamoDBStock(self.client, table)
        self.calls: list[str] = []
        self.client.meta.events.register("before-call.dynamodb", lambda model, **_: self.calls.append(model.name))

    def level(self, card: GiftCard = CARD) -> StockLevel:
        return self.stock.levels("acme", [card.part])[card.part]

    def adjust(self, by: int, key: str = "key-1", now: int = NOON) -> None:
        movement = Movement(f"01JXMOVE{key}{by}{now}", MovementKind.LOADED, by, now)
        self.gift_cards.adjust(CARD, movement, Claim(key, "acme", "", now))

    def moved(self) -> list[int]:
        return [one.amount for one in self.gift_cards.movements("acme", CARD.id, 100, "").data]


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with mock_aws():
        ledger = Ledger()
        ledger.gift_cards.add(CARD, "digest-of-a-code", LOADED)
        yield ledger


def test_a_card_is_found_by_its_id_and_by_its_code_in_its_shop_only(ledger: Ledger) -> None:
    stored = replace(CARD, version=1)
    assert ledger.gift_cards.of("acme", [CARD.id, "unknown"]) == {CARD.id: stored}
    assert ledger.gift_cards.by_digest("acme", "digest-of-a-code") == stored
    assert ledger.gift_cards.by_digest("other", "digest-of-a-code") is None
    assert ledger.gift_cards.by_digest("acme", "another-digest") is None
    assert ledger.level() == StockLevel(on_hand=5000, held=0, allocated=0, available=5000)


def test_a_wrong_code_is_looked_for_as_long_as_a_right_one(ledger: Ledger) -> None:
    found = []
    for digest in ("digest-of-a-code", "another-digest"):
        ledger.calls.clear()
        ledger.gift_cards.by_digest("acme", digest)
        found.append(list(ledger.calls))
    assert found == [["GetItem", "BatchGetItem"]] * 2


def test_two_cards_never_have_one_code(ledger: Ledger) -> None:
    other = replace(CARD, id="01JXG1FT000000000000000001")
    with pytest.raises(Refused):
        ledger.gift_cards.add(other, "digest-of-a-code", LOADED)
    assert ledger.gift_cards.of("acme", [other.id]) == {}
    assert ledger.level(other) == StockLevel(0, 0, 0, 0)


def test_a_card_whose_issue_broke_off_after_its_write_is_issued_when_asked_for_again_and_loaded_once(
    ledger: Ledger,
) -> None:
    ledger.gift_cards.add(CARD, "digest-of-a-code", LOADED)
    assert ledger.gift_cards.by_digest("acme", "digest-of-a-code") == replace(CARD, version=1)
    assert (ledger.level().on_hand, ledger.moved()) == (5000, [5000])
    other = replace(CARD, id="01JXG1FT000000000000000001")
    ledger.gift_cards.add(other, "digest-of-another", LOADED)
    with pytest.raises(Refused):
        ledger.gift_cards.add(CARD, "digest-of-another", LOADED)


def test_cards_are_listed_in_pages_oldest_first(ledger: Ledger) -> None:
    for n in (2, 1):
        ledger.gift_cards.add(replace(CARD, id=f"01JXG1FT00000000000000000{n}"), f"digest-{n}", LOADED)
    first = ledger.gift_cards.list("acme", 2, "")
    rest = ledger.gift_cards.list("acme", 2, first.next_cursor)
    assert [card.id[-1] for card in (*first.data, *rest.data)] == ["0", "1", "2"]
    assert rest.next_cursor == ""


def test_a_change_made_to_an_old_card_is_refused(ledger: Ledger) -> None:
    card = ledger.gift_cards.of("acme", [CARD.id])[CARD.id]
    assert ledger.gift_cards.save(replace(card, disabled=True)).version == 2
    with pytest.raises(Conflict):
        ledger.gift_cards.save(replace(card, note="late"))
    assert ledger.gift_cards.of("acme", [CARD.id])[CARD.id].disabled


def test_money_moves_once_for_a_key(ledger: Ledger) -> None:
    for _ in range(2):
        ledger.adjust(1000)
    ledger.adjust(-2500, "key-2")
    assert ledger.level() == StockLevel(on_hand=3500, held=0, allocated=0, available=3500)
    assert sorted(ledger.moved()) == [-2500, 1000, 5000]


def test_a_key_of_yesterday_moves_money_again(ledger: Ledger) -> None:
    ledger.adjust(1000)
    ledger.adjust(1000, now=NOON + KEPT_SECONDS)
    assert ledger.level().on_hand == 7000


def test_no_more_is_taken_off_than_is_there_and_what_is_held_is_not(ledger: Ledger) -> None:
    ledger.stock.hold(Hold("anna", "acme", HoldState.ACTIVE, NOON + 600, {CARD.part: 3000}), NOON)
    with pytest.raises(Refused, match=r"^20\.00 CAD are left"):
        ledger.adjust(-2001)
    assert ledger.moved() == [5000]
    ledger.adjust(-2000)
    assert ledger.level() == StockLevel(on_hand=3000, held=3000, allocated=0, available=0)


def test_a_card_holds_no_more_than_an_amount_can_be(ledger: Ledger) -> None:
    with pytest.raises(Refused):
        ledger.adjust(LARGEST_AMOUNT - 4999)


def test_what_an_order_spent_is_in_the_ledger_with_its_number(ledger: Ledger) -> None:
    gift = a_payment(type="gift_card", token=CARD.id, amount=4000)
    order = an_order(attempt_id="01JXATTEMPT000000000000000", number=7, placed_at=NOON, payments=(gift, a_payment()))
    ledger.client.transact_write_items(TransactItems=spent_actions("stock", order))
    (spent,) = [one for one in ledger.gift_cards.movements("acme", CARD.id, 100, "").data if one.order_id]
    assert (spent.kind, spent.amount, spent.number, spent.at) == (MovementKind.SPENT, -4000, 7, NOON)
