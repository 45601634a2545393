"""The preview of CoCart's checkout: look at it, fill it in, place the order; and the order afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cocart.checkout.refusals import CHECKOUT, is_unpaid
from cocart.errors import AUTHENTICATION_REQUIRED, PRIVATE
from cocart.storefront import Shopper, change, cocart, has_cart, read, route, shop_of, shopper
from cocart.wire import Json
from till.application.idempotency import Answer
from till.domain.attempt import AttemptState
from till.domain.cart import Cart
from till.domain.errors import Invalid, Refused, Unauthenticated
from till.runtime import beginnings, wiring
from till.runtime.app import Kind, Request

if TYPE_CHECKING:
    from cocart.checkout.models import ProcessBody
    from till.application.placing import Outcome
    from till.domain.order import Order

wiring.at_init(wiring.orders)

CHECKOUT_PATH, ORDER_PATH = "preview/checkout", "preview/order-received/{order_id}"
SHORT = ("/checkout",)

app = cocart(CHECKOUT)
handler = app.handle


@route(app, "GET", CHECKOUT_PATH, Kind.READ, "Get Checkout", also=SHORT)
def get_checkout(request: Request) -> Answer:
    _known(request)
    return read(request, _checkout)


@route(app, "PUT", CHECKOUT_PATH, Kind.CHANGE, "Update Checkout", takes="UpdateBody", also=SHORT)
@route(app, "PATCH", CHECKOUT_PATH, Kind.CHANGE, "Patch Checkout", takes="UpdateBody", also=SHORT)
def update_checkout(request: Request) -> Answer:
    from cocart.checkout.buyer import updated
    from cocart.checkout.models import UpdateBody
    from cocart.checkout.payments import gateway_named
    from till.runtime.validation import parse

    _known(request)
    body = parse(UpdateBody, request.body)

    def edit(cart: Cart, who: Shopper) -> Cart:
        method = gateway_named(who.shop, body.payment_method).id if body.payment_method else cart.payment_method
        return replace(updated(_filled(cart), who.shop, body), payment_method=method)

    return change(request, edit, _checkout)


@route(app, "POST", CHECKOUT_PATH, Kind.WORKFLOW, "Process Checkout", takes="ProcessBody", also=SHORT)
def process_checkout(request: Request) -> Answer:
    from cocart.checkout.models import ProcessBody
    from till.runtime.validation import parse

    _known(request)
    body = parse(ProcessBody, request.body)
    claim, drafting = request.claim, beginnings.drafting()
    if claim and (earlier := drafting.replayed(claim.shop, claim, request.asker)):
        return _processed(request, earlier)
    try:
        cart, who = _agreed(request, body)
    except Invalid as nothing_left:
        return _processed(request, _ordered(request, nothing_left))
    return _processed(request, _placed(request, body, cart, who), cart)


@route(app, "GET", f"{CHECKOUT_PATH}/payment-methods", Kind.READ, "List Payment Methods")
def list_payment_methods(request: Request) -> Answer:
    from cocart.checkout.payments import offered
    from cocart.checkout.wire import payment_method

    _known(request)

    def methods(_: Cart, who: Shopper) -> Json:
        # Customers of a shop keep no cards with it.
        saved = {"saved_tokens": [], "supports_save_payment": False} if who.person else {}
        return {one.id: payment_method(one) | saved for one in offered(who.shop)}

    return read(request, methods)


@route(app, "POST", f"{CHECKOUT_PATH}/payment-context", Kind.READ, "Create Payment Context", takes="ContextBody")
def create_payment_context(request: Request) -> Answer:
    from cocart.checkout.models import ContextBody
    from cocart.checkout.payments import gateway_named
    from cocart.checkout.wire import payment_context
    from till.runtime.validation import parse

    _known(request)
    method = parse(ContextBody, request.body).payment_method

    def context(cart: Cart, who: Shopper) -> Json:
        gateway = gateway_named(who.shop, method)
        return payment_context(_filled(cart), gateway, _client_secret(cart, gateway.id))

    return read(request, context)


@route(app, "GET", ORDER_PATH, Kind.READ, "Get Order Received")
def get_order_received(request: Request) -> Answer:
    from cocart.checkout.received import customer_number, order_asked
    from cocart.checkout.wire import order_received

    order = order_asked(request, request.query.get("order_key", ""))
    shop = wiring.catalog().shop(order.shop)
    return Answer(200, order_received(order, shop, customer_number(order)), PRIVATE)


@route(app, "POST", f"{ORDER_PATH}/pay", Kind.WORKFLOW, "Pay Order", takes="PayBody")
def pay_order(request: Request) -> Answer:
    from cocart.checkout.models import PayBody
    from cocart.checkout.received import pay
    from till.runtime.validation import parse

    return pay(request, parse(PayBody, request.body))


def _known(request: Request) -> None:
    """Raises `Unauthenticated` where nobody says which cart is meant."""
    if not has_cart(request):
        raise Unauthenticated("Authentication or valid cart key required.", "cart_key", AUTHENTICATION_REQUIRED)


def _filled(cart: Cart) -> Cart:
    """Raises `Invalid` where there is nothing in it."""
    if not cart.basket.lines:
        raise Invalid("Cannot checkout with empty cart.", "cart_key", "cart_empty")
    return cart


def _checkout(cart: Cart, who: Shopper) -> Json:
    from cocart.checkout.wire import checkout

    return checkout(_filled(cart), who)


def _client_secret(cart: Cart, gateway_id: str) -> str:
    """What the shopper's bank is asked with, while the cart's draft waits for it."""
    order = wiring.orders().get(cart.shop, cart.draft_order) if cart.draft_order else None
    if order is None or not any(one.gateway_id == gateway_id for one in order.payments):
        return ""
    attempt = wiring.orders().attempt(order.shop, order.id, order.attempt_id) if order.attempt_id else None
    return attempt.client_secret if attempt and attempt.state is AttemptState.PARKED else ""


# Placing


def _agreed(request: Request, body: ProcessBody) -> tuple[Cart, Shopper]:
    """The cart as the shopper orders it, saved with its draft's id, and whose it is.

    Raises `Invalid` and `Refused`; the latter where it costs something else than the shopper was shown, which is saved:
    who asks again has seen it.
    """
    from cocart.checkout.buyer import agreed
    from till.domain.money import to_decimal
    from till.domain.pricing import price

    saved: list[tuple[Cart, Shopper]] = []
    drafting = beginnings.drafting()
    # What the shopper was shown, and what it is today. Taxes follow from both.
    totals: set[int] = set()

    def edit(cart: Cart, who: Shopper) -> Cart:
        if cart.id != who.cart_id:
            # A copy of a template: nobody would know it again when the answer is lost.
            message = "This cart is the shop's. Change it first, which makes it your own."
            raise Invalid(message, "cart_key", "cocart_cart_key_shared")
        wanted = agreed(_filled(cart), who.shop, body, wiring.new_id())
        drafted = drafting.drafted(who.shop, wanted)
        totals.clear()
        totals.update(price(replace(one.basket, taxes=None)).total for one in (wanted, drafted))
        return drafted

    def render(cart: Cart, who: Shopper) -> Json:
        saved.append((cart, who))
        return {}

    # Without the key: that is the whole checkout's, not that of its first step.
    change(replace(request, claim=None), edit, render)
    cart, who = saved[-1]
    if len(totals) > 1:
        total = f"{to_decimal(price(cart.basket).total, cart.basket.currency)} {cart.basket.currency}"
        message = f"The total of this cart has changed to {total}. Check it and try again."
        raise Refused(message, "order_total", "total_changed")
    return cart, who


def _ordered(request: Request, nothing_left: Invalid) -> Outcome:
    """What became of a cart that is empty since it was ordered. Raises what was raised where it was not."""
    from till.application.drafting import placed

    if nothing_left.problems[0].code != "cart_empty":
        raise nothing_left
    who = shopper(request)
    cart = wiring.carts().get(who.shop.identifier, who.cart_id)
    order = placed(wiring.orders(), cart) if cart else None
    if order is None:
        raise nothing_left
    return beginnings.drafting().outcome(order)


def _placed(request: Request, body: ProcessBody, cart: Cart, who: Shopper) -> Outcome:
    from cocart.checkout.accounts import with_account
    from cocart.checkout.payments import asker, payments_of

    basket = with_account(request, cart, body) if body.create_account and who.person is None else cart.basket
    order = beginnings.drafting().order_of(who.shop, cart, basket, body.customer_note)
    if order.is_submitted:
        return beginnings.drafting().outcome(order)
    by, method = asker(request, order), body.payment_method or cart.payment_method
    return beginnings.drafting().place(order, payments_of(order, who.shop, method, body, by), by, request.claim)


def _processed(request: Request, outcome: Outcome, cart: Cart | None = None) -> Answer:
    """The answer, and no cart any more where the order is placed. Raises `Refused` where more than a payment failed."""
    from cocart.checkout.received import customer_number, received_url
    from cocart.checkout.wire import charged_note, processed

    order, attempt = outcome.order, outcome.attempt
    if attempt.state is AttemptState.UNDONE and not all(map(is_unpaid, attempt.problems)):
        raise Refused.of(attempt.problems)
    if attempt.state is AttemptState.PLACED:
        beginnings.drafting().clear(order)
    shop = wiring.catalog().shop(shop_of(request))
    note = charged_note(cart, order) if cart else ""
    body = processed(outcome, customer_number(order), _key(request, order), received_url(request, order), shop, note)
    return Answer(200, body, PRIVATE, replayed=outcome.replayed)


def _key(request: Request, order: Order) -> str:
    """What the shopper calls the order's cart."""
    who = shopper(request)
    return who.key if order.cart_id == who.cart_id else order.cart_id
