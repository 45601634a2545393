"""What is looked over of a deployed stack, and what each finding means. Who can be asked is behind ports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Protocol

from till.domain.plugin import Receiver
from till.domain.shop import Gateway, Shop
from till.domain.webhook import Endpoint

PRODUCTION, LOCAL = "prod", "local"
# New accounts begin with ten at once, with which no shop gets far.
_FEW_AT_ONCE = 100
_OLD_DAYS = 365


class UnreadableError(Exception):
    """What cannot be known from here, and why."""


class State(StrEnum):
    """FAILED: shoppers or the merchant notice it, or will."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding; `check` says of what."""

    check: str
    state: State
    message: str


@dataclass(frozen=True, slots=True)
class SecretAge:
    """`changed_at` in Unix seconds; `has_previous`: is the version before still there? `version` names the current."""

    changed_at: int
    has_previous: bool
    version: str = ""


@dataclass(frozen=True, slots=True)
class Alarm:
    """`topics` are told of it. A `state` of AWS: OK, ALARM, INSUFFICIENT_DATA."""

    name: str
    state: str
    topics: tuple[str, ...]


class Account(Protocol):
    """The account that the stack is in. All raise `UnreadableError`."""

    def at_once(self) -> tuple[int, int]:
        """How many functions run at once at most, and how many of these are kept for none in particular."""

    def requests(self) -> tuple[float, int]:
        """How many requests a second API Gateway takes in the region, and how many in a burst."""

    def secret(self, name: str) -> SecretAge:
        """One of the stack's secrets."""

    def sends_as(self, sender: str) -> bool:
        """May mail be sent from this address? Its own, or its domain's, must be verified."""

    def alarms(self) -> Sequence[Alarm]:
        """The stack's."""

    def listeners(self, topic: str) -> tuple[int, int]:
        """How many are told of alarms, and how many were asked and have not confirmed."""


# What is looked at, and how: the state, and a sentence. It may raise `UnreadableError`.
type Look = tuple[str, Callable[[], tuple[State, str]]]


