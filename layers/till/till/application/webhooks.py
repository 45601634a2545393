"""Outgoing webhooks: the endpoints that a merchant registers, and how an event goes to one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Protocol

from till.application.ports import Outbound
from till.domain.delivery import GONE, Delivered, Delivery
from till.domain.errors import NotFound, Refused
from till.domain.event import Event
from till.domain.webhook import BOTH_SECRETS_SECONDS, Endpoint

WEBHOOK: Final = "webhook"
TEST_TYPE: Final = "webhook.test"
MOST_ENDPOINTS = 10
_ANSWERED_GONE = "It answered 410 Gone."


class Endpoints(Protocol):
    """The endpoints of shops. Reads may be up to 30 s old unless `fresh`."""

    def of(self, shop: str, fresh: bool = False) -> Sequence[Endpoint]:
        """All of a shop, oldest first."""

    def save(self, shop: str, endpoint: Endpoint) -> None:
        """Store a new or changed one."""

    def delete(self, shop: str, endpoint_id: str) -> None:
        """Take one away."""


def find(endpoints: Endpoints, shop: str, endpoint_id: str) -> Endpoint:
    """The endpoint as it is now. Raises `NotFound`."""
    for endpoint in endpoints.of(shop, fresh=True):
        if endpoint.id == endpoint_id:
            return endpoint
    raise NotFound("There is no such webhook endpoint.", "endpoint_id")


def add(endpoints: Endpoints, outbound: Outbound, shop: str, endpoint: Endpoint) -> Endpoint:
    """Tell it of events from now on. Raises `Invalid`, and `Refused` where there are as many as a shop may have."""
    outbound.check(endpoint.url, "url")
    others = [other for other in endpoints.of(shop, fresh=True) if other.id != endpoint.id]
    if len(others) >= MOST_ENDPOINTS:
        raise Refused(f"A shop has at most {MOST_ENDPOINTS} webhook endpoints.", "url")
    endpoints.save(shop, endpoint)
    return endpoint


def change(
    endpoints: Endpoints, outbound: Outbound, shop: str, endpoint_id: str, changes: Mapping[str, object]
) -> Endpoint:
    """Change what is given of it; enabled again, it is as good as new. Raises `NotFound` and `Invalid`."""
    changed: Endpoint = replace(find(endpoints, shop, endpoint_id), **changes)  # type: ignore[arg-type]  # fields by name
    if "enabled" in changes:
        changed = replace(changed, disabled_reason="")
    outbound.check(changed.url, "url")
    endpoints.save(shop, changed)
    return changed


def rotated(endpoint: Endpoint, now: int) -> Endpoint:
    """With another secret, beside which the one before it signs for a day."""
    return replace(
        endpoint,
        version=max(now, endpoint.version + 1),
        previous_version=endpoint.version,
        previous_until=now + BOTH_SECRETS_SECONDS,
    )


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The channel `WEBHOOK`."""

    endpoints: Endpoints
    outbound: Outbound
    now: Callable[[], int]

    def wanting(self, event: Event) -> Sequence[str]:
        return [endpoint.id for endpoint in self.endpoints.of(event.shop) if endpoint.wants(event.type)]

    def send(self, delivery: Delivery) -> Delivered:
        """One try, signed as Standard Webhooks 1.0 under the event's id. An endpoint that says it is gone is told
        nothing any more."""
        event, shop = delivery.event, delivery.event.shop
        try:
            endpoint = find(self.endpoints, shop, delivery.endpoint_id)
        except NotFound:
            return Delivered(0, 0, "The endpoint was deleted.", is_hopeless=True)
        if not endpoint.enabled and event.type != TEST_TYPE:
            return Delivered(0, 0, "The endpoint is disabled.", is_hopeless=True)
        also = endpoint.signs_too(self.now())
        delivered = self.outbound.deliver(shop, endpoint.receiver(), body(event), event.id, also)
        if delivered.status != GONE:
            return delivered
        self.endpoints.save(shop, replace(endpoint, enabled=False, disabled_reason=_ANSWERED_GONE))
        return replace(delivered, is_hopeless=True)


def body(event: Event) -> Mapping[str, object]:
    """The event as it is sent: `type`, `timestamp` (ISO 8601, UTC) and `data`."""
    about = {"id": event.id, "shop": event.shop, "order_id": event.order_id, "sequence": event.sequence}
    return {
        "type": event.type,
        "timestamp": datetime.fromtimestamp(event.occurred_at, UTC).isoformat().replace("+00:00", "Z"),
        "data": {**event.detail, **about},
    }
