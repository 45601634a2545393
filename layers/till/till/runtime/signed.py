"""Signed tokens: HS256, one `typ` for each purpose, integer times.

`kid` is a digest of the key, so that a rotated key is found among the two live ones and an unknown `kid` means that
the key was rotated a moment ago (the secret is read once more) or that the token is not ours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import jwt

from till.domain.errors import Unauthenticated
from till.runtime import secrets

LONGEST = 4096
_LEEWAY = 5


def sign(secret_name: str, type_: str, claims: Mapping[str, object], now: int, life: int) -> str:
    """A token of that purpose, valid from now on for `life` seconds."""
    key = secrets.versions(secret_name)[0]
    times = {"iat": now, "nbf": now, "exp": now + life}
    return jwt.encode({**claims, **times}, key, algorithm="HS256", headers={"typ": type_, "kid": _kid(key)})


def claims(secret_name: str, type_: str, token: str, now: int, life: int) -> dict[str, Any]:
    """What the token says. Raises `Unauthenticated` unless it is ours, in time and for this purpose."""
    found = claims_of_any_time(secret_name, type_, token)
    issued, not_before, expires = (_time(found, name) for name in ("iat", "nbf", "exp"))
    if now >= expires + _LEEWAY:
        raise Unauthenticated("Expired JWT", code="expired_jwt")
    if now < max(issued, not_before) - _LEEWAY or expires - not_before > life:
        raise invalid()
    return found


def claims_of_any_time(secret_name: str, type_: str, token: str) -> dict[str, Any]:
    """What the token says, be it expired. Raises `Unauthenticated` unless it is ours and for this purpose."""
    if not token:
        raise Unauthenticated("Missing JWT", code="missing_jwt")
    if len(token) > LONGEST:
        raise invalid()
    try:
        header = jwt.get_unverified_header(token)
        if header.get("typ") != type_ or header.get("alg") != "HS256":
            raise invalid()
        key = _key(secret_name, header.get("kid"))
        # Times are checked against the clock that we are given, not the library's.
        unchecked = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}
        return jwt.decode(token, key, algorithms=["HS256"], options=unchecked)  # type: ignore[arg-type]  # TypedDict
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise invalid() from None


def invalid() -> Unauthenticated:
    """What is said of a token that is not ours, whatever is wrong with it."""
    return Unauthenticated("Invalid JWT", code="invalid_jwt")


def _time(claims: dict[str, Any], name: str) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid()
    return value


def _key(secret_name: str, kid: object) -> str:
    for reread in (False, True):
        for key in secrets.versions(secret_name, reread):
            if _kid(key) == kid:
                return key
    raise invalid()


def _kid(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]
