"""One key, one effect, one answer: on every route of Elastic Path's dialect that changes something.

The requests are those of events/elasticpath.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.event import EVENTS
from tests.builders import a_variant
from tests.integration.deployment import Deployment, deployed
from tests.integration.dialect_document import route_of
from tests.integration.test_events import NAMES, events, function
from till.runtime import wiring
from till.runtime.app import Kind


def changes(name: str) -> bool:
    """Is it for a route that keeps keys?"""
    event = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    return route_of(function(name).app, event).kind is not Kind.READ


CHANGING = [name for name in NAMES if name.startswith("elasticpath/") and changes(name)]
# Those answer with a token, which is another one each time and never kept.
TOKENS = ("create_customer_token", "create_account_member_token")


@pytest.fixture(scope="module")
def till() -> Iterator[Deployment]:
    with pytest.MonkeyPatch.context() as patch, deployed(patch) as deployment:
        deployment.lift_limits()
        wiring.stock().set_on_hand("acme", a_variant().id, 1000)
        yield deployment


def sent(name: str, event: Any, key: str, **changes: Any) -> Any:
    """The answer to an event that carries a key."""
    headers = event["headers"] | {"Idempotency-Key": key}
    return function(name).handler(event | {"headers": headers} | changes, None)


def is_replay(answer: Any) -> bool:
    return "Idempotent-Replayed" in answer["multiValueHeaders"]


@pytest.mark.parametrize("name", CHANGING)
def test_the_same_request_under_its_key_is_done_once_and_answered_alike(name: str, till: Deployment) -> None:
    event, key = events().fill(name), wiring.new_id()
    first, again = sent(name, event, key), sent(name, event, key)
    assert 200 <= first["statusCode"] < 300, first["body"]
    assert again["statusCode"] == first["statusCode"]
    assert (is_replay(first), is_replay(again)) == (False, True)
    if not name.endswith(TOKENS):
        assert again["body"] == first["body"]


@pytest.mark.parametrize("name", CHANGING)
def test_another_request_under_a_used_key_is_refused(name: str, till: Deployment) -> None:
    event, key = events().fill(name), wiring.new_id()
    sent(name, event, key)
    body = json.loads(event["body"] or "{}") | {"surprise": 1}
    refused = sent(name, event, key, body=json.dumps(body))
    assert refused["statusCode"] == 422
    [error] = json.loads(refused["body"])["errors"]
    assert error["source"] == "Idempotency-Key"


@pytest.mark.parametrize("name", CHANGING)
def test_a_bad_key_is_refused(name: str, till: Deployment) -> None:
    event = events().fill(name)
    for key in ("short", "x" * 256, "with a space in it 1"):
        refused = sent(name, event, key)
        assert refused["statusCode"] == 400
        assert json.loads(refused["body"])["errors"][0]["source"] == "Idempotency-Key"
