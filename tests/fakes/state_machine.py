"""Step Functions for one state machine: its real file, interpreted, with the real step handlers, in this process.

It knows what Till's files use of the Amazon States Language: Task with Parameters, ResultPath, Retry and Catch, Choice
on StringEquals, Wait on SecondsPath, Succeed, Fail. Waits between retries are left to `sleep`; in a Wait an execution
stays until it is woken. A test says what becomes of a start, and may act at the boundaries of each state: before its
function is called, and after, when its answer is lost.
Any number of threads may start executions: each runs in the thread that started it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

type Function = Callable[[dict[str, Any]], dict[str, Any]]
type Boundary = Callable[[str], None]


class FunctionLost(BaseException):
    """The function was killed. No `except Exception` of its code runs, as none would."""


class TooManyRequests(Exception):
    """All instances of the function that the account may have are at work."""


class Start(StrEnum):
    """What becomes of a start."""

    RUNS = "runs at once"
    WAITS = "runs when the test says so"
    IS_LOST = "never arrives, and its name stays free"
    IS_REFUSED = "is one too many for AWS at this moment"
    DIES = "is accepted, then ends before its first state"


@dataclass
class Execution:
    """One execution. `entered` are its states in order; a retry enters its state again. `waits` are the seconds of its
    last Wait, and `goes_on` the state and the data with which it is woken."""

    name: str
    input: dict[str, Any]
    status: str = "RUNNING"
    entered: list[str] = field(default_factory=list)
    waits: int = 0
    goes_on: tuple[str, dict[str, Any]] | None = None


@dataclass
class StateMachine:
    """`functions` by the Resource that the file gives. `ended` is told of executions that failed or were aborted."""

    definition: Path
    functions: Mapping[str, Function]
    starts: Start = Start.RUNS
    before: Boundary = lambda _: None
    after: Boundary = lambda _: None
    delivered_twice: frozenset[str] = frozenset()
    ended: Callable[[Execution], None] = lambda _: None
    sleep: Callable[[float], None] = lambda _: None
    executions: dict[str, Execution] = field(default_factory=dict)
    _names: threading.Lock = field(default_factory=threading.Lock)

    def start(self, name: str, given: dict[str, Any]) -> bool:
        """False where the name is taken."""
        with self._names:
            if name in self.executions:
                return False
            if self.starts is Start.IS_LOST:
                return True
            execution = self.executions[name] = Execution(name, given)
        if self.starts is Start.RUNS:
            self.run(execution)
        elif self.starts is Start.DIES:
            self._end(execution, "ABORTED")
        return True

    def run(self, execution: Execution) -> None:
        """From its first state, or from where it waits, to its next wait or its end."""
        machine = json.loads(self.definition.read_text("utf-8"))
        name, data = execution.goes_on or (machine["StartAt"], execution.input)
        while name:
            state = machine["States"][name]
            if state["Type"] != "Task":
                execution.entered.append(name)
            if state["Type"] == "Succeed":
                return self._end(execution, "SUCCEEDED")
            if state["Type"] == "Fail":
                break
            if state["Type"] == "Wait":
                execution.waits, execution.goes_on = _at(data, state["SecondsPath"]), (state["Next"], data)
                return None
            if state["Type"] == "Choice":
                found = (one["Next"] for one in state["Choices"] if _at(data, one["Variable"]) == one["StringEquals"])
                name = next(found, state["Default"])
            elif state["Type"] == "Task":
                name, data = self._task(execution, name, state, data)
            else:
                raise NotImplementedError(state["Type"])
        return self._end(execution, "FAILED")

    def _task(self, execution: Execution, name: str, state: Any, data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The next state and its input; no next state where the error is caught by nobody."""
        parameters = state["Parameters"].items()
        given = {key.removesuffix(".$"): _at(data, v) if key.endswith(".$") else v for key, v in parameters}
        retries = [dict(retry) for retry in state.get("Retry", ())]
        pause: float | None = 0
        while pause is not None:
            self.sleep(pause)
            execution.entered.append(name)
            try:
                self.before(name)
                for _ in range(2 if name in self.delivered_twice else 1):
                    answer = json.loads(json.dumps(self.functions[state["Resource"]](given)))
                self.after(name)
            except (Exception, FunctionLost) as raised:
                error = raised
                pause = _pause(retries, raised)
            else:
                return state["Next"], data | {state["ResultPath"].removeprefix("$."): answer}
        for catch in state.get("Catch", ()):
            return catch["Next"], data | {catch["ResultPath"].removeprefix("$."): {"Error": repr(error)}}
        return "", data

    def _end(self, execution: Execution, status: str) -> None:
        execution.status = status
        if status != "SUCCEEDED":
            self.ended(execution)


def _pause(retries: Sequence[dict[str, Any]], error: BaseException) -> float | None:
    """Seconds until the next try, None: over. Each retrier counts its own; the first that knows the error has it."""
    name = "Lambda.TooManyRequestsException" if isinstance(error, TooManyRequests) else "States.TaskFailed"
    for retry in retries:
        if {name, "States.ALL"} & set(retry["ErrorEquals"]):
            seconds: float = retry["IntervalSeconds"]
            retry["MaxAttempts"] -= 1
            retry["IntervalSeconds"] = seconds * retry["BackoffRate"]
            return seconds if retry["MaxAttempts"] >= 0 else None
    return None


def _at(data: Any, path: str) -> Any:
    for part in path.removeprefix("$.").split("."):
        data = data[part]
    return data
