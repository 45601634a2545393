"""The cart as a whole: read, made, changed, cleared, added up; and who signs in. What is in it stands beside this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cocart import access
from cocart.cart import coupons, items, shipping
from cocart.cart.routes import app, changed, v2
from cocart.cart.wire import cart_body, mini_cart, totals_body, view
from cocart.storefront import Shopper, change, customers, is_yes, meant, read, sent, shopper, told
from cocart.wire import line_named
from till.application.idempotency import Answer
from till.domain.cart import Cart
from till.domain.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from till.runtime import wiring
from till.runtime.app import Kind, Request
from till.runtime.validation import parse

if TYPE_CHECKING:
    from cocart.addresses import ShippingBody
    from cocart.cart.models import LogInBody

# Their routes are declared when they are loaded.
MODULES = (coupons, items, shipping)
handler = app.handle

CART = "cart"


@v2("GET", CART, Kind.READ, "Get Cart")
def get_cart(request: Request) -> Answer:
    return read(request, lambda cart, who: cart_body(request, cart, who))


@v2("POST", CART, Kind.CHANGE, "Create Cart")
def create_cart(request: Request) -> Answer:
    if shopper(request).person:
        raise Forbidden("Cart already exists for this user.", code="cocart_cart_already_exists")

    def render(cart: Cart, who: Shopper) -> object:
        return {"message": "Cart created successfully.", "cart_key": who.key_of(cart)}

    return change(request, lambda cart, _: cart, render)


@v2("GET", f"{CART}/mini", Kind.READ, "Get Mini Cart")
def get_mini_cart(request: Request) -> Answer:
    return read(request, lambda cart, who: mini_cart(request, cart, who))


@v2("POST", f"{CART}/update", Kind.CHANGE, "Update Cart", takes="UpdateCartBody")
def update_cart(request: Request) -> Answer:
    from cocart.addresses import BillingBody, ShippingBody, with_addresses, with_email
    from cocart.cart.models import UpdateCartBody

    given = sent(request)
    quantities = parse(UpdateCartBody, given).quantities()
    billing = _part(BillingBody, given, ("", "billing_"))
    shipping = _part(ShippingBody, given, ("s_", "shipping_"))

    def edit(cart: Cart, who: Shopper) -> Cart:
        if quantities and not cart.basket.lines:
            raise NotFound("Cart is empty. Please add items to cart first.", code="cocart_cart_empty")
        named = ((line_named(cart.basket.lines, key), quantity) for key, quantity in quantities.items())
        wanted = {line.key: quantity for line, quantity in named if line and not line.gift_of}
        cart = items.with_quantities(cart, who.shop, wanted) if wanted else cart
        cart = with_addresses(cart, who.shop, billing.sent(), shipping.sent())
        return cart if billing.email is None else with_email(cart, billing.email)

    return changed(request, edit, {"success": ["Cart updated."]})


@v2("POST", f"{CART}/clear", Kind.CHANGE, "Clear Cart", takes="ClearBody")
def clear_cart(request: Request) -> Answer:
    from cocart.cart.models import ClearBody
    from till.application.cart_items import without_items

    keeps = parse(ClearBody, sent(request)).keep_removed_items

    def edit(cart: Cart, _: Shopper) -> Cart:
        return replace(without_items(cart), removed=cart.removed if keeps else ())

    try:
        return changed(request, edit, {"notice": ["Cart is cleared."]})
    except Conflict:
        raise Refused("Clearing the cart failed!", code="cocart_clear_cart_failed") from None


@v2("GET", f"{CART}/totals", Kind.READ, "Get Totals")
def get_totals(request: Request) -> Answer:
    def render(cart: Cart, who: Shopper) -> object:
        shown = view(request, cart, who.shop)
        return totals_body(replace(shown, money=shown.formatted) if is_yes(request, "html") else shown)

    return read(request, render)


@v2("POST", f"{CART}/calculate", Kind.CHANGE, "Calculate Totals", takes="CalculateBody")
def calculate(request: Request) -> Answer:
    from cocart.cart.models import CalculateBody

    totals_only = parse(CalculateBody, sent(request)).return_totals

    def render(cart: Cart, who: Shopper) -> object:
        return totals_body(view(request, cart, who.shop)) if totals_only else cart_body(request, cart, who)

    return change(request, lambda cart, _: cart, render)


@v2("POST", "login", Kind.REPEATABLE, "Log In", takes="LogInBody")
def log_in(request: Request) -> Answer:
    """By the header Authorization or by the body. What a guest had in their cart is the customer's from now on."""
    from cocart.cart.models import LogInBody

    body, who = parse(LogInBody, sent(request)), shopper(request)
    if who.person is None:
        who = _signed_in(request, who, body)
    who = meant(who)
    cart = wiring.cart_editor().read(who.shop, who.cart_id)
    return told(request, who, cart, _logged_in(who, request.now))


@v2("POST", "logout", Kind.READ, "Log Out")
def log_out(request: Request) -> Answer:
    """Nothing is kept of who has signed in: a client forgets its token."""
    who = shopper(request)
    return told(request, who, wiring.cart_editor().read(who.shop, who.cart_id), True)


def _part(model: type[ShippingBody], given: Mapping[str, Any], prefixes: tuple[str, ...]) -> Any:
    """The members of an address whose names begin with one of the prefixes. Raises `Invalid`, naming those names."""
    found = {name: prefix for prefix in prefixes for name in model.model_fields if f"{prefix}{name}" in given}
    try:
        return parse(model, {name: given[f"{prefix}{name}"] for name, prefix in found.items()})
    except Invalid as invalid:
        named = [replace(one, field=f"{found.get(one.field, '')}{one.field}") for one in invalid.problems]
        raise Invalid.of(named) from None


def _signed_in(request: Request, who: Shopper, body: LogInBody) -> Shopper:
    """Whoever the body names, with the cart that they had as a guest."""
    from till.application.people import numbered

    person = access.sign_in(request, who.shop.identifier, body.username, body.password)
    return customers(who.shop, numbered(wiring.people(), person, request.now), "" if who.is_new else who.key)


def _logged_in(who: Shopper, now: int) -> dict[str, object]:
    assert who.person
    first, _, last = who.person.name.partition(" ")
    return {
        "user_id": str(who.person.number),
        "first_name": first,
        "last_name": last,
        "display_name": who.person.name,
        "role": "Customer",
        "avatar_urls": {},
        "email": who.person.email,
        "extras": {"jwt_token": access.token(who.person, now)},
        "dev_note": "Send the token as `Authorization: Bearer` with all other requests.",
    }
