"""Addresses as CoCart's clients write them.

Wire format: CoCart 4.3.6 and its preview of the checkout. `state` is a code or a name, `email` and `phone` stand among
the members of a billing address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from till.domain.address import Address, flaw, normalise
from till.domain.basket import Customer
from till.domain.cart import Cart
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.validation import LenientBody, email

# By the names of the domain's members.
MEMBERS = {
    "first_name": "first_name",
    "last_name": "last_name",
    "company": "business_name",
    "country": "country_code",
    "address_1": "address_line_1",
    "address_2": "address_line_2",
    "postcode": "postal_code",
    "city": "city",
    "phone": "phone_number",
}
NAMES = (*MEMBERS, "state")


def _plain(value: object) -> object:
    """Null is blank, a number what it looks like, and a line break a space."""
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return " ".join(value.split()) if isinstance(value, str) else value


def _writable(value: str, info: ValidationInfo) -> str:
    """Raises where it is too long for a label, or holds what nobody can read."""
    if problem := flaw(str(info.field_name).replace("_", " "), value):
        raise PydanticCustomError("format", "{problem}", {"problem": problem})
    return value


Blank = Annotated[
    str | None, BeforeValidator(_plain, json_schema_input_type=str | int | None), AfterValidator(_writable)
]


class ShippingBody(LenientBody):
    """Where the parcel goes. What is not sent stays as it was."""

    first_name: Blank = None
    last_name: Blank = None
    company: Blank = None
    country: Blank = None
    address_1: Blank = None
    address_2: Blank = None
    postcode: Blank = None
    city: Blank = None
    state: Blank = None
    phone: Blank = None

    def sent(self) -> dict[str, str]:
        """What was, by CoCart's names."""
        return {name: value for name in NAMES if (value := getattr(self, name)) is not None}


class BillingBody(ShippingBody):
    """Where the bill goes, and by which address the shopper is reached."""

    email: Blank = None


def addressed(old: Address | None, sent: Mapping[str, str]) -> Address:
    """The address with what was sent, by CoCart's names, in the layout of its country; what is wrong stays as it is."""
    members = {MEMBERS[name]: value for name, value in sent.items() if name in MEMBERS}
    address = replace(old or Address(), **members)
    if "country" in sent and "state" not in sent and old and address.country_code != old.country_code:
        address = replace(address, province="", province_code="")
    if "country" in sent:
        address = replace(address, country="")
    if "state" in sent:
        address = replace(address, province=sent["state"], province_code="")
    return normalise(address, wiring.address_book().rules(address.country_code))


def with_addresses(
    cart: Cart, shop: Shop, billing: Mapping[str, str], shipping: Mapping[str, str], own_shipping: bool = False
) -> Cart:
    """The cart with what was sent of its addresses. The parcel goes where the bill does until told otherwise."""
    basket = cart.basket
    follows = basket.shipping_address in (None, basket.billing_address) and not own_shipping
    if billing:
        basket = basket.with_billing_address(addressed(basket.billing_address, billing))
        if follows and not shipping:
            basket = basket.with_shipping_address(basket.billing_address, shop)
    if shipping:
        basket = basket.with_shipping_address(addressed(basket.shipping_address, shipping), shop)
    return cart.with_basket(basket)


def with_email(cart: Cart, text: str, field: str = "email") -> Cart:
    """The cart of a guest who is reached at that address; a customer is at the one that they signed in with. Raises
    `Invalid`."""
    known = cart.basket.customer
    if cart.owners or (known and not known.is_guest):
        return cart
    address = email(text, field) if text else ""
    guest = replace(known or Customer("", ""), email=address) if address else None
    return replace(cart, contact={"email": address} if address else {}, basket=replace(cart.basket, customer=guest))
