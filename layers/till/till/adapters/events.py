"""Events onto the event bus; those out of the outbox are marked when they are there."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

from till.adapters.aws import client
from till.application.ports import Orders
from till.domain.event import Event

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

SOURCE = "till"
_MOST_ENTRIES = 10


class EventBridgePublisher:
    """Publishes to one bus. An event may arrive twice: its id and sequence tell."""

    def __init__(self, bus: str, orders: Orders) -> None:
        self._bus, self._orders = bus, orders

    def publish(self, events: Iterable[Event]) -> list[Event]:
        """Publish and mark; the events that the bus did not take, entry by entry."""
        waiting, refused = list(events), []
        for start in range(0, len(waiting), _MOST_ENTRIES):
            batch = waiting[start : start + _MOST_ENTRIES]
            answer = client("events").put_events(Entries=[self._entry(event) for event in batch])
            for event, result in zip(batch, answer["Entries"], strict=True):
                if "EventId" not in result:
                    refused.append(event)
                elif event.sequence:
                    self._orders.published(event)
        return refused

    def _entry(self, event: Event) -> PutEventsRequestEntryTypeDef:
        return {
            "EventBusName": self._bus,
            "Source": SOURCE,
            "DetailType": event.type,
            "Detail": json.dumps(asdict(event)),
        }
