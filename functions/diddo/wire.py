"""Carts as Diddo's clients read them: a template, or the live cart of a checkout session, which is an order.

Wire format: Diddo's carts as its public sandbox reads them. Money is `{"value", "currency"}` in minor units. The names
within `offer`, and `discount` and `fees` of `cost`, are ours. There is one store: the shop.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from till.domain.address import Address
from till.domain.basket import Basket, Customer, LineItem
from till.domain.cart import Cart
from till.domain.pricing import price, zone_taxes
from till.domain.shipping import ShippingLine
from till.domain.shop import Shop

if TYPE_CHECKING:
    from till.domain.order import Order

type Json = dict[str, object]

MARKETPLACE = "TILL"
IN_PROGRESS, SUBMITTED = "IN_PROGRESS", "SUBMITTED"


def cart(value: Cart | Order, shop: Shop, gone: Collection[str] = ()) -> Json:
    """The whole cart, by its own id. `gone` are the ULIDs of variants that cannot be had."""
    basket = value.basket if value.basket.currency else replace(value.basket, currency=shop.currency)
    store = {
        "cart_lines": [_line(line, basket.currency, line.variant_id not in gone) for line in basket.lines],
        "is_submitted": is_submitted(value),
        "offer": offer(basket, shop),
    }
    return {
        "id": value.id,
        "buyer_identity": buyer_identity(basket, None if isinstance(value, Cart) else value.unfinished_address),
        "stores": [store] if basket.lines else [],
        "cost": cost(basket),
    }


def is_submitted(value: Cart | Order) -> bool:
    """Was it paid? A template never is."""
    return not isinstance(value, Cart) and value.is_submitted


def status(value: Cart | Order) -> str:
    """Where it stands, in the two words that there are for that."""
    return SUBMITTED if is_submitted(value) else IN_PROGRESS


def buyer_identity(basket: Basket, unfinished: Address | None = None) -> Json | None:
    """Who buys and where to, be it not enough to ship to yet; None before anything of it is known."""
    known = basket.shipping_address or unfinished
    address, customer = known or Address(), basket.customer or Customer("", "")
    if known is None and basket.customer is None:
        return None
    return {
        "first_name": address.first_name or customer.first_name,
        "last_name": address.last_name or customer.last_name,
        "email": customer.email,
        "phone": address.phone_number,
        "address_1": address.address_line_1,
        "address_2": address.address_line_2,
        "city": address.city,
        "province_code": address.province_code,
        "country_code": address.country_code,
        "postal_code": address.postal_code,
    }


def cost(basket: Basket) -> Json:
    """What it comes to. `subtotal` and `shipping` are before discounts; tax that is inside of the prices is told, and
    adds nothing to the total."""
    totals = price(basket)
    amounts = {
        "subtotal": totals.items,
        "discount": sum(one.amount for one in totals.discounts),
        "fees": sum(amount for _, amount in totals.fees),
        "shipping": totals.shipping,
        "tax": totals.tax,
        "total": totals.total,
    }
    return {name: _money(amount, basket.currency) for name, amount in amounts.items()}


def offer(basket: Basket, shop: Shop) -> Json:
    """The ways to ship that there are, once it is known where to."""
    return {
        "subtotal": _money(basket.items_total, basket.currency),
        "shipping_methods": [_method(line, basket, shop) for line in basket.shipping_offers(shop)],
        "selected_shipping_method": _method(basket.shipping, basket, shop) if basket.shipping else None,
    }


def _method(line: ShippingLine, basket: Basket, shop: Shop) -> Json:
    """`taxes` and `total` are of the whole cart, if it ships like this. A tax provider is not asked for a choice that
    nobody made: they are null."""
    shipped = basket.with_shipping(line)
    if shipped.taxes is None and shop.tax_provider is None and not basket.tax_items:
        shipped = replace(shipped, taxes=zone_taxes(shipped, shop))
    totals = price(shipped) if shipped.taxes else None
    return {
        "id": line.number,
        "label": line.description,
        "price": _money(line.amount, basket.currency),
        "taxes": _money(totals.tax, basket.currency) if totals else None,
        "total": _money(totals.total, basket.currency) if totals else None,
    }


def _line(line: LineItem, currency: str, is_available: bool) -> Json:
    """`variant.id` is what changes the line. What is custom has no variant: there it is the line's own key."""
    each = {
        "description": line.description,
        "is_available": is_available,
        "marketplace": MARKETPLACE,
        "price": _money(line.unit_price, currency),
    }
    return {
        "quantity": line.quantity,
        "product": {"id": line.product_platform_id, "title": line.product_title, **each},
        "variant": {
            "id": line.variant_id or line.key,
            "title": line.name,
            **each,
            "image": line.image_url,
        },
        "customizations": [{"key": key, "value": value} for key, value in line.properties.items()],
    }


def _money(amount: int, currency: str) -> Json:
    return {"value": amount, "currency": currency}
