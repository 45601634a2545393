"""What all routes of carts have in common: the app, the cart and the shop that are meant, and who may set prices."""

from __future__ import annotations

import re
from collections.abc import Callable

from elasticpath.access import caller
from elasticpath.storefront import elasticpath
from till.application.idempotency import Answer
from till.domain.cart import Cart
from till.domain.errors import Forbidden, Invalid
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import Request

wiring.at_init(wiring.carts)

app = elasticpath()

CARTS = "/v2/carts"
CART = f"{CARTS}/{{cart_id}}"
ITEM = f"{CART}/items/{{item_id}}"
CURRENCY_HEADER = "x-moltin-currency"
_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")

type Render = Callable[[Cart, Shop], Answer]


def change(request: Request, edit: Callable[[Cart, Shop], Cart | None], render: Render, cart_id: str = "") -> Answer:
    """Edit the cart of the path and answer it."""
    shop = shop_asked(request)

    def edited(cart: Cart) -> Cart | None:
        return edit(cart, shop)

    def answered(cart: Cart) -> Answer:
        return render(cart, shop)

    wanted = checked_id(cart_id or request.path["cart_id"])
    return wiring.cart_editor().change(shop, wanted, edited, answered, request.claim)


def read(request: Request, render: Render) -> Answer:
    """The cart of the path as it is; an empty one where there is none."""
    shop = shop_asked(request)
    return render(wiring.cart_editor().read(shop, checked_id(request.path["cart_id"])), shop)


def shop_asked(request: Request) -> Shop:
    """The shop of the token."""
    return wiring.catalog().shop(caller(request).shop)


def checked_id(cart_id: str) -> str:
    """Whoever knows it has the cart. Raises `Invalid` for what is no id."""
    if not _ID.fullmatch(cart_id):
        raise Invalid("A cart's id has 1 to 255 of the characters a-z, A-Z, 0-9, _ and -.", "cart_id", "format")
    return cart_id


def currency_asked(request: Request, shop: Shop) -> str:
    """That of the header, else the shop's."""
    return request.headers.get(CURRENCY_HEADER, "").strip().upper() or shop.currency


def require_prices(request: Request, shop: Shop) -> None:
    """Raises `Forbidden` for a storefront whose shop sets all prices by itself."""
    if not (caller(request).is_trusted or shop.settings.shopper_prices):
        raise Forbidden(
            "Only the shop sets prices. Use a token of the grant client_credentials, "
            "or let storefronts set prices by the setting shopper_prices."
        )
