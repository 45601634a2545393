"""One key, one effect, one answer: when two requests are the same, and what a repeated one gets."""

import json
import random
import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.builders import NOON
from tests.unit.strategies import any_json, any_text
from till.application.idempotency import Answer, Claim, canonical, claim, replay
from till.domain.errors import Invalid, KeyReused, Refused

KEY = "0123456789abcdef"
SCOPE = ("acme", "order-1", "POST /items")


def a_claim(body: object = None, key: str = KEY, scope: tuple[str, ...] = SCOPE, now: int = NOON) -> Claim:
    return claim(key, scope, "acme", body, now)


def as_sent(body: object) -> Any:
    """The body as the runtime reads it off the wire."""
    return json.loads(json.dumps(body))


def alike(one: object, other: object) -> bool:
    """The rule itself: values, not notation. Numbers by value, objects in any order, arrays in theirs."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other
    return type(one) is type(other) and one == other


# Keys


@pytest.mark.parametrize("key", ["k" * 16, "k" * 255, "!~" * 8, "0b8c3d5e-7f1a-4c2b-9d6e-5a4f3b2c1d0e"])
def test_a_key_is_16_to_255_visible_characters(key: str) -> None:
    assert a_claim(key=key).id != a_claim(key=key[:-1] + "x").id


def test_a_request_that_comes_again_names_the_same_operation_and_another_one_another() -> None:
    operation = a_claim({"amount": "1.00"}).operation
    assert re.fullmatch("[0-9a-f]{32}", operation)
    assert a_claim({"amount": "1.00"}, now=NOON + 60).operation == operation
    others = (a_claim({"amount": "2.00"}), a_claim({"amount": "1.00"}, key=KEY + "x"))
    assert operation not in {other.operation for other in others}


@pytest.mark.parametrize("key", ["", "k" * 15, "k" * 256, "k" * 15 + " ", "k" * 15 + "\n", "k" * 16 + "\n", "ключ" * 4])
def test_any_other_key_is_refused(key: str) -> None:
    with pytest.raises(Invalid) as refusal:
        a_claim(key=key)
    assert refusal.value.problems[0].field == "Idempotency-Key"


def test_a_key_stands_for_one_thing_within_shop_principal_route_and_path_only() -> None:
    scopes = [
        SCOPE,
        ("other", *SCOPE[1:]),
        ("acme", "order-2", SCOPE[2]),
        ("acme", "order-1", "PUT /items"),
        (*SCOPE, "line-1"),
        (*SCOPE, "line-2"),
        ("acmeorder-1", SCOPE[2]),
    ]
    assert len({a_claim(scope=scope).id for scope in scopes}) == len(scopes)
    assert a_claim().id == a_claim(now=NOON + 1).id


# Bodies


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ('{"sku": "ABS", "quantity": 1}', '{ "quantity":1,"sku":"ABS" }'),
        ('{"a": {"x": 1, "y": [2]}}', '{"a": {"y": [2], "x": 1}}'),
        ('{"quantity": 1}', '{"quantity": 1.0}'),
        ('{"quantity": 1}', '{"quantity": 1e0}'),
        ('{"quantities": [10, {"of": 0}]}', '{"quantities": [10.0, {"of": -0.0}]}'),
        ('{"name": "é"}', '{"name": "\\u00e9"}'),
        ('{"note": "\\ud800"}', '{"note": "\\uD800"}'),
    ],
)
def test_the_same_body_in_other_notation_is_the_same_request(first: str, again: str) -> None:
    record = a_claim(json.loads(first)).answered(Answer(200, {}))
    a_claim(json.loads(again)).check(record)


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ('{"quantity": 1}', '{"quantity": 2}'),
        ('{"quantity": 1}', '{"quantity": 1.5}'),
        ('{"quantity": 1}', '{"quantity": "1"}'),
        ('{"quantity": 1}', '{"quantity": true}'),
        ('{"quantity": 0}', '{"quantity": false}'),
        ('{"note": null}', "{}"),
        ('{"note": null}', '{"note": ""}'),
        ('{"note": null}', '{"note": "null"}'),
        ('{"tags": ["a", "b"]}', '{"tags": ["b", "a"]}'),
        ('{"tags": []}', '{"tags": {}}'),
        ('{"tags": ["a", "b"]}', '{"tags": ["a,b"]}'),
        ('{"name": "é"}', '{"name": "e\\u0301"}'),
        ("{}", "null"),
    ],
)
def test_another_body_under_the_same_key_is_refused(first: str, other: str) -> None:
    record = a_claim(json.loads(first)).answered(Answer(200, {}))
    with pytest.raises(KeyReused) as refusal:
        a_claim(json.loads(other)).check(record)
    assert isinstance(refusal.value, Refused)
    assert refusal.value.problems[0].code == "idempotency_key_reused"
    assert refusal.value.problems[0].field == "Idempotency-Key"


@given(any_json, any_json)
def test_two_bodies_are_equal_exactly_when_their_values_are(one: object, other: object) -> None:
    one, other = as_sent(one), as_sent(other)
    assert (canonical(one) == canonical(other)) == alike(one, other)


@given(st.dictionaries(any_text, any_json, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_members_never_counts(body: dict[str, object], chance: random.Random) -> None:
    members = list(body.items())
    chance.shuffle(members)
    assert canonical(dict(members)) == canonical(body)


@given(st.lists(any_json, min_size=2, max_size=6))
def test_the_order_of_an_array_always_counts(items: list[object]) -> None:
    assume(not alike(items, items[::-1]))
    assert canonical(items) != canonical(items[::-1])


@given(st.dictionaries(any_text, any_json, max_size=4), any_text)
def test_a_member_that_is_null_is_not_a_member_that_is_absent(body: dict[str, object], name: str) -> None:
    absent = {member: value for member, value in body.items() if member != name}
    assert canonical({**absent, name: None}) != canonical(absent)


@pytest.mark.parametrize("depth", [100, 3000])
def test_a_body_nested_as_deeply_as_the_parser_takes_it_is_compared_like_any_other(depth: int) -> None:
    nested = json.loads('{"a":' * depth + "1.0" + "}" * depth)
    found = ""
    with suppress(RecursionError):
        found = canonical(nested)
    same = found == '{"a":' * depth + "1" + "}" * depth
    assert same, "a request can make Till fail"


# Answers


@given(st.integers(200, 599), st.dictionaries(any_text, any_json, max_size=4))
def test_a_repeated_request_gets_the_first_answer_byte_by_byte(status: int, body: dict[str, object]) -> None:
    first = Answer(status, body)
    again = replay(a_claim().answered(first))
    assert (again.status, json.dumps(again.body)) == (first.status, json.dumps(first.body))
    assert again.replayed
    assert not first.replayed


def test_a_key_is_kept_for_24_hours() -> None:
    assert a_claim().answered(Answer(200, {})).expires_at == NOON + 24 * 3600
    assert a_claim().attempted("order-1", "attempt-1", 1).expires_at == NOON + 24 * 3600


def test_the_record_of_a_change_holds_its_answer_and_its_order() -> None:
    record = a_claim().answered(Answer(201, {"id": "é"}), order_id="order-1")
    assert (record.id, record.shop, record.order_id, record.attempt_id) == (a_claim().id, "acme", "order-1", "")
    assert (record.status, json.loads(record.body)) == (201, {"id": "é"})


def test_an_answer_that_carries_a_secret_is_recorded_without_it() -> None:
    record = a_claim().answered(Answer(201, {"id": "key-1", "token": "till_secret"}, stored={"id": "key-1"}))
    assert "till_secret" not in record.body
    assert replay(record).body == {"id": "key-1"}


def test_the_record_of_a_workflow_names_the_run_whose_outcome_is_the_answer() -> None:
    record = a_claim({"a": 1}).attempted("order-1", "attempt-1", 2)
    assert (record.order_id, record.attempt_id, record.run) == ("order-1", "attempt-1", 2)
    assert (record.status, record.body) == (0, "")
    a_claim({"a": 1.0}).check(record)
    with pytest.raises(KeyReused):
        a_claim({"a": 2}).check(record)
