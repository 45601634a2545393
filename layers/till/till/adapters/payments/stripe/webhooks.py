"""Stripe's webhooks: https://docs.stripe.com/webhooks/signature and https://docs.stripe.com/api/events/types.

`Stripe-Signature` is "t={Unix seconds},v1={hex HMAC-SHA256 of "{t}.{body}"}", with several v1 while the secret is
rolled at Stripe; the SDK checks it. Of an event only the intent is taken that it is about. An account has events of
other shops and of other systems too: they are none of ours.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import stripe

from till.application.gateways import Notice
from till.domain.errors import Unauthenticated

TOLERANCE_SECONDS = 300
_TYPES = frozenset(
    {
        "charge.captured",
        "charge.dispute.created",
        "charge.expired",
        "charge.refunded",
        "payment_intent.amount_capturable_updated",
        "payment_intent.canceled",
        "payment_intent.payment_failed",
        "payment_intent.succeeded",
        "refund.failed",
        "refund.updated",
    }
)
_INTENT = "payment_intent"


def read(
    secret: str,
    is_test: bool,
    shop: str,
    headers: Mapping[str, str],
    body: bytes,
    metadata_of: Callable[[str], Mapping[str, str]],
) -> Notice | None:
    """What a webhook is about; `metadata_of` an intent says which payment it is. Raises `Unauthenticated`."""
    verify: Any = stripe.WebhookSignature.verify_header  # the SDK has no types here
    try:
        verify(body.decode(), headers.get("stripe-signature", ""), secret, TOLERANCE_SECONDS)
    except (stripe.SignatureVerificationError, TypeError):  # of text that is not ASCII
        raise Unauthenticated("The signature of this webhook is wrong, or too old.", "Stripe-Signature") from None
    event = json.loads(body)
    if event["livemode"] is is_test:
        raise Unauthenticated("This webhook is of another mode than the gateway.", "livemode")
    if event["type"] not in _TYPES:
        return None
    about = event["data"]["object"]
    intent = about["id"] if about["object"] == _INTENT else about.get(_INTENT)
    if not intent:
        return None
    # Refunds and disputes do not carry what we noted on their intent.
    noted = about.get("metadata") or {}
    if "key" not in noted:
        noted = metadata_of(intent)
    if noted.get("shop") != shop or not noted.get("key"):
        return None
    return Notice(event["id"], event["type"], noted.get("order", ""), noted["key"])
