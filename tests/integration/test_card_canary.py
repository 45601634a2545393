"""One card number, sent in the place of every text of every route, is found nowhere: not stored, logged, passed on."""

from __future__ import annotations

import functools
import importlib
import json
import logging
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from pydantic import BaseModel

from scripts.dialect_openapi import FORM
from scripts.event import EVENTS, MADE_BY
from tests.integration import dialect_document
from tests.integration.deployment import TABLES, Deployment
from tests.integration.test_events import REQUESTS, events, function, till
from tests.proof import Guarantee, Proof, proves
from till.adapters import aws

__all__ = ["till"]  # the fixture

type Json = dict[str, Any]
type Place = tuple[str | int, ...]

# No test but this knows it: right by Luhn's rule, a Visa by its first digit.
DIGITS = "4716820314596279"
CANARIES = (DIGITS, "4716 8203 1459 6279", int(DIGITS))
DIALECTS = sorted({name.partition("/")[0] for name in REQUESTS})
DEEPEST = 6
ADDRESSES = ("pathParameters", "queryStringParameters")
# No event has a good link or a good signature, and a client is known by its id.
NOT_LET_IN = ("pay/", "webhooks/", "elasticpath/tokens/create_access_token")
HEADERS = "headers"
# What an event must have of a live shop to be looked at by its route.
TOKENS = {
    "access_token",
    "account_id",
    "client_id",
    "client_secret",
    "cocart_token",
    "diddo_key",
    "empty_order",
    "ep_customer_email",
    "ep_customer_token",
    "jwt",
    "member_email",
    "order",
    "webhook_secret",
}
# An import answers for each row by itself; a token is made of nothing that is sent but the client's id; a preflight
# has no body and looks at nothing.
KEEPS_NOTHING = ("merchant/catalog/import_", "elasticpath/tokens/", "preflight/")


def places(schema: Json, document: Json, at: Place = ()) -> Iterator[Place]:
    """Where a body of that schema may have a text, and the names that nobody foresaw."""
    if len(at) > DEEPEST:
        return
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        found = document.get("$defs") or document["components"]["schemas"]
        yield from places(found[name], document, at)
    for part in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(part, ()):
            yield from places(one, document, at)
    kinds = schema.get("type", ())
    if "string" in kinds or not schema:
        yield at
    for name, member in schema.get("properties", {}).items():
        yield from places(member, document, (*at, name))
    if "object" in kinds and schema.get("additionalProperties") is not False:
        yield (*at, "surprise")
    if isinstance(schema.get("items"), dict):
        yield from places(schema["items"], document, (*at, 0))


def texts(body: Any, at: Place = ()) -> Iterator[Place]:
    """Where a body has a text."""
    if isinstance(body, dict):
        for name, member in body.items():
            yield from texts(member, (*at, name))
    elif isinstance(body, list):
        for index, member in enumerate(body):
            yield from texts(member, (*at, index))
    elif isinstance(body, str):
        yield at


def put(body: Any, at: Place, value: Any) -> Any:
    """The body with the value there, and what it takes to have a place there."""
    if not at:
        return value
    first, rest = at[0], at[1:]
    if isinstance(first, int):
        members = list(body) if isinstance(body, list) else []
        before = members[first] if first < len(members) else None
        return [*members[:first], put(before, rest, value), *members[first + 1 :]]
    known = body if isinstance(body, dict) else {}
    return {**known, first: put(known.get(first), rest, value)}


@functools.cache
def fields_of(name: str) -> frozenset[Place]:
    """The texts of a route's body: by its dialect's document; of the merchant's API, which has none, by its models."""
    event = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    dialect = name.partition("/")[0]
    if dialect in dialect_document.FILES:
        document = dialect_document.document(dialect)
        operation = document["paths"][event["resource"]][event["httpMethod"].lower()]
        taken = operation.get("requestBody", {"content": {}})["content"]
        return frozenset(at for one in taken.values() for at in places(one["schema"], document))
    if not event["body"]:
        return frozenset()
    package = name.rpartition("/")[0].replace("/", ".")
    found: set[Place] = set()
    for module in ("models", "discount_models"):
        try:
            models = vars(importlib.import_module(f"{package}.{module}")).values()
        except ModuleNotFoundError:
            continue
        for model in models:
            if isinstance(model, type) and issubclass(model, BaseModel) and model.__module__.startswith(package):
                schema = model.model_json_schema()
                found.update(places(schema, schema))
    return frozenset(found)


