"""The shop's gift cards: issued, looked into, loaded, taken out of use."""

from __future__ import annotations

import os
from dataclasses import replace

from merchant.auth import authenticate
from merchant.gift_cards import rendering
from merchant.gift_cards.models import AdjustBody, GiftCardBody, IssueBody
from merchant.wire import MERCHANT, Json, listed, one, page_asked
from till.application import gift_cards
from till.application.idempotency import Answer
from till.domain.gift_card import CODE_BYTES, GiftCard, grouped
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import App, Kind, Request
from till.runtime.validation import parse

GIFT_CARDS = "/merchant/shops/{shop}/gift_cards"
GIFT_CARD = f"{GIFT_CARDS}/{{gift_card_id}}"

app = App(MERCHANT, authenticate)
handler = app.handle


@app.route("POST", GIFT_CARDS, Kind.CALL, "Issue Gift Card")
def issue_gift_card(request: Request) -> Answer:
    shop = _shop(request)
    wanted = parse(IssueBody, request.body).wanted(shop.currency, request.now)
    ids = (request.new_id(), request.new_id())
    card, code = gift_cards.issue(
        wiring.gift_cards(), shop.identifier, wanted, ids, os.urandom(CODE_BYTES), request.began
    )
    data = _rendered(card)
    # As an API token's secret: whoever repeats the request learns only which card it made.
    return Answer(201, {"data": data | {"code": grouped(code)}}, stored={"data": data | {"code": None}})


@app.route("GET", GIFT_CARDS, Kind.READ, "List Gift Cards")
def list_gift_cards(request: Request) -> Answer:
    shop = _shop(request).identifier
    page = wiring.gift_cards().list(shop, *page_asked(request))
    worth = wiring.stock().levels(shop, [card.part for card in page.data])
    return listed(page, lambda card: rendering.gift_card(card, worth[card.part]))


@app.route("GET", GIFT_CARD, Kind.READ, "Get Gift Card")
def get_gift_card(request: Request) -> Answer:
    card = _card(request)
    page = wiring.gift_cards().movements(card.shop, card.id, *page_asked(request))
    movements = listed(page, lambda moved: rendering.movement(moved, card.currency)).body
    data = _rendered(card) | {"movements": movements["data"]}
    return Answer(200, {"data": data, "next_cursor": movements["next_cursor"]})


@app.route("PATCH", GIFT_CARD, Kind.CALL, "Update Gift Card")
def update_gift_card(request: Request) -> Answer:
    changes = parse(GiftCardBody, request.body).changes()
    shop, card_id = _shop(request).identifier, request.path["gift_card_id"]
    card = gift_cards.change(wiring.gift_cards(), shop, card_id, lambda card: replace(card, **changes))
    return one(_rendered(card))


@app.route("POST", f"{GIFT_CARD}/adjust", Kind.CALL, "Adjust Gift Card")
def adjust_gift_card(request: Request) -> Answer:
    body, card = parse(AdjustBody, request.body), _card(request)
    by = body.amount(card.currency)
    gift_cards.adjust(wiring.gift_cards(), card, by, body.note, wiring.new_id(), request.claim)
    return one(_rendered(card))


def _shop(request: Request) -> Shop:
    return wiring.catalog().shop(request.path["shop"])


def _card(request: Request) -> GiftCard:
    return gift_cards.get(wiring.gift_cards(), _shop(request).identifier, request.path["gift_card_id"])


def _rendered(card: GiftCard) -> Json:
    return rendering.gift_card(card, wiring.stock().levels(card.shop, [card.part])[card.part])
