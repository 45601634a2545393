"""The merchant's orders, carts that a backend makes, what the sandbox gateway holds and what happens there."""

from __future__ import annotations

from merchant.auth import authenticate
from merchant.orders import rendering
from merchant.orders.models import ActBody, CartBody, OrderChanges
from merchant.wire import MERCHANT, listed, one, page_asked
from till.application.editing import found
from till.application.idempotency import Answer
from till.application.line_items import add_items
from till.domain.basket import Basket
from till.domain.cart import LIFE_SECONDS, Cart
from till.domain.errors import NotFound, Refused
from till.domain.order import Order
from till.domain.repaying import NOTHING_DUE, due
from till.domain.sale import Sale
from till.runtime import wiring
from till.runtime.app import App, Kind, Request
from till.runtime.location import webhook_url
from till.runtime.settings import environment
from till.runtime.validation import parse

SHOP = "/merchant/shops/{shop}"
ORDER = f"{SHOP}/orders/{{order_id}}"

app = App(MERCHANT, authenticate)
handler = app.handle


@app.route("GET", f"{SHOP}/orders", Kind.READ, "List Orders")
def list_orders(request: Request) -> Answer:
    from merchant.orders.search import row, search

    wanted, shop = search(request.query), wiring.catalog().shop(request.path["shop"])
    return listed(wiring.searching().find(shop, wanted, *page_asked(request)), row)


@app.route("GET", f"{SHOP}/orders.csv", Kind.READ, "Export Orders")
def export_orders(request: Request) -> Answer:
    from merchant.orders import spreadsheet
    from merchant.orders.search import search
    from till.application.searching import MOST_READ

    wanted, shop = search(request.query), wiring.catalog().shop(request.path["shop"])
    searching = wiring.searching()
    page = searching.find(shop, wanted, *page_asked(request, MOST_READ, MOST_READ))
    headers = {"Content-Disposition": 'attachment; filename="orders.csv"', "Cache-Control": "no-store"}
    rows, count = spreadsheet.spreadsheet(page.data)
    is_whole = count == len(page.data)
    cursor = page.next_cursor if is_whole else searching.book.position(page.data[count - 1].order)
    goes_on = {"Next-Cursor": cursor} if cursor else {}
    return Answer(200, {}, headers | goes_on, content=rows, media_type=spreadsheet.MEDIA_TYPE)


@app.route("GET", f"{SHOP}/failed_charges", Kind.READ, "List Failed Charges")
def list_failed_charges(request: Request) -> Answer:
    shop = wiring.catalog().shop(request.path["shop"])
    return listed(wiring.sales().needing_help(shop.identifier, *page_asked(request)), rendering.failed_charge)


@app.route("GET", f"{SHOP}/failed_pushes", Kind.READ, "List Failed Pushes")
def list_failed_pushes(request: Request) -> Answer:
    shop = wiring.catalog().shop(request.path["shop"])
    return listed(wiring.sales().failed_pushes(shop.identifier, *page_asked(request)), rendering.failed_push)


@app.route("GET", ORDER, Kind.READ, "Get Order")
def get_order(request: Request) -> Answer:
    return _detail(*_read(request))


@app.route("GET", f"{ORDER}/timeline", Kind.READ, "Get Timeline")
def get_timeline(request: Request) -> Answer:
    from merchant.orders.timeline import timeline

    names = environment()
    recording = wiring.flight_recorder().recording(request.path["shop"], request.path["order_id"])
    return one(timeline(recording, names.state_machine_arn, names.fulfilment_machine_arn))


@app.route("GET", f"{ORDER}/totals/explain", Kind.READ, "Explain Totals")
def explain_totals(request: Request) -> Answer:
    from merchant.orders.explained import explanation
    from till.domain.explaining import explain

    shop = wiring.catalog().shop(request.path["shop"])
    basket = found(wiring.orders().get(shop.identifier, request.path["order_id"])).basket
    return one(explanation(explain(basket, shop), basket.currency))


@app.route("PATCH", ORDER, Kind.CALL, "Update Order Note")
def update_order_note(request: Request) -> Answer:
    from till.application.annotating import annotate

    body = parse(OrderChanges, request.body)
    order, sale = annotate(wiring.sales(), request.path["shop"], request.path["order_id"], body.note, body.tags)
    return _detail(order, sale)


