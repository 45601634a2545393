"""Stripe's API keys: what kind they are, and whether they move real money. https://docs.stripe.com/keys"""

from __future__ import annotations

import re

from till.domain.errors import Invalid

_KEY = re.compile(r"(pk|sk|rk)_(test|live)_[A-Za-z0-9_]{1,250}")
_WEBHOOK_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=_-]{8,250}")


def is_test(key: str) -> bool:
    """Does the key only play? For whatever is no key: no."""
    found = _KEY.fullmatch(key)
    return found is not None and found[2] == "test"


def check_public_key(key: str) -> None:
    """Raises `Invalid`: a secret key must never stand where a browser reads it."""
    _check(key, ("pk",), "public_key", "A publishable key of Stripe begins with pk_test_ or pk_live_.")


def check_secret_key(key: str) -> None:
    """Raises `Invalid`."""
    message = "A secret key of Stripe begins with sk_ or rk_, then test_ or live_."
    _check(key, ("sk", "rk"), "secret_key", message)


def check_webhook_secret(secret: str) -> None:
    """Raises `Invalid`."""
    if not _WEBHOOK_SECRET.fullmatch(secret):
        raise Invalid("A webhook secret of Stripe begins with whsec_.", "webhook_secret")


def _check(key: str, prefixes: tuple[str, ...], field: str, message: str) -> None:
    found = _KEY.fullmatch(key)
    if found is None or found[1] not in prefixes:
        raise Invalid(message, field)
