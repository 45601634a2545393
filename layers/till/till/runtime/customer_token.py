"""Customer session tokens: whoever brings one is the customer of whom a shop told something before.

A token lives 24 hours. It carries an id and nothing of the customer, since it is handed on in links.
"""

from __future__ import annotations

from till.runtime import signed

TYPE = "customer-session+jwt"
LIFE_SECONDS = 86_400


def issue(secret_name: str, shop: str, session_id: str, now: int) -> str:
    """A token for what is kept under that id, valid from now on."""
    return signed.sign(secret_name, TYPE, {"jti": session_id, "shop": shop}, now, LIFE_SECONDS)


def session_id(secret_name: str, token: str, shop: str, now: int) -> str:
    """The id in the token. Raises `Unauthenticated` unless it is ours, in time, for this purpose and of this shop."""
    claims = signed.claims(secret_name, TYPE, token, now, LIFE_SECONDS)
    found = claims.get("jti")
    if claims.get("shop") != shop or not isinstance(found, str):
        raise signed.invalid()
    return found
