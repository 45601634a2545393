"""A client that calls anything, in any order, and goes on with what it was told.

Its requests are those of events/: the names in them link what one answer tells to the next request.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from random import Random
from string import Template
from typing import Any

from scripts.event import EVENTS, MADE_BY

type Json = Any
type Told = dict[str, str]

BEGUN = "bold/orders/initialize_order"
# Answers that tell of what another event makes: by event, that other, and where its names stand in this one's answer.
ALSO = {
    "bold/orders/resume_order": (BEGUN, {"order": "data.public_order_id", "jwt": "data.jwt_token"}),
    "diddo/sessions/begin_checkout": (BEGUN, {"order": "cart_id"}),
}
# Where events make something for themselves alone, here all are about the one thing.
SAME = {
    "own_cart": "cart",
    "taxed_cart": "cart",
    "cart_id": "cart",
    "empty_order": "order",
    "cancelled_order": "agreed_order",
    "captured_transaction": "transaction",
    "cart_key": "cocart_key",
    "cocart_removed_key": "cocart_key",
    "cocart_coupon_key": "cocart_key",
    "cocart_shipped_key": "cocart_key",
    "item_key": "cocart_item",
    "cocart_removed_item": "cocart_item",
}
# What the sandbox can do besides approving, but for taking its time.
CARDS = (
    "tok_decline",
    "tok_requires_action",
    "tok_timeout_after_success",
    "tok_success_after_first_query",
    "tok_error_before",
    "tok_expired",
    "tok_capture_declined",
    "tok_capture_error_before",
    "tok_capture_timeout_after_success",
    "tok_refund_declined",
    "tok_refund_timeout_after_success",
)


@dataclass(frozen=True)
class Request:
    """An event as it is written, and the names in it."""

    name: str
    method: str
    resource: str
    text: str
    names: tuple[str, ...]

    @property
    def folder(self) -> str:
        """A dialect, or `merchant`."""
        return self.name.partition("/")[0]


@cache
def requests(folder: str) -> Mapping[str, Request]:
    """All of events/{folder}, by their names."""
    names = (str(file.relative_to(EVENTS).with_suffix("")) for file in sorted((EVENTS / folder).rglob("*.json")))
    return {name: _request(name) for name in names}


@dataclass
class Client:
    """`known` are names that stay as they are; `told` is what answers said, by the event that makes it, newest last."""

    known: Mapping[str, str]
    told: dict[str, list[Told]] = field(default_factory=dict)

    def copy(self) -> Client:
        """One that was told the same so far."""
        return Client(self.known, {maker: list(told) for maker, told in self.told.items()})

    def can(self, request: Request) -> bool:
        """Is every name of the request known?"""
        return all(self._told(name) for name in request.names)

    def event(self, request: Request, random: Random) -> Json:
        """The request, mostly about the newest of everything. Names that were told together stay together."""
        ages: dict[str, float] = {}
        values = {}
        for name in request.names:
            told = self._told(name)
            age = ages.setdefault(_maker(name), random.choice((0, 0, 0, random.random())))
            values[name] = told[-1 - int(age * len(told))][SAME.get(name, name)]
        event = json.loads(Template(request.text).substitute(values))
        if random.random() < 0.2:
            event["headers"]["Idempotency-Key"] = str(uuid.UUID(int=random.getrandbits(128)))
        if event["body"] and random.random() < 0.2:
            event["body"] = event["body"].replace("tok_approve", random.choice(CARDS))
        return event

    def learn(self, request: Request, answer: Json) -> None:
        """What a good answer tells."""
        for maker, places in _links().get((request.folder, request.method, request.resource), ()):
            found = {name: _at(answer, place) for name, place in places.items()}
            if told := {name: str(value) for name, value in found.items() if value is not None}:
                self.told.setdefault(maker, []).append(told)

    def _told(self, name: str) -> list[Told]:
        same = SAME.get(name, name)
        if name == "new":
            return [{name: uuid.uuid4().hex}]
        if name in self.known:
            return [{same: self.known[name]}]
        return [one for one in self.told.get(_maker(name), ()) if same in one]


def _request(name: str) -> Request:
    text = (EVENTS / f"{name}.json").read_text("utf-8")
    event = json.loads(text)
    return Request(name, event["httpMethod"], event["resource"], text, tuple(sorted(Template(text).get_identifiers())))


def _maker(name: str) -> str:
    return MADE_BY.get(SAME.get(name, name), ("", ""))[0]


@cache
def _links() -> dict[tuple[str, str, str], list[tuple[str, dict[str, str]]]]:
    """What a route's good answer tells, by its folder, method and path: makers, and the places of their names."""
    made: dict[str, dict[str, str]] = {}
    for name, (maker, place) in MADE_BY.items():
        made.setdefault(maker, {})[SAME.get(name, name)] = place
    links: dict[tuple[str, str, str], list[tuple[str, dict[str, str]]]] = {}
    for name, link in [*((maker, (maker, places)) for maker, places in made.items()), *ALSO.items()]:
        request = _request(name)
        links.setdefault((request.folder, request.method, request.resource), []).append(link)
    return links


def _at(answer: Json, place: str) -> Json:
    for part in place.split("."):
        try:
            answer = answer[int(part)] if part.isdigit() else answer[part]
        except (KeyError, IndexError, TypeError):
            return None
    return answer
