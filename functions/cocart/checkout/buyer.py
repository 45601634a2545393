"""What the shopper says of themselves put on their cart: addresses, shipping, payment method, currency. All or nothing,
and all that is wrong is said at once."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from cocart.addresses import MEMBERS, with_addresses, with_email
from cocart.wire import shipping_named
from till.domain.address import Address, AddressProblem, CountryRules, check
from till.domain.basket import Customer
from till.domain.cart import SHIPPING_GROUPS, Cart
from till.domain.errors import Invalid, Problem
from till.domain.exchange import view
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.validation import email

if TYPE_CHECKING:
    from cocart.addresses import ShippingBody
    from cocart.checkout.models import ProcessBody, UpdateBody

_NAMES = {member: name for name, member in MEMBERS.items()} | {"province": "state"}
# What WooCommerce takes for a phone number, with so many digits that somebody may answer.
_PHONE = re.compile(r"[\s#0-9_\-+/().]+")
_FEWEST_DIGITS = 5


def updated(cart: Cart, shop: Shop, body: UpdateBody) -> Cart:
    """The cart with what was sent; an address may still be incomplete. Raises `Invalid`."""
    billing, shipping = _sent(body.billing_address), _sent(body.shipping_address)
    changed = with_addresses(cart, shop, billing, shipping)
    reached = billing.pop("email", "") if billing else ""
    _refuse([*_wrong(changed, shop, reached, whole=False)])
    if reached:
        changed = with_email(changed, reached)
    if body.currency:
        changed = _shown_in(changed, shop, body.currency)
    return _shipped(changed, shop, body.shipping_method)


def agreed(cart: Cart, shop: Shop, body: ProcessBody, new_id: str) -> Cart:
    """The cart of a shopper who orders: complete, and shipped as they have seen it. `new_id` is a new guest's. Raises
    `Invalid`."""
    chosen = cart.basket.shipping
    billing = _sent(body.billing_address)
    changed = with_addresses(cart, shop, billing, _sent(body.shipping_address) if body.use_different_billing else {})
    basket = changed.basket
    bill = basket.billing_address or Address()
    parcel = basket.shipping_address if body.use_different_billing else bill
    parcel = replace(parcel or bill, phone_number=(parcel or bill).phone_number or bill.phone_number)
    if parcel != basket.shipping_address:
        changed = changed.with_basket(basket.with_shipping_address(parcel, shop))
    known = changed.basket.customer
    reached = billing.get("email", "") or (known.email if known else "")
    _refuse([*_wrong(changed, shop, reached, whole=True)])
    if body.currency not in ("", changed.basket.currency):
        raise Invalid(f"Invalid currency code: {body.currency}", "currency", "currency")
    changed = _named(changed, reached, bill, new_id)
    was_dropped = chosen and chosen.code != SHIPPING_GROUPS and changed.basket.shipping is None
    if was_dropped and not body.shipping_method and changed.basket.requires_shipping:
        raise Invalid("Please select a shipping method.", "shipping_method", "cocart_no_shipping_method")
    return _shipped(changed, shop, body.shipping_method)


def _sent(body: ShippingBody | None) -> dict[str, str]:
    """By CoCart's names; with how the shopper is reached, where that was sent."""
    if body is None:
        return {}
    reached = getattr(body, "email", None)
    return body.sent() | ({"email": reached} if reached is not None else {})


def _named(cart: Cart, reached: str, bill: Address, new_id: str) -> Cart:
    """A guest is called what is on the bill."""
    known = cart.basket.customer
    if known and not known.is_guest:
        return cart
    guest_id = known.id if known and known.id else new_id
    guest = Customer(guest_id, email(reached, "email"), bill.first_name, bill.last_name)
    return replace(cart, basket=replace(cart.basket, customer=guest), contact={"email": guest.email})


def _shipped(cart: Cart, shop: Shop, key: str) -> Cart:
    if not key or not cart.basket.requires_shipping:
        return cart
    offer = shipping_named(cart.basket.shipping_offers(shop), key)
    if offer is None:
        message = f'The shipping method "{html.escape(key)}" is not available.'
        raise Invalid(message, "shipping_method", "cocart_invalid_shipping_method")
    return cart.with_basket(cart.basket.with_shipping(offer))


def _shown_in(cart: Cart, shop: Shop, code: str) -> Cart:
    charged = cart.basket.currency or shop.currency
    shown = view(code, charged, shop.currency, shop.settings.exchange_rates)
    return replace(cart, shown_currency=code if shown.is_converted else "")


# What is wrong


def _refuse(problems: list[Problem]) -> None:
    """One problem has a code of its own, several have one together."""
    if len(problems) > 1:
        problems = [replace(one, code="cocart_invalid_address_fields") for one in problems]
    if problems:
        raise Invalid.of(problems)


def _wrong(cart: Cart, shop: Shop, reached: str, *, whole: bool) -> Iterator[Problem]:
    """All that is wrong with how the shopper is reached, and with both addresses. `whole`: what is missing, too."""
    basket = cart.basket
    bill, parcel = basket.billing_address or Address(), basket.shipping_address or Address()
    if reached:
        try:
            email(reached, "email")
        except Invalid:
            message = f'The email address "{html.escape(reached)}" is not valid.'
            yield Problem("cocart_invalid_email_address", message, "billing_address.email")
    elif whole:
        yield Problem("cocart_address_field_required", "Email is required.", "billing_address.email")
    yield from _wrong_with("billing", bill, shop, whole=whole)
    if parcel != bill:
        yield from _wrong_with("shipping", parcel, shop, whole=whole and basket.requires_shipping)


def _wrong_with(kind: str, address: Address, shop: Shop, *, whole: bool) -> Iterator[Problem]:
    rules = wiring.address_book().rules(address.country_code)
    settings = shop.settings
    phone, company = settings.phone_required and kind == "billing", settings.company_required and kind == "billing"
    for problem in check(address, rules, phone_required=phone, company_required=company):
        written = getattr(address, problem.field) or (problem.field == "province" and address.province_code)
        if written or whole:
            yield _said(kind, problem, str(written or ""), rules)
    if address.phone_number and not _is_phone(address.phone_number):
        message = f'The phone number "{html.escape(address.phone_number)}" is not valid.'
        yield Problem("cocart_invalid_phone_number", message, f"{kind}_address.phone")


def _said(kind: str, problem: AddressProblem, written: str, rules: CountryRules | None) -> Problem:
    name = _NAMES.get(problem.field, problem.field)
    field, label = f"{kind}_address.{name}", name.replace("_", " ")
    if not written.strip():
        label = (label if kind == "billing" else f"shipping {label}").capitalize()
        return Problem("cocart_address_field_required", f"{label} is required.", field)
    if problem.field == "country_code":
        message = f"Invalid {kind} country: {html.escape(written)}. Please select a valid country."
        return Problem(f"cocart_invalid_{kind}_country_code", message, field)
    if problem.field == "postal_code" and rules:
        message = f"The postcode <strong>{html.escape(written)}</strong> is not valid for {rules.name} ({rules.code})."
        return Problem(f"cocart_invalid_{kind}_postcode", message, field)
    return Problem("cocart_invalid_address_fields", problem.message, field)


def _is_phone(text: str) -> bool:
    return bool(_PHONE.fullmatch(text)) and sum(map(str.isdigit, text)) >= _FEWEST_DIGITS
