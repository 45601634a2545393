"""What a route takes is what its document says that it takes: each body, with something else in each of its places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from scripts.dialect_openapi import Described, described, dialects
from tests.integration.dialect_document import content, document, validator
from tests.integration.test_merchant_fuzz import with_surprise
from tests.proof import Guarantee, proves
from till.domain.errors import Invalid
from till.runtime.validation import parse

type Json = Any
type Place = tuple[str | int, ...]

ROUTES = [one for dialect in dialects() for one in described(dialect) if one.route.takes]
SURPRISES: tuple[Json, ...] = (
    *(None, True, False, -1, 0, 1, 3, 1.5, 10**30, 1e300),
    *("", " ", "0", "1", "-1", "1.5", "1e5", "1,2", "true", "CA", "US", "é☃", "a\nb", "\0", "x" * 300, "x" * 20_000),
    *([], [1], [None], {}, {"": ""}, {"a": None}),
)


@proves(Guarantee.ANY_INPUT)
@pytest.mark.parametrize("one", ROUTES, ids=lambda one: f"{one.dialect.name}: {one.route.summary}")
def test_what_a_route_takes_its_document_describes(one: Described) -> None:
    body, schema = one.example, validator(one.dialect.name, one.route.path, one.route.method, "", one.media_type)
    assert _takes(one, body)
    undescribed = [
        (place, surprise)
        for place in _places(one.dialect.name, _schema(one), body)
        for surprise in SURPRISES
        if _takes(one, sent := with_surprise(body, place, surprise)) and not schema.is_valid(sent)
    ]
    assert not undescribed


def _takes(one: Described, body: Json) -> bool:
    assert one.model
    try:
        parse(one.model, body)
    except Invalid:
        return False
    return body is not None  # that is no body at all


def _schema(one: Described) -> Json:
    operation = document(one.dialect.name)["paths"][one.route.path][one.route.method.lower()]
    return content(one.dialect.name, operation["requestBody"])[one.media_type]["schema"]


def _places(dialect: str, schema: Json, body: Json, at: Place = ()) -> Iterator[Place]:
    """Every place of the body, and of the members that the document has beside its own."""
    yield at
    if isinstance(body, dict):
        members: dict[str, Json] = {name: {} for name in body} | _members(dialect, schema)
        for name, member in members.items():
            yield from _places(dialect, member, body.get(name), (*at, name))
    elif isinstance(body, list):
        items = [one["items"] for one in _plain(dialect, schema) if "items" in one]
        for i, item in enumerate(body):
            yield from _places(dialect, {"anyOf": items}, item, (*at, i))


def _members(dialect: str, schema: Json) -> dict[str, Json]:
    found: dict[str, list[Json]] = {}
    for one in _plain(dialect, schema):
        for name, member in one.get("properties", {}).items():
            found.setdefault(name, []).append(member)
    return {name: {"anyOf": members} for name, members in found.items()}


def _plain(dialect: str, schema: Json) -> Iterator[Json]:
    """The schema, and all that it refers to or is made of."""
    yield schema
    if "$ref" in schema:
        yield from _plain(dialect, document(dialect)["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    for which in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(which, ()):
            yield from _plain(dialect, one)
