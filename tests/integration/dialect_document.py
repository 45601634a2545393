"""docs/openapi of a dialect, held against every answer that it gives and every request that it took."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import jsonschema_rs
import yaml

from scripts.dialect_openapi import FORM, JSON, dialects
from till.runtime.app import App, Route

FILES = {one.name: one.target for one in dialects()}


def dialect_of(app: App) -> str:
    """Its folder of functions/."""
    return type(app.dialect).__module__.partition(".")[0]


def check_event(dialect: str, app: App, event: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    """The same of an event of events/ and what its function answers."""
    content_type = answer["multiValueHeaders"]["Content-Type"][0]
    check(dialect, route_of(app, event), *asked(event), answer["statusCode"], content_type, answer["body"])


def route_of(app: App, event: Mapping[str, Any]) -> Route:
    """The route that an event is for."""
    [route] = [one for one in app.routes if (one.method, one.path) == (event["httpMethod"], event["resource"])]
    return route


def asked(event: Mapping[str, Any]) -> tuple[bytes, set[str]]:
    """The body of an event, and the names of its query parameters."""
    return (event["body"] or "").encode(), set(event["queryStringParameters"] or ())


def check(dialect: str, route: Route, sent: bytes, query: set[str], status: int, content_type: str, body: str) -> None:
    """Raises AssertionError for a status, a member, a taken body or query parameter that the document does not have."""
    where = f"{route.method} {route.path} {status}"
    operation = document(dialect)["paths"].get(route.path, {}).get(route.method.lower())
    assert operation, f"{where}: {FILES[dialect]} does not have it, run `make openapi`"
    assert str(status) in operation["responses"], f"{where}: this status is not declared: {body[:1000]}"
    described = content(dialect, operation["responses"][str(status)])
    media_type = content_type.partition(";")[0]
    if not described:
        assert not body, f"{where}: has a body: {body[:1000]}"
    elif media_type == JSON:
        answer = validator(dialect, route.path, route.method, str(status), media_type)
        hold(answer, json.loads(body), f"{where}: the answer")
    else:
        assert media_type in described, f"{where}: {media_type} is not declared"
    if status < 300:
        known = {one["name"] for one in operation["parameters"] if one["in"] == "query"}
        assert query <= known, f"{where}: takes {query - known}, which the document does not name"
        _hold_request(dialect, route, operation, sent, where)


def _hold_request(dialect: str, route: Route, operation: Any, sent: bytes, where: str) -> None:
    if "requestBody" not in operation:
        return
    [media_type] = operation["requestBody"]["content"]
    is_form = media_type == FORM and not sent.startswith(b"{")
    taken = dict(parse_qsl(sent.decode())) if is_form else json.loads(sent or b"null")
    # null is no body at all.
    if taken is not None:
        hold(validator(dialect, route.path, route.method, "", media_type), taken, f"{where}: what was taken")


@functools.cache
def document(dialect: str) -> Any:
    """As it is written."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(FILES[dialect].read_bytes(), loader)  # noqa: S506  # safe, and fast


def content(dialect: str, place: Any) -> Any:
    """What a response or a request's body has, by media type; {} is nothing at all."""
    if "$ref" in place:
        place = document(dialect)["components"]["responses"][place["$ref"].rpartition("/")[2]]
    return place.get("content", {})


@functools.cache
def validator(dialect: str, path: str, method: str, status: str, media_type: str) -> jsonschema_rs.Draft202012Validator:
    """Of an answer with this status; without one, of the request's body."""
    operation = document(dialect)["paths"][path][method.lower()]
    place = operation["responses"][status] if status else operation["requestBody"]
    schema = content(dialect, place)[media_type]["schema"]
    return jsonschema_rs.Draft202012Validator({"components": document(dialect)["components"], **schema})


def hold(schema: jsonschema_rs.Draft202012Validator, value: Any, what: str) -> None:
    """Raises AssertionError that names the place of each fault."""
    faults = [f"/{'/'.join(map(str, one.instance_path))}: {one.message[:300]}" for one in schema.iter_errors(value)]
    assert not faults, f"{what} is not as the dialect's document says\n" + "\n".join(faults[:10])
