"""Gift cards as a merchant issues them and a shopper pays with them, over the real ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from moto import mock_aws

from tests.builders import NOON, a_payment, a_shop, an_order
from tests.contract.tables import create_table, new_client
from till.adapters.dynamodb.gift_cards import DynamoDBGiftCards
from till.adapters.dynamodb.stock import DynamoDBStock
from till.application import gift_cards
from till.application.gift_cards import NO_LONGER_GOOD, Issue, Paying
from till.application.idempotency import Claim
from till.domain.errors import Conflict, Invalid, NotFound, Problem, Refused
from till.domain.gift_card import CODE_BYTES, GiftCard, Movement, MovementKind
from till.domain.order import Order
from till.domain.payment import GIFT_CARD, Payment
from till.domain.shop import Gateway, Shop
from till.domain.stock import Hold, HoldState

CODE = "SUMMER-2025-ABCD"
FIFTY = Issue(5000, "CAD", CODE)
IDS = ("01JXG1FT000000000000000000", "01JXMOVE000000000000000001")
ATTEMPT = "01JXATTEMPT000000000000000"
SHOP = a_shop(gateways=(Gateway("gift", GIFT_CARD, "Gift card", is_test=False),))
CLAIM = Claim("key-1", "acme", "", NOON)


class Cards:
    """One card of 50.00 CAD with a known code, and an order over 262.00 that can be paid with it."""

    def __init__(self) -> None:
        client = new_client()
        table = create_table(client, "StockTable", "stock")
        self.port = DynamoDBGiftCards(client, table)
        self.stock = DynamoDBStock(client, table)
        self.card, _ = gift_cards.issue(self.port, "acme", FIFTY, IDS, b"", NOON)
        self.paying = Paying(self.port, self.stock, lambda: NOON, lambda: "new-payment")

    def add(self, order: Order, amount: int | None = None, code: str = CODE) -> tuple[Order, Payment, int]:
        return self.paying.add(order, "gift", code, amount)

    def change(self, edit: Callable[[GiftCard], GiftCard]) -> GiftCard:
        return gift_cards.change(self.port, "acme", self.card.id, edit)

    def no_longer_good(self, order: Order, shop: Shop = SHOP, now: int = NOON) -> tuple[Problem, ...]:
        return gift_cards.no_longer_good(self.port, order, shop, now)

    def moved(self) -> list[Movement]:
        return list(self.port.movements("acme", self.card.id, 100, "").data)

    def hold(self, attempt: str, amount: int, until: int = NOON + 60) -> None:
        self.stock.hold(Hold(attempt, "acme", HoldState.ACTIVE, until, {self.card.part: amount}), NOON)


@pytest.fixture
def cards() -> Iterator[Cards]:
    with mock_aws():
        yield Cards()


def unpaid(**changes: Any) -> Order:
    return an_order(payments=(), **changes)


def said(call: Callable[[], object]) -> tuple[str, str]:
    """Why it is not done, and which field that is about."""
    with pytest.raises(Invalid) as invalid:
        call()
    return str(invalid.value), invalid.value.problems[0].field


# The merchant


def test_a_card_is_issued_with_its_money_and_the_end_of_its_code(cards: Cards) -> None:
    wanted = Issue(2500, "USD", expires_at=NOON + 60, note="for Anna")
    card, code = gift_cards.issue(cards.port, "acme", wanted, ("card-2", "move-2"), bytes(range(CODE_BYTES)), NOON)
    assert card == GiftCard("card-2", "acme", "USD", code[-4:], NOON, NOON + 60, note="for Anna")
    assert gift_cards.get(cards.port, "acme", "card-2") == replace(card, version=1)
    loaded = cards.port.movements("acme", "card-2", 10, "").data
    assert loaded == (Movement("move-2", MovementKind.LOADED, 2500, NOON),)


def test_a_code_of_another_system_is_kept_and_is_one_cards_only(cards: Cards) -> None:
    assert cards.card.last_characters == "ABCD"
    with pytest.raises(Refused):
        gift_cards.issue(cards.port, "acme", FIFTY, ("card-2", "move-2"), b"", NOON)


def test_a_card_has_money_of_a_real_currency(cards: Cards) -> None:
    wanted = replace(FIFTY, currency="XXX", code="WINTER-2025-ABCD")
    with pytest.raises(Invalid):
        gift_cards.issue(cards.port, "acme", wanted, ("card-2", "move-2"), b"", NOON)


def test_a_card_of_another_shop_is_not_there(cards: Cards) -> None:
    for shop, card_id in (("other", cards.card.id), ("acme", "unknown")):
        with pytest.raises(NotFound, match=r"^There is no such gift card\.$") as missing:
            gift_cards.get(cards.port, shop, card_id)
        assert missing.value.problems[0].field == "gift_card_id"


def test_a_card_is_changed_as_it_is_now(cards: Cards) -> None:
    def edit(card: GiftCard) -> GiftCard:
        if not card.note:  # somebody else was first
            cards.port.save(replace(card, note="for Anna"))
        return replace(card, disabled=True)

    changed = cards.change(edit)
    assert (changed.note, changed.disabled, changed.version) == ("for Anna", True, 3)
    assert cards.change(lambda card: card) == changed


def test_a_card_that_others_keep_changing_is_given_up_after_three_tries(cards: Cards) -> None:
    tried: list[GiftCard] = []

    def edit(card: GiftCard) -> GiftCard:
        tried.append(cards.port.save(replace(card, note=f"change {len(tried)}")))
        return replace(card, disabled=True)

    with pytest.raises(Conflict):
        cards.change(edit)
    assert len(tried) == 3


def test_money_is_loaded_and_taken_off_once_for_a_key(cards: Cards) -> None:
    for number, by in enumerate((1, -2000)):
        for _ in range(2):
            claim = replace(CLAIM, id=f"key-{number}")
            gift_cards.adjust(cards.port, cards.card, by, "a note", f"01JXMOVE00000000000000001{number}", claim)
    assert cards.moved()[1:] == [
        Movement("01JXMOVE000000000000000010", MovementKind.LOADED, 1, NOON, note="a note"),
        Movement("01JXMOVE000000000000000011", MovementKind.TAKEN_OFF, -2000, NOON, note="a note"),
    ]


def test_money_does_not_move_without_a_key(cards: Cards) -> None:
    why = said(lambda: gift_cards.adjust(cards.port, cards.card, 1000, "", "move-2", None))
    assert why == ("Money moves under an Idempotency-Key: send one.", "Idempotency-Key")
    assert len(cards.moved()) == 1


# The shopper


def test_a_card_pays_as_much_of_an_order_as_it_can(cards: Cards) -> None:
    order, payment, balance = cards.add(unpaid())
    expected = Payment("new-payment", "gift", cards.card.id, 5000, "CAD", GIFT_CARD, "ABCD")
    assert (order.payments, payment, balance) == ((expected,), expected, 5000)


def test_a_card_pays_no_more_than_the_order_needs(cards: Cards) -> None:
    order, payment, _ = cards.add(an_order(payments=(a_payment(amount=26_199),)))
    assert (payment.amount, order.balance) == (1, 0)
    why = said(lambda: cards.add(an_order()))
    assert why == ("Nothing is left to pay on this order.", "amount")


def test_the_same_card_again_is_the_same_payment(cards: Cards) -> None:
    card = a_payment(amount=22_200)
    order, _, _ = cards.add(an_order(payments=(card,)))
    again, payment, _ = cards.add(order)
    assert (len(again.payments), payment.amount) == (2, 4000)
    changed, payment, _ = cards.add(replace(order, payments=(card, replace(order.payments[1], id="old"))), 100)
    assert changed.payments == (card, replace(payment, id="old", amount=100))


def test_another_way_to_pay_with_the_same_token_is_no_gift_card(cards: Cards) -> None:
    stranger = a_payment(id="stranger", token=cards.card.id, amount=22_200)
    order, payment, _ = cards.add(an_order(payments=(stranger,)))
    assert (order.payments[0], payment.id, payment.amount) == (stranger, "new-payment", 4000)


def test_a_shopper_chooses_what_to_spend_up_to_the_balance(cards: Cards) -> None:
    assert cards.add(unpaid(), 5000)[1].amount == 5000
    order, payment, _ = cards.add(unpaid(), 1)
    assert payment.amount == 1
    changed = cards.paying.set_amount(order, payment, 5000)
    assert changed.payments == (replace(payment, amount=5000),)
    too_much = ("There is only 50.00 CAD left on this gift card.", "amount")
    assert said(lambda: cards.add(unpaid(), 5001)) == too_much
    assert said(lambda: cards.paying.set_amount(order, payment, 5001)) == too_much
    assert said(lambda: cards.add(unpaid(), 0)) == ("Nothing is left to pay on this order.", "amount")


def test_what_other_checkouts_hold_cannot_be_spent_and_what_this_one_holds_can(cards: Cards) -> None:
    cards.hold("01JXATTEMPT000000000000001", 2000)
    assert cards.add(unpaid(attempt_id=ATTEMPT))[2] == 3000
    cards.hold(ATTEMPT, 3000)
    assert cards.add(unpaid(attempt_id=ATTEMPT))[2] == 3000
    assert said(lambda: cards.add(unpaid())) == ("This gift card cannot be used.", "token")


def test_a_hold_that_has_expired_keeps_nothing(cards: Cards) -> None:
    cards.hold("01JXATTEMPT000000000000001", 5000, until=NOON + 60)
    later = replace(cards.paying, now=lambda: NOON + 60)
    assert later.add(unpaid(), "gift", CODE, None)[2] == 5000


def test_every_card_that_cannot_be_used_is_refused_in_the_same_words(cards: Cards) -> None:
    refused = [said(lambda: cards.add(unpaid(), code="NOBODY-2025-ABCD"))]
    cards.change(lambda card: replace(card, disabled=True))
    refused.append(said(lambda: cards.add(unpaid())))
    cards.change(lambda card: replace(card, disabled=False, expires_at=NOON))
    refused.append(said(lambda: cards.add(unpaid())))
    assert refused == [("This gift card cannot be used.", "token")] * 3


def test_the_last_cent_of_a_card_can_be_spent(cards: Cards) -> None:
    gift_cards.adjust(cards.port, cards.card, -4999, "", "01JXMOVE000000000000000009", CLAIM)
    assert cards.add(unpaid())[1].amount == 1


# Before money moves


def test_a_card_is_looked_at_again_before_money_moves(cards: Cards) -> None:
    order, _, _ = cards.add(unpaid())
    assert cards.no_longer_good(order) == ()
    assert cards.no_longer_good(an_order()) == ()
    cards.change(lambda card: replace(card, expires_at=NOON + 60))
    assert cards.no_longer_good(order, now=NOON + 59) == ()
    assert cards.no_longer_good(order, now=NOON + 60) == (NO_LONGER_GOOD,)
    assert NO_LONGER_GOOD.field == "payment"


def test_a_card_is_not_good_where_the_shop_takes_no_gift_cards_that_way_any_more(cards: Cards) -> None:
    order, payment, _ = cards.add(unpaid())
    assert cards.no_longer_good(order, a_shop()) == (NO_LONGER_GOOD,)
    another_way = a_shop(
        gateways=(
            Gateway("gift-2", GIFT_CARD, "Gift card", is_test=False),
            Gateway("gift", "sandbox", "Card", is_test=True),
        )
    )
    assert cards.no_longer_good(order, another_way) == (NO_LONGER_GOOD,)
    with_a_lost_one = order.with_payment(replace(payment, id="lost", token="gone"))
    assert cards.no_longer_good(with_a_lost_one) == (NO_LONGER_GOOD,)
