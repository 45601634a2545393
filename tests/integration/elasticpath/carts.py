"""Carts that wait to be checked out, and how that is asked for."""

from __future__ import annotations

from typing import Any

from tests.builders import a_line
from till.application.identifiers import ulid
from till.domain.basket import Basket, LineItem
from till.domain.cart import DAY_SECONDS, Cart
from till.runtime import wiring

type Json = dict[str, Any]

ANAHEIM: Json = {
    "first_name": "John",
    "last_name": "Doe",
    "company_name": "Moltin",
    "line_1": "1234 Disney Drive",
    "line_2": "Disney Resort",
    "city": "Anaheim",
    "county": "Orange",
    "region": "CA",
    "postcode": "92802",
    "country": "US",
}
WINNIPEG: Json = {
    "first_name": "John",
    "last_name": "Doe",
    "line_1": "50 Fultz Blvd",
    "city": "Winnipeg",
    "region": "MB",
    "postcode": "R3Y 0L6",
    "country": "CA",
}
JOHN: Json = {"name": "John Doe", "email": "john@example.com"}
BREWER = a_line(key=ulid(0, b"brewbrewbr"))


def put_cart(cart_id: str = "cart-1", lines: tuple[LineItem, ...] = (BREWER,), **members: Any) -> Cart:
    """A cart of the shop with one brewing system for 225.00 CAD, unless said otherwise."""
    now = wiring.now()
    basket = members.pop("basket", None) or Basket("CAD" if lines else "", lines)
    cart = Cart(cart_id, "acme", basket, now, now + 7 * DAY_SECONDS, updated_at=now, born=wiring.new_id())
    stored = wiring.carts().get("acme", cart_id)
    made = {name: getattr(cart, name) for name in Cart.__slots__} | members
    if stored:
        made |= {"version": stored.version, "born": stored.born}
    return wiring.carts().save(Cart(**made))


def checkout(customer: Any = None, **members: Any) -> Json:
    """The body of a checkout: by a guest, to Anaheim, unless said otherwise."""
    who = {} if "contact" in members else {"customer": JOHN if customer is None else customer}
    return {**who, "billing_address": ANAHEIM, **members}
