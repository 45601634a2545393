"""Events leave the outbox: what they set off is begun first, what an alarm watches is counted last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.builders import NOON
from till.application.announcing import FACTS, STARTS_SETTLING, Announcing
from till.domain.errors import Busy
from till.domain.event import Event
from till.domain.sale import ChargeState, PushState


@dataclass
class Outside:
    """A workflow and a bus that take what they are not told to refuse, and in which order they got it."""

    refused_starts: frozenset[str] = frozenset()
    refused_events: frozenset[str] = frozenset()
    got: list[tuple[str, str]] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=dict)

    def start(self, event: Event) -> None:
        if event.id in self.refused_starts:
            raise Busy("Not now.")
        self.got.append(("start", event.id))

    def publish(self, events: Iterable[Event]) -> list[Event]:
        given = list(events)
        self.got += [("publish", event.id) for event in given]
        return [event for event in given if event.id in self.refused_events]

    def count(self, fact: str, value: int) -> None:
        self.counted[fact] = value

    def announce(self, *events: Event) -> list[str]:
        """Ids of those that stay in the outbox."""
        return [event.id for event in Announcing(self, self.publish, self.count).announce(events)]


def an_event(type_: str, id_: str = "event-1", **detail: Any) -> Event:
    return Event(id_, type_, "acme", "01JX0RDER00000000000000000", 1, NOON, detail)


@pytest.mark.parametrize("type_", sorted(STARTS_SETTLING))
def test_what_leaves_something_to_do_starts_the_workflow_before_it_is_published(type_: str) -> None:
    outside = Outside()
    assert outside.announce(an_event(type_)) == []
    assert outside.got == [("start", "event-1"), ("publish", "event-1")]


@pytest.mark.parametrize("type_", ["order.charged", "order.refunded", *sorted(FACTS.keys() - STARTS_SETTLING)])
def test_what_only_tells_starts_nothing(type_: str) -> None:
    outside = Outside()
    outside.announce(an_event(type_))
    assert outside.got == [("publish", "event-1")]


@pytest.mark.parametrize(("charge", "starts"), [(ChargeState.PENDING, True), (ChargeState.CAPTURED, False)])
def test_an_order_that_is_paid_when_it_is_placed_starts_nothing(charge: ChargeState, starts: bool) -> None:
    outside = Outside()
    outside.announce(an_event("order.placed", charge=charge))
    assert (("start", "event-1") in outside.got) is starts


def test_an_order_that_is_paid_when_it_is_placed_is_pushed_where_there_is_a_platform() -> None:
    outside = Outside()
    outside.announce(an_event("order.placed", charge=ChargeState.CAPTURED, push=PushState.PENDING))
    assert ("start", "event-1") in outside.got


def test_an_event_whose_workflow_cannot_be_started_is_not_published_and_the_others_are() -> None:
    outside = Outside(refused_starts=frozenset({"a"}))
    assert outside.announce(an_event("order.placed", "a"), an_event("order.placed", "b")) == ["a"]
    assert outside.got == [("start", "b"), ("publish", "b")]


def test_an_event_that_the_bus_refuses_stays_though_its_workflow_was_started() -> None:
    outside = Outside(refused_events=frozenset({"a"}))
    assert outside.announce(an_event("order.placed", "a")) == ["a"]
    assert outside.got == [("start", "a"), ("publish", "a")]


def test_what_an_alarm_watches_is_counted_once_it_is_published() -> None:
    outside = Outside(refused_events=frozenset({"c"}))
    events = [an_event("order.charge_failed", id_) for id_ in ("a", "b", "c")]
    outside.announce(*events, an_event("order.authorization_expiring", "d"), an_event("order.charged", "e"))
    assert outside.counted == {"ChargeFailed": 2, "AuthorizationExpiring": 1}
