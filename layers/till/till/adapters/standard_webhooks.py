"""Standard Webhooks 1.0 (https://www.standardwebhooks.com): how a message says who sent it.

Headers `webhook-id`, `webhook-timestamp` (Unix seconds) and `webhook-signature`: "v1," + base64(HMAC-SHA256(secret,
"{id}.{timestamp}.{body}")), or several of these with spaces between while a secret is changed. A secret is shown as
"whsec_" + base64. Till's own are derived from one master key and stored nowhere.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping

from till.domain.errors import Unauthenticated
from till.domain.plugin import Receiver

TOLERANCE_SECONDS = 300
_PREFIX = "whsec_"
# More signatures than any rotation has: nobody makes us compute for ever.
_MOST_SIGNATURES = 8


def derived(master_key: str, shop: str, receiver: Receiver) -> bytes:
    """The secret that Till shares with a receiver of a shop."""
    whose = f"{shop}/{receiver.id}/{receiver.version}"
    return hmac.digest(master_key.encode(), whose.encode(), hashlib.sha256)


def shown(secret: bytes) -> str:
    """A secret as it is shown to whoever is to check our signatures."""
    return _PREFIX + base64.b64encode(secret).decode()


def headers(secrets: Iterable[bytes], message: str, now: int, raw: bytes) -> dict[str, str]:
    """What a message is sent with: a signature with each of the secrets."""
    return {
        "webhook-id": message,
        "webhook-timestamp": str(now),
        "webhook-signature": " ".join(_signature(secret, message, str(now), raw) for secret in secrets),
    }


def verify(secrets: Iterable[bytes], given: Mapping[str, str], raw: bytes, now: int) -> str:
    """The id of a message that was signed with one of the secrets; header names are lower-case.

    Raises `Unauthenticated` where it was not, or where it was signed more than five minutes from now.
    """
    message, timestamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    signed_at = int(timestamp) if timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12 else 0
    if not message or abs(now - signed_at) > TOLERANCE_SECONDS:
        raise Unauthenticated("This webhook is not signed, or too old.", "webhook-timestamp")
    signatures = given.get("webhook-signature", "").split(" ")[:_MOST_SIGNATURES]
    for secret in secrets:
        right = _signature(secret, message, timestamp, raw).encode()
        found = [hmac.compare_digest(right, signature.encode()) for signature in signatures]
        if any(found):
            return message
    raise Unauthenticated("The signature of this webhook is wrong.", "webhook-signature")


def _signature(secret: bytes, message: str, timestamp: str, raw: bytes) -> str:
    signed = f"{message}.{timestamp}.".encode() + raw
    return f"v1,{base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()}"
