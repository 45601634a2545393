"""Coupons: the shop's discount codes on the cart.

Wire format: CoCart Plus 2.0, whose errors about coupons are 404.
"""

from __future__ import annotations

from functools import cache

from cocart.cart.routes import changed, v2
from cocart.cart.wire import Notices, applied, coupon_label, coupon_type, view
from cocart.storefront import Shopper, read, sent, shopper
from till.application.idempotency import Answer
from till.domain.cart import Cart
from till.domain.discount import DiscountSource, canonical
from till.domain.errors import NotFound, Refused
from till.runtime import wiring
from till.runtime.app import Kind, Request
from till.runtime.validation import parse

COUPONS = "cart/coupons"


@v2("POST", "cart/apply-coupon", Kind.CHANGE, "Apply Coupon", takes="CouponBody")
def apply_coupon(request: Request) -> Answer:
    from cocart.addresses import with_email
    from cocart.cart.models import CouponBody

    body = parse(CouponBody, sent(request))
    notices: Notices = {}
    code = body.code.strip()
    if not code:
        raise NotFound("A coupon code is required.", "code", "cocart_coupon_code_required")

    asking = shopper(request)
    # Once, however often the cart is edited, and not where a key replays.
    tried = cache(lambda: wiring.limits().spend_code(asking.shop, asking.cart_id, request.asker))

    def edit(cart: Cart, who: Shopper) -> Cart:
        tried()
        notices.clear()
        if not cart.basket.lines:
            raise _cannot_add("Coupon cannot be applied to cart with no items.")
        if body.email:
            cart = with_email(cart, body.email)
        if any(canonical(one.discount.code) == canonical(code) for one in applied(cart.basket)):
            notices["notice"] = [f'Coupon "{code}" is applied to the cart already.']
            return cart
        notices["success"] = ["Coupon applied."]
        return _with_code(cart, who, code, request.now)

    return changed(request, edit, notices)


@v2("GET", COUPONS, Kind.READ, "List Coupons")
def list_coupons(request: Request) -> Answer:
    def render(cart: Cart, who: Shopper) -> object:
        found = applied(cart.basket)
        if not found:
            raise NotFound("No coupons are applied to the cart!", code="cocart_cart_no_coupons_applied")
        money = view(request, cart, who.shop).money
        return [
            {
                "coupon": one.discount.code,
                "label": coupon_label(one.discount),
                "discount_type": coupon_type(one.discount),
                "totals": {"discount": money(one.amount), "discount_tax": money(0)},
            }
            for one in found
        ]

    return read(request, render)


@v2("DELETE", COUPONS, Kind.CHANGE, "Remove Coupons")
def remove_coupons(request: Request) -> Answer:
    def edit(cart: Cart, _: Shopper) -> Cart:
        others = (one for one in cart.basket.discounts if one.source is not DiscountSource.CODE)
        return cart.with_basket(cart.basket.with_discounts(others))

    return changed(request, edit)


@v2("DELETE", f"{COUPONS}/{{code}}", Kind.CHANGE, "Remove Coupon")
def remove_coupon(request: Request) -> Answer:
    from till.application.discounts import remove

    def edit(cart: Cart, _: Shopper) -> Cart:
        try:
            return cart.with_basket(remove(cart.basket, request.path["code"]))
        except (NotFound, Refused):
            raise NotFound("Coupon is not applied to the cart!", "code", "cocart_cart_coupon_invalid_code") from None

    return changed(request, edit)


@v2("GET", f"{COUPONS}/validate", Kind.READ, "Validate Coupons")
def validate_coupons(request: Request) -> Answer:
    """Takes off what cannot be used any more; asking twice changes nothing more."""
    notices: Notices = {}

    def edit(cart: Cart, who: Shopper) -> Cart:
        notices.clear()
        for one in applied(cart.basket):
            code = one.discount.code
            without = cart.basket.with_discounts(other for other in cart.basket.discounts if other != one.discount)
            try:
                cart = _with_code(cart.with_basket(without), who, code, request.now)
                notices.setdefault("success", []).append(f'Coupon "{code}" is valid.')
            except NotFound as invalid:
                cart = cart.with_basket(without)
                notices.setdefault("error", []).append(f"{invalid} It was removed.")
        return cart

    return changed(request, edit, notices)


def _with_code(cart: Cart, who: Shopper, code: str, now: int) -> Cart:
    """The cart with a code. Raises `NotFound`."""
    from till.application import discounts

    if cart.custom_discounts:
        raise NotFound("Coupons are not enabled for this cart!", code="cocart_coupons_not_enabled")
    try:
        return cart.with_basket(discounts.add(wiring.discounts(), wiring.stock(), cart.basket, who.shop, code, now))
    except Refused as refused:
        if refused.problems[0].code == "discount_invalid":
            raise NotFound(f'Coupon "{code}" does not exist!', "code", "cocart_coupon_not_exist") from None
        raise _cannot_add(refused.problems[0].message) from None


def _cannot_add(message: str) -> NotFound:
    return NotFound(message, "code", "cocart_coupon_cannot_add")
