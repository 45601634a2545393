"""What the merchant does with orders that are placed: capture, charge again, cancel, refund, fulfil, push again."""

from __future__ import annotations

from merchant.after_sales.models import CancelBody, CaptureBody, FulfilBody, RefundBody
from merchant.auth import authenticate
from merchant.orders import rendering
from merchant.wire import MERCHANT, one
from till.application import receivers
from till.application.idempotency import Answer
from till.domain.errors import Invalid
from till.domain.order import Order
from till.domain.sale import Sale
from till.runtime import wiring
from till.runtime.app import App, Kind, Request
from till.runtime.validation import parse

ORDER = "/merchant/shops/{shop}/orders/{order_id}"

app = App(MERCHANT, authenticate)
handler = app.handle


@app.route("POST", f"{ORDER}/capture", Kind.CALL, "Capture Order")
def capture_order(request: Request) -> Answer:
    operation, body = _operation(request), parse(CaptureBody, request.body)
    amount = body.minor_units(_currency(request))
    return _answer(*wiring.after_sales().capture(*_order(request), operation, amount))


@app.route("POST", f"{ORDER}/charge", Kind.CALL, "Charge Again")
def charge_again(request: Request) -> Answer:
    return _answer(*wiring.after_sales().charge_again(*_order(request), _operation(request)))


@app.route("POST", f"{ORDER}/cancel", Kind.CALL, "Cancel Order")
def cancel_order(request: Request) -> Answer:
    wanted = *_order(request), _operation(request), parse(CancelBody, request.body).reason
    order = wiring.orders().get(*_order(request))
    if order and order.agreement:  # it may be unpaid
        return _answer(*wiring.paying().cancel(*wanted, refunds=True))
    return _answer(*wiring.after_sales().cancel(*wanted))


@app.route("POST", f"{ORDER}/refund", Kind.CALL, "Refund Order")
def refund_order(request: Request) -> Answer:
    operation, body = _operation(request), parse(RefundBody, request.body)
    wanted = body.wanted(_currency(request))
    return _answer(*wiring.after_sales().refund(*_order(request), operation, wanted))


@app.route("POST", f"{ORDER}/fulfil", Kind.CALL, "Fulfil Order")
def fulfil_order(request: Request) -> Answer:
    body = parse(FulfilBody, request.body)
    parcel, operation = body.parcel(), request.operation()
    return _answer(*wiring.after_sales().fulfil(*_order(request), operation, parcel, body.sent_by()))


@app.route("POST", f"{ORDER}/push", Kind.CALL, "Push Order")
def push_order(request: Request) -> Answer:
    receivers.receiver(wiring.catalog().shop(request.path["shop"], fresh=True), receivers.PLATFORM)
    order, sale = wiring.after_sales().push_again(*_order(request), request.operation())
    return one(rendering.detail(order, wiring.orders().attempts(order.shop, order.id), sale), 202)


def _operation(request: Request) -> str:
    """What the request does is known by its key, for ever. Raises `Invalid` without one."""
    if request.claim is None:
        raise Invalid("Money moves under an Idempotency-Key: send one.", "Idempotency-Key")
    return request.claim.operation


def _order(request: Request) -> tuple[str, str]:
    return request.path["shop"], request.path["order_id"]


def _currency(request: Request) -> str:
    order, _ = wiring.sales().get(*_order(request))
    return order.basket.currency


def _answer(order: Order, sale: Sale | None) -> Answer:
    """202 while something is still pending: the fulfilment workflow goes on with it by itself."""
    detail = rendering.detail(order, wiring.orders().attempts(order.shop, order.id), sale)
    return one(detail, 200 if sale is None or sale.is_settled else 202)
