"""What the cart and the checkout say alike: keys of items, the hash of a cart, amounts, addresses, ways of shipping.

Wire format: CoCart 4.3.6 and its preview of the checkout. Amounts here are integers in minor units: the cart writes
them as they are, the checkout as decimals. All but `total` are without tax, whether prices hold it or not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from till.domain.address import Address
from till.domain.basket import Basket, LineItem
from till.domain.cart import Cart
from till.domain.discounting import discounted
from till.domain.pricing import price
from till.domain.shipping import ShippingLine
from till.domain.tax import TaxLine

type Json = dict[str, Any]


def item_keys(lines: Iterable[LineItem]) -> dict[str, str]:
    """What clients call each line, by its key: made of what it is of and what it is to bear, as WooCommerce makes it.

    What is nothing of the catalogue, a gift, or the same thing once more, is told apart by the line's own key.
    """
    keys: dict[str, str] = {}
    for line in lines:
        parts = [str(line.variant_number or line.variant_id or line.key)]
        if line.properties:
            parts.append("".join(f"{name.strip()}{value.strip()}" for name, value in line.properties.items()))
        if line.is_custom or line.gift_of:
            parts.append(line.key)
        key = _md5("_".join(parts))
        keys[line.key] = key if key not in keys.values() else _md5("_".join((*parts, line.key)))
    return keys


def line_named(lines: Sequence[LineItem], item_key: str) -> LineItem | None:
    """The line that clients call so."""
    keys = item_keys(lines)
    return next((line for line in lines if keys[line.key] == item_key), None)


def cart_hash(cart: Cart) -> str:
    """A digest of what would be bought, for how much, by whom, and how it is sent and paid."""
    basket, totals = cart.basket, price(cart.basket)
    keys = item_keys(basket.lines)
    facts = (
        basket.currency,
        [(keys[line.key], line.quantity, line.unit_price) for line in basket.lines],
        [(one.discount.id, one.amount) for one in totals.discounts],
        [(fee.id, amount) for fee, amount in totals.fees],
        basket.shipping and (basket.shipping.code, basket.shipping.amount),
        [(tax.name, tax.amount) for tax in totals.taxes],
        totals.total,
        basket.customer and (basket.customer.id, basket.customer.email),
        _address(basket.billing_address),
        _address(basket.shipping_address),
        cart.payment_method,
        cart.shown_currency,
    )
    return _md5(repr(facts))


def totals(basket: Basket) -> dict[str, int]:
    """What a basket comes to. subtotal - discount_total is cart_contents_total, and that with shipping_total, fee_total
    and total_tax is total."""
    found, quote = price(basket), basket.taxes
    lines = _sum(tax for _, taxes in quote.lines for tax in taxes) if quote else 0
    shipping_tax, fee_tax = (_sum(quote.shipping), _sum(quote.fees)) if quote else (0, 0)
    inside = bool(quote and quote.included)
    off_shipping = sum(one.shipping for one in found.discounts)
    off_items = sum(one.amount for one in found.discounts) - off_shipping
    subtotal = found.items - lines * inside
    return {
        "subtotal": subtotal,
        "subtotal_tax": lines,
        "fee_total": sum(amount for _, amount in found.fees) - fee_tax * inside,
        "fee_tax": fee_tax,
        "discount_total": off_items,
        "discount_tax": 0,
        "shipping_total": found.shipping - off_shipping - shipping_tax * inside,
        "shipping_tax": shipping_tax,
        "cart_contents_total": subtotal - off_items,
        "cart_contents_tax": lines,
        "total": found.total,
        "total_tax": found.tax,
    }


def line_amounts(basket: Basket) -> dict[str, dict[str, int]]:
    """What each line comes to, by its key: `subtotal` before discounts, `total` after them, both without tax."""
    quote = basket.taxes
    paid = discounted(basket, price(basket).discounts)
    taxes = {key: _sum(found) for key, found in quote.lines} if quote else {}

    def of(line: LineItem) -> dict[str, int]:
        tax = taxes.get(line.key, 0)
        inside = tax if quote and quote.included else 0
        total = paid[line.key] - inside
        return {"subtotal": line.subtotal - inside, "subtotal_tax": tax, "total": total, "tax": tax}

    return {line.key: of(line) for line in basket.lines}


def billing_address(basket: Basket, prefix: str = "") -> Json:
    """Where the bill goes, with how the shopper is reached."""
    value = basket.billing_address or Address()
    email = basket.customer.email if basket.customer else ""
    reached = {f"{prefix}phone": value.phone_number, f"{prefix}email": email}
    return _address_members(value, prefix) | reached


def shipping_address(basket: Basket, prefix: str = "") -> Json:
    """Where the parcel goes."""
    return _address_members(basket.shipping_address or Address(), prefix)


def shipping_key(offer: ShippingLine) -> str:
    """What clients call a way of shipping: `{method}:{instance}`."""
    return f"{offer.code}:{offer.number}"


def shipping_named(offers: Iterable[ShippingLine], key: str) -> ShippingLine | None:
    """The way of shipping that clients call so; the method alone will do."""
    return next((offer for offer in offers if key in (shipping_key(offer), offer.code)), None)


def is_destined(basket: Basket) -> bool:
    """Is it known which country the parcel goes to?"""
    return basket.shipping_address is not None and bool(basket.shipping_address.country_code)


def needs_payment(basket: Basket) -> bool:
    """Is there anything to be paid?"""
    return bool(basket.lines) and price(basket).total > 0


def _address_members(value: Address, prefix: str) -> Json:
    members = {
        "first_name": value.first_name,
        "last_name": value.last_name,
        "company": value.business_name,
        "country": value.country_code,
        "address_1": value.address_line_1,
        "address_2": value.address_line_2,
        "postcode": value.postal_code,
        "city": value.city,
        "state": value.province_code or value.province,
    }
    return {f"{prefix}{name}": text for name, text in members.items()}


def _address(value: Address | None) -> tuple[str, ...]:
    return (*_address_members(value, "").values(), value.phone_number) if value else ()


def _sum(taxes: Iterable[TaxLine]) -> int:
    return sum(tax.amount for tax in taxes)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
