"""Carts: made, read, changed, deleted. What is in them, and what belongs to them, is declared beside this."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from elasticpath.access import caller
from elasticpath.carts import associations, custom_discounts, groups, items, settings, taxes
from elasticpath.carts.routes import CART, CARTS, app, change, read, shop_asked
from elasticpath.carts.wire import cart_answer, cart_data
from elasticpath.ids import uuid_of
from elasticpath.pages import page
from elasticpath.requests import parse_data
from till.application.cart_adjustments import with_custom_discounts
from till.application.idempotency import Answer
from till.domain.basket import Customer
from till.domain.cart import Cart
from till.domain.errors import Forbidden, Invalid, Refused
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import Kind, Request

if TYPE_CHECKING:
    from elasticpath.carts.models import CartData

# Their routes are declared when they are loaded.
MODULES = (associations, custom_discounts, groups, items, settings, taxes)
handler = app.handle


@app.route("GET", CARTS, Kind.READ, "List Carts")
def get_carts(request: Request) -> Answer:
    asks, shop = caller(request), shop_asked(request)
    owner = asks.customer_id or asks.account_id
    if not owner:
        raise Forbidden("The carts of a customer or an account are listed for their own token.")
    carts = wiring.carts().of(shop.identifier, owner)
    shown, meta = page(request, carts)
    return Answer(200, {"data": [cart_data(cart, shop, request.api_url) for cart in shown], **meta})


@app.route("POST", CARTS, Kind.CHANGE, "Create Cart", takes="CartBody")
def create_cart(request: Request) -> Answer:
    from elasticpath.carts.models import CartBody

    data = parse_data(CartBody, request.body).data
    asks = caller(request)

    def edit(cart: Cart, _: Shop) -> Cart:
        if not cart.version:  # whose it was before it stays
            customers, accounts = filter(None, (asks.customer_id,)), filter(None, (asks.account_id,))
            cart = replace(cart, customers=tuple(customers), accounts=tuple(accounts))
        return _changed(cart, data, request.now)

    def render(cart: Cart, shop: Shop) -> Answer:
        return cart_answer(request, cart, shop, 201)

    return change(request, edit, render, data.id or uuid_of(wiring.new_id()))


@app.route("GET", CART, Kind.READ, "Get Cart")
def get_cart(request: Request) -> Answer:
    return read(request, lambda cart, shop: cart_answer(request, cart, shop))


@app.route("PUT", CART, Kind.CHANGE, "Update Cart", takes="CartBody")
def update_cart(request: Request) -> Answer:
    from elasticpath.carts.models import CartBody

    data = parse_data(CartBody, request.body).data
    return change(
        request,
        lambda cart, _: _changed(cart, data, request.now),
        lambda cart, shop: cart_answer(request, cart, shop),
    )


@app.route("DELETE", CART, Kind.CHANGE, "Delete Cart")
def delete_cart(request: Request) -> Answer:
    def edit(cart: Cart, shop: Shop) -> None:
        if any(len(wiring.carts().of(shop.identifier, customer)) == 1 for customer in cart.customers):
            raise Invalid(
                "This is the last cart associated with a customer and it cannot be deleted, try disassociating instead",
                code="last_cart",
            )

    return change(request, edit, lambda *_: Answer(204, {}))


def _changed(cart: Cart, data: CartData, now: int) -> Cart:
    """The cart with what was sent. Raises `Invalid`, `Refused`."""
    changes: dict[str, Any] = {}
    for name in ("name", "description"):
        if (value := getattr(data, name)) is not None:
            changes[name] = value
    if data.discount_settings and data.discount_settings.custom_discounts_enabled is not None:
        cart = with_custom_discounts(cart, data.discount_settings.custom_discounts_enabled)
    if data.custom_attributes is not None:
        changes["attributes"] = {name: one.model_dump_json() for name, one in data.custom_attributes.items()}
    if data.snapshot_date is not None:
        changes["snapshot_date"] = _snapshot(cart, data.snapshot_date, now)
    if data.contact is not None:
        return _with_contact(replace(cart, **changes), data.contact.email)
    return replace(cart, **changes)


def _snapshot(cart: Cart, wanted: str, now: int) -> str:
    if not wanted and cart.snapshot_date:
        raise Invalid("A preview cart stays one: its snapshot date cannot be removed.", "data.snapshot_date")
    if wanted and replace(cart, snapshot_date=wanted).day(now) <= now:
        raise Invalid("The snapshot date must lie in the future.", "data.snapshot_date")
    return wanted


def _with_contact(cart: Cart, email: str) -> Cart:
    """Who shops is known by the address of a guest, as codes that are limited by customer need it."""
    if email and cart.owners:
        raise Refused("Carts of customers and accounts have no contact of their own.", "data.contact.email")
    guest = Customer("", email) if email else None
    contact = {"email": email} if email else {}
    return replace(cart, contact=contact, basket=replace(cart.basket, customer=guest))
