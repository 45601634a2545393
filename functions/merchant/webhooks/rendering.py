"""Webhook endpoints and their deliveries as the merchant reads them. Times are Unix seconds."""

from __future__ import annotations

from merchant.wire import Json
from till.application.webhooks import body
from till.domain.delivery import Delivery
from till.domain.webhook import Endpoint


def endpoint(value: Endpoint, now: int) -> Json:
    """An endpoint. `version` is when its secret was made; to `previous_secret_until` the one before it signs, too."""
    return {
        "id": value.id,
        "url": value.url,
        "description": value.description,
        "types": list(value.types),
        "enabled": value.enabled,
        "disabled_reason": value.disabled_reason or None,
        "version": value.version,
        "previous_secret_until": value.previous_until if value.signs_too(now) else None,
        "created_at": value.created_at,
    }


def delivery(value: Delivery) -> Json:
    """A delivery, with the body as it is sent and the last tries, oldest first. A `status` of 0 is nobody reached."""
    return {
        "id": value.id,
        "webhook_id": value.event.id,
        "type": value.event.type,
        "order_id": value.event.order_id or None,
        "occurred_at": value.event.occurred_at,
        "state": value.state,
        "next_try_at": value.due_at if value.is_pending else None,
        "tries": [
            {"at": one.at, "status": one.status, "milliseconds": one.milliseconds, "answer": one.answer}
            for one in value.tries
        ],
        "body": body(value.event),
    }
