"""Checkout, and the orders that it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elasticpath import wire
from elasticpath.access import Caller, caller
from elasticpath.ids import ulid_of
from elasticpath.money import Json
from elasticpath.own_orders import is_own
from elasticpath.pages import page
from elasticpath.requests import parse_data
from elasticpath.standing import standing
from elasticpath.storefront import elasticpath
from till.application.idempotency import Answer
from till.domain.errors import Invalid, NotFound, Problem, Refused
from till.domain.order import Order, OrderStatus
from till.domain.shop import Shop
from till.runtime import beginnings, wiring
from till.runtime.app import Kind, Request

if TYPE_CHECKING:
    from elasticpath.orders.models import OrderData
    from till.domain.sale import Sale

# What the documents say of a state that does not allow it; why that is stands beside it.
NOT_NOW = "Order cannot be updated in its current state"

ORDERS = "/v2/orders"
ORDER = f"{ORDERS}/{{order_id}}"

wiring.at_init(wiring.orders)

app = elasticpath()
handler = app.handle


@app.route("POST", "/v2/carts/{cart_id}/checkout", Kind.CHANGE, "Check Out Cart", takes="CheckoutBody")
def check_out_cart(request: Request) -> Answer:
    from elasticpath.orders.buyers import agreed
    from elasticpath.orders.models import CheckoutBody

    by = caller(request)
    wanted = agreed(by, parse_data(CheckoutBody, request.body).data)
    shop = wiring.catalog().shop(by.shop)

    def made(order: Order) -> Answer:
        said = wire.whole(order, None, shop)
        if not (wanted.customer.is_guest or by.is_trusted or by.customer_id):
            # An id is no proof of who asks.
            said["data"] = wire.order(order, None, shop) | {"customer": wire.name_and_email(None)}
        return Answer(shop.settings.checkout_status, said)

    return beginnings.checking_out().check_out(shop, request.path["cart_id"], wanted, made, request.claim)


@app.route("GET", ORDERS, Kind.READ, "List Orders")
def list_orders(request: Request) -> Answer:
    from elasticpath.orders.listing import found, with_sales

    by = caller(request)
    shop = wiring.catalog().shop(by.shop)
    rows, is_all = found(request, by, shop)
    shown, around = page(request, rows)
    shown = with_sales(shown)
    said: Json = {"data": [wire.order(row.order, row.sale, shop) for row in shown], **around}
    if not is_all:
        around["meta"]["results"] = {"total": len(rows), "is_complete": False}
    if _includes(request, "items"):
        said["included"] = {"items": [item for row in shown for item in wire.order_items(row.order, shop)]}
    return Answer(200, said)


@app.route("GET", ORDER, Kind.READ, "Get Order")
def get_order(request: Request) -> Answer:
    by = caller(request)
    order, shop = _order(request, by), wiring.catalog().shop(by.shop)
    render = wire.whole if _includes(request, "items") else _one
    return Answer(200, render(order, _sale(order), shop))


@app.route("GET", f"{ORDER}/items", Kind.READ, "List Order Items")
def list_order_items(request: Request) -> Answer:
    by = caller(request)
    return Answer(200, {"data": wire.order_items(_order(request, by), wiring.catalog().shop(by.shop))})


@app.route("GET", f"{ORDER}/shipping-groups", Kind.READ, "List Order Shipping Groups")
def list_shipping_groups(request: Request) -> Answer:
    from elasticpath.orders.groups import shipping_groups

    by = caller(request)
    return Answer(200, {"data": shipping_groups(_order(request, by), wiring.catalog().shop(by.shop))})


@app.route("GET", f"{ORDER}/shipping-groups/{{group_id}}", Kind.READ, "Get Order Shipping Group")
def get_shipping_group(request: Request) -> Answer:
    from elasticpath.orders.groups import one_shipping_group

    by = caller(request)
    order, shop = _order(request, by), wiring.catalog().shop(by.shop)
    return Answer(200, {"data": one_shipping_group(order, shop, request.path["group_id"])})


@app.route("PUT", ORDER, Kind.CALL, "Update Order", takes="OrderBody")
def update_order(request: Request) -> Answer:
    from elasticpath.orders.models import OrderBody

    by = caller(request)
    by.require_trust()
    order, wanted = _order(request, by), parse_data(OrderBody, request.body).data
    operation = request.operation()
    try:
        if not (wanted.status and request.is_again and order.status is OrderStatus.CANCELLED):
            order = _updated(by.shop, order.id, wanted, operation)
    except Refused as refused:
        raise Refused(NOT_NOW, about={"reason": refused.problems[0].message}) from None
    return Answer(200, _one(order, _sale(order), wiring.catalog().shop(by.shop)))


def _updated(shop: str, order_id: str, wanted: OrderData, operation: str) -> Order:
    from till.application.order_changes import OrderChange

    changes = wiring.order_changes()
    change = OrderChange(wanted.order_number, wanted.external_ref, wanted.address())
    asked = [change != OrderChange(), wanted.status is not None, wanted.shipping is not None]
    if sum(asked) != 1:
        raise Invalid("Either cancel the order, or fulfil it, or change its address and references", "data", "format")
    if wanted.status:
        return changes.cancel(shop, order_id, operation)
    if wanted.shipping:
        return changes.fulfil(shop, order_id, operation)
    return changes.change(shop, order_id, change)


@app.route("POST", f"{ORDERS}/anonymize", Kind.CALL, "Anonymize Orders", takes="AnonymizeBody")
def anonymize_orders(request: Request) -> Answer:
    from elasticpath.orders.models import AnonymizeBody
    from till.domain.anonymizing import is_over

    by = caller(request)
    by.require_trust()
    ids = dict.fromkeys(map(ulid_of, parse_data(AnonymizeBody, request.body).data.order_ids))
    orders = [_seen(order_id, by) for order_id in ids]
    sales = wiring.sales().of(by.shop, [order.id for order in orders if order.placed_at])
    found = [(order, sales.get(order.id)) for order in orders]
    if problems := [_not_over(order, sale) for order, sale in found if not is_over(order, sale)]:
        raise Refused.of(problems)
    shop = wiring.catalog().shop(by.shop)
    wholes = wiring.anonymizing().anonymize(found)
    return Answer(200, {"data": [wire.order(one.order, one.sale, shop) for one in wholes]})


def _not_over(order: Order, sale: Sale | None) -> Problem:
    from till.domain.sale import PushState

    stands = standing(order, sale)
    said = f"order:{stands.status}, payment:{stands.payment}, shipping:{stands.shipping}"
    message = f"Order has status: {said}; only fulfilled or refunded or cancelled orders may be anonymized"
    if sale and sale.push is PushState.PENDING:
        message = "The order is still to be pushed to the merchant's platform"
    return Problem("not_over", message, about={"order_id": order.id})


def _order(request: Request, by: Caller) -> Order:
    """The order of the path, if it is the caller's: the merchant's own backend sees those of other dialects too, once
    they are placed. Raises `NotFound`."""
    return _seen(ulid_of(request.path["order_id"]), by)


def _seen(order_id: str, by: Caller) -> Order:
    order = wiring.orders().get(by.shop, order_id) if order_id else None
    if order is None or not (is_own(order, by) or (by.is_trusted and order.is_submitted)):
        raise NotFound("Order not found", "order_id")
    return order


def _sale(order: Order) -> Sale | None:
    return wiring.sales().get(order.shop, order.id)[1] if order.placed_at else None


def _one(order: Order, sale: Sale | None, shop: Shop) -> Json:
    return {"data": wire.order(order, sale, shop)}


def _includes(request: Request, what: str) -> bool:
    return what in request.query.get("include", "").split(",")