def spoiled(name: str, event: Json, canaries: Sequence[object]) -> Iterator[tuple[str, Json]]:
    """The event with the card number in one place after the other, and what to call that place."""
    for part in ADDRESSES:
        values = event[part] or {}
        for key in (*values, "surprise"):
            yield f"{part} {key}", event | {part: {**values, key: DIGITS}}
    text = event["body"] or ""
    if "text/csv" in str(event["headers"]):
        head, *rows = text.splitlines()
        for column, cell in enumerate(head.split(",")):
            row = rows[0].split(",")
            row[column] = DIGITS
            yield cell, event | {"body": f"{head}\n{','.join(row)}"}
        return
    is_form = FORM in str(event["headers"])
    body = dict(parse_qsl(text)) if is_form else json.loads(text or "null")
    if body is None:
        return
    for at in sorted(fields_of(name) | set(texts(body)), key=str):
        for canary in canaries:
            sent = put(body, at, canary)
            yield ".".join(map(str, at)), event | {"body": urlencode(sent) if is_form else json.dumps(sent)}
    if isinstance(body, dict) and not is_form:
        yield "a name", event | {"body": json.dumps({**body, DIGITS: "x"})}


def with_headers(event: Json) -> Json:
    """The event with the card number in every header but those that say who asks, and in some that nobody reads."""
    named = ("Idempotency-Key", "Cart-Key", "CoCart-API-Cart-Key", "If-None-Match", "User-Agent", "X-Surprise")
    return event | {"headers": event["headers"] | dict.fromkeys(named, DIGITS)}


def holds(text: str) -> bool:
    """Is the card number in there, however it is written?"""
    return DIGITS in re.sub(r"[\s\-]", "", text)


def stored() -> Iterator[tuple[str, str]]:
    """Every item of every table, and where it lies; what is compressed is read."""
    for table in TABLES.values():
        pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=table.lower())
        for item in (one for page in pages for one in page["Items"]):
            yield f"{item['pk']['S']} {item['sk']['S']}", "".join(map(_read, item.values()))


def _read(value: Any) -> str:
    packed = value.get("B")
    if not packed:
        return str(value)
    return zlib.decompress(packed[1:] if packed[:1] == b"\x01" else packed).decode()


def filled(names: list[str], known: dict[str, str]) -> dict[str, Json]:
    """The events of these names with live tokens. A card number is refused before anything else is looked up."""
    live = events(**known)
    return {name: live.fill(name) for name in names}


@proves(Guarantee.NO_CARD_NUMBERS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_card_number_goes_nowhere_whatever_field_of_whatever_route_it_is_sent_in(
    dialect: str, till: Deployment, proof: Proof, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    names = [name for name in REQUESTS if name.startswith(f"{dialect}/")]
    good = filled(names, dict.fromkeys(MADE_BY.keys() - TOKENS, "1"))
    canaries = CANARIES[: proof.rounds(1, len(CANARIES))]
    requests = [(name, *one) for name, event in good.items() for one in spoiled(name, event, canaries)]
    if proof.rounds(0, 1):
        # These are carried out, so each needs a shop as it was.
        requests += [(name, HEADERS, with_headers(events().fill(name))) for name in names]
    answers = Counter[str]()
    taken, told = set(), set()
    for name, place, event in requests:
        answer = function(name).handler(event, None)
        where = f"{name} {place}"
        assert answer["statusCode"] < 500, where
        is_let_in = not where.startswith(NOT_LET_IN) and not place.startswith((*ADDRESSES, HEADERS))
        assert answer["statusCode"] not in (401, 403) or not is_let_in, where
        answers["refused" if answer["statusCode"] >= 400 else "answered"] += 1
        if answer["statusCode"] < 300 and place != HEADERS:
            taken.add(where)
        if holds(json.dumps(answer)):
            told.add(where)
    assert told == set()
    assert {where for where in taken if not where.startswith(KEEPS_NOTHING)} == set()
    machines = (till.machine, till.fulfilment)
    runs = [run.input for machine in machines for run in machine.executions.values()]
    logged = str([record.__dict__ for record in caplog.records]) + capsys.readouterr().out
    assert "answered" in logged or dialect == "preflight"
    assert not holds(logged)
    assert not holds(json.dumps([runs, till.put_events]))
    items = list(stored())
    found = [where for where, text in items if holds(where + text)]
    fields = len({(name, place) for name, place, _ in requests if place != HEADERS})
    proof.saw(
        f"{dialect}: a card number in each of {fields} fields of {len(names)} routes, {len(requests)} requests",
        f"{answers['refused']} refused, {answers['answered']} answered; found in {len(found)} of {len(items)} items, "
        f"0 of {len(caplog.records)} lines of logs",
    )
    assert found == []
