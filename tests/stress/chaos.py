"""Faults at every call that Till's functions make: of DynamoDB, payment gateways, Step Functions, Lambda, the bus, and
the merchant's platform.

They strike at public seams: the SDK's events and the ports of gateways and platform. A run without faults says which
calls there are; then one fault at a time strikes at one of them, once or as often as it is said, and the rest goes on
as it would.
"""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from tests.fakes.dynamodb import DynamoDB
from tests.fakes.state_machine import FunctionLost
from tests.integration.deployment import ENVIRONMENT, Deployment, deployed
from tests.stress.live import forget_clients
from till.adapters import aws
from till.application.gateways import Authorize, GatewayAnswer, Gateways, GatewayUnknownError, PaymentGateway
from till.application.ports import Outbound
from till.domain.delivery import Delivered
from till.domain.plugin import Receiver
from till.domain.shop import Shop

FOR_GOOD = math.inf
_SERVICES = {"dynamodb": "", "stepfunctions": ".StartExecution", "lambda": ".Invoke", "events": ".PutEvents"}
_GATEWAY = "gateway."
_PLATFORM = "platform."
_READS = frozenset({"GetItem", "BatchGetItem", "Query", "gateway.query"})
_OF_TESTS = frozenset({"Scan"})
_TABLE_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"})


class Unanswered(Exception):
    """A call of which nothing is heard."""


class Fault(StrEnum):
    """What happens at a call."""

    DIES_BEFORE = "the function is killed before the call"
    DIES_AFTER = "the function is killed after the call"
    ANSWER_LOST = "the call is made and its answer never comes"
    SENT_AGAIN = "the call is made, its answer is lost, and it is sent once more"
    THROTTLED = "the call is refused as one too many"
    CONFLICT = "the write is refused: another transaction is at the same items"
    DEAD = "every function is dead from the call on"
    REAPED = "the reaper passes meanwhile"
    UNDONE = "the reaper takes the run for dead meanwhile, and it goes on"

    def fits(self, call: str) -> bool:
        """To be killed before a read is to be killed after what came before."""
        if self is Fault.CONFLICT:
            return call in _TABLE_WRITES
        if self is Fault.SENT_AGAIN:
            return call in _TABLE_WRITES or call.startswith((_GATEWAY, _PLATFORM))
        return self in (Fault.ANSWER_LOST, Fault.THROTTLED) or call not in _READS


@dataclass(frozen=True)
class Site:
    """A call: the n-th of the n-th time that a function does something."""

    step: str
    time: int
    number: int
    call: str

    def __str__(self) -> str:
        return f"{self.step} {self.time + 1}, call {self.number + 1}: {self.call}"


@dataclass
class _Frame:
    """A function at work. `then` is what strikes when its call returns."""

    step: str
    time: int
    calls: int = 0
    then: Fault | None = None


@dataclass
class Chaos:
    """The faults of one deployment. `sites` are the calls since the last `begin`."""

    till: Deployment
    database: DynamoDB
    sites: list[Site] = field(default_factory=list)
    strikes: float = 0
    struck: int = 0
    _site: Site | None = None
    _fault: Fault | None = None
    _frames: list[_Frame] = field(default_factory=list)
    _times: Counter[str] = field(default_factory=Counter)

    def begin(self, fault: Fault | None = None, site: Site | None = None, strikes: float = 1) -> None:
        """A new story, without a fault or with one that strikes at that call, and again whenever it comes round."""
        self.sites, self._times, self.struck = [], Counter(), 0
        self._fault, self._site, self.strikes = fault, site, strikes

    def end(self) -> None:
        """All is well from now on."""
        self.strikes = 0

    @contextmanager
    def function(self, step: str) -> Iterator[None]:
        """What is called within is called by a function; `step` is what it does."""
        self._frames.append(_Frame(step, self._times[step]))
        self._times[step] += 1
        try:
            yield
        finally:
            self._frames.pop()

    def does(self, step: str, work: Callable[[], object]) -> None:
        """A function does this, whatever becomes of it."""
        with suppress(Exception, FunctionLost), self.function(step):
            work()

    def elsewhere[T](self, work: Callable[[], T]) -> T:
        """What is not Till's own, and is not struck."""
        frames, self._frames = self._frames, []
        try:
            return work()
        finally:
            self._frames = frames

    def outside[T](self, call: str, work: Callable[[], T]) -> T:
        """A call of somebody else's service, whose own calls are not Till's. Raises `Unanswered`."""
        if self.before(call) is Fault.THROTTLED:
            raise Unanswered
        answer = self.elsewhere(work)
        if self.is_repeated:
            answer = self.elsewhere(work)
        if self.after() is Fault.ANSWER_LOST:
            raise Unanswered
        return answer

    # A call

    def before(self, call: str) -> Fault | None:
        """What strikes at this call and is for its caller to bring about."""
        if not self._frames or call in _OF_TESTS:
            return None
        frame = self._frames[-1]
        site = Site(frame.step, frame.time, frame.calls, call)
        frame.calls += 1
        self.sites.append(site)
        fault = self._strike(site)
        if fault in (Fault.DIES_BEFORE, Fault.DEAD):
            raise FunctionLost
        if fault in (Fault.REAPED, Fault.UNDONE):
            self.till.clock.pass_(seconds=40 if fault is Fault.REAPED else 180)
            self.does("reaper beside it", self.till.reap)
            self.does("stream beside it", self.till.deliver_streams)
        frame.then = fault
        return fault

    def after(self) -> Fault | None:
        """What strikes when the call returns."""
        if not self._frames:
            return None
        frame = self._frames[-1]
        fault, frame.then = frame.then, None
        if fault is Fault.DIES_AFTER:
            raise FunctionLost
        return fault

    @property
    def is_repeated(self) -> bool:
        """Is this call to be made twice?"""
        if not self._frames or self._frames[-1].then is not Fault.SENT_AGAIN:
            return False
        self._frames[-1].then = None
        return True

    def _strike(self, here: Site) -> Fault | None:
        at, fault = self._site, self._fault
        if at is None or fault is None or self.struck >= self.strikes or not fault.fits(here.call):
            return None
        if fault is Fault.DEAD and self.struck:
            return fault
        if here.step != at.step or here.time < at.time or here.number < at.number:
            return None
        self.struck += 1
        return fault

    # The SDK's edge

    def _before_call(self, model: Any, params: Any, **_: Any) -> None:
        fault = self.before(model.name)
        if self.is_repeated:
            self.database.answer(model, params)
        if fault is Fault.THROTTLED:
            code = "TooManyRequestsException" if model.name == "Invoke" else "ThrottlingException"
            raise _refused(code, model.name)
        if fault is Fault.CONFLICT and model.name == "TransactWriteItems":
            raise _refused("TransactionCanceledException", model.name, ["None", "TransactionConflict"])
        if fault is Fault.CONFLICT:
            raise _refused("TransactionConflictException", model.name)

    def _after_call(self, **_: Any) -> None:
        if self.after() is Fault.ANSWER_LOST:
            raise ReadTimeoutError(endpoint_url="https://aws.example")

    @contextmanager
    def at_the_edge(self) -> Iterator[None]:
        hooks = [
            hook
            for service, call in _SERVICES.items()
            for hook in (
                (service, f"before-call.{service}{call}", self._before_call),
                (service, f"after-call.{service}{call}", self._after_call),
            )
        ]
        for service, event, hook in hooks:
            aws._client(service).meta.events.register_first(event, hook)
        try:
            yield
        finally:
            for service, event, hook in hooks:
                aws._client(service).meta.events.unregister(event, hook)


