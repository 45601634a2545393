"""The checkout page that a shopper opens: by a QR code, or from a storefront that has none of its own.

It is the same for whoever asks and makes nothing, so that the preview of a link begins no order: the page's own script
begins the session. All that it reads is the shop.
"""

from __future__ import annotations

from checkout_page.errors import PAGE
from checkout_page.page.document import page
from checkout_page.shops import shop_of
from till.application.idempotency import Answer
from till.runtime import wiring
from till.runtime.app import App, Kind, Request

wiring.at_init(wiring.carts)

app = App(PAGE, lambda _: "", shop_of)
handler = app.handle


@app.route("GET", "/checkout/{cart_id}", Kind.READ, "Checkout Page", present=page)
def checkout_page(request: Request) -> Answer:
    shop = wiring.catalog().shop(shop_of(request))
    look = dict(shop.settings.page)
    return Answer(200, {"language": shop.locale, "shop": shop.name, "country": shop.country, "look": look})
