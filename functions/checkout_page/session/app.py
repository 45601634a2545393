"""Begins a checkout for whoever opens its page, or goes on with theirs. Anybody may: what is told is the order's alone.

Wire format: our own, with the members of Bold's Initialize Order, whose routes the page goes on with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bold.sessions import session_of
from checkout_page.errors import PAGE
from checkout_page.shops import shop_of
from till.application.editing import found
from till.application.idempotency import Answer
from till.domain.errors import Unauthenticated
from till.domain.order import Order
from till.domain.shop import Shop
from till.runtime import beginnings, wiring
from till.runtime.app import App, Kind, Request
from till.runtime.settings import environment

if TYPE_CHECKING:
    from till.domain.buyer import Said

wiring.at_init(wiring.orders)


def anybody(request: Request) -> str:
    """Whose idempotency keys are theirs alone."""
    return request.address


app = App(PAGE, anybody, shop_of)
handler = app.handle


@app.route("POST", "/checkout/{cart_id}/session", Kind.TOKEN, "Begin Session", takes="SessionBody")
def begin_session(request: Request) -> Answer:
    from checkout_page.session.models import SessionBody
    from till.runtime.validation import parse

    body = parse(SessionBody, request.body)
    shop, cart_id = wiring.catalog().shop(shop_of(request)), request.path["cart_id"]
    said = _told_before(shop, body.auth_token or "", request.now)
    prefill = "done" if said else "ignored" if body.auth_token else "none"
    order, replayed = beginnings.sessions().begun(shop.identifier, cart_id, body.public_order_id or ""), False
    if order is None:
        # Whoever goes on with an order is not counted; nor are carts, or anybody could close a printed code for others.
        wiring.limits().spend(shop, "sessions_per_address", request.asker.place)
        order, replayed = beginnings.sessions().begin(shop, cart_id, request.claim, said)
    elif said:
        order, prefill = _prefilled(shop, order, said)
    session = {"shop_identifier": shop.identifier, "prefill": prefill} | session_of(order, shop, request)
    return Answer(200, {"data": session}, replayed=replayed)


def _told_before(shop: Shop, token: str, now: int) -> Said | None:
    """What the shop told of the customer who brings the token; nothing for one that is not good, or not any more."""
    if not token:
        return None
    from till.runtime import customer_token

    try:
        session_id = customer_token.session_id(environment().jwt_secret, token, shop.identifier, now)
    except Unauthenticated:
        return None
    session = beginnings.customer_sessions().get(shop.identifier, session_id)
    return session.said if session else None


def _prefilled(shop: Shop, order: Order, said: Said) -> tuple[Order, str]:
    """An order of which its shopper has said anything is left as it is."""
    basket, sessions = order.basket, beginnings.sessions()
    if order.is_submitted or basket.customer or basket.shipping_address or order.unfinished_address:
        return order, "none"
    wiring.editor().change(
        shop.identifier, order.id, lambda current: sessions.prefilled(shop, current, said), lambda _: Answer(200, {})
    )
    return found(wiring.orders().get(shop.identifier, order.id)), "done"