@dataclass(frozen=True, slots=True)
class Doctor:
    """`ask_gateway` says of a gateway of a shop what is wrong with it, `reach` of a service of the merchant's: nothing,
    or a sentence. `secrets` are names by what people call them; `now` is in Unix seconds."""

    account: Account
    ask_gateway: Callable[[str, str], str]
    reach: Callable[[Receiver], str]
    stage: str
    secrets: Mapping[str, str]
    default_origins: Sequence[str]
    now: int

    def looks(
        self, shop: Shop, services: Iterable[tuple[str, Receiver]], endpoints: Iterable[Endpoint] = ()
    ) -> list[Look]:
        """All that there is to look at, in no need of each other. `services` are called by Till, `endpoints` are told
        of events."""
        return [
            ("concurrency", self._concurrency),
            ("requests", self._requests),
            *((f"secret {what}", partial(self._secret, name)) for what, name in self.secrets.items()),
            ("gateways", partial(self._gateways, shop)),
            *((f"gateway {one.id}", partial(self._gateway, shop, one)) for one in shop.gateways),
            ("origins", partial(self._origins, shop)),
            *((what, partial(self._service, one)) for what, one in services),
            *((f"webhook {one.id}", partial(self._endpoint, one)) for one in endpoints),
            *((("mail", partial(self._mail, sender)),) if (sender := shop.settings.mail.get("sender", "")) else ()),
            ("alarms", self._alarms),
            ("listeners", self._listeners),
        ]

    def _concurrency(self) -> tuple[State, str]:
        most, unreserved = self.account.at_once()
        said = f"{most} functions may run at once, {unreserved} of them wherever they are needed."
        if unreserved < _FEW_AT_ONCE:
            return State.WARNING, f"{said} Ask AWS to raise the quota of Lambda's concurrent executions."
        return State.OK, said

    def _requests(self) -> tuple[State, str]:
        rate, burst = self.account.requests()
        return State.OK, f"API Gateway takes {rate:g} requests a second in this region, {burst} in a burst."

    def _secret(self, name: str) -> tuple[State, str]:
        found = self.account.secret(name)
        days = max(0, self.now - found.changed_at) // 86_400
        said = f"Changed {days} days ago; " + ("two versions." if found.has_previous else "one version.")
        return (State.OK, said) if days < _OLD_DAYS else (State.WARNING, f"{said} Rotate it: till keys rotate.")

    def _gateways(self, shop: Shop) -> tuple[State, str]:
        tests = [one.id for one in shop.gateways if one.is_test]
        if not shop.gateways:
            return State.FAILED, "The shop has no payment gateway: nobody can pay."
        if tests and self.stage == PRODUCTION:
            return State.FAILED, f"In production, and no real money is taken by {', '.join(tests)}."
        return State.OK, f"{len(shop.gateways)}, {len(tests)} of them for tests."

    def _gateway(self, shop: Shop, gateway: Gateway) -> tuple[State, str]:
        wrong = self.ask_gateway(shop.identifier, gateway.id)
        return (State.FAILED, wrong) if wrong else (State.OK, f"{gateway.kind}: it answers.")

    def _origins(self, shop: Shop) -> tuple[State, str]:
        origins = shop.settings.allowed_origins or tuple(self.default_origins)
        if not origins:
            return State.WARNING, "No origin is allowed: browsers of other sites cannot call the API."
        plain = [one for one in origins if one.startswith("http:")]
        if plain and self.stage == PRODUCTION:
            return State.WARNING, f"Not encrypted, in production: {', '.join(plain)}."
        return State.OK, ", ".join(origins)

    def _service(self, receiver: Receiver) -> tuple[State, str]:
        wrong = self.reach(receiver)
        return (State.FAILED, f"{receiver.url}: {wrong}.") if wrong else (State.OK, f"{receiver.url}: it listens.")

    def _endpoint(self, endpoint: Endpoint) -> tuple[State, str]:
        if endpoint.enabled:
            return self._service(endpoint.receiver())
        return State.WARNING, f"{endpoint.url}: disabled. {endpoint.disabled_reason}".strip()

    def _mail(self, sender: str) -> tuple[State, str]:
        if self.account.sends_as(sender):
            return State.OK, "The sender is verified. Any other that the account has verified may be set, too."
        return State.FAILED, "SES has not verified the sender: no mail is sent. See docs/mail.md."

    def _alarms(self) -> tuple[State, str]:
        alarms = self._all_alarms()
        ringing = [one.name for one in alarms if one.state == "ALARM"]
        if ringing:
            return State.FAILED, ", ".join(ringing)
        if not alarms:
            return self._unwatched()
        return State.OK, f"{len(alarms)}, none of them rings."

    def _listeners(self) -> tuple[State, str]:
        topics = {topic for alarm in self._all_alarms() for topic in alarm.topics}
        if not topics:
            return self._unwatched()
        told, asked = (sum(numbers) for numbers in zip(*map(self.account.listeners, topics), strict=True))
        if not told:
            said = "Somebody was asked, and has not confirmed yet" if asked else "Nobody is told of alarms"
            return State.FAILED, f"{said}: see AlarmEmail in docs/deploy.md."
        return State.OK, f"{told} are told of alarms" + (f", {asked} have not confirmed yet." if asked else ".")

    def _all_alarms(self) -> Sequence[Alarm]:
        """Nobody watches the stage local, and no alarms may be listed there."""
        return () if self.stage == LOCAL else self.account.alarms()

    def _unwatched(self) -> tuple[State, str]:
        if self.stage == LOCAL:
            return State.OK, "The stage local has no alarms."
        return State.FAILED, "The stack has no alarms: deploy it again."


def seen(look: Look) -> Check:
    """What came of it. What cannot be read is a warning."""
    what, see = look
    try:
        return Check(what, *see())
    except UnreadableError as error:
        return Check(what, State.WARNING, f"This cannot be known from here: {error}.")
