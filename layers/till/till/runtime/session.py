"""The tokens of shoppers: each for one purpose, one shop and one order.

A checkout session lives 60 minutes; the link by which a failed charge is paid another way seven days.
Wire format: auth_type and payload.public_order_id as Bold's storefront tokens carry them; times are integers.
"""

from __future__ import annotations

from till.runtime import signed

TYPE = "checkout-session+jwt"
LIFE_SECONDS = 3600
LINK_TYPE = "payment-link+jwt"
LINK_LIFE_SECONDS = 7 * 86_400
_LIVES = {TYPE: LIFE_SECONDS, LINK_TYPE: LINK_LIFE_SECONDS}


def issue(secret_name: str, shop: str, public_id: str, now: int, type_: str = TYPE) -> str:
    """A token for one order, valid from now on."""
    claims = {"auth_type": "V2_API", "payload": {"public_order_id": public_id}, "shop": shop}
    return signed.sign(secret_name, type_, claims, now, _LIVES[type_])


def verify(secret_name: str, token: str, shop: str, public_id: str, now: int, type_: str = TYPE) -> None:
    """Raises `Unauthenticated` unless the token is ours, in time, for this purpose and of this order."""
    claims = signed.claims(secret_name, type_, token, now, _LIVES[type_])
    payload = claims.get("payload")
    order = payload.get("public_order_id") if isinstance(payload, dict) else None
    if claims.get("shop") != shop or order != public_id:
        raise signed.invalid()
