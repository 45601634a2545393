"""Who asks: a customer of the shop by password or token, or a guest, who has only the key of a cart."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import TYPE_CHECKING

from cocart.errors import AUTHENTICATION_ERROR
from till.domain.errors import Invalid, Unauthenticated
from till.runtime import access, wiring
from till.runtime.app import Request

if TYPE_CHECKING:
    from till.domain.people import Person

_KNOWN_SECONDS = 600
_MOST_KNOWN = 1_000
# Passwords that were right a moment ago, as digests under a key that nobody else has: whose, and until when.
_known: dict[bytes, tuple[int, str, int]] = {}
_KEY = os.urandom(32)


def customer(request: Request, shop: str) -> Person | None:
    """The customer whom the header Authorization names, with a number; None without one. Raises `Unauthenticated`."""
    header = request.headers.get("authorization", "")
    if not header:
        return None
    # Loaded for those who sign in.
    from till.application.people import numbered

    scheme, _, given = header.partition(" ")
    found = _by_password(request, shop, given) if scheme.lower() == "basic" else _by_token(request, shop)
    return numbered(wiring.people(), found, request.now)


def sign_in(request: Request, shop: str, email: str, password: str) -> Person:
    """The customer with that password. Raises `Unauthenticated`, in the same words whatever is wrong, and `TooMany`."""
    from till.application import people
    from till.domain.people import PersonKind

    wiring.limits().spend_sign_in(wiring.catalog().shop(shop), email, request.asker)
    try:
        return people.sign_in(wiring.people(), shop, PersonKind.CUSTOMER, email, password)
    except Invalid:
        raise _wrong() from None


def token(person: Person, now: int) -> str:
    """By which a customer is known for a day, without the work that a password is."""
    claims = {"shop": person.shop, "person": person.id, "sign_in": str(person.sign_in)}
    return access.issue(access.CUSTOMER, claims, now)


def _by_token(request: Request, shop: str) -> Person:
    said = access.verify(access.CUSTOMER, request.bearer, request.now)
    if said["shop"] != shop:
        raise _wrong()
    return _recalled(shop, said["person"], said["sign_in"])


def _by_password(request: Request, shop: str, given: str) -> Person:
    """A storefront sends it with each request: one that was right is not worked out again for ten minutes, unless it is
    changed."""
    digest = hmac.digest(_KEY, f"{shop} {given}".encode("utf-8", "surrogatepass"), hashlib.sha256)
    until, person_id, signed_in = _known.get(digest, (0, "", 0))
    if request.now < until:
        return _recalled(shop, person_id, str(signed_in))
    try:
        email, colon, password = base64.b64decode(given.strip(), validate=True).decode().partition(":")
    except ValueError:  # not Base64, not UTF-8, or not even ASCII
        raise _wrong() from None
    if not colon:
        raise _wrong()
    person = sign_in(request, shop, email, password)
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    _known[digest] = (request.now + _KNOWN_SECONDS, person.id, person.sign_in)
    return person


def _recalled(shop: str, person_id: str, signed_in: str) -> Person:
    """Whom a token or a remembered password is of, as they were up to 30 seconds ago."""
    from till.domain.people import PersonKind

    person = wiring.people().recall(shop, PersonKind.CUSTOMER, person_id)
    if person is None or str(person.sign_in) != signed_in:
        raise _wrong()
    return person


def _wrong() -> Unauthenticated:
    return Unauthenticated("Who asks is not known.", "Authorization", AUTHENTICATION_ERROR)
