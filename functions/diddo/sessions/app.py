"""Checkout sessions: a template becomes a live cart, which is an order that its shopper ships and pays.

Wire format: Diddo's documents name the routes, what they take and their statuses. The answers are ours, around the cart
that is confirmed. `also` are older names.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from diddo import wire
from diddo.storefront import checked_id, diddo, live_cart, shop_asked, stored_cart, unknown
from till.application.idempotency import Answer
from till.domain.errors import Invalid, NotFound, Refused, TillError
from till.domain.order import Order
from till.domain.shop import Shop
from till.runtime import beginnings, wiring
from till.runtime.app import Kind, Request
from till.runtime.location import checkout_url
from till.runtime.settings import environment

wiring.at_init(wiring.orders)

app = diddo()
handler = app.handle


@app.route("POST", "/checkout/begin/{cart_id}", Kind.CHANGE, "Begin Checkout")
def begin(request: Request) -> Answer:
    shop, cart_id = shop_asked(request), checked_id(request.path["cart_id"])
    try:
        order, replayed = beginnings.sessions().begin(shop, cart_id, request.claim)
    except NotFound:
        if live_cart(shop, cart_id):
            raise Refused("A checkout has begun with this cart already.", "cart_id", "already_submitted") from None
        raise unknown(shop, cart_id) from None
    return Answer(200, _session(order, shop, request), replayed=replayed)


@app.route(
    "POST",
    "/checkout/shipping",
    Kind.CHANGE,
    "Set Shipping Address",
    takes="ShippingBody",
    also=("/cart/customer",),
)
def set_shipping_address(request: Request) -> Answer:
    from diddo.sessions.models import BUYER, shipping, their_names

    named, said = shipping(request.body)
    shop = shop_asked(request)
    try:
        with their_names(BUYER):
            return beginnings.session_changes().tell(shop, named, said, lambda order: _cart(order, shop), request.claim)
    except NotFound:
        raise _not_begun(shop, named.cart_id) from None


@app.route(
    "POST",
    "/checkout/shipping/method",
    Kind.CHANGE,
    "Set Shipping Method",
    takes="MethodBody",
    also=("/cart/shipping/method", "/cart/shipping-method"),
)
def set_shipping_method(request: Request) -> Answer:
    from diddo.sessions.models import method

    named, number = method(request.body)
    shop = shop_asked(request)
    try:
        with _nothing_but_400():
            return beginnings.session_changes().choose(
                shop, named, number, lambda order: _cart(order, shop), request.claim
            )
    except NotFound:
        raise _not_begun(shop, named.cart_id) from None


@app.route("POST", "/checkout/cst", Kind.TOKEN, "Mint Customer Session Token", takes="BuyerBody")
def mint(request: Request) -> Answer:
    from diddo.sessions.models import buyer, their_names
    from till.runtime import customer_token

    said = buyer(request.body)
    shop = shop_asked(request)
    with their_names(), _nothing_but_400():
        address = beginnings.sessions().check(said)
        session_id, replayed = beginnings.minting().mint(shop.identifier, said.email, address, request.claim)
    token = customer_token.issue(environment().jwt_secret, shop.identifier, session_id, request.now)
    return Answer(200, {"cst": token}, replayed=replayed)


@contextmanager
def _nothing_but_400() -> Iterator[None]:
    """There is no 422 among the statuses of some routes."""
    try:
        yield
    except Refused as refused:
        raise Invalid.of(refused.problems) from None


def _session(order: Order, shop: Shop, request: Request) -> wire.Json:
    from till.application.editing import OPEN_FOR_SECONDS
    from till.application.sessions import payment_intent_id

    # What is being paid for does not end any more; told again, a beginning is what it was.
    ends = datetime.fromtimestamp(order.expires_at or order.created_at + OPEN_FOR_SECONDS, UTC)
    return {
        "id": order.id,
        "cart_id": order.id,
        "status": wire.status(order),
        "payment_intent_id": payment_intent_id(order),
        "url": checkout_url(shop, order.id, request.api_url, named_shop=False),
        "cart": wire.cart(order, shop),
        "expires_at": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _cart(order: Order, shop: Shop) -> Answer:
    return Answer(200, wire.cart(order, shop))


def _not_begun(shop: Shop, cart_id: str) -> TillError:
    """Why there is no such session."""
    if not cart_id:
        return Invalid("There is no session with this payment intent.", "payment_intent_id", "session_not_found")
    if stored_cart(shop, cart_id):
        return Invalid("Begin the checkout first: no session has this cart.", "cart_id", "checkout_not_begun")
    return unknown(shop, cart_id)
