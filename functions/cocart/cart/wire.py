"""Carts as clients read them.

Wire format: CoCart 4.3.6, whose full cart has `items` as a list; amounts are minor units as text, but for what a coupon
saves (formatted) and what shipping costs (decimal). The quantity has the members of newer versions besides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cocart.storefront import Shopper, is_yes
from cocart.wire import (
    Json,
    billing_address,
    cart_hash,
    is_destined,
    item_keys,
    line_amounts,
    needs_payment,
    shipping_address,
    shipping_key,
    totals,
)
from till.adapters.money_formats import formatted, signs
from till.domain.address import Address
from till.domain.basket import Basket, LineItem
from till.domain.cart import SHIPPING_GROUPS, Cart
from till.domain.currency import currency
from till.domain.discount import Discount, DiscountKind, DiscountSource
from till.domain.discounting import Reduction, reductions
from till.domain.money import to_decimal
from till.domain.pricing import price
from till.domain.shipping import ShippingLine
from till.domain.shop import Shop
from till.runtime.app import Request

EMPTY_HASH = "No items in cart so no hash"
NO_LIMIT = -1
PACKAGE = "default"
TOTALS = (
    "subtotal",
    "subtotal_tax",
    "fee_total",
    "fee_tax",
    "discount_total",
    "discount_tax",
    "shipping_total",
    "shipping_tax",
    "total",
    "total_tax",
)

type Notices = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class View:
    """A cart as one request wants it: amounts written by `money`, pictures or none."""

    cart: Cart
    shop: Shop
    money: Callable[[int], str]
    thumbs: bool = True

    @property
    def basket(self) -> Basket:
        return self.cart.basket

    @property
    def currency(self) -> str:
        """An empty cart has none yet."""
        return self.basket.currency or self.shop.currency

    def formatted(self, amount: int) -> str:
        """As people of the shop's country read it."""
        return formatted(amount, self.currency, self.shop.locale)


def view(request: Request, cart: Cart, shop: Shop) -> View:
    """The cart as `formatted` and `thumb` of the query have it."""
    code = cart.basket.currency or shop.currency
    money = (lambda amount: formatted(amount, code, shop.locale)) if is_yes(request, "formatted") else str
    return View(cart, shop, money, request.query.get("thumb", "true").lower() not in ("false", "0"))


def cart_body(request: Request, cart: Cart, who: Shopper, notices: Notices | None = None) -> Json:
    """The whole cart, or those of its members that `fields` names."""
    shown = view(request, cart, who.shop)
    basket, priced = cart.basket, price(cart.basket)
    body: Json = {
        "cart_hash": cart_hash(cart) if basket.lines else EMPTY_HASH,
        "cart_key": who.key_of(cart),
        "currency": currency_signs(shown.currency, who.shop.locale),
        "customer": {
            "billing_address": billing_address(basket, "billing_"),
            "shipping_address": shipping_address(basket, "shipping_"),
        },
        "items": list(items(shown).values()),
        "item_count": item_count(basket),
        "items_weight": sum(line.weight_grams * line.quantity for line in basket.lines) / 1000,
        "coupons": coupons(shown),
        "needs_payment": needs_payment(basket),
        "needs_shipping": basket.requires_shipping,
        "shipping": shipping(shown),
        "fees": [{"name": fee.text, "fee": shown.money(amount)} for fee, amount in priced.fees],
        "taxes": [{"name": tax.name, "price": shown.money(tax.amount)} for tax in priced.taxes],
        "totals": totals_body(shown),
        "removed_items": [_item(line, key, shown, {}) for line, key in _keyed(cart.removed)],
        "cross_sells": [],
        "notices": notices or [],
    }
    wanted = request.query.get("fields") or request.query.get("_fields")
    return body if not wanted else {name: body[name] for name in body if name in wanted.replace(" ", "").split(",")}


def mini_cart(request: Request, cart: Cart, who: Shopper) -> Json:
    """What a badge beside a cart needs."""
    shown = view(request, cart, who.shop)
    kept = ("item_key", "id", "name", "price", "cart_item_data", "featured_image")
    return {
        "cart_hash": cart_hash(cart) if cart.basket.lines else EMPTY_HASH,
        "cart_key": who.key_of(cart),
        "currency": currency_signs(shown.currency, who.shop.locale),
        "item_count": item_count(cart.basket),
        "items": [
            {name: item[name] for name in kept if name in item}
            | {"quantity": item["quantity"]["value"], "variation": item["meta"]["variation"]}
            for item in items(shown).values()
        ],
        "subtotal": totals_body(shown)["subtotal"],
    }


def items(shown: View) -> dict[str, Json]:
    """Each item, by its key."""
    amounts = line_amounts(shown.basket)
    return {key: _item(line, key, shown, amounts[line.key]) for line, key in _keyed(shown.basket.lines)}


def item_count(basket: Basket) -> int:
    """Units in the cart."""
    return sum(line.quantity for line in basket.lines)


def totals_body(shown: View) -> Json:
    """What the cart comes to."""
    found = totals(shown.basket)
    return {name: shown.money(found[name]) for name in TOTALS}


