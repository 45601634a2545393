"""What AWS does around the functions, played at the SDK's edge: Step Functions, Lambda's Invoke, EventBridge's rules,
the queue of deliveries."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests import told_events
from tests.fakes.state_machine import Execution, Function, FunctionLost, Start, StateMachine

STATE_MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:orders"
FULFILMENT_MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:fulfilment"
PAYMENT_STEPS = "payment-steps"
DELIVERIES_QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/deliveries"


class Clock:
    """The real time, and what a test lets pass besides."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def seconds(self) -> int:
        return int(time.time() + self.ahead)

    def milliseconds(self) -> int:
        return int((time.time() + self.ahead) * 1000)

    def pass_(self, seconds: float = 0, minutes: float = 0) -> None:
        self.ahead += seconds + minutes * 60


@dataclass
class Calls:
    """Calls of DynamoDB, and the death of a workflow function at one of them."""

    made: list[str] = field(default_factory=list)
    in_steps: int = 0
    kill_at: int = -1
    kill_after: bool = False
    for_good: bool = False
    killed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def before(self, is_step: bool, name: str) -> None:
        self.made.append(name)
        if not is_step:
            return
        with self._lock:
            if self.killed and self.for_good:
                raise FunctionLost
            self.in_steps += 1
            if not self.kill_after:
                self._kill()

    def after(self, is_step: bool) -> None:
        if is_step and self.kill_after:
            with self._lock:
                self._kill()

    def _kill(self) -> None:
        if not self.killed and self.in_steps == self.kill_at + 1:
            self.killed = True
            raise FunctionLost


