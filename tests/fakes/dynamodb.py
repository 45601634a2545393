"""DynamoDB in memory, at the SDK's edge: a call costs a tenth of what it costs over HTTP, and threads are exact.

It knows what Till's adapters use of the expressions of the AWS documentation, refuses what it does not know, and keeps
transactions by their tokens: one that is sent again has no second effect.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

type Item = dict[str, Any]
type Values = Mapping[str, Any]
type Names = Mapping[str, str]
type Condition = Callable[[Item, Names, Values], bool]
type Change = Callable[[Item, Item, Names, Values], None]

_TOKEN = re.compile(r"\s*(<=|>=|<>|[=<>(),+-]|[#:]?\w+(?:\.[#:]?\w+)*)")
_KEYWORDS = frozenset({"SET", "REMOVE", "ADD", "DELETE"})


class _Failed(Exception):
    """A condition did not hold. `item` is what stood in the way."""

    def __init__(self, item: Item | None) -> None:
        super().__init__()
        self.item = item


class DynamoDB:
    """Tables by name; each keeps its items by primary key, and the keys of its indexes."""

    def __init__(self) -> None:
        self._tables: dict[str, dict[tuple[str, str], Item]] = {}
        self._indexes: dict[str, dict[str, tuple[str, str]]] = {}
        self._tokens: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def behind(self, client: Any) -> Iterator[None]:
        """Answers all calls of the client."""
        client.meta.events.register("before-call.dynamodb", self.answer)
        try:
            yield
        finally:
            client.meta.events.unregister("before-call.dynamodb", self.answer)

    def answer(self, model: Any, params: Mapping[str, Any], **_: Any) -> Any:
        """A call as the SDK is about to send it."""
        request = json.loads(params["body"], object_hook=_bytes)
        with self._lock:
            try:
                parsed = getattr(self, f"_{model.name}")(request)
            except _Failed as failed:
                wanted = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and failed.item
                parsed = _error("ConditionalCheckFailedException") | ({"Item": failed.item} if wanted else {})
        status = 400 if "Error" in parsed else 200
        return SimpleNamespace(status_code=status), parsed | {"ResponseMetadata": {"HTTPStatusCode": status}}

    # Calls

    def _CreateTable(self, request: Item) -> Item:  # noqa: N802  # calls are found by AWS's names
        name = request["TableName"]
        indexes = {"": request} | {one["IndexName"]: one for one in request.get("GlobalSecondaryIndexes", ())}
        self._tables[name] = {}
        self._indexes[name] = {index: _key_names(one["KeySchema"]) for index, one in indexes.items()}
        return {}

    def _GetItem(self, request: Item) -> Item:  # noqa: N802
        found = self._tables[request["TableName"]].get(_key(request["Key"]))
        return {"Item": dict(found)} if found else {}

    def _BatchGetItem(self, request: Item) -> Item:  # noqa: N802
        return {
            "Responses": {
                table: [dict(self._tables[table][at]) for at in map(_key, asked["Keys"]) if at in self._tables[table]]
                for table, asked in request["RequestItems"].items()
            },
            "UnprocessedKeys": {},
        }

    def _BatchWriteItem(self, request: Item) -> Item:  # noqa: N802
        for table, writes in request["RequestItems"].items():
            for write in writes:
                if "PutRequest" in write:
                    self._tables[table][_key(write["PutRequest"]["Item"])] = write["PutRequest"]["Item"]
                else:
                    self._tables[table].pop(_key(write["DeleteRequest"]["Key"]), None)
        return {"UnprocessedItems": {}}

    def _Scan(self, request: Item) -> Item:  # noqa: N802
        return {"Items": [dict(item) for _, item in sorted(self._tables[request["TableName"]].items())]}

    def _Query(self, request: Item) -> Item:  # noqa: N802
        table = request["TableName"]
        _, sort = names = self._indexes[table][request.get("IndexName", "")]
        is_asked = _condition(request["KeyConditionExpression"])
        given = request.get("ExpressionAttributeNames", {}), request["ExpressionAttributeValues"]
        found = [one for one in self._tables[table].values() if names[0] in one and is_asked(one, *given)]
        backwards = not request.get("ScanIndexForward", True)
        found.sort(key=lambda item: (item[sort]["S"], *_key(item)), reverse=backwards)
        if start := request.get("ExclusiveStartKey"):
            after = (start[sort]["S"], *_key(start))
            places = [(item[sort]["S"], *_key(item)) for item in found]
            found = [one for one, at in zip(found, places, strict=True) if (at < after if backwards else at > after)]
        limit = request.get("Limit", len(found))
        answer: Item = {"Items": [dict(item) for item in found[:limit]], "Count": min(limit, len(found))}
        if 0 < limit < len(found):
            last = found[limit - 1]
            answer["LastEvaluatedKey"] = {name: last[name] for name in ("pk", "sk", *names)}
        return answer

    def _PutItem(self, request: Item) -> Item:  # noqa: N802
        self._write(*self._written("Put", request))
        return {}

    def _DeleteItem(self, request: Item) -> Item:  # noqa: N802
        self._write(*self._written("Delete", request))
        return {}

    def _UpdateItem(self, request: Item) -> Item:  # noqa: N802
        table, at, item = self._written("Update", request)
        self._write(table, at, item)
        return {"Attributes": dict(item or {})} if request.get("ReturnValues", "NONE") != "NONE" else {}

    def _TransactWriteItems(self, request: Item) -> Item:  # noqa: N802
        if request["ClientRequestToken"] in self._tokens:
            return {}
        reasons: list[Item] = []
        writes = []
        for action in request["TransactItems"]:
            ((kind, asked),) = action.items()
            try:
                writes.append(self._written(kind, asked))
                reasons.append({"Code": "None"})
            except _Failed as failed:
                wanted = asked.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and failed.item
                reasons.append({"Code": "ConditionalCheckFailed"} | ({"Item": failed.item} if wanted else {}))
        if len(writes) < len(reasons):
            return _error("TransactionCanceledException") | {"CancellationReasons": reasons}
        if len({(table, at) for table, at, _ in writes}) < len(writes):
            return _error("ValidationException")
        for write in writes:
            self._write(*write)
        self._tokens.add(request["ClientRequestToken"])
        return {}

    # Items

    def _written(self, kind: str, asked: Item) -> tuple[str, tuple[str, str], Item | None]:
        """Where a write goes, and what is there afterwards. Raises `_Failed`."""
        table, at = asked["TableName"], _key(asked["Item"] if kind == "Put" else asked["Key"])
        before = self._tables[table].get(at)
        given = asked.get("ExpressionAttributeNames", {}), asked.get("ExpressionAttributeValues", {})
        condition = asked.get("ConditionExpression")
        if condition and not _condition(condition)(before or {}, *given):
            raise _Failed(before)
        if kind == "Put":
            return table, at, asked["Item"]
        if kind == "Update":
            after = dict(before or asked["Key"])
            for change in _changes(asked["UpdateExpression"]):
                change(after, before or {}, *given)
            return table, at, after
        return table, at, before if kind == "ConditionCheck" else None

    def _write(self, table: str, at: tuple[str, str], item: Item | None) -> None:
        if item is None:
            self._tables[table].pop(at, None)
        else:
            self._tables[table][at] = item


# Expressions


@cache
def _condition(expression: str) -> Condition:
    tokens = _tokens(expression)
    found, rest = _either(tokens)
    assert not rest, expression
    return found


@cache
def _changes(expression: str) -> tuple[Change, ...]:
    tokens = _tokens(expression)
    starts = [place for place, token in enumerate(tokens) if token in _KEYWORDS]
    found: list[Change] = []
    for start, end in pairwise([*starts, len(tokens)]):
        kind, words = tokens[start], tokens[start + 1 : end]
        while words:
            change, words = _change(kind, words)
            found.append(change)
            assert not words or words.pop(0) == ",", expression
    return tuple(found)


def _tokens(expression: str) -> list[str]:
    found = _TOKEN.findall(expression)
    assert "".join(found) == re.sub(r"\s", "", expression), expression
    return found


def _either(tokens: list[str]) -> tuple[Condition, list[str]]:
    left, rest = _both(tokens)
    if rest[:1] != ["OR"]:
        return left, rest
    right, rest = _either(rest[1:])
    return lambda *given: left(*given) or right(*given), rest


def _both(tokens: list[str]) -> tuple[Condition, list[str]]:
    left, rest = _one(tokens)
    if rest[:1] != ["AND"]:
        return left, rest
    right, rest = _both(rest[1:])
    return lambda *given: left(*given) and right(*given), rest


def _one(tokens: list[str]) -> tuple[Condition, list[str]]:
    match tokens:
        case ["(", *inner]:
            found, rest = _either(inner)
            assert rest[0] == ")"
            return found, rest[1:]
        case ["attribute_exists", "(", path, ")", *rest]:
            return lambda item, names, _: _at(item, path, names) is not None, rest
        case ["attribute_not_exists", "(", path, ")", *rest]:
            return lambda item, names, _: _at(item, path, names) is None, rest
        case ["begins_with", "(", path, ",", value, ")", *rest]:
            return lambda item, names, values: item[_name(path, names)]["S"].startswith(values[value]["S"]), rest
        case [path, ("=" | "<" | "<=" | ">" | ">=") as sign, value, *rest]:
            return lambda item, names, values: _holds(_at(item, path, names), sign, values[value]), rest
    raise NotImplementedError(tokens)


def _holds(left: Any, sign: str, right: Any) -> bool:
    """What is not there compares with nothing, nor do values of two types."""
    if left is None or left.keys() != right.keys():
        return False
    ((kind, one),), ((_, other),) = left.items(), right.items()
    if kind == "N":
        one, other = int(one), int(other)
    return bool({"=": one == other, "<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[sign])


def _change(kind: str, words: list[str]) -> tuple[Change, list[str]]:
    if kind == "REMOVE":
        path, *rest = words
        return lambda after, _, names, __: _put(after, path, names, None), rest
    if kind == "ADD":
        path, value, *rest = words

        def add(after: Item, before: Item, names: Names, values: Values) -> None:
            sum_ = int((_at(before, path, names) or {"N": "0"})["N"]) + int(values[value]["N"])
            _put(after, path, names, {"N": str(sum_)})

        return add, rest
    assert kind == "SET"
    path, equals, *rest = words
    assert equals == "="
    first, rest = _operand(rest)
    if rest[:1] not in (["+"], ["-"]):
        return lambda after, before, names, values: _put(after, path, names, first(before, names, values)), rest
    sign = 1 if rest[0] == "+" else -1
    second, rest = _operand(rest[1:])

    def calculate(after: Item, before: Item, names: Names, values: Values) -> None:
        one, other = first(before, names, values), second(before, names, values)
        _put(after, path, names, {"N": str(int(one["N"]) + sign * int(other["N"]))})

    return calculate, rest


def _operand(words: list[str]) -> tuple[Callable[[Item, Names, Values], Any], list[str]]:
    match words:
        case ["if_not_exists", "(", path, ",", value, ")", *rest]:

            def found(item: Item, names: Names, values: Values) -> Any:
                return _at(item, path, names) or values[value]

            return found, rest
        case [word, *rest] if word.startswith(":"):
            return lambda _, __, values: values[word], rest
        case [path, *rest]:
            return lambda item, names, _: _at(item, path, names), rest
    raise NotImplementedError(words)


def _at(item: Item, path: str, names: Names) -> Any:
    found: Any = {"M": item}
    for part in path.split("."):
        found = found["M"].get(_name(part, names)) if found else None
    return found


def _put(item: Item, path: str, names: Names, value: Any) -> None:
    """Sets or, with None, removes. Values that are there are never changed: others may have them in their hands."""
    first, _, inner = path.partition(".")
    if inner:
        members = dict(item[_name(first, names)]["M"])
        _put(members, inner, names, value)
        value = {"M": members}
    if value is None:
        item.pop(_name(first, names), None)
    else:
        item[_name(first, names)] = value


def _name(word: str, names: Names) -> str:
    return names[word] if word.startswith("#") else word


def _key(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _key_names(schema: list[dict[str, str]]) -> tuple[str, str]:
    by_type = {one["KeyType"]: one["AttributeName"] for one in schema}
    return by_type["HASH"], by_type["RANGE"]


def _bytes(found: Item) -> Item:
    return {"B": base64.b64decode(found["B"])} if found.keys() == {"B"} else found


def _error(code: str) -> Item:
    return {"Error": {"Code": code, "Message": code}}
