"""What every route of this dialect has in common: whose key it is, and which cart is meant.

An organisation is a shop, its API key a token of the merchant with the scope `checkout`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from diddo.errors import CART_NOT_FOUND, DiddoDialect
from till.application.identifiers import forms, is_ulid
from till.application.tokens import Principal, Scope
from till.domain.errors import Forbidden, Invalid, TillError
from till.domain.shop import Shop
from till.runtime import merchant_auth, wiring
from till.runtime.app import App, Request
from till.runtime.location import RESERVED
from till.runtime.settings import environment

if TYPE_CHECKING:
    from till.domain.cart import Cart
    from till.domain.order import Order

BAD_REQUEST, UNPROCESSABLE = 400, 422
_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")


def diddo(refused: int = UNPROCESSABLE) -> App:
    """An app whose routes take an API key. `refused` is the status of what the state does not allow."""
    return App(DiddoDialect(refused), authenticate, shop_of)


def authenticate(request: Request) -> str:
    """Whose key it is. Raises `Unauthenticated`, and `Forbidden` for a token that may not check out."""
    return _principal(request).id


def shop_of(request: Request) -> str:
    """The organisation of the key; of a token for every shop, the deployment's default one. Raises as `authenticate`
    does."""
    shop = _principal(request).shop or environment().default_shop
    if not shop:
        raise Forbidden("This token is for every shop, and there is no default one. Use a token that is for one shop.")
    return shop


def shop_asked(request: Request) -> Shop:
    """The same as a whole."""
    return wiring.catalog().shop(shop_of(request))


def checked_id(cart_id: str) -> str:
    """Raises `Invalid` for what is no cart's id."""
    if not _ID.fullmatch(cart_id) or cart_id in RESERVED:
        raise Invalid("A cart's id has 1 to 255 of the characters a-z, A-Z, 0-9, _ and -.", "cart_id")
    return cart_id


def cart_or_live(shop: Shop, cart_id: str) -> Cart | Order | None:
    """The order that is the live cart of a session, or the cart with this id, which may be in its other form.

    The order first: guests of other dialects choose the ids of their carts, and could stand in its place.
    """
    return live_cart(shop, cart_id) or stored_cart(shop, cart_id)


def stored_cart(shop: Shop, cart_id: str) -> Cart | None:
    """A template, or a guest's cart of another dialect. Those of customers are their own."""
    found = (wiring.carts().get(shop.identifier, form) for form in forms(cart_id))
    return next((cart for cart in found if cart and not cart.owners), None)


def live_cart(shop: Shop, cart_id: str) -> Order | None:
    """The order of a checkout session, by its ULID or the UUID that is the same."""
    if order_id := next(filter(is_ulid, forms(cart_id)), ""):
        order = wiring.orders().get(shop.identifier, order_id)
        return order if order and order.is_session else None
    return None


def unknown(shop: Shop, cart_id: str, kind: type[TillError] = Invalid) -> TillError:
    """Why there is no such cart: it is another organisation's, or nobody's. `NotFound` where the route has a 404."""
    if any(wiring.carts().shop_of_template(form) not in ("", shop.identifier) for form in forms(cart_id)):
        return Forbidden("This cart is another organisation's.", "cart_id")
    return kind("There is no such cart.", "cart_id", CART_NOT_FOUND)


def _principal(request: Request) -> Principal:
    principal = merchant_auth.authenticate(request.headers)
    principal.require(Scope.CHECKOUT)
    return principal
