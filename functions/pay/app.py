"""A payment link: the page on which a shopper pays what the charge of a placed order lacks, and what it sends.

The merchant API makes the link. Its token is the shopper's only right: to this order, for seven days.
"""

from __future__ import annotations

from pay.models import PayBody
from pay.wire import PAY
from payment_page.gateways import chosen, money, started
from payment_page.page import linked
from till.application.idempotency import Answer
from till.domain.errors import Locked, Refused
from till.domain.payment import PaymentState
from till.domain.repaying import NOTHING_DUE, due, is_begun
from till.runtime import session, wiring
from till.runtime.app import App, Kind, Request
from till.runtime.settings import environment
from till.runtime.validation import parse

LINK = "/pay/{shop}/{order}"


def authenticate(request: Request) -> str:
    """The order of the link. Its page takes the token from the URL, since a browser sends no header for a page."""
    token = request.bearer if request.method == "POST" else request.query.get("token", "")
    shop, order = request.path["shop"], request.path["order"]
    session.verify(environment().jwt_secret, token, shop, order, request.now, session.LINK_TYPE)
    return order


app = App(PAY, authenticate)
handler = app.handle


@app.route("GET", LINK, Kind.READ, "Payment Link", present=linked)
def show_link(request: Request) -> Answer:
    shop = wiring.catalog().shop(request.path["shop"])
    order, sale = wiring.sales().get(shop.identifier, request.path["order"])
    if not due(sale):
        raise Refused(NOTHING_DUE, "order")
    currency = order.basket.currency
    facts = {"language": shop.locale, "shop": shop.name, "number": order.number, "due": due(sale)}
    gateway = chosen(shop, request.query.get("gateway", ""))
    return Answer(200, facts | {"gateway": started(gateway, currency), "currency": money(currency)})


@app.route("POST", LINK, Kind.CALL, "Pay By Link", takes="PayBody")
def pay_by_link(request: Request) -> Answer:
    payment = parse(PayBody, request.body).payment(wiring.new_id())
    shop, order = wiring.catalog().shop(request.path["shop"]), request.path["order"]
    # Who goes on with what was begun is let in, locked or not.
    limits, begun = wiring.limits(), is_begun(wiring.sales().get(shop.identifier, order)[1], payment)
    counted = (limits.counted if begun else limits.undeclined)(shop, order, request.asker)
    repaid = wiring.workflow().repay(shop.identifier, order, payment, counted)
    if repaid.state is PaymentState.AUTHORIZED:
        return Answer(200, {"data": {"state": "paid"}})
    if repaid.state is PaymentState.REQUIRES_ACTION:
        return Answer(202, {"data": {"state": "requires_action", "client_secret": repaid.client_secret}})
    if repaid.state is PaymentState.UNKNOWN:
        raise Locked(repaid.message, "payment")
    raise Refused(repaid.message, "token", "payment_declined")
