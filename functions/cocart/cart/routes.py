"""What all routes of the cart have in common: the app, and answers with the whole cart."""

from __future__ import annotations

from collections.abc import Callable

from cocart.cart.wire import Notices, cart_body
from cocart.storefront import Edit, Shopper, change, cocart, route
from till.application.idempotency import Answer
from till.domain.cart import Cart
from till.runtime.app import Handler, Kind, Request

app = cocart()


def v2(method: str, path: str, kind: Kind, summary: str, takes: str = "") -> Callable[[Handler], Handler]:
    """Declare a route of `cocart/v2`."""
    return route(app, method, f"v2/{path}", kind, summary, takes)


def changed(request: Request, edit: Edit, notices: Notices | None = None) -> Answer:
    """Edit the cart and answer with all of it. `notices` may be filled by the edit."""

    def render(cart: Cart, who: Shopper) -> object:
        return cart_body(request, cart, who, notices)

    return change(request, edit, render)
