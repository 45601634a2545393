"""Discounts of the client's own making, on the cart or on one item of it.

Wire format: Elastic Path's custom discounts. Their amounts are below zero, in the cart's currency.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from elasticpath.carts.adjusting import Adjusting, related_key
from elasticpath.carts.items import asked_key
from elasticpath.carts.routes import CART, ITEM, app, change, require_prices, shop_asked
from elasticpath.carts.wire import custom_discount
from elasticpath.ids import ulid_of
from elasticpath.money import Json
from elasticpath.requests import parse_data
from till.application.cart_adjustments import discount_of, with_discount, without_discount, without_discounts
from till.application.idempotency import Answer
from till.domain.cart import Cart
from till.domain.discount import Discount, DiscountKind, DiscountSource
from till.domain.errors import Invalid
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import Kind, Request

if TYPE_CHECKING:
    from elasticpath.carts.adjustment_models import CustomDiscountChanges, CustomDiscountData

OF_CART, OF_ITEM = f"{CART}/custom-discounts", f"{ITEM}/custom-discounts"
ONE_OF_CART, ONE_OF_ITEM = f"{OF_CART}/{{discount_id}}", f"{OF_ITEM}/{{discount_id}}"


@app.route("POST", OF_CART, Kind.CHANGE, "Add Cart Discounts", takes="adjustment_models.CustomDiscountsBody")
def add_cart_discounts(request: Request) -> Answer:
    from elasticpath.carts.adjustment_models import CustomDiscountsBody

    require_prices(request, shop_asked(request))
    body = parse_data(CustomDiscountsBody, request.body)

    def put(one: CustomDiscountData, discount_id: str, cart: Cart, shop: Shop) -> tuple[Cart, Json]:
        key = related_key(cart, one.relationships) if one.relationships else ""
        discount = _discount(cart, _new(discount_id, key), one)
        return with_discount(cart, discount), custom_discount(cart, shop, discount)

    puts = [partial(put, one, wiring.new_id()) for one in body.data]
    return Adjusting(puts, body.options.add_all_or_nothing).answer(request)


@app.route("DELETE", OF_CART, Kind.CHANGE, "Remove Cart Discounts")
def remove_cart_discounts(request: Request) -> Answer:
    require_prices(request, shop_asked(request))
    return change(request, lambda cart, _: without_discounts(cart), lambda *_: Answer(204, {}))


@app.route("PUT", ONE_OF_CART, Kind.CHANGE, "Update Cart Discount", takes="adjustment_models.CustomDiscountChangesBody")
def update_cart_discount(request: Request) -> Answer:
    return _update(request, lambda _: "")


@app.route("DELETE", ONE_OF_CART, Kind.CHANGE, "Remove Cart Discount")
def remove_cart_discount(request: Request) -> Answer:
    return _remove(request, lambda _: "")


@app.route("POST", OF_ITEM, Kind.CHANGE, "Add Item Discount", takes="adjustment_models.CustomDiscountBody")
def add_item_discount(request: Request) -> Answer:
    from elasticpath.carts.adjustment_models import CustomDiscountBody

    require_prices(request, shop_asked(request))
    data, discount_id = parse_data(CustomDiscountBody, request.body).data, wiring.new_id()

    def edit(cart: Cart, _: Shop) -> Cart:
        return with_discount(cart, _discount(cart, _new(discount_id, asked_key(request, cart)), data))

    return change(request, edit, lambda cart, shop: _answer(cart, shop, discount_id, 201))


@app.route("PUT", ONE_OF_ITEM, Kind.CHANGE, "Update Item Discount", takes="adjustment_models.CustomDiscountChangesBody")
def update_item_discount(request: Request) -> Answer:
    return _update(request, partial(asked_key, request))


@app.route("DELETE", ONE_OF_ITEM, Kind.CHANGE, "Remove Item Discount")
def remove_item_discount(request: Request) -> Answer:
    return _remove(request, partial(asked_key, request))


def _update(request: Request, key: Callable[[Cart], str]) -> Answer:
    from elasticpath.carts.adjustment_models import CustomDiscountChangesBody

    require_prices(request, shop_asked(request))
    changes, discount_id = (
        parse_data(CustomDiscountChangesBody, request.body).data,
        ulid_of(request.path["discount_id"]),
    )

    def edit(cart: Cart, _: Shop) -> Cart:
        return with_discount(cart, _discount(cart, discount_of(cart, key(cart), discount_id), changes))

    return change(request, edit, lambda cart, shop: _answer(cart, shop, discount_id))


def _remove(request: Request, key: Callable[[Cart], str]) -> Answer:
    require_prices(request, shop_asked(request))
    discount_id = ulid_of(request.path["discount_id"])

    def edit(cart: Cart, _: Shop) -> Cart:
        return without_discount(cart, discount_of(cart, key(cart), discount_id))

    return change(request, edit, lambda *_: Answer(204, {}))


def _answer(cart: Cart, shop: Shop, discount_id: str, status: int = 200) -> Answer:
    [discount] = (one for one in cart.basket.discounts if one.id == discount_id)
    return Answer(status, {"data": custom_discount(cart, shop, discount)})


def _new(discount_id: str, line_key: str) -> Discount:
    return Discount(discount_id, "", DiscountKind.FIXED, source=DiscountSource.CUSTOM, line_key=line_key)


def _discount(cart: Cart, before: Discount, data: CustomDiscountChanges) -> Discount:
    """What was there, with what was sent. Raises `Invalid` for another currency than the cart's."""
    sent: dict[str, Any] = {}
    if data.amount is not None:
        if data.amount.currency not in ("", cart.basket.currency):
            message = f"This cart uses {cart.basket.currency}, not {data.amount.currency}"
            raise Invalid(message, "data.amount.currency")
        sent = {"value": -data.amount.amount, "currency": cart.basket.currency}
    names = {"discount_code": "code", "description": "text", "discount_engine": "engine", "external_id": "external_id"}
    for name, ours in names.items():
        if (value := getattr(data, name)) is not None:
            sent[ours] = value
    return replace(before, **sent)
