"""Gift cards: issued by the merchant, added to an order by their code, and looked at again before money moves.

A card that cannot be used is refused in one sentence and after the same work, whatever the reason: nothing is to be
learned by trying codes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from till.application.idempotency import Claim
from till.application.ports import GiftCards, Stock
from till.domain.currency import currency
from till.domain.errors import Conflict, Invalid, NotFound, Problem
from till.domain.gift_card import GiftCard, Movement, MovementKind, digest, imported_code, last_characters, new_code
from till.domain.money import to_decimal
from till.domain.order import Order
from till.domain.payment import GIFT_CARD, Payment, part_of
from till.domain.shop import Shop

NO_LONGER_GOOD = Problem(
    "gift_card_invalid", "This gift card cannot be used any more. Remove it, or pay another way.", "payment"
)
_NOT_GOOD = "This gift card cannot be used."
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Issue:
    """A card to be issued: minor units, and a code of another system or none. 0 never expires; Unix seconds."""

    amount: int
    currency: str
    code: str | None = None
    expires_at: int = 0
    note: str = ""


def issue(
    gift_cards: GiftCards, shop: str, wanted: Issue, ids: tuple[str, str], randomness: bytes, now: int
) -> tuple[GiftCard, str]:
    """A new card and its code, which is not to be had again. `ids` are the card's and its first movement's; a card that
    has them was issued by the same request, which was lost: it gets this code besides, and no more money.

    Raises `Invalid`, and `Refused` where the code is another card's.
    """
    currency(wanted.currency)
    code = new_code(randomness) if wanted.code is None else imported_code(wanted.code)
    card_id, movement_id = ids
    card = GiftCard(
        card_id, shop, wanted.currency, last_characters(code), now, expires_at=wanted.expires_at, note=wanted.note
    )
    loaded = Movement(movement_id, MovementKind.LOADED, wanted.amount, now)
    gift_cards.add(card, digest(shop, code), loaded)
    return card, code


def get(gift_cards: GiftCards, shop: str, card_id: str) -> GiftCard:
    """Raises `NotFound`."""
    card = gift_cards.of(shop, [card_id]).get(card_id)
    if card is None:
        raise NotFound("There is no such gift card.", "gift_card_id")
    return card


def change(gift_cards: GiftCards, shop: str, card_id: str, edit: Callable[[GiftCard], GiftCard]) -> GiftCard:
    """Apply a change to the card as it is now. Raises `NotFound`, `Conflict`."""
    for tries_left in reversed(range(_TRIES)):
        before = get(gift_cards, shop, card_id)
        after = edit(before)
        try:
            return before if after == before else gift_cards.save(after)
        except Conflict:
            if not tries_left:
                raise
    raise AssertionError("unreachable")


def adjust(gift_cards: GiftCards, card: GiftCard, by: int, note: str, new_id: str, claim: Claim | None) -> None:
    """Load more, or take off: once for a claim, however often its request comes.

    Raises `Invalid` without a claim, and `Refused` where the balance would fall below zero.
    """
    if claim is None:
        raise Invalid("Money moves under an Idempotency-Key: send one.", "Idempotency-Key")
    kind = MovementKind.LOADED if by > 0 else MovementKind.TAKEN_OFF
    gift_cards.adjust(card, Movement(new_id, kind, by, claim.now, note=note), claim)


def no_longer_good(gift_cards: GiftCards, order: Order, shop: Shop, now: int) -> tuple[Problem, ...]:
    """Why some of the order's gift cards, as they are now, cannot be used any more."""
    payments = [payment for payment in order.payments if payment.is_gift_card]
    if not payments:
        return ()
    cards = gift_cards.of(order.shop, {payment.token for payment in payments})
    taken = {gateway.id for gateway in shop.gateways if gateway.is_gift_card}
    good = {card.id for card in cards.values() if card.is_good(order.basket.currency, now)}
    lost = [payment for payment in payments if payment.token not in good or payment.gateway_id not in taken]
    return (NO_LONGER_GOOD,) if lost else ()


@dataclass(frozen=True, slots=True)
class Paying:
    """Pays orders with gift cards. Nothing is taken off a card yet: that is the order workflow's."""

    gift_cards: GiftCards
    stock: Stock
    now: Callable[[], int]
    new_id: Callable[[], str]

    def add(self, order: Order, gateway_id: str, code: str, amount: int | None) -> tuple[Order, Payment, int]:
        """The order with the card's payment, and the card's balance: by default all of it that the order needs.

        The same card again is the same payment. Raises `Invalid`.
        """
        card = self.gift_cards.by_digest(order.shop, digest(order.shop, code))
        balance = self._balance(order, card.id if card else "")
        if card is None or balance <= 0 or not card.is_good(order.basket.currency, self.now()):
            raise Invalid(_NOT_GOOD, "token")
        same = next((old for old in order.payments if old.is_gift_card and old.token == card.id), None)
        others = order.without_payment(same) if same else order
        wanted = min(balance, others.balance) if amount is None else amount
        if wanted <= 0:
            raise Invalid("Nothing is left to pay on this order.", "amount")
        payment = Payment(
            id=same.id if same else self.new_id(),
            gateway_id=gateway_id,
            token=card.id,
            amount=_at_most(balance, wanted, card.currency),
            currency=card.currency,
            type=GIFT_CARD,
            display_string=card.last_characters,
        )
        return order.with_payment(payment), payment, balance

    def set_amount(self, order: Order, payment: Payment, amount: int) -> Order:
        """The order with another amount of a card's payment. Raises `Invalid` above the balance."""
        balance = self._balance(order, payment.token)
        changed = replace(payment, amount=_at_most(balance, amount, payment.currency))
        return order.with_payment(changed)

    def _balance(self, order: Order, card_id: str) -> int:
        """What this order could spend; what its own attempt holds is there for it. A card of no id takes as long."""
        return self.stock.free_for(order.shop, part_of(card_id), order.attempt_id, self.now())


def _at_most(balance: int, amount: int, currency: str) -> int:
    if amount > balance:
        raise Invalid(f"There is only {to_decimal(balance, currency)} {currency} left on this gift card.", "amount")
    return amount
