"""A shop that takes gift cards, and the cards that it issues."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any

from tests.builders import a_shop
from tests.integration.api import Api, Reply
from tests.integration.deployment import ROOT_TOKEN, Deployment
from till.application.gift_cards import Issue, issue
from till.domain.gift_card import CODE_BYTES, GiftCard, Movement, MovementKind, grouped
from till.domain.shop import Gateway
from till.domain.stock import StockLevel
from till.runtime import wiring

GATEWAY = Gateway("gift-cards", "gift_card", "Gift card", is_test=False)


@dataclass(frozen=True)
class Issued:
    """A card and its code, as it stands on the paper."""

    card: GiftCard
    code: str

    def payment(self, **members: Any) -> dict[str, Any]:
        """What a storefront sends to pay with it."""
        return {"gateway_public_id": GATEWAY.id, "type": "gift_card", "token": self.code, **members}

    def sent(self, amount: int) -> dict[str, Any]:
        """What a storefront sends to change the payment: its token is the card's id by then."""
        return {"gateway_public_id": GATEWAY.id, "token": self.card.id, "amount": amount}


def take_gift_cards(till: Deployment) -> None:
    till.change_shop(gateways=(*a_shop().gateways, GATEWAY))
    wiring.catalog.cache_clear()


def a_gift_card(till: Deployment, amount: int, shop: str = "acme", **wanted: Any) -> Issued:
    """A card with so many cents on it."""
    ids = (wiring.new_id(), wiring.new_id())
    order = Issue(amount, **{"currency": "CAD"} | wanted)
    card, code = issue(wiring.gift_cards(), shop, order, ids, os.urandom(CODE_BYTES), till.clock.seconds())
    return Issued(card, grouped(code))


def disable(card: GiftCard) -> None:
    now = wiring.gift_cards().of(card.shop, [card.id])[card.id]
    wiring.gift_cards().save(replace(now, disabled=True))


def worth(till: Deployment, card: GiftCard) -> StockLevel:
    """The card's numbers once the streams have been delivered. They and its ledger say the same."""
    till.deliver_streams()
    level = wiring.stock().levels(card.shop, [card.part])[card.part]
    moved = movements(card)
    assert level.available == level.on_hand - level.held - level.allocated >= 0
    by_orders = (MovementKind.SPENT, MovementKind.REFUNDED)
    assert level.on_hand == sum(one.amount for one in moved if one.kind not in by_orders)
    assert level.allocated == -sum(one.amount for one in moved if one.kind in by_orders)
    return level


def movements(card: GiftCard) -> tuple[Movement, ...]:
    return wiring.gift_cards().movements(card.shop, card.id, 100, "").data


def merchant(path: str) -> Reply:
    """What the merchant reads."""
    from merchant.gift_cards.app import app as gift_cards_app
    from merchant.orders.app import app as orders_app

    api = Api([gift_cards_app, orders_app])
    return api.call("GET", f"/merchant/shops/acme{path}", headers={"Authorization": f"Bearer {ROOT_TOKEN}"})
