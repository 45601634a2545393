"""Orders and their items as Elastic Path's clients read them.

Wire format: Elastic Path's carts and orders specification, OrderResponse and OrderItemResponse. Within an order its
items are of the type `item`, where they are shown whole `order_item`. The totals are under `meta.display_price`, where
its clients read them, and under `meta` itself, where its checkout document has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from elasticpath.addresses import billing_address, shipping_address
from elasticpath.ids import item_id, uuid_of
from elasticpath.items import items
from elasticpath.money import Json
from elasticpath.standing import standing
from elasticpath.timestamps import timestamp
from elasticpath.totals import order_display_price
from till.domain.basket import Customer, LineItem
from till.domain.order import Order
from till.domain.shop import Shop

if TYPE_CHECKING:
    from till.domain.sale import Sale

_OF_PRODUCT = ("description", "slug", "image", "manage_stock", "auto_add_quantity")


def order(value: Order, sale: Sale | None, shop: Shop) -> Json:
    """An order. It has a `sale` from its first payment on."""
    stands = standing(value, sale)
    totals = order_display_price(value.basket, shop.locale, stands.paid, stands.authorized, stands.owing)
    agreement, basket = value.agreement, value.basket
    by_account = agreement is not None and bool(agreement.account_id)
    return {
        "type": "order",
        "id": uuid_of(value.id),
        "order_number": agreement.order_number if agreement else str(value.number or ""),
        "external_ref": agreement.external_ref if agreement else "",
        "status": stands.status,
        "payment": stands.payment,
        "shipping": stands.shipping,
        "anonymized": value.anonymized,
        "contact" if by_account else "customer": name_and_email(basket.customer),
        "shipping_address": shipping_address(basket.shipping_address),
        "billing_address": billing_address(basket.billing_address),
        "links": {},
        "meta": {"display_price": totals, "timestamps": timestamps(value), **totals},
        "relationships": _relationships(value),
    }


def whole(value: Order, sale: Sale | None, shop: Shop) -> Json:
    """An order with its items."""
    return {"data": order(value, sale, shop), "included": {"items": order_items(value, shop)}}


def order_items(value: Order, shop: Shop) -> list[Json]:
    """The lines of an order."""
    cart_id = value.agreement.cart_id if value.agreement else ""
    shown = items(value.id, value.basket, shop, lambda _: timestamps(value))
    return [_item(line, cart_id, said) for line, said in zip(value.basket.lines, shown, strict=True)]


def name_and_email(customer: Customer | None) -> Json:
    """Who bought."""
    if customer is None:
        return {"name": "", "email": ""}
    return {"name": customer.name, "email": customer.email}


def timestamps(value: Order) -> Json:
    """When an order was made, and when it changed last."""
    return {"created_at": timestamp(value.ordered_at or value.created_at), "updated_at": timestamp(value.updated_at)}


def _item(line: LineItem, cart_id: str, said: Json) -> Json:
    """What an item of a cart says, but for what is only about the product."""
    made_of = {"type": "cart_item", "id": item_id(cart_id, line.key)}
    relationships = {"cart_item": {"data": made_of}} if cart_id else {}
    kept = {name: member for name, member in said.items() if name not in _OF_PRODUCT}
    return {"type": "order_item", **kept, "relationships": relationships}


def _relationships(value: Order) -> Json:
    customer, agreement = value.basket.customer, value.agreement
    items = [{"type": "item", "id": item_id(value.id, line.key)} for line in value.basket.lines]
    found: Json = {"items": {"data": items}}
    if customer and not customer.is_guest and not (agreement and agreement.account_id):
        found["customer"] = _one("customer", customer.id)
    if agreement and agreement.account_id:
        found["account"] = _one("account", agreement.account_id)
    if agreement and agreement.member_id:
        found["account_member"] = _one("account_member", agreement.member_id)
    if agreement and agreement.shipping_groups:
        groups = [{"type": "shipping_group", "id": uuid_of(group.id)} for group in agreement.shipping_groups]
        found["shipping_groups"] = {"data": groups}
    return found


def _one(kind: str, ulid: str) -> Json:
    return {"data": {"type": kind, "id": uuid_of(ulid)}}
