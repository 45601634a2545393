"""Taxes that a client works out itself and puts on items. They take the place of the shop's.

Wire format: Elastic Path's tax items. `rate` is a share (0.2 is 20 %); `amount` is for the whole item, in minor units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from elasticpath.carts.adjusting import Adjusting, related_key
from elasticpath.carts.items import asked_key
from elasticpath.carts.routes import CART, ITEM, app, change, require_prices, shop_asked
from elasticpath.carts.wire import tax_item
from elasticpath.ids import ulid_of
from elasticpath.money import Json
from elasticpath.requests import parse_data
from till.application.cart_adjustments import tax_of, with_tax, without_tax, without_taxes
from till.application.idempotency import Answer
from till.domain.cart import Cart
from till.domain.errors import Invalid
from till.domain.shop import Shop
from till.domain.tax import TaxItem
from till.runtime import wiring
from till.runtime.app import Kind, Request

if TYPE_CHECKING:
    from elasticpath.carts.adjustment_models import ListedTax, TaxData

TAX = f"{ITEM}/taxes/{{tax_id}}"


@app.route("POST", f"{CART}/taxes", Kind.CHANGE, "Add Cart Taxes", takes="adjustment_models.CartTaxesBody")
def add_cart_taxes(request: Request) -> Answer:
    from elasticpath.carts.adjustment_models import CartTaxesBody

    require_prices(request, shop_asked(request))
    body = parse_data(CartTaxesBody, request.body)

    def put(one: ListedTax, tax_id: str, cart: Cart, _: Shop) -> tuple[Cart, Json]:
        item = _item(one, TaxItem(tax_id, "", 0, related_key(cart, one.relationships)))
        return with_tax(cart, item), tax_item(cart, item)

    puts = [partial(put, one, wiring.new_id()) for one in body.data]
    return Adjusting(puts, body.options.add_all_or_nothing).answer(request)


@app.route("DELETE", f"{CART}/taxes", Kind.CHANGE, "Remove Cart Taxes")
def remove_cart_taxes(request: Request) -> Answer:
    require_prices(request, shop_asked(request))
    return change(request, lambda cart, _: without_taxes(cart), lambda *_: Answer(204, {}))


@app.route("POST", f"{ITEM}/taxes", Kind.CHANGE, "Add Item Tax", takes="adjustment_models.TaxBody")
def add_item_tax(request: Request) -> Answer:
    from elasticpath.carts.adjustment_models import TaxBody

    require_prices(request, shop_asked(request))
    data, tax_id = parse_data(TaxBody, request.body).data, wiring.new_id()

    def put(cart: Cart) -> Cart:
        return with_tax(cart, _item(data, TaxItem(tax_id, "", 0, asked_key(request, cart))))

    return _change(request, put, tax_id, 201)


@app.route("PUT", TAX, Kind.CHANGE, "Update Item Tax", takes="adjustment_models.TaxBody")
def update_item_tax(request: Request) -> Answer:
    from elasticpath.carts.adjustment_models import TaxBody

    require_prices(request, shop_asked(request))
    data, tax_id = parse_data(TaxBody, request.body).data, ulid_of(request.path["tax_id"])
    return _change(request, lambda cart: with_tax(cart, _item(data, _asked(request, cart))), tax_id)


@app.route("DELETE", TAX, Kind.CHANGE, "Remove Item Tax")
def remove_item_tax(request: Request) -> Answer:
    require_prices(request, shop_asked(request))
    return change(request, lambda cart, _: without_tax(cart, _asked(request, cart)), lambda *_: Answer(204, {}))


def _change(request: Request, edit: Callable[[Cart], Cart], tax_id: str, status: int = 200) -> Answer:
    def render(cart: Cart, _: Shop) -> Answer:
        [item] = (one for one in cart.basket.tax_items if one.id == tax_id)
        return Answer(status, {"data": tax_item(cart, item)})

    return change(request, lambda cart, _: edit(cart), render)


def _asked(request: Request, cart: Cart) -> TaxItem:
    line = cart.basket.line(asked_key(request, cart))
    return tax_of(cart, line, ulid_of(request.path["tax_id"]))


def _item(data: TaxData, before: TaxItem) -> TaxItem:
    """What was there, with what was sent. Raises `Invalid` unless it is either a rate or an amount."""
    sent = {name: value for name in ("name", "code", "jurisdiction") if (value := getattr(data, name)) is not None}
    if data.rate is not None and data.amount is not None:
        raise Invalid("A tax item has either a rate or an amount", "data.amount")
    if data.rate is not None:
        return replace(before, **sent, millionths=data.millionths, amount=None)
    if data.amount is not None:
        return replace(before, **sent, millionths=0, amount=data.amount)
    is_there = bool(before.millionths) or before.amount is not None
    if not is_there or {"rate", "amount"} & data.model_fields_set:
        raise Invalid("rate is required", "data.rate", "missing")
    return replace(before, **sent)
