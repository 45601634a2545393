"""Whatever is sent to Elastic Path's dialect: an answer that its document describes, and never an unexpected error.

Good requests are those of events/elasticpath, one for each route; here they go wrong.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.event import EVENTS
from tests.builders import a_variant
from tests.integration import dialect_document
from tests.integration.deployment import deployed
from tests.integration.test_bad_input import RAW
from tests.integration.test_events import NAMES, events, function
from tests.unit.strategies import any_json
from till.runtime import wiring

type Json = dict[str, Any]

CASES = [name for name in NAMES if name.startswith("elasticpath/")]
TOKEN = "elasticpath/tokens/create_access_token"  # an event
UNEXPECTED = (500, 501, 502, 504)
BAD_IDS = ("nobody", str(uuid.uuid4()), "%00", "x" * 300, "é", "'; --", "01JXN0B0DY0000000000000000")
BAD_QUERIES = (
    {"page[limit]": "0"},
    {"page[limit]": "x"},
    {"page[limit]": "9" * 400},
    {"page[offset]": "-1"},
    {"page[offset]": "10001"},
    {"filter": "eq(payment"},
    {"filter": "eq(nothing,like)"},
    {"filter": "gt(with_tax,x)"},
    {"filter": ":" * 50},
    {"filter": "like(email,*" + "*" * 500 + ")"},
    {"sort": "password"},
    {"sort": "--created_at"},
    {"include": "everything,,"},
)
BAD_HEADERS = (
    {"X-MOLTIN-CURRENCY": "XXX"},
    {"X-MOLTIN-CURRENCY": "dollars and cents"},
    {"X-Moltin-Customer-Token": "nobodys"},
    {"EP-Account-Management-Authentication-Token": "a.b.c"},
    {"Authorization": "Bearer "},
    {"Authorization": "Basic eDp5"},
    {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
)


class Routes:
    """Every route with a good request, in one stack."""

    def __init__(self) -> None:
        self._filled: dict[str, Json] = {}

    def good(self, name: str) -> Json:
        """The event, live: made once, since what is refused changes nothing."""
        if name not in self._filled:
            self._filled[name] = events().fill(name)
        return dict(self._filled[name])

    def send(self, name: str, **changes: Any) -> tuple[int, Any]:
        """Status and body of the answer to an event that is changed, which its document describes."""
        event = self.good(name) | changes
        app = function(name).app
        answer = app.handle(event, None)
        status, body = answer["statusCode"], json.loads(answer["body"] or "null")
        assert status not in UNEXPECTED, (name, changes, body)
        if status >= 400:
            assert body["errors"]
            assert all(error["title"] for error in body["errors"])
        # A body that is refused need not be one that the document allows.
        dialect_document.check_event("elasticpath", app, event | ({"body": None} if status >= 400 else {}), answer)
        return status, body


@pytest.fixture(scope="module")
def routes() -> Iterator[Routes]:
    with pytest.MonkeyPatch.context() as patch, deployed(patch) as till:
        till.lift_limits()
        wiring.stock().set_on_hand("acme", a_variant().id, 1000)
        yield Routes()


def as_written(name: str) -> Json:
    """The event without live values."""
    event: Json = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    return event


def takes_json(name: str) -> bool:
    """Has its route a use for a body?"""
    return bool(dialect_document.route_of(function(name).app, as_written(name)).takes)


TAKING = [name for name in CASES if takes_json(name)]


@pytest.mark.parametrize("raw", RAW)
def test_a_body_that_cannot_be_read_is_refused_on_every_route(raw: str, routes: Routes) -> None:
    for name in TAKING:
        status, body = routes.send(name, body=base64.b64encode(RAW[raw]).decode(), isBase64Encoded=True)
        assert status == 400, (name, body)
        assert all(error["status"] == 400 for error in body["errors"])


@pytest.mark.parametrize("name", TAKING)
@pytest.mark.parametrize("data", [None, [], {}, "text", 7, [None], {"type": "nothing"}], ids=str)
def test_data_that_says_nothing_is_refused_or_changes_nothing(name: str, data: Any, routes: Routes) -> None:
    status, _ = routes.send(name, body=json.dumps({"data": data}))
    assert status < 500 or status == 503


@pytest.mark.parametrize("name", CASES)
def test_an_id_that_is_nobodys_is_not_found(name: str, routes: Routes) -> None:
    event = routes.good(name)
    for parameter in event["pathParameters"] or {}:
        for bad in BAD_IDS:
            status, body = routes.send(name, pathParameters=event["pathParameters"] | {parameter: bad})
            # A cart is there whatever its id, and nothing is in it.
            assert status in (400, 404) or parameter in ("cart_id", "code"), (parameter, bad, status, body)


@pytest.mark.parametrize("name", [name for name in CASES if "/list_" in name or "/get_" in name])
@pytest.mark.parametrize("query", BAD_QUERIES, ids=lambda query: str(query)[:40])
def test_a_query_that_makes_no_sense_is_an_error_and_no_surprise(name: str, query: Json, routes: Routes) -> None:
    app = function(name).app
    known = dialect_document.document("elasticpath")["paths"]
    route = dialect_document.route_of(app, routes.good(name))
    named = {one["name"] for one in known[route.path][route.method.lower()]["parameters"]}
    if query.keys() <= named:
        status, _ = routes.send(name, queryStringParameters=query)
        assert status in (200, 400, 403, 422)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("headers", BAD_HEADERS, ids=lambda headers: str(headers)[:50])
def test_headers_of_any_kind_do_no_harm(name: str, headers: Json, routes: Routes) -> None:
    if name == TOKEN:
        return
    status, _ = routes.send(name, headers=routes.good(name)["headers"] | headers)
    if "Authorization" in headers:
        assert status == 401
    if "X-Moltin-Customer-Token" in headers or "EP-Account-Management-Authentication-Token" in headers:
        assert status in (401, 403)


@st.composite
def surprising(draw: st.DrawFn) -> tuple[str, Any]:
    """A route, and its good body with anything in the place of some member, however deep; or anything at all."""
    name = draw(st.sampled_from(TAKING))
    body = json.loads(as_written(name)["body"] or "null")
    if draw(st.booleans()):
        return name, {"data": draw(any_json)}
    place = body
    while isinstance(place, (dict, list)) and place:
        keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        if not isinstance(place[key], (dict, list)) or not place[key] or draw(st.integers(0, 3)) == 0:
            place[key] = draw(any_json)
            break
        place = place[key]
    return name, body


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(surprising(), st.booleans())
def test_no_body_is_an_unexpected_error(routes: Routes, sent: tuple[str, Any], with_key: bool) -> None:
    name, body = sent
    headers = routes.good(name)["headers"] | ({"Idempotency-Key": wiring.new_id()} if with_key else {})
    routes.send(name, body=json.dumps(body), headers=headers)
