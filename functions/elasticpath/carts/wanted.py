"""What a request wants in its cart, in our terms. What stands for many things is those things."""

from __future__ import annotations

from elasticpath.access import caller
from elasticpath.carts.items import group_of
from elasticpath.carts.models import (
    CartItemBody,
    CartItemsBody,
    CustomItemBody,
    ItemsBody,
    OrderItemsBody,
    PromotionItemBody,
)
from elasticpath.carts.routes import require_prices
from elasticpath.ids import ulid_of
from elasticpath.items import as_properties
from elasticpath.own_orders import own_order
from till.application.cart_items import Wanted, WantedCode, WantedCustom, WantedProduct, copied
from till.domain.basket import custom_line
from till.domain.errors import Invalid, NotFound
from till.domain.order import Order
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import Request


def wanted_items(request: Request, body: ItemsBody, shop: Shop) -> tuple[Wanted, ...]:
    """Raises `Invalid` for a product without a name, `NotFound` for an order that is not the caller's, and `Forbidden`
    for a price where the shop sets them."""
    if any(isinstance(one, CustomItemBody) for one in body.data):
        require_prices(request, shop)
    found: list[Wanted] = []
    for one in body.data:
        match one:
            case CartItemBody():
                found.append(_product(one))
            case CustomItemBody():
                found.append(_custom(one))
            case PromotionItemBody():
                found.append(WantedCode(one.code))
            case CartItemsBody():
                other = wiring.carts().get(shop.identifier, one.cart_id)
                found += copied(other.basket, with_custom=True) if other else ()
            case OrderItemsBody():
                # What is not in the catalogue cannot be ordered again.
                found += copied(_order(request, one.order_id).basket, with_custom=False)
    return tuple(found)


def _product(one: CartItemBody) -> WantedProduct:
    if not one.id and not one.sku:
        raise Invalid("id or sku is required", "data.id", "missing")
    return WantedProduct(
        quantity=one.quantity,
        variant_id=(ulid_of(one.id) or one.id) if one.id else "",
        sku=one.sku or "",
        properties=as_properties(one.custom_inputs or {}),
        group=group_of(one.shipping_group_id),
    )


def _custom(one: CustomItemBody) -> WantedCustom:
    line = custom_line(
        "",
        one.name,
        one.quantity,
        one.price.amount,
        sku=one.sku,
        description=one.description,
        includes_tax=one.price.includes_tax,
        properties=as_properties(one.custom_inputs or {}),
    )
    return WantedCustom(line, group_of(one.shipping_group_id))


def _order(request: Request, order_id: str) -> Order:
    order = own_order(caller(request), order_id)
    if order is None:
        raise NotFound("Order not found", about={"order_id": order_id})
    return order
