"""What the shop has said about carts.

Wire format: Elastic Path's cart settings. Carts that are there keep the life that they began with.
"""

from __future__ import annotations

from dataclasses import replace

from elasticpath.access import caller
from elasticpath.carts.routes import app, shop_asked
from elasticpath.requests import parse_data
from till.application.idempotency import Answer
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import Kind, Request

SETTINGS = "/v2/settings/cart"


@app.route("GET", SETTINGS, Kind.READ, "Get Cart Settings")
def get_settings(request: Request) -> Answer:
    caller(request).require_trust()
    return _answer(shop_asked(request))


@app.route("PUT", SETTINGS, Kind.CALL, "Update Cart Settings", takes="CartSettingsBody")
def update_settings(request: Request) -> Answer:
    from elasticpath.carts.models import CartSettingsBody
    from till.application.settings import change_shop

    asks = caller(request)
    asks.require_trust()
    changes = parse_data(CartSettingsBody, request.body).data.changes()
    return _answer(
        change_shop(wiring.catalog(), asks.shop, lambda shop: replace(shop, settings=replace(shop.settings, **changes)))
    )


def _answer(shop: Shop) -> Answer:
    settings = shop.settings
    discounts = {"custom_discounts_enabled": settings.custom_discounts_enabled, "use_rule_promotions": True}
    said = {"type": "settings", "cart_expiry_days": settings.cart_expiry_days, "discounts": discounts}
    return Answer(200, {"data": said})
