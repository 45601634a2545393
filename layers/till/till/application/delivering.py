"""Events reach those who want to be told of them: one delivery for each, tried until it is taken or given up.

A message of the queue is an event, which becomes deliveries, or names a delivery and the try that is due. A message
that comes twice finds that try made. One that is lost leaves its delivery due, and `resume` finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from till.application.ports import Page
from till.domain.delivery import Delivered, Delivery, new_delivery
from till.domain.errors import Busy, Conflict, NotFound
from till.domain.event import Event
from till.domain.retrying import PAUSES

MOST_RESUMED = 25
# The last try of all, of which nobody wrote what came of it.
_BROKE_OFF = Delivered(0, 0, "It broke off.")


class Deliveries(Protocol):
    """Deliveries, for 30 days. An expired one is none."""

    def add(self, delivery: Delivery) -> bool:
        """Store a new one; False where it is there already."""

    def get(self, shop: str, delivery_id: str, endpoint_id: str) -> Delivery | None:
        """One consistent read."""

    def save(self, delivery: Delivery) -> Delivery:
        """Store a changed one; returns it with its new version. Raises `Conflict`."""

    def of_endpoint(self, shop: str, endpoint_id: str, limit: int, cursor: str) -> Page[Delivery]:
        """Those to one endpoint, latest events first, a moment old."""

    def due(self, now: int, limit: int) -> Sequence[Delivery]:
        """Those whose try should have been made a while ago."""


@dataclass(frozen=True, slots=True)
class Due:
    """The delivery, and which try of it, that a message names."""

    shop: str
    delivery_id: str
    endpoint_id: str
    tried: int


class DeliveryQueue(Protocol):
    """Messages about deliveries. Each comes at least once."""

    def send(self, due: Due, seconds: int) -> None:
        """It comes after so many seconds, or sooner: no message waits longer than 15 minutes."""


class Channel(Protocol):
    """One way in which events leave, say webhooks or mail."""

    def wanting(self, event: Event) -> Sequence[str]:
        """Ids of those who want to be told of it. They are told apart from all of other channels."""

    def send(self, delivery: Delivery) -> Delivered:
        """One try. Nothing is raised for what the other side does."""


def resume(deliveries: Deliveries, queue: DeliveryQueue, now: int) -> int:
    """Send the messages again that were lost; how many."""
    due = deliveries.due(now, MOST_RESUMED)
    for delivery in due:
        queue.send(_due(delivery), 0)
    return len(due)


@dataclass(frozen=True, slots=True)
class Delivering:
    """What the queue brings. `channels` by name; `now` in Unix seconds. `note` hears of a try that raised."""

    deliveries: Deliveries
    queue: DeliveryQueue
    channels: Mapping[str, Channel]
    now: Callable[[], int]
    note: Callable[[Exception], None]

    def tell(self, event: Event) -> int:
        """One delivery for each who wants the event; how many are new. An event that comes twice is told once."""
        wanted = [(name, one) for name, channel in self.channels.items() for one in channel.wanting(event)]
        new = [new_delivery(event, name, endpoint_id, self.now()) for name, endpoint_id in wanted]
        return sum(self._begin(delivery) for delivery in new)

    def attempt(self, due: Due) -> Delivery | None:
        """Make the try that is due, or wait for it; None where there is nothing to do. The delivery as it is now."""
        delivery, now = self.deliveries.get(due.shop, due.delivery_id, due.endpoint_id), self.now()
        if delivery is None or not delivery.is_pending or delivery.tried != due.tried:
            return None
        if delivery.due_at > now:
            self.queue.send(due, delivery.due_at - now)
            return None
        try:
            return self._try(delivery)
        except Conflict:
            # Somebody else is at it, or the merchant sends it anew.
            return None

    def redeliver(self, shop: str, delivery_id: str, endpoint_id: str) -> Delivery:
        """Send it once more, and try again by the table where it is not taken. Raises `NotFound` and `Conflict`."""
        delivery = self.deliveries.get(shop, delivery_id, endpoint_id)
        if delivery is None:
            raise NotFound("There is no such delivery.", "delivery_id")
        saved = self.deliveries.save(delivery.anew(self.now()))
        self.queue.send(_due(saved), 0)
        return saved

    def tell_at_once(self, event: Event, channel: str, endpoint_id: str) -> Delivery:
        """One try, here and now, and no other: whoever asks for it waits for what comes of it. Twice is once; one that
        broke off is made again. Raises `Busy` while another may be at it."""
        new = replace(new_delivery(event, channel, endpoint_id, self.now()), is_once=True)
        self.deliveries.add(new)
        delivery = self.deliveries.get(event.shop, new.id, endpoint_id) or new
        if delivery.is_pending:
            delivery = self.attempt(_due(delivery)) or delivery
        if delivery.is_pending:
            raise Busy("A try is under way.", retry_after=max(1, delivery.due_at - self.now()))
        return delivery

    def _begin(self, delivery: Delivery) -> bool:
        is_new = self.deliveries.add(delivery)
        if is_new:
            self.queue.send(_due(delivery), 0)
        return is_new

    def _try(self, delivery: Delivery) -> Delivery:
        """Written before it is made, so that nobody makes it beside us. Raises `Conflict`."""
        if delivery.tried > len(PAUSES):
            return self.deliveries.save(delivery.ended(_BROKE_OFF, self.now()))
        begun = self.deliveries.save(delivery.begun(self.now()))
        delivered = self._sent(begun)
        ended = self.deliveries.save(begun.ended(delivered, self.now()))
        if ended.is_pending:
            self.queue.send(_due(ended), ended.due_at - self.now())
        return ended

    def _sent(self, delivery: Delivery) -> Delivered:
        """What should not raise is a try as any other if it does: at last it is given up, and somebody is told."""
        try:
            return self.channels[delivery.channel].send(delivery)
        except Exception as error:
            self.note(error)
            return Delivered(0, 0, f"It broke off: {type(error).__name__}.")


def _due(delivery: Delivery) -> Due:
    return Due(delivery.event.shop, delivery.id, delivery.endpoint_id, delivery.tried)
