"""The tokens of a shop's clients, of its customers and of the members of its accounts.

An access token says for which client of which shop somebody asks, and by which grant it was had; it lives an hour.
The other two come beside it and say who the shopper is; they live a day.
"""

from __future__ import annotations

from collections.abc import Mapping

from till.runtime import signed
from till.runtime.settings import environment

ACCESS = "access+jwt"
CUSTOMER = "customer+jwt"
MEMBER = "account-management+jwt"
LIVES = {ACCESS: 3600, CUSTOMER: 86_400, MEMBER: 86_400}
# Grants. Whoever has the client's secret is trusted; anybody may have its id.
IMPLICIT = "implicit"
CLIENT_CREDENTIALS = "client_credentials"

# What each says besides its times; all of it text.
_CLAIMS = {
    ACCESS: ("shop", "client", "grant"),
    CUSTOMER: ("shop", "person", "sign_in"),
    MEMBER: ("shop", "person", "sign_in", "account"),
}


def issue(type_: str, claims: Mapping[str, str], now: int) -> str:
    """A token of that type, valid from now on."""
    return signed.sign(environment().jwt_secret, type_, claims, now, LIVES[type_])


def verify(type_: str, token: str, now: int) -> Mapping[str, str]:
    """What the token says. Raises `Unauthenticated` unless it is ours, in time and of that type."""
    claims = signed.claims(environment().jwt_secret, type_, token, now, LIVES[type_])
    names = _CLAIMS[type_]
    said = {name: value for name in names if isinstance(value := claims.get(name), str) and value}
    if len(said) < len(names):
        raise signed.invalid()
    return said


def shop_of(token: str) -> str:
    """The shop of an access token, be it expired: for what a browser may read, not for what it may do. Raises
    `Unauthenticated` unless it is ours."""
    return str(signed.claims_of_any_time(environment().jwt_secret, ACCESS, token).get("shop", ""))
