"""Gift cards as the merchant reads them: never their codes. Amounts are decimal strings, times Unix seconds."""

from __future__ import annotations

from merchant.wire import Json
from till.domain.gift_card import GiftCard, Movement
from till.domain.money import to_decimal
from till.domain.stock import StockLevel


def gift_card(card: GiftCard, worth: StockLevel) -> Json:
    """A gift card. `balance` = `loaded` - `held` (by checkouts under way) - `spent`."""
    return {
        "id": card.id,
        "last_characters": card.last_characters,
        "currency": card.currency,
        "loaded": to_decimal(worth.on_hand, card.currency),
        "held": to_decimal(worth.held, card.currency),
        "spent": to_decimal(worth.allocated, card.currency),
        "balance": to_decimal(worth.available, card.currency),
        "expires_at": card.expires_at or None,
        "disabled": card.disabled,
        "note": card.note,
        "created_at": card.created_at,
    }


def movement(moved: Movement, currency: str) -> Json:
    """One line of a ledger; `amount` is what it did to the balance."""
    return {
        "kind": moved.kind,
        "amount": to_decimal(moved.amount, currency),
        "at": moved.at,
        "order_id": moved.order_id or None,
        "number": moved.number or None,
        "note": moved.note,
    }