def _refused(code: str, call: str, reasons: list[str] | None = None) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    if reasons:
        answer["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(answer, call)


# The ports


@dataclass(frozen=True)
class ChaoticGateways:
    """The port `Gateways`, where each call may be struck. What a gateway does within itself is not Till's."""

    gateways: Gateways
    chaos: Chaos

    def of(self, shop: Shop, gateway_id: str) -> PaymentGateway:
        return _ChaoticGateway(self.gateways.of(shop, gateway_id), self.chaos)


@dataclass(frozen=True)
class _ChaoticGateway:
    gateway: PaymentGateway
    chaos: Chaos

    @property
    def captures_in_parts(self) -> bool:
        return self.gateway.captures_in_parts

    def check(self, amount: int, currency: str) -> None:
        self.gateway.check(amount, currency)

    def authorize(self, request: Authorize) -> GatewayAnswer:
        return self._call("authorize", lambda: self.gateway.authorize(request))

    def query(self, key: str) -> GatewayAnswer | None:
        return self._call("query", lambda: self.gateway.query(key))

    def void(self, key: str) -> GatewayAnswer:
        return self._call("void", lambda: self.gateway.void(key))

    def capture(self, key: str, amount: int, capture_key: str) -> GatewayAnswer:
        return self._call("capture", lambda: self.gateway.capture(key, amount, capture_key))

    def refund(self, key: str, amount: int, refund_key: str) -> GatewayAnswer:
        return self._call("refund", lambda: self.gateway.refund(key, amount, refund_key))

    def _call[T](self, what: str, call: Callable[[], T]) -> T:
        try:
            return self.chaos.outside(_GATEWAY + what, call)
        except Unanswered:
            raise GatewayUnknownError from None


@dataclass(frozen=True)
class ChaoticOutbound:
    """The port `Outbound`, where each delivery may be struck."""

    outbound: Outbound
    chaos: Chaos

    def check(self, url: str, field: str) -> None:
        self.outbound.check(url, field)

    def secret(self, shop: str, receiver: Receiver) -> str:
        return self.outbound.secret(shop, receiver)

    def call(self, shop: str, receiver: Receiver, body: Mapping[str, object], key: str = "") -> Mapping[str, Any]:
        return self.outbound.call(shop, receiver, body, key)

    def deliver(
        self, shop: str, receiver: Receiver, body: Mapping[str, object], key: str, previous_version: int = 0
    ) -> Delivered:
        def deliver() -> Delivered:
            return self.outbound.deliver(shop, receiver, body, key, previous_version)

        try:
            return self.chaos.outside(_PLATFORM + "deliver", deliver)
        except Unanswered:
            return Delivered(0, 0, "it did not answer")


@contextmanager
def chaotic(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chaos]:
    """A deployment whose functions can be struck. They go by its clock, and wait for nothing."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", ENVIRONMENT["AWS_DEFAULT_REGION"])
    database = DynamoDB()
    forget_clients()
    try:
        with (
            database.behind(aws.client("dynamodb")),
            deployed(monkeypatch) as till,
            _struck(till, database, monkeypatch) as chaos,
        ):
            yield chaos
    finally:
        forget_clients()


@contextmanager
def _struck(till: Deployment, database: DynamoDB, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chaos]:
    chaos = Chaos(till, database)

    def as_function(work: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[dict[str, Any]], dict[str, Any]]:
        def step(event: dict[str, Any]) -> dict[str, Any]:
            if "detail" in event:  # the rule on executions that ended badly
                event = {"step": "undo"} | json.loads(event["detail"]["input"])
            with chaos.function(event.get("step", "push")):
                return work(event)

        return step

    till.other_gateways = ChaoticGateways(till.gateways, chaos)
    till.is_run_by({arn: as_function(work) for arn, work in till.functions_at_the_clocks_time().items()})
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with chaos.at_the_edge():
        yield chaos
