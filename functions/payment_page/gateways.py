"""Which gateway a page is for, and what its own script is started with."""

from __future__ import annotations

from payment_page.page import KINDS
from till.adapters.payments.registry import PRODUCTION
from till.domain.currency import currency
from till.domain.errors import Refused
from till.domain.shop import STRIPE, Gateway, Shop
from till.runtime.settings import environment


def chosen(shop: Shop, wanted: str) -> Gateway:
    """The one that is asked for, else the shop's first that has a page. Raises `Refused`, saying what is missing."""
    asked = [shop.gateway(wanted)] if wanted else [one for one in shop.gateways if not one.is_gift_card]
    off = {"sandbox"} if environment().stage == PRODUCTION else set()
    for gateway in asked:
        if gateway.kind in KINDS and gateway.kind not in off:
            if gateway.kind == STRIPE and not gateway.public_key:
                raise Refused("This payment gateway has no publishable key yet.", "gateway_public_id")
            return gateway
    if not asked:
        raise Refused("This shop has no payment gateway yet.", "gateway_public_id")
    if off.intersection(gateway.kind for gateway in asked):
        raise Refused("The sandbox gateway takes no real money and is off in production.", "gateway_public_id")
    kinds = ", ".join(sorted({gateway.kind for gateway in asked}))
    raise Refused(f"There is no payment page for gateways of this kind yet: {kinds}.", "gateway_public_id")


def started(gateway: Gateway, currency_code: str, can_retain: bool = False) -> dict[str, object]:
    """The gateway as the page's scripts see it. Stripe's own script is never served by anybody but Stripe.

    `can_retain`: is there a customer who may keep the card? `scale` is what an amount is multiplied by to be in
    Stripe's units. Raises `Refused` for a currency that the gateway does not take.
    """
    ours: dict[str, object] = {"id": gateway.id, "kind": gateway.kind, "name": gateway.name}
    if gateway.kind != STRIPE:
        return ours
    from till.adapters.payments.stripe.amounts import to_stripe

    return ours | {
        "is_test": gateway.is_test,
        "public_key": gateway.public_key,
        "can_retain": can_retain,
        "script": f"{environment().stripe_stand_in or 'https://js.stripe.com'}/v3/",
        "scale": to_stripe(100, currency_code) / 100,
    }


def money(currency_code: str) -> dict[str, object]:
    """The currency as the page's scripts see it."""
    return {"iso_code": currency_code, "exponent": currency(currency_code).exponent}
