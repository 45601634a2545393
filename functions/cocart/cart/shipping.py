"""How the cart is sent: chosen, and worked out for a place.

Wire format: CoCart Plus 2.0, and its newer clients for `calculate/shipping`.
"""

from __future__ import annotations

from cocart.cart.routes import changed, v2
from cocart.cart.wire import offered
from cocart.storefront import Shopper, sent
from cocart.wire import is_destined, shipping_named
from till.application.idempotency import Answer
from till.domain.cart import Cart
from till.domain.errors import Invalid, NotFound
from till.runtime.app import Kind, Request
from till.runtime.validation import parse


@v2("POST", "cart/set-shipping-method", Kind.CHANGE, "Set Shipping Method", takes="ShippingMethodBody")
def set_shipping_method(request: Request) -> Answer:
    from cocart.cart.models import ShippingMethodBody

    key = parse(ShippingMethodBody, sent(request)).rate_id.strip()
    if not key:
        raise NotFound("A shipping rate ID is required.", "rate_id", "cocart_missing_rate_id")

    def edit(cart: Cart, who: Shopper) -> Cart:
        return with_shipping_method(cart, who, key)

    return changed(request, edit)


@v2("POST", "cart/calculate/shipping", Kind.CHANGE, "Calculate Shipping", takes="CalculateShippingBody")
def calculate_shipping(request: Request) -> Answer:
    from cocart.addresses import with_addresses
    from cocart.cart.models import CalculateShippingBody

    place = parse(CalculateShippingBody, sent(request)).sent()
    if not place.get("country"):
        raise Invalid("A country is required to calculate shipping.", "country", "cocart_missing_country")

    def edit(cart: Cart, who: Shopper) -> Cart:
        return with_addresses(cart, who.shop, {}, place)

    return changed(request, edit, {"success": ["Shipping calculated."]})


def with_shipping_method(cart: Cart, who: Shopper, key: str) -> Cart:
    """The cart sent that way. Raises `NotFound`, `Invalid`."""
    basket = cart.basket
    if not basket.requires_shipping or not who.shop.shipping_zones:
        raise NotFound("Shipping is disabled for this cart.", code="cocart_shipping_disabled")
    if not is_destined(basket):
        raise NotFound("It is not known yet where to send this cart.", code="cocart_shipping_not_calculated")
    choice = shipping_named(offered(basket, who.shop), key)
    if choice is None:
        raise Invalid(f'The shipping method "{key}" is not available.', "rate_id", "cocart_invalid_shipping_method")
    return cart.with_basket(basket.with_shipping(choice))
