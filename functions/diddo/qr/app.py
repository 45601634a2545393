"""QR codes that lead to the checkout of a cart.

Wire format: Diddo's checkout documents. `/qr` is what `Accept` prefers, the suffixes decide it. Where both are as
welcome it is a PNG; for clients that say nothing an SVG, which is text: not every gateway sends them bytes.
"""

from __future__ import annotations

from dataclasses import replace

from diddo.qr.options import best_of, look_asked
from diddo.storefront import checked_id, diddo, shop_asked, stored_cart, unknown
from till.adapters.qr import PNG, SVG, qr_code
from till.application.idempotency import Answer
from till.domain.errors import NotFound, Refused
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import Kind, Request
from till.runtime.etag import etag, is_known
from till.runtime.location import checkout_url
from till.runtime.settings import environment

wiring.at_init(wiring.carts)

QR = "/checkout/{cart_id}/qr"
# The picture is the key's owner's; the shop may name another page for checkouts at any time.
_KEPT = "private, max-age=300"

app = diddo()
handler = app.handle


@app.route("HEAD", QR, Kind.READ, "Head Checkout QR Code")
@app.route("GET", QR, Kind.READ, "Get Checkout QR Code")
def get_code(request: Request) -> Answer:
    accept = request.headers.get("accept", "")
    answer = _code(request, best_of(accept, (PNG, SVG)) if accept else SVG)
    return replace(answer, headers={**answer.headers, "Vary": "Origin, Accept"})


@app.route("HEAD", f"{QR}.png", Kind.READ, "Head Checkout QR Code PNG")
@app.route("GET", f"{QR}.png", Kind.READ, "Get Checkout QR Code PNG")
def get_png(request: Request) -> Answer:
    return _code(request, PNG)


@app.route("HEAD", f"{QR}.svg", Kind.READ, "Head Checkout QR Code SVG")
@app.route("GET", f"{QR}.svg", Kind.READ, "Get Checkout QR Code SVG")
def get_svg(request: Request) -> Answer:
    return _code(request, SVG)


def _code(request: Request, media_type: str) -> Answer:
    look, shop = look_asked(request.query), shop_asked(request)
    picture = qr_code(_url(request, shop), look, media_type)
    tag = etag(picture)
    headers = {"ETag": tag, "Cache-Control": _KEPT, "X-Content-Type-Options": "nosniff"}
    if is_known(request.headers.get("if-none-match", ""), tag):
        return Answer(304, {}, headers, media_type=media_type)
    content = picture.decode() if media_type == SVG else picture
    return Answer(200, {}, headers, content=content, media_type=media_type)


def _url(request: Request, shop: Shop) -> str:
    """Where the code leads. Raises `NotFound`, `Forbidden`, and `Refused` where what is printed could not last."""
    if environment().stage == "prod" and not shop.settings.checkout_url:
        raise Refused(
            "QR codes are printed, and the URL of this API may change: set the shop's checkout_url first.",
            "checkout_url",
        )
    cart_id = checked_id(request.path["cart_id"])
    cart = stored_cart(shop, cart_id)
    if cart is None:
        raise unknown(shop, cart_id, NotFound)
    return checkout_url(shop, cart.id, request.api_url, named_shop=not cart.is_template)
