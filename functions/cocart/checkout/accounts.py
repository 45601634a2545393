"""Guests who become customers of the shop with their first order."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from till.application.people import register
from till.domain.basket import Basket
from till.domain.cart import Cart
from till.domain.errors import Invalid, Refused
from till.domain.password import SALT_BYTES, hashed
from till.domain.people import Person, PersonKind
from till.runtime import wiring
from till.runtime.app import Request

if TYPE_CHECKING:
    from cocart.checkout.models import ProcessBody


def with_account(request: Request, cart: Cart, body: ProcessBody) -> Basket:
    """The cart's basket as that of a new customer: the same one when the same draft is checked out again.

    Raises `Invalid` for an address that somebody has an account with, and `TooMany` for whoever tries many.
    """
    guest = cart.basket.customer
    if guest is None or not body.customer_password:
        raise Invalid("A password is required to create an account.", "customer_password", "cocart_password_required")
    wiring.limits().spend(wiring.catalog().shop(cart.shop), "registrations_per_address", request.asker.place)
    new = Person(
        id=wiring.new_id(),
        shop=cart.shop,
        kind=PersonKind.CUSTOMER,
        email=guest.email,
        name=guest.name,
        created_at=request.now,
        updated_at=request.now,
        password=hashed(body.customer_password, os.urandom(SALT_BYTES), "customer_password"),
        registered_by=f"draft {cart.draft_order}",
        number=wiring.people().next_number(cart.shop),
    )
    try:
        person = register(wiring.people(), new)
    except Refused:
        message = "An account with this email address already exists."
        raise Invalid(message, "billing_address.email", "cocart_account_creation_failed") from None
    return replace(cart.basket, customer=replace(guest, id=person.id, is_guest=False))