class PlayedAws:
    """Runs the state machines' files with functions given by their Resources, and counts the calls of DynamoDB.

    For any number of threads at once, as long as the tables are.
    """

    def __init__(
        self, order: Path, fulfilment: Path, functions: Mapping[str, Callable[..., Any]], payment_steps: str
    ) -> None:
        self.clock = Clock()
        self._payment_steps_arn = payment_steps
        self.machine = StateMachine(order, {}, ended=self._undo_by_rule)
        self.fulfilment = StateMachine(fulfilment, {})
        self.is_run_by({resource: self.in_function(function) for resource, function in functions.items()})
        self._machines = {STATE_MACHINE: self.machine, FULFILMENT_MACHINE: self.fulfilment}
        self.rule_works = True
        self.put_events: list[dict[str, Any]] = []
        # When each message of the queue of deliveries comes, in Unix seconds, and what it says.
        self.queued: list[tuple[float, dict[str, Any]]] = []
        self.mails: list[dict[str, Any]] = []
        self.mail_refused: tuple[int, str] | None = None
        self._calls: list[Calls] = []
        self._step = threading.local()

    def is_run_by(self, functions: Mapping[str, Function]) -> None:
        """The functions of the workflows from now on, by Resource."""
        self._payment_steps = functions[self._payment_steps_arn]
        self.machine.functions = self.fulfilment.functions = functions

    def deliver_rule(self, execution: Execution) -> dict[str, Any]:
        """EventBridge's rule on executions that ended badly."""
        detail = {"status": execution.status, "name": execution.name, "input": json.dumps(execution.input)}
        event = {"source": "aws.states", "detail-type": "Step Functions Execution Status Change", "detail": detail}
        return self._payment_steps(event)

    @contextmanager
    def counting(self) -> Iterator[Calls]:
        """The calls of DynamoDB within the block."""
        with self._watching(Calls()) as calls:
            yield calls

    @contextmanager
    def killed(self, call: int, *, after: bool = False, for_good: bool = False) -> Iterator[Calls]:
        """Kills a workflow function at its n-th call of DynamoDB (from 0), once, or every one from then on."""
        with self._watching(Calls(kill_at=call, kill_after=after, for_good=for_good)) as calls:
            yield calls

    @contextmanager
    def _watching(self, calls: Calls) -> Iterator[Calls]:
        self._calls.append(calls)
        try:
            yield calls
        finally:
            self._calls.remove(calls)

    def _undo_by_rule(self, execution: Execution) -> None:
        if self.rule_works:
            with suppress(Exception, FunctionLost):
                self.deliver_rule(execution)

    def in_function(self, function: Callable[..., Any]) -> Function:
        """It, where it can be killed: as a function of its own."""

        def call(event: dict[str, Any]) -> Any:
            outer, self._step.runs = self.is_in_step, True
            try:
                return function(event, None)
            finally:
                self._step.runs = outer

        return call

    @property
    def is_in_step(self) -> bool:
        """Does this thread run a function of the workflows right now?"""
        return getattr(self._step, "runs", False)

    # The SDK's edge

    def hooks(self) -> list[tuple[str, str, Callable[..., Any]]]:
        """By service and event, what answers in AWS's place or watches."""
        return [
            ("stepfunctions", "before-call.stepfunctions.StartExecution", self._start_execution),
            ("lambda", "before-call.lambda.Invoke", self._invoke),
            ("dynamodb", "before-call.dynamodb", self._before_call),
            ("dynamodb", "after-call.dynamodb", self._after_call),
            ("events", "provide-client-params.events.PutEvents", self._put),
            ("sqs", "before-call.sqs.SendMessage", self._send_message),
            ("sesv2", "before-call.sesv2.SendEmail", self._send_email),
        ]

    def _start_execution(self, params: dict[str, Any], **_: Any) -> Any:
        request = json.loads(params["body"])
        assert len(request["name"]) <= 80
        machine = self._machines[request["stateMachineArn"]]
        if machine.starts is Start.IS_REFUSED:
            return SimpleNamespace(status_code=400), {"Error": {"Code": "ThrottlingException"}, "ResponseMetadata": {}}
        if machine.start(request["name"], json.loads(request["input"])):
            return _ok({"executionArn": request["name"]})
        return SimpleNamespace(status_code=400), {"Error": {"Code": "ExecutionAlreadyExists"}, "ResponseMetadata": {}}

    def _invoke(self, params: dict[str, Any], **_: Any) -> Any:
        assert params["url_path"].endswith(f"/functions/{PAYMENT_STEPS}/invocations")
        try:
            answer = self._payment_steps(json.loads(params["body"]))
        except (Exception, FunctionLost):
            return _ok({"StatusCode": 200, "FunctionError": "Unhandled"})
        return _ok({"StatusCode": 200, "Payload": io.BytesIO(json.dumps(answer).encode())})

    def _before_call(self, model: Any, **_: Any) -> None:
        for calls in tuple(self._calls):
            calls.before(self.is_in_step, model.name)

    def _after_call(self, **_: Any) -> None:
        for calls in tuple(self._calls):
            calls.after(self.is_in_step)

    def _put(self, params: dict[str, Any], **_: Any) -> None:
        """The rule hands each event on to the queue."""
        self.put_events.extend(params["Entries"])
        for entry in params["Entries"]:
            detail = json.loads(entry["Detail"])
            told_events.hold(detail)
            self.queued.append((0, {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": detail}))

    def _send_email(self, params: dict[str, Any], **_: Any) -> Any:
        """Taken, unless the test has a refusal of SES's for it: a status and a code."""
        if self.mail_refused:
            status, code = self.mail_refused
            refused = {"Code": code, "Message": f"Refused: {json.loads(params['body'])['Destination']}"}
            return SimpleNamespace(status_code=status), {
                "Error": refused,
                "ResponseMetadata": {"HTTPStatusCode": status},
            }
        self.mails.append(json.loads(params["body"]))
        return _ok({"MessageId": str(len(self.mails))})

    def _send_message(self, params: dict[str, Any], **_: Any) -> Any:
        request = json.loads(params["body"])
        assert request["QueueUrl"] == DELIVERIES_QUEUE
        assert 0 <= request["DelaySeconds"] <= 900
        self.queued.append((self.clock.seconds() + request["DelaySeconds"], json.loads(request["MessageBody"])))
        return _ok({"MessageId": str(len(self.queued)), "MD5OfMessageBody": ""})

    def received(self, now: float) -> dict[str, Any] | None:
        """A message that has come, taken out of the queue."""
        for position, (comes_at, message) in enumerate(self.queued):
            if comes_at <= now:
                del self.queued[position]
                return message
        return None


def _ok(parsed: dict[str, Any]) -> Any:
    return SimpleNamespace(status_code=200), parsed | {"ResponseMetadata": {}}
