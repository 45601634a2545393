"""Whose cart the page is for."""

from __future__ import annotations

from till.runtime import wiring
from till.runtime.app import Request
from till.runtime.settings import environment


def shop_of(request: Request) -> str:
    """The shop that is named, or whose template it is."""
    named = request.query.get("shop", "")
    return named or wiring.carts().shop_of_template(request.path["cart_id"]) or environment().default_shop
