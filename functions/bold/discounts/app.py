"""Discount codes on an order."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from bold import wire
from bold.discounts.models import DiscountBody
from bold.storefront import ORDER, change, current, read, storefront
from till.application import discounts
from till.application.idempotency import Answer
from till.domain.basket import Basket
from till.domain.errors import Invalid, Refused
from till.domain.order import Order
from till.domain.pricing import price
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import Kind, Request
from till.runtime.validation import parse

app = storefront()
handler = app.handle

DISCOUNTS = f"{ORDER}/discounts"


@app.route("GET", f"{ORDER}/validate_discount_code", Kind.READ, "Validate Discount Code")
def validate_discount(request: Request) -> Answer:
    code = request.query.get("discount_code", "")
    if not code:
        raise Invalid("The discount_code field is required.", "discount_code")
    shop = _tried(request)
    try:
        _added(current(request).basket, shop, code, request.now)
    except Refused as refused:
        raise Refused.of([replace(problem, code="discount_check") for problem in refused.problems]) from None
    return Answer(200, {"data": {}})


@app.route("GET", DISCOUNTS, Kind.READ, "List Discounts")
def list_discounts(request: Request) -> Answer:
    return read(request, lambda order, _: {"discounts": wire.discounts(price(order.basket))})


@app.route("POST", DISCOUNTS, Kind.CHANGE, "Add Discount Code", takes="DiscountBody")
def add_discount(request: Request) -> Answer:
    code = _code(request)
    # Once, however often the order is edited, and not where a key replays.
    tried = cache(lambda: _tried(request))
    return change(
        request,
        lambda order, _: order.with_basket(_added(order.basket, tried(), code, request.now)),
        lambda order, _: {"discount": wire.discount(price(order.basket), code)},
    )


@app.route("DELETE", DISCOUNTS, Kind.CHANGE, "Delete Discount Code", takes="DiscountBody")
def delete_discount(request: Request) -> Answer:
    code = _code(request)

    def edit(order: Order, _: Shop) -> Order:
        return order.with_basket(discounts.remove(order.basket, code))

    return change(request, edit, lambda *_: {})


def _tried(request: Request) -> Shop:
    """The shop, which counts every try of a code."""
    shop = wiring.catalog().shop(request.path["shop"])
    wiring.limits().spend_code(shop, request.path["order"], request.asker)
    return shop


def _added(basket: Basket, shop: Shop, code: str, now: int) -> Basket:
    return discounts.add(wiring.discounts(), wiring.stock(), basket, shop, code, now)


def _code(request: Request) -> str:
    """Of the body. Without one the clients look for an error of this kind."""
    body = {} if request.body is None else request.body
    if isinstance(body, dict) and body.get("code") in (None, ""):
        raise Invalid("The code field is required.", "code", "code_required")
    return parse(DiscountBody, body).code
