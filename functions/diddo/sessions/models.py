"""What the bodies about checkout sessions are made of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated

from pydantic import AliasChoices, Field, StrictInt, StringConstraints

from diddo.bodies import CartId, DiddoBody
from till.application.session_changes import Named
from till.domain.buyer import Said
from till.domain.errors import Invalid, Refused
from till.runtime.validation import TextOrNumber, email, parse

BUYER = "buyer_info."
Text = Annotated[TextOrNumber, StringConstraints(max_length=255)]
# Theirs -> ours.
_PARTS = {
    "first_name": "first_name",
    "last_name": "last_name",
    "phone": "phone_number",
    "address1": "address_line_1",
    "address2": "address_line_2",
    "city": "city",
    "province_code": "province_code",
    "country_code": "country_code",
    "postal_code": "postal_code",
}
_NAMES = {ours: theirs for theirs, ours in _PARTS.items()} | {"province": "province_code"}


class BuyerBody(DiddoBody):
    """Who buys, and where to. What is left out, or null, is as before; an empty text takes it back."""

    first_name: Text | None = None
    last_name: Text | None = None
    email: Text | None = None
    phone: Text | None = None
    address1: Text | None = Field(default=None, validation_alias=AliasChoices("address1", "address_1"))
    address2: Text | None = Field(default=None, validation_alias=AliasChoices("address2", "address_2"))
    city: Text | None = None
    province_code: Text | None = None
    country_code: Text | None = None
    postal_code: Text | None = None

    def said(self, prefix: str = "") -> Said:
        """As the use cases take it. Raises `Invalid` for an e-mail address that is none."""
        given = ((ours, getattr(self, theirs)) for theirs, ours in _PARTS.items())
        parts = {ours: value for ours, value in given if value is not None}
        return Said(email(self.email, f"{prefix}email") if self.email else "", parts)


class ShippingBody(DiddoBody):
    """The session by either of its ids; `buyer_identity` is an older name."""

    cart_id: CartId = ""
    payment_intent_id: Text | None = None
    buyer_info: BuyerBody | None = Field(
        None, validation_alias=AliasChoices("buyer_info", "buyerInfo", "buyer_identity", "buyerIdentity")
    )


class MethodBody(DiddoBody):
    """One of the `shipping_methods` that the session's cart offers."""

    cart_id: CartId
    shipping_method_id: StrictInt


def shipping(body: object) -> tuple[Named, Said]:
    """Which session, and what its shopper says. Raises `Invalid`, naming the field."""
    parsed = parse(ShippingBody, body)
    said = (parsed.buyer_info or BuyerBody()).said(BUYER)
    return Named(parsed.cart_id, parsed.payment_intent_id or ""), said


def method(body: object) -> tuple[Named, int]:
    """Which session, and the number of a way to ship. Raises `Invalid`, naming the field."""
    parsed = parse(MethodBody, body)
    return Named(parsed.cart_id), parsed.shipping_method_id


def buyer(body: object) -> Said:
    """What is said of a customer. Raises `Invalid`, naming the field."""
    return parse(BuyerBody, body).said()


@contextmanager
def their_names(prefix: str = "") -> Iterator[None]:
    """Refusals name the parts of an address as the bodies do."""
    try:
        yield
    except (Invalid, Refused) as error:
        problems = [
            replace(one, field=prefix + _NAMES[one.field]) if one.field in _NAMES else one for one in error.problems
        ]
        raise type(error).of(problems) from None
