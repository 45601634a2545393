"""One key, one effect, one answer: on every route of every API that changes something.

The requests are those of events/. A route declares how it keeps to that (`Kind`); what it declares is held against what
it does.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fakes.state_machine import FunctionLost
from tests.integration.walks.ground import (
    RECORDS,
    ROUTES,
    Ground,
    at_write,
    counted,
    die,
    effects,
    end_leases,
    ground,
    is_replay,
    send,
    tables,
    told,
)
from tests.proof import Guarantee, Proof, proves
from till.adapters import aws
from till.runtime import wiring
from till.runtime.app import Kind

API = Path(__file__).parents[3] / "openapi" / "api.yaml"
CHANGING = [one.name for one in ROUTES.values() if one.route.method not in ("GET", "HEAD")]
KEYED = [name for name in CHANGING if ROUTES[name].keeps_keys and ROUTES[name].is_good]
CALLS = [name for name in KEYED if ROUTES[name].route.kind is Kind.CALL]
# One of each API and kind, for what is done in one place for all of them.
SOME = list({(name.partition("/")[0], ROUTES[name].route.kind): name for name in KEYED}.values())
# What has no effect is not kept: it tells a token to whoever may have it.
NOTHING_KEPT = ("bold/orders/resume_order", "merchant/orders/create_payment_link")
# Under `again` these tell what was left to do, or how far it has come by then.
GOES_ON = (
    "merchant/after_sales/charge_again",
    "merchant/catalog/import_shopify_csv",
    "merchant/customers/erase_person",
)
# Its steps are those of the order workflow, which the fault matrix strikes one by one.
RUNS = ("elasticpath/payments/create_payment",)
# Members of answers that nobody may read in a record.
SECRETS = ("secret", "client_secret", "jwt_token", "jwt", "access_token")
pytestmark = [proves(Guarantee.SAME_ANSWER)]


@pytest.fixture(scope="module")
def walk() -> Iterator[Ground]:
    with ground() as laid:
        yield laid


def test_every_route_of_the_document_that_may_change_something_says_how_it_keeps_to_one_effect(proof: Proof) -> None:
    paths = yaml.safe_load(API.read_text("utf-8"))["paths"]
    documented = {(method.upper(), path) for path, one in paths.items() for method in one}
    documented = {one for one in documented if one[0] in ("POST", "PUT", "PATCH", "DELETE")}
    declared = {(one.route.method, path): one.route.kind for one in ROUTES.values() for path in one.route.paths}
    assert documented <= declared.keys()
    keyed = sum(declared[one].keeps_keys for one in documented)
    proof.saw(
        "every route of the API's document that is no GET",
        f"{len(documented)} routes declare their kind: {keyed} keep keys, {len(documented) - keyed} change nothing",
    )


@pytest.mark.parametrize("name", [name for name in CHANGING if not ROUTES[name].keeps_keys])
def test_what_keeps_no_keys_changes_nothing_that_counts_when_it_comes_twice(name: str, walk: Ground) -> None:
    event = walk.ready(name)
    before = tables()
    send(name, event)
    once = tables()
    assert ROUTES[name].route.kind in (Kind.NOTICE, Kind.REPEATABLE) or counted(once) == counted(before)
    send(name, event)
    assert counted(tables()) == counted(once)


@pytest.mark.parametrize("name", KEYED)
def test_the_same_request_under_its_key_is_done_once_and_answered_alike(name: str, walk: Ground) -> None:
    event, key = walk.ready(name), walk.new_key()
    first = send(name, event, key)
    done = counted(tables())
    again = send(name, event, key)
    assert 200 <= first["statusCode"] < 300, first["body"]
    assert again["statusCode"] == first["statusCode"]
    assert (is_replay(first), is_replay(again)) == (False, name not in NOTHING_KEPT)
    assert counted(tables()) == done
    assert _without_secrets(again) == _without_secrets(first)
    if ROUTES[name].route.kind is Kind.CHANGE:
        assert again["body"] == first["body"]
    assert not [secret for secret in _secrets(first) if secret in _kept()]


@pytest.mark.parametrize("name", [name for name in KEYED if name not in NOTHING_KEPT])
def test_another_request_under_a_used_key_is_refused(name: str, walk: Ground) -> None:
    event, key = walk.ready(name), walk.new_key()
    send(name, event, key)
    done = counted(tables())
    for body in _others(event["body"]):
        refused = send(name, event, key, body=body)
        assert 400 <= refused["statusCode"] < 500
        assert not is_replay(refused)
    # Where a member that nobody knows is refused for itself, that comes first.
    assert any(word in refused["body"].lower() for word in ("idempotency-key", "idempotency_key", "surprise"))
    assert counted(tables()) == done


@pytest.mark.parametrize("name", [name for name in SOME if name not in NOTHING_KEPT])
def test_the_same_request_in_other_notation_is_the_same(name: str, walk: Ground) -> None:
    event, key = walk.ready(name), walk.new_key()
    if not (event["body"] or "").startswith("{"):
        return
    first = send(name, event, key)
    backwards = dict(reversed(json.loads(event["body"], parse_int=float).items()))
    again = send(name, event, key, body=json.dumps(backwards, indent=1))
    assert _without_secrets(again) == _without_secrets(first) or ROUTES[name].route.kind is Kind.TOKEN
    assert is_replay(again)


@pytest.mark.parametrize("name", SOME)
def test_a_bad_key_is_refused_and_nothing_is_done(name: str, walk: Ground) -> None:
    event = walk.ready(name)
    before = counted(tables())
    for key in ("short", "x" * 256, "with a space in it 1"):
        assert send(name, event, key)["statusCode"] in (400, 422)
    assert counted(tables()) == before


@pytest.mark.parametrize("name", [name for name in SOME if name not in NOTHING_KEPT])
def test_a_key_is_free_after_a_day(name: str, walk: Ground) -> None:
    event, key = walk.ready(name), walk.new_key()
    send(name, event, key)
    client = aws.client("dynamodb")
    for item in client.scan(TableName=RECORDS)["Items"]:
        client.put_item(TableName=RECORDS, Item=item | {"expires_at": {"N": str(wiring.now() - 1)}})
    assert not is_replay(send(name, event, key))


@pytest.mark.parametrize("name", [name for name in SOME if name not in NOTHING_KEPT])
def test_of_two_at_once_one_is_done_and_the_other_waits_or_is_answered_alike(name: str, walk: Ground) -> None:
    event, key = walk.ready(name), walk.new_key()
    beside: list[Any] = []
    with at_write(1 if ROUTES[name].route.kind is Kind.CALL else 0, lambda: beside.append(send(name, event, key))):
        first = send(name, event, key)
    if not beside:  # it writes nothing but its record
        return
    [other] = beside
    waits = any("Retry-After" in one["multiValueHeaders"] for one in (first, other))
    assert waits or _without_secrets(other) == _without_secrets(first)
    assert 200 <= min(first["statusCode"], other["statusCode"]) < 300
    assert is_replay(send(name, event, key))


@pytest.mark.parametrize("name", [name for name in KEYED if ROUTES[name].route.kind is not Kind.WORKFLOW])
def test_a_function_that_is_lost_at_any_write_leaves_what_the_same_request_finishes(
    name: str, walk: Ground, proof: Proof
) -> None:
    """Runs of orders have tests of their own: there more than a key sees to it."""
    event = walk.ready(name)
    before = tables()
    with at_write(-1, die) as writes:
        first = send(name, event, walk.new_key())
    assert 200 <= first["statusCode"] < 300, first["body"]
    walk.till.deliver_streams()
    wanted = effects(before, tables())
    # The last write of a call keeps its answer: before it, all of the effect is there and nobody was told.
    points = [(write, after) for write in range(len(writes)) for after in (False, True)]
    worst = points[-2:-1] if ROUTES[name].route.kind is Kind.CALL else points[-1:]
    seen = 0
    for write, after in points if proof.rounds(0, 1) and name not in RUNS else worst:
        walk.ready(name)
        key = walk.new_key()
        try:
            with at_write(write, die, after=after):
                send(name, event, key)
        except FunctionLost:
            seen += 1
        end_leases()
        again = send(name, event, key)
        while again["statusCode"] in (409, 503, 530) and "Retry-After" in again["multiValueHeaders"]:
            walk.till.clock.pass_(minutes=5)
            walk.till.reap()
            again = send(name, event, key)
        walk.till.deliver_streams()
        where = f"{'after' if after else 'before'} write {write} of {writes}"
        assert name in GOES_ON or _without_secrets(again) == _without_secrets(first), where
        assert effects(before, tables()) == wanted, where
    proof.saw(
        f"routes: 1, functions lost before or after one of their writes: {seen}", f"one effect and one answer: {seen}"
    )


def _others(body: str | None) -> list[str]:
    """What differs from a body; the last differs in nothing that a route would mind."""
    if body and not body.startswith("{"):
        return [f"{body}\n"]
    sent = json.loads(body or "{}")
    turned = {
        name: value[::-1] for name, value in sent.items() if isinstance(value, list) and value and value != value[::-1]
    }
    return [json.dumps(sent | other) for other in (turned, {"surprise": None}, {"surprise": 1}) if other]


def _without_secrets(answer: Any) -> str:
    """Secrets are shown once, and tokens made anew."""
    text = told(answer)
    for name in ("secret", "client_secret", "code"):
        text = text.replace(f'"{name}":"~"', f'"{name}":null')
    return text


def _secrets(answer: Any) -> set[str]:
    """Whatever in a good answer is a secret or a token, by the name that it has."""
    found: set[str] = set()

    def look(value: Any, name: str) -> None:
        if isinstance(value, dict):
            for key, member in value.items():
                look(member, key)
        elif isinstance(value, list):
            for member in value:
                look(member, name)
        elif isinstance(value, str) and name in SECRETS:
            found.add(value)

    if answer["multiValueHeaders"]["Content-Type"] == ["application/json"]:
        look(json.loads(answer["body"] or "null"), "")
    return found


def _kept() -> str:
    """What all records say."""
    items = aws.client("dynamodb").scan(TableName=RECORDS)["Items"]
    return "".join(zlib.decompress(item["body"]["B"]).decode() for item in items if "body" in item)
