"""Whose cart the page is for."""

from __future__ import annotations

from till.application.identifiers import forms
from till.domain.errors import NotFound
from till.runtime import wiring
from till.runtime.app import Request
from till.runtime.settings import environment

_LONGEST_ID = 255


def shop_of(request: Request) -> str:
    """The shop that is named, or whose template or live cart it is. Raises `NotFound` for what is no cart's id."""
    named, cart_id = request.query.get("shop", ""), request.path["cart_id"]
    if max(len(cart_id), len(named)) > _LONGEST_ID:
        raise NotFound("There is no cart with this id.", "cart_id", "cart_not_found")
    shops = (wiring.carts().shop_of_template(form) for form in forms(cart_id))
    return named or next(filter(None, shops), environment().default_shop)
