"""Deliveries, their queue and their endpoints in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from till.application.delivering import Due
from till.application.ports import Page
from till.domain.delivery import Delivery
from till.domain.errors import Conflict
from till.domain.webhook import Endpoint


@dataclass
class FakeDeliveries:
    """The port `Deliveries`."""

    now: Callable[[], int]
    kept: dict[tuple[str, str, str], Delivery] = field(default_factory=dict)

    def add(self, delivery: Delivery) -> bool:
        if _key(delivery) in self.kept:
            return False
        self.save(delivery)
        return True

    def get(self, shop: str, delivery_id: str, endpoint_id: str) -> Delivery | None:
        found = self.kept.get((shop, delivery_id, endpoint_id))
        return found if found and found.expires_at > self.now() else None

    def save(self, delivery: Delivery) -> Delivery:
        kept = self.kept.get(_key(delivery))
        if delivery.version != (kept.version if kept else 0):
            raise Conflict("The delivery was changed at the same time. Try again.", "delivery_id")
        saved = replace(delivery, version=delivery.version + 1)
        self.kept[_key(delivery)] = saved
        return saved

    def of_endpoint(self, shop: str, endpoint_id: str, limit: int, cursor: str) -> Page[Delivery]:
        found = [one for one in self._of(shop) if one.endpoint_id == endpoint_id]
        found.sort(key=lambda one: (one.event.occurred_at, one.event.id), reverse=True)
        start = int(cursor or 0)
        following = str(start + limit) if len(found) > start + limit else ""
        return Page(tuple(found[start : start + limit]), following)

    def due(self, now: int, limit: int) -> Sequence[Delivery]:
        found = [one for one in self.kept.values() if one.is_pending and one.due_at + 300 <= now]
        return found[:limit]

    def _of(self, shop: str) -> list[Delivery]:
        return [one for one in self.kept.values() if one.event.shop == shop and one.expires_at > self.now()]


@dataclass
class FakeDeliveryQueue:
    """The port `DeliveryQueue`: what was sent, and after how many seconds it was to come."""

    sent: list[tuple[Due, int]] = field(default_factory=list)

    def send(self, due: Due, seconds: int) -> None:
        self.sent.append((due, seconds))


@dataclass
class FakeEndpoints:
    """The port `Endpoints`, never old."""

    kept: dict[tuple[str, str], Endpoint] = field(default_factory=dict)

    def of(self, shop: str, fresh: bool = False) -> Sequence[Endpoint]:  # noqa: ARG002  # as the port has it
        return [self.kept[one] for one in sorted(self.kept) if one[0] == shop]

    def save(self, shop: str, endpoint: Endpoint) -> Endpoint:
        kept = self.kept.get((shop, endpoint.id))
        if endpoint.revision != (kept.revision if kept else 0):
            raise Conflict("The endpoint was changed at the same time. Try again.", "endpoint_id")
        self.kept[shop, endpoint.id] = saved = replace(endpoint, revision=endpoint.revision + 1)
        return saved

    def delete(self, shop: str, endpoint_id: str) -> None:
        self.kept.pop((shop, endpoint_id), None)


def _key(delivery: Delivery) -> tuple[str, str, str]:
    return delivery.event.shop, delivery.id, delivery.endpoint_id
