"""Shipping groups: what of a cart is sent together, and what that costs. Items are put into one by `shipping_group_id`.

Wire format: Elastic Path's cart shipping groups. A group costs its `total`, which is base, tax and fees less discount;
its tax is a part of the price as it was told, and no tax of the cart's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from elasticpath.carts.routes import CART, app, change, currency_asked, read, require_prices, shop_asked
from elasticpath.ids import ulid_of
from elasticpath.money import Json
from elasticpath.requests import parse_data
from till.application.cart_adjustments import group_of, with_group, without_group
from till.application.idempotency import Answer
from till.domain.agreement import ShippingGroup
from till.domain.cart import Cart
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import Kind, Request

if TYPE_CHECKING:
    from elasticpath.carts.adjustment_models import ShippingGroupData

GROUPS = f"{CART}/shipping-groups"
GROUP = f"{GROUPS}/{{group_id}}"


@app.route("GET", GROUPS, Kind.READ, "List Shipping Groups")
def list_groups(request: Request) -> Answer:
    return read(
        request, lambda cart, shop: Answer(200, {"data": [_told(cart, shop, one) for one in cart.shipping_groups]})
    )


@app.route("POST", GROUPS, Kind.CHANGE, "Create Shipping Group", takes="adjustment_models.ShippingGroupBody")
def create_group(request: Request) -> Answer:
    data, group_id = _data(request), wiring.new_id()

    def edit(cart: Cart, shop: Shop) -> Cart:
        group = _changed(ShippingGroup(group_id, created_at=request.now), data, request.now)
        return with_group(cart, group, currency_asked(request, shop))

    return change(request, edit, lambda cart, shop: _answer(cart, shop, group_id, 201))


@app.route("GET", GROUP, Kind.READ, "Get Shipping Group")
def get_group(request: Request) -> Answer:
    return read(request, lambda cart, shop: _answer(cart, shop, _asked(request)))


@app.route("PUT", GROUP, Kind.CHANGE, "Update Shipping Group", takes="adjustment_models.ShippingGroupBody")
def update_group(request: Request) -> Answer:
    data = _data(request)

    def edit(cart: Cart, shop: Shop) -> Cart:
        group = _changed(group_of(cart, _asked(request)), data, request.now)
        return with_group(cart, group, currency_asked(request, shop))

    return change(request, edit, lambda cart, shop: _answer(cart, shop, _asked(request)))


@app.route("DELETE", GROUP, Kind.CHANGE, "Delete Shipping Group")
def delete_group(request: Request) -> Answer:
    def edit(cart: Cart, shop: Shop) -> Cart:
        group = group_of(cart, _asked(request))
        if group.amount:
            require_prices(request, shop)
        return without_group(cart, group)

    return change(request, edit, lambda *_: Answer(204, {}))


def _data(request: Request) -> ShippingGroupData:
    """Raises `Forbidden` for a price where the shop sets them."""
    from elasticpath.carts.adjustment_models import ShippingGroupBody

    data = parse_data(ShippingGroupBody, request.body).data
    if data.shipping_price is not None:
        require_prices(request, shop_asked(request))
    return data


def _asked(request: Request) -> str:
    return ulid_of(request.path["group_id"])


def _answer(cart: Cart, shop: Shop, group_id: str, status: int = 200) -> Answer:
    return Answer(status, {"data": _told(cart, shop, group_of(cart, group_id))})


def _told(cart: Cart, shop: Shop, group: ShippingGroup) -> Json:
    from elasticpath.shipping_groups import shipping_group

    return shipping_group(group, "cart", cart.id, cart.basket, shop)


def _changed(group: ShippingGroup, data: ShippingGroupData, now: int) -> ShippingGroup:
    """What was there, with what was sent. Raises `Invalid`."""
    changes: dict[str, Any] = {"updated_at": now}
    for name in ("shipping_type", "tracking_reference", "includes_tax"):
        if (value := getattr(data, name)) is not None:
            changes[name] = value
    if data.address is not None:
        changes["address"] = data.address.address()
    if data.delivery_estimate is not None:
        changes |= {"starts_on": data.delivery_estimate.start, "ends_on": data.delivery_estimate.end}
    if data.shipping_price is not None:
        changes |= data.shipping_price.parts()
    return replace(group, **changes)
