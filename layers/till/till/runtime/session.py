"""The tokens of shoppers: HS256, each for one purpose, one shop and one order.

A checkout session lives 60 minutes; the link by which a failed charge is paid another way seven days.

`kid` is a digest of the key, so that a rotated key is found among the two live ones and an unknown `kid` means that
the key was rotated a moment ago (the secret is read once more) or that the token is not ours.
Wire format: auth_type and payload.public_order_id as Bold's storefront tokens carry them; times are integers.
"""

from __future__ import annotations

import hashlib
from typing import Any

import jwt

from till.domain.errors import Unauthenticated
from till.runtime import secrets

TYPE = "checkout-session+jwt"
LIFE_SECONDS = 3600
LINK_TYPE = "payment-link+jwt"
LINK_LIFE_SECONDS = 7 * 86_400
_LIVES = {TYPE: LIFE_SECONDS, LINK_TYPE: LINK_LIFE_SECONDS}
LONGEST = 4096
_LEEWAY = 5


def issue(secret_name: str, shop: str, public_id: str, now: int, type_: str = TYPE) -> str:
    """A token for one order, valid from now on."""
    key = secrets.versions(secret_name)[0]
    claims: dict[str, Any] = {
        "auth_type": "V2_API",
        "payload": {"public_order_id": public_id},
        "shop": shop,
        "iat": now,
        "nbf": now,
        "exp": now + _LIVES[type_],
    }
    return jwt.encode(claims, key, algorithm="HS256", headers={"typ": type_, "kid": _kid(key)})


def verify(secret_name: str, token: str, shop: str, public_id: str, now: int, type_: str = TYPE) -> None:
    """Raises `Unauthenticated` unless the token is ours, in time, for this purpose and of this order."""
    claims = _claims(secret_name, token, type_)
    issued, not_before, expires = (_time(claims, name) for name in ("iat", "nbf", "exp"))
    if now >= expires + _LEEWAY:
        raise Unauthenticated("Expired JWT", code="expired_jwt")
    if now < max(issued, not_before) - _LEEWAY or expires - not_before > _LIVES[type_]:
        raise _invalid()
    payload = claims.get("payload")
    order = payload.get("public_order_id") if isinstance(payload, dict) else None
    if claims.get("shop") != shop or order != public_id:
        raise _invalid()


def _time(claims: dict[str, Any], name: str) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _invalid()
    return value


def _claims(secret_name: str, token: str, type_: str) -> dict[str, Any]:
    if not token:
        raise Unauthenticated("Missing JWT", code="missing_jwt")
    if len(token) > LONGEST:
        raise _invalid()
    try:
        header = jwt.get_unverified_header(token)
        if header.get("typ") != type_ or header.get("alg") != "HS256":
            raise _invalid()
        key = _key(secret_name, header.get("kid"))
        # Times are checked against the clock that we are given, not the library's.
        unchecked = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}
        return jwt.decode(token, key, algorithms=["HS256"], options=unchecked)  # type: ignore[arg-type]  # TypedDict
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise _invalid() from None


def _key(secret_name: str, kid: object) -> str:
    for reread in (False, True):
        for key in secrets.versions(secret_name, reread):
            if _kid(key) == kid:
                return key
    raise _invalid()


def _kid(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def _invalid() -> Unauthenticated:
    return Unauthenticated("Invalid JWT", code="invalid_jwt")
