"""Payments of orders, and what becomes of them: captured, refunded, given up, confirmed at the bank."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from elasticpath.access import Caller, asker, caller
from elasticpath.errors import ELASTIC_PATH
from elasticpath.ids import ulid_of
from elasticpath.own_orders import order_asked
from elasticpath.payments.wire import STRIPES, transaction
from elasticpath.requests import parse_data
from elasticpath.storefront import elasticpath
from till.application.idempotency import Answer
from till.application.identifiers import steady_ulid
from till.domain.errors import Forbidden, Invalid, NotFound, Refused, TillError, TooMany
from till.domain.order import Order
from till.domain.shop import STRIPE, Gateway, Shop
from till.runtime import wiring
from till.runtime.app import Kind, Request

if TYPE_CHECKING:
    from elasticpath.payments.models import PaymentData
    from till.application.paying import Paid
    from till.domain.sale import Sale

ORDER = "/v2/orders/{order_id}"
TRANSACTIONS = f"{ORDER}/transactions"
TRANSACTION = f"{TRANSACTIONS}/{{transaction_id}}"

wiring.at_init(wiring.orders)

app = elasticpath()
handler = app.handle


@app.route("POST", f"{ORDER}/payments", Kind.CALL, "Create Payment", takes="PaymentBody")
def create_payment(request: Request) -> Answer:
    from elasticpath.payments.models import PaymentBody

    by = caller(request)
    data = parse_data(PaymentBody, request.body).data
    shop, order = _shop(by), order_asked(request, by)
    gateway = _gateway(shop, data, by)
    payment_id = steady_ulid(f"payment {request.claim.operation}") if request.claim else wiring.new_id()
    with _named_in_data():
        try:
            wanted = data.wanted(payment_id, gateway.id)
            paid = wiring.paying().pay(shop, order.id, wanted, data.amount, asker(request, by))
        except Refused as refused:
            return ELASTIC_PATH.refuse(_in_data(refused))  # as good an answer as any, for whoever asks again
    return _answer(paid, shop)


@app.route("POST", f"{ORDER}/confirm", Kind.CALL, "Confirm Order")
def confirm_order(request: Request) -> Answer:
    by = caller(request)
    shop, order = _shop(by), order_asked(request, by)
    return _answer(wiring.paying().confirm(shop, order.id, asker(request, by)), shop)


@app.route("GET", TRANSACTIONS, Kind.READ, "List Transactions")
def list_transactions(request: Request) -> Answer:
    from till.application.paying import Paid

    by = caller(request)
    order, sale = _with_sale(order_asked(request, by))
    shop, payments = _shop(by), sale.payments if sale else order.payments
    return Answer(200, {"data": [transaction(Paid(order, one, sale), shop) for one in payments]})


@app.route("GET", TRANSACTION, Kind.READ, "Get Transaction")
def get_transaction(request: Request) -> Answer:
    by = caller(request)
    order = order_asked(request, by)
    return _answer(wiring.paying().find(by.shop, order.id, _payment_id(request)), _shop(by))


@app.route("POST", f"{TRANSACTION}/confirm", Kind.CALL, "Confirm Transaction")
def confirm_transaction(request: Request) -> Answer:
    by = caller(request)
    shop, order = _shop(by), order_asked(request, by)
    return _answer(wiring.paying().confirm(shop, order.id, asker(request, by), _payment_id(request)), shop)


@app.route("POST", f"{TRANSACTION}/capture", Kind.CALL, "Capture Transaction")
def capture_transaction(request: Request) -> Answer:
    by, paid = _merchants(request)
    wanted = by.shop, paid.order.id, request.operation(), None, paid.payment.id
    return _done(*wiring.after_sales().capture(*wanted), paid, _shop(by))


@app.route("POST", f"{TRANSACTION}/refund", Kind.CALL, "Refund Transaction", takes="RefundBody")
def refund_transaction(request: Request) -> Answer:
    from elasticpath.payments.models import RefundBody

    amount = parse_data(RefundBody, request.body).data.amount
    by, paid = _merchants(request)
    with _named_in_data():
        wanted = by.shop, paid.order.id, request.operation(), paid.payment.id, amount
        order, sale = wiring.after_sales().refund_payment(*wanted)
    return _done(order, sale, paid, _shop(by), "refund")


@app.route("POST", f"{TRANSACTION}/cancel", Kind.CALL, "Cancel Transaction", takes="ReasonBody")
def cancel_transaction(request: Request) -> Answer:
    from elasticpath.payments.models import ReasonBody

    reason = parse_data(ReasonBody, request.body).data.reason
    by, paid = _merchants(request)
    shop = _shop(by)
    if any(one.id == paid.payment.gateway_id and one.is_manual for one in shop.gateways):
        said = "Cancellation is not supported for Manual payment gateway"
        raise Refused(said, code="unsupported_operation")
    wanted = by.shop, paid.order.id, request.operation(), paid.payment.id
    return _answer(wiring.paying().give_up(*wanted, reason), shop)


def _merchants(request: Request) -> tuple[Caller, Paid]:
    """The payment of the path, for the merchant's own backend. Raises `Forbidden`, `NotFound`."""
    by = caller(request)
    by.require_trust()
    order = order_asked(request, by)
    paid = wiring.paying().find(by.shop, order.id, _payment_id(request))
    return by, paid


def _gateway(shop: Shop, data: PaymentData, by: Caller) -> Gateway:
    """The gateway with that id, or of that kind where the shop has one of it. Raises `Invalid`, `Forbidden`."""
    kind = STRIPE if data.gateway in STRIPES else data.gateway
    gateways = [one for one in shop.gateways if not one.is_gift_card]
    meant = [one for one in gateways if one.id == data.gateway] or [one for one in gateways if one.kind == kind]
    if len(meant) != 1:
        said = "is not one of this shop's" if not meant else "stands for several of this shop's: name one by its id"
        raise Invalid(f"This payment gateway {said}.", "data.gateway")
    gateway = meant[0]
    if gateway.is_manual and data.method == "purchase" and not by.is_trusted:
        raise Forbidden(
            "That money came in is for the shop to say: authorize, or use client_credentials.", "data.method"
        )
    if not (gateway.is_manual or data.payment):
        raise Invalid("payment is required", "data.payment", "missing")
    return gateway


def _payment_id(request: Request) -> str:
    """Raises `NotFound` for what is no id."""
    found = ulid_of(request.path["transaction_id"])
    if not found:
        raise NotFound("Transaction not found", "transaction_id")
    return found


def _shop(by: Caller) -> Shop:
    return wiring.catalog().shop(by.shop)


def _with_sale(order: Order) -> tuple[Order, Sale | None]:
    return wiring.sales().get(order.shop, order.id) if order.placed_at else (order, None)


def _answer(paid: Paid, shop: Shop, kind: str = "") -> Answer:
    said = transaction(paid, shop, kind)
    return Answer(200, {"data": said}, is_open=said["status"] == "pending")


def _done(order: Order, sale: Sale, paid: Paid, shop: Shop, kind: str = "") -> Answer:
    return _answer(replace(paid, order=order, sale=sale), shop, kind)


@contextmanager
def _named_in_data() -> Iterator[None]:
    try:
        yield
    except TooMany:  # of no field, and it knows how long to wait
        raise
    except TillError as error:
        raise _in_data(error) from None


def _in_data(error: TillError) -> TillError:
    """The fields that a body has as it has them."""
    named = [
        replace(one, field=f"data.{one.field}") if one.field in ("amount", "gateway", "payment") else one
        for one in error.problems
    ]
    return type(error).of(named)
