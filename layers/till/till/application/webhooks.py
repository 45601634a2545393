"""Outgoing webhooks: the endpoints that a merchant registers, and how an event goes to one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from till.application.ports import Outbound
from till.domain.delivery import GONE, Delivered, Delivery
from till.domain.errors import Conflict, NotFound, Refused
from till.domain.event import Event, timestamp
from till.domain.webhook import BOTH_SECRETS_SECONDS, Endpoint

WEBHOOK: Final = "webhook"
TEST_TYPE: Final = "webhook.test"
MOST_ENDPOINTS = 10
_ANSWERED_GONE = "It answered 410 Gone."


class Endpoints(Protocol):
    """The endpoints of shops. Reads may be up to 30 s old unless `fresh`."""

    def of(self, shop: str, fresh: bool = False) -> Sequence[Endpoint]:
        """All of a shop, oldest first."""

    def save(self, shop: str, endpoint: Endpoint) -> Endpoint:
        """Store a new or changed one; returns it with its new revision. Raises `Conflict` when another was first."""

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
    there = endpoints.of(shop, fresh=True)
    if same := [one for one in there if one.id == endpoint.id]:
        return same[0]  # made by this very request, before it broke off
    if len(there) >= MOST_ENDPOINTS:
        raise Refused(f"A shop has at most {MOST_ENDPOINTS} webhook endpoints.", "url")
    return endpoints.save(shop, endpoint)


def change(
    endpoints: Endpoints,
    outbound: Outbound,
    shop: str,
    endpoint_id: str,
    changes: Mapping[str, Any],
    rotated_at: int | None = None,
) -> Endpoint:
    """Change what is given of it, by the names of its fields; `rotated_at` gives it another secret. One that is enabled
    or disabled by the merchant has no other reason to be so. Raises `NotFound`, `Invalid` and `Conflict`."""
    endpoint = find(endpoints, shop, endpoint_id)
    changed = replace(endpoint, **changes)
    if "enabled" in changes:
        changed = replace(changed, disabled_reason="")
    if rotated_at is not None:
        changed = rotated(changed, rotated_at)
    outbound.check(changed.url, "url")
    # Nothing is left to change where this very request did, before it broke off.
    return endpoint if changed == endpoint else endpoints.save(shop, changed)


def rotated(endpoint: Endpoint, now: int) -> Endpoint:
    """With another secret, beside which the one before it signs for a day. A request that comes again after it broke
    off finds that done: a third secret would end the first."""
    until = now + BOTH_SECRETS_SECONDS
    if endpoint.previous_until >= until:
        return endpoint
    version = max(now, endpoint.version + 1)
    return replace(endpoint, version=version, previous_version=endpoint.version, previous_until=until)


def trial(shop: str, event_id: str, now: int) -> Event:
    """What a merchant sends an endpoint to see whether it is heard."""
    return Event(event_id, TEST_TYPE, shop, "", 0, now, {})


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
        with suppress(Conflict):  # the merchant has changed it meanwhile
            self.endpoints.save(shop, replace(endpoint, enabled=False, disabled_reason=_ANSWERED_GONE))
        return replace(delivered, is_hopeless=True)


def body(event: Event) -> Mapping[str, object]:
    """The event as it is sent: `type`, `timestamp` (ISO 8601, UTC) and `data`."""
    about = {"id": event.id, "shop": event.shop, "order_id": event.order_id, "sequence": event.sequence}
    return {
        "type": event.type,
        "timestamp": timestamp(event.occurred_at),
        "data": {**event.detail, **about},
    }