@app.route("POST", f"{ORDER}/anonymize", Kind.CALL, "Anonymize Order")
def anonymize_order(request: Request) -> Answer:
    from till.application.forgetting import may_be_forgotten

    order, sale = _read(request)
    if not order.anonymized:
        if not may_be_forgotten(order, sale):
            raise Refused(
                "Somebody still has to send this order, be told of it, be paid or paid back: it needs its name.",
                "order",
            )
        (whole,) = wiring.anonymizing().anonymize([(order, sale)])
        order, sale = whole.order, whole.sale
    return _detail(order, sale)


@app.route("POST", f"{ORDER}/payment_link", Kind.TOKEN, "Create Payment Link")
def create_payment_link(request: Request) -> Answer:
    # Here, and not above: nothing else of the merchant's API makes tokens.
    from till.runtime import session

    order, sale = wiring.sales().get(request.path["shop"], request.path["order_id"])
    if not due(sale):
        raise Refused(NOTHING_DUE, "order_id")
    names = environment().jwt_secret, order.shop, order.public_id, request.now
    token = session.issue(*names, session.LINK_TYPE)
    url = f"{request.api_url}/pay/{order.shop}/{order.public_id}?token={token}"
    expires_at = request.now + session.LINK_LIFE_SECONDS
    return one({"url": url, "amount": due(sale), "currency": order.basket.currency, "expires_at": expires_at}, 201)


@app.route("POST", f"{SHOP}/carts", Kind.CALL, "Create Cart")
def create_cart(request: Request) -> Answer:
    items, cart_id = parse(CartBody, request.body).wanted(), request.new_id()
    shop = wiring.catalog().shop(request.path["shop"])
    if request.is_again and (made := wiring.carts().get(shop.identifier, cart_id)):
        return one(rendering.cart(made), 201)
    basket = add_items(wiring.catalog(), Basket(shop.currency), items, shop, "items")
    number = wiring.catalog().next_numbers(shop.identifier, "CART", 1)[0]
    cart = Cart(cart_id, shop.identifier, basket, request.now, request.now + LIFE_SECONDS, number)
    return one(rendering.cart(wiring.carts().save(cart)), 201)


@app.route("GET", f"{SHOP}/carts/{{cart_id}}", Kind.READ, "Get Cart")
def get_cart(request: Request) -> Answer:
    cart = wiring.carts().get(request.path["shop"], request.path["cart_id"])
    if cart is None:
        raise NotFound("There is no such cart.", "cart_id")
    return one(rendering.cart(cart))


@app.route("GET", f"{SHOP}/gateways/{{gateway_id}}/ledger", Kind.READ, "Read Sandbox Ledger")
def read_ledger(request: Request) -> Answer:
    shop = wiring.catalog().shop(request.path["shop"])
    page = wiring.gateways().ledger(shop, request.path["gateway_id"], *page_asked(request))
    return listed(page, rendering.ledger_entry)


@app.route("POST", f"{SHOP}/gateways/{{gateway_id}}/ledger/{{key}}/act", Kind.CALL, "Act At Sandbox")
def act_at_sandbox(request: Request) -> Answer:
    from till.adapters.payments import sandbox_acts, sandbox_webhooks

    body = parse(ActBody, request.body)
    shop, gateway_id = wiring.catalog().shop(request.path["shop"]), request.path["gateway_id"]
    sandbox = wiring.gateways().sandbox(shop, gateway_id)
    entry = sandbox_acts.perform(sandbox, request.path["key"], body.event, body.amount)
    url = webhook_url(request.api_url, shop.identifier, gateway_id)
    heard = sandbox_webhooks.send(wiring.outbound(), shop.identifier, gateway_id, url, entry)
    return one(rendering.ledger_entry(entry) | {"webhook": {"url": url, "delivered": heard}})


def _read(request: Request) -> tuple[Order, Sale | None]:
    shop, order_id = request.path["shop"], request.path["order_id"]
    order = found(wiring.orders().get(shop, order_id))
    return wiring.sales().get(shop, order_id) if order.placed_at else (order, None)


def _detail(order: Order, sale: Sale | None) -> Answer:
    return one(rendering.detail(order, wiring.orders().attempts(order.shop, order.id), sale))
