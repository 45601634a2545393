"""Stripe's API keys: which is which, and whether they move real money. https://docs.stripe.com/keys"""

from __future__ import annotations

import re
from collections.abc import Mapping

from till.domain.errors import Invalid
from till.domain.shop import GatewaySecret

_PUBLIC = re.compile(r"pk_(test|live)_[A-Za-z0-9_]{1,250}")
_SECRET = re.compile(r"[sr]k_(test|live)_[A-Za-z0-9_]{1,250}")
_WEBHOOK = re.compile(r"whsec_[A-Za-z0-9+/=_-]{8,250}")


def is_test(key: str) -> bool:
    """Does the key only play? What is no key does not."""
    found = _PUBLIC.fullmatch(key) or _SECRET.fullmatch(key)
    return found is not None and found[1] == "test"


def check_keys(public_key: str, given: Mapping[GatewaySecret, str]) -> None:
    """Raises `Invalid`. What a browser reads must never be a secret key."""
    if not _PUBLIC.fullmatch(public_key):
        raise Invalid("A publishable key of Stripe begins with pk_test_ or pk_live_.", "public_key")
    secret_key = given.get(GatewaySecret.SECRET_KEY)
    if secret_key is not None:
        if not _SECRET.fullmatch(secret_key):
            raise Invalid("A secret key of Stripe begins with sk_ or rk_, then test_ or live_.", "secret_key")
        if is_test(secret_key) != is_test(public_key):
            raise Invalid("One of the two keys is for test mode, the other for live mode.", "secret_key")
    webhook_secret = given.get(GatewaySecret.WEBHOOK_SECRET)
    if webhook_secret is not None and not _WEBHOOK.fullmatch(webhook_secret):
        raise Invalid("A webhook secret of Stripe begins with whsec_.", "webhook_secret")
