"""The payment iframe (PIGI): a page for a storefront to embed, on which the shopper says how to pay.

Wire format: Bold Checkout Frontend API 2.0, Payment Iframes. The page takes its session's token from the URL, since a
browser sends no Authorization header for a frame. It pays through the same routes as everybody else.
"""

from __future__ import annotations

from dataclasses import replace

from bold.errors import BOLD
from bold.storefront import ORDER
from bold.storefront import authenticate as authenticate_session
from bold.wire import Json, payment
from payment_page.gateways import chosen, money, started
from payment_page.page import framed
from till.application.editing import found
from till.application.idempotency import Answer
from till.domain.errors import AlreadyPlaced
from till.domain.order import PLACED_MESSAGE, Order
from till.domain.shop import Gateway, Shop
from till.domain.style_sheet import StyleSheet
from till.runtime import wiring
from till.runtime.app import App, Kind, Request

STYLES = f"{ORDER}/payments/styles"
IFRAME = f"{ORDER}/payments/iframe"


def authenticate(request: Request) -> str:
    """The order of the session, whose token stands in the URL of the page."""
    if request.route == IFRAME:
        bearer = f"Bearer {request.query.get('token', '')}"
        request = replace(request, headers={**request.headers, "authorization": bearer})
    return authenticate_session(request)


app = App(BOLD, authenticate)
handler = app.handle


@app.route("POST", STYLES, Kind.CHANGE, "Create CSS Styling for PIGI", takes="StylesBody")
def create_styles(request: Request) -> Answer:
    # Here, and not above: a page that is looked at does not wait for the models.
    from bold.payment_iframe.models import style_sheet

    sheet = style_sheet(request.body)
    return wiring.editor().change(
        request.path["shop"],
        request.path["order"],
        lambda order: replace(order, style_sheet=sheet),
        lambda _: Answer(200, _styles(sheet)),
        request.claim,
    )


@app.route("GET", IFRAME, Kind.READ, "Payment Iframe", present=framed)
def iframe(request: Request) -> Answer:
    shop = wiring.catalog().shop(request.path["shop"])
    order = found(wiring.orders().get(shop.identifier, request.path["order"]))
    if order.is_submitted:
        raise AlreadyPlaced(PLACED_MESSAGE, "is_processed")
    return Answer(200, _facts(order, shop, chosen(shop, request.query.get("gateway", ""))))


def _facts(order: Order, shop: Shop, gateway: Gateway) -> Json:
    """What the page's scripts are told. `state` has the members of application_state that they read."""
    customer = order.basket.customer
    return {
        "language": shop.locale,
        "gateway": started(gateway, order.basket.currency, can_retain=bool(customer and customer.platform_id)),
        "gift_card": next((one.id for one in shop.gateways if one.is_gift_card), ""),
        "style_sheet": _style_sheet(order.style_sheet),
        "state": {
            "order_total": order.total,
            "payments": [payment(one) for one in order.payments],
        },
        "currency": money(order.basket.currency),
    }


def _styles(sheet: StyleSheet) -> Json:
    """Clients read `data.style_sheet`; the documents show the same under the names of the request."""
    rendered = _style_sheet(sheet)
    as_sent = {"css_rules": rendered["cssRules"], "media_rules": rendered["mediaRules"]}
    return {"data": {"style_sheet": rendered, **as_sent}}


def _style_sheet(sheet: StyleSheet) -> Json:
    return {
        "cssRules": _rules(sheet.rules),
        "mediaRules": [{"conditionText": one.condition, "cssRules": _rules(one.rules)} for one in sheet.media],
    }


def _rules(texts: tuple[str, ...]) -> list[Json]:
    return [{"cssText": text} for text in texts]