def coupons(shown: View) -> list[Json]:
    """The shopper's codes and what each saves."""
    return [
        {
            "coupon": one.discount.code,
            "label": coupon_label(one.discount),
            "discount_type": coupon_type(one.discount),
            "saving": shown.formatted(one.amount),
            "saving_html": f"<strong>{shown.formatted(one.amount)}</strong>",
        }
        for one in applied(shown.basket)
    ]


def applied(basket: Basket) -> list[Reduction]:
    """The shopper's codes."""
    return [one for one in reductions(basket) if one.discount.source is DiscountSource.CODE]


def coupon_label(discount: Discount) -> str:
    """What the merchant calls it."""
    return discount.text or f"Coupon: {discount.code}"


def coupon_type(discount: Discount) -> str:
    """In WooCommerce's words."""
    if discount.kind is DiscountKind.PERCENTAGE:
        return "percent"
    return "fixed_product" if discount.is_narrow else "fixed_cart"


def shipping(shown: View) -> Json:
    """The one package and how it can be sent, once it is known where to."""
    offers = offered(shown.basket, shown.shop)
    chosen = shown.basket.shipping
    package: Json = {
        "package_name": "Shipping",
        "rates": {shipping_key(one).replace(":", "_"): _rate(one, shown) for one in offers},
        "package_details": ", ".join(f"{line.name} x {line.quantity}" for line in shown.basket.lines),
        "index": 0,
        "chosen_method": shipping_key(chosen) if chosen else "",
        "formatted_destination": _destination(shown.basket.shipping_address),
    }
    return {
        "total_packages": 1 if offers else 0,
        "show_package_details": False,
        "has_calculated_shipping": is_destined(shown.basket) and shown.basket.requires_shipping,
        "packages": {PACKAGE: package} if offers else {},
    }


def offered(basket: Basket, shop: Shop) -> tuple[ShippingLine, ...]:
    """How the cart can be sent: where another dialect set prices of shipping itself, that is the only way."""
    if basket.shipping and basket.shipping.code == SHIPPING_GROUPS:
        return (basket.shipping,)
    return basket.shipping_offers(shop) if is_destined(basket) else ()


def currency_signs(code: str, locale: str) -> Json:
    """How amounts are written where the shop is."""
    before, after, point, comma = signs(code, locale)
    prefix, suffix = before.strip(), after.strip()
    side = "left" if prefix else "right"
    spaced = (before or after) != (prefix or suffix)
    return {
        "currency_code": code,
        "currency_symbol": prefix or suffix,
        "currency_symbol_pos": f"{side}_space" if spaced else side,
        "currency_minor_unit": currency(code).exponent,
        "currency_decimal_separator": point,
        "currency_thousand_separator": comma,
        "currency_prefix": before,
        "currency_suffix": after,
    }


def _keyed(lines: Sequence[LineItem]) -> list[tuple[LineItem, str]]:
    keys = item_keys(lines)
    return [(line, keys[line.key]) for line in lines]


def _item(line: LineItem, key: str, shown: View, amounts: dict[str, int]) -> Json:
    """`amounts` are those of a line in the cart; what was removed comes to its price."""
    found = amounts or {"subtotal": line.subtotal, "subtotal_tax": 0, "total": line.subtotal, "tax": 0}
    picture = {"featured_image": line.image_url} if shown.thumbs else {}
    return {
        "item_key": key,
        "id": line.variant_number,
        "name": line.name,
        "title": line.product_title,
        "price": shown.money(line.unit_price),
        "quantity": {
            "value": line.quantity,
            "min_purchase": 1,
            "max_purchase": NO_LIMIT,
            "minimum": 1,
            "maximum": NO_LIMIT,
            "multiple_of": 1,
            "editable": not line.gift_of,
        },
        "totals": {name: shown.money(amount) for name, amount in found.items()},
        "slug": re.sub(r"[^a-z0-9]+", "-", line.product_title.lower()).strip("-"),
        "meta": {
            "product_type": "simple" if line.name == line.product_title else "variation",
            "sku": line.sku,
            "dimensions": {"length": "", "width": "", "height": "", "unit": "cm"},
            "weight": f"{line.weight_grams / 1000:g}",
            "variation": {},
        },
        "backorders": "no",
        "cart_item_data": dict(line.properties),
        **picture,
    }


def _rate(offer: ShippingLine, shown: View) -> Json:
    chosen = shown.basket.shipping
    is_chosen = bool(chosen and chosen.code == offer.code)
    taxes = totals(shown.basket)["shipping_tax"] if is_chosen else 0
    return {
        "key": shipping_key(offer),
        "method_id": offer.code,
        "instance_id": offer.number,
        "label": offer.description,
        "cost": to_decimal(offer.amount, shown.currency),
        "html": f"{offer.description}: {shown.formatted(offer.amount)}" if offer.amount else offer.description,
        "taxes": to_decimal(taxes, shown.currency),
        "chosen_method": is_chosen,
    }


def _destination(address: Address | None) -> str:
    if address is None:
        return ""
    region = f"{address.province_code or address.province} {address.postal_code}".strip()
    return ", ".join(filter(None, (address.address_line_1, address.city, region, address.country_code)))
