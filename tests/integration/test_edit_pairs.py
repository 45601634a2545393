"""Two edits at once come to what one after the other comes to: neither is lost, and neither is half there.

For each pair of kinds of edit of a dialect, one request is answered as a whole between the other's reading and its
writing. The requests are those of events/, so that no route is without.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import combinations_with_replacement, count
from typing import Any

import pytest

from scripts.event import EVENTS
from tests.fakes.outbound import running
from tests.integration.deployment import Deployment, deployed
from tests.integration.dialect_document import route_of
from tests.integration.test_events import NAMES, PLUGIN, events, function, takes_requests
from tests.proof import Guarantee, Proof, proves
from till.adapters import aws
from till.runtime.app import Kind

DIALECTS = ("bold", "cocart", "diddo", "elasticpath")
TABLES = ("orderstable", "stocktable")
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"})
# What is another one each time: ids, keys of carts; times, and on which shard of an index something lies.
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9A-HJKMNP-TV-Z]{26}\w*|\bt_\w{30}|[0-9a-f]{32,}")
TIME = re.compile(
    r"\b(?:00)?1[789]\d{8}(?:\d{3})?\b|\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*|(?:DUE#\w+|SHOP#acme#\d{6})#\d"
)
NEW = count(1)
EMPTY: dict[tuple[str, str, str], Any] = {}

type Json = dict[str, Any]
type Items = dict[tuple[str, str, str], Json]


@dataclass(frozen=True)
class Came:
    """What the two were answered, by their places, and what there is then."""

    answers: Mapping[int, tuple[int, str]]
    state: tuple[str, ...]


def edits(dialect: str) -> list[str]:
    """The events of a dialect that change what is there at once."""
    names = [name for name in NAMES if name.startswith(f"{dialect}/") and takes_requests(name)]
    read = {name: json.loads((EVENTS / f"{name}.json").read_text()) for name in names}
    return [name for name in names if route_of(function(name).app, read[name]).kind is Kind.CHANGE]


@pytest.fixture(scope="module")
def till() -> Iterator[Deployment]:
    with pytest.MonkeyPatch.context() as patch, deployed(patch) as deployment, running(PLUGIN):
        deployment.lift_limits()
        EMPTY.update(stored())
        yield deployment


def stored() -> Items:
    """All that an edit may change."""
    found = ((table, item) for table in TABLES for item in aws.client("dynamodb").scan(TableName=table)["Items"])
    return {(table, item["pk"]["S"], item["sk"]["S"]): item for table, item in found}


def restore(before: Items) -> None:
    client, now = aws.client("dynamodb"), stored()
    for table, pk, sk in now.keys() - before.keys():
        client.delete_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}})
    for key, item in before.items():
        if now.get(key) != item:
            client.put_item(TableName=key[0], Item=item)


def call(name: str, event: Json) -> tuple[int, str]:
    answer = function(name).handler(event, None)
    return answer["statusCode"], answer["body"]


@contextmanager
def before_the_first_write(act: Callable[[], object]) -> Iterator[None]:
    """Acts within the block's first write, before it."""
    waiting = [act]

    def hook(model: Any, **_: Any) -> None:
        if model.name in WRITES and waiting:
            waiting.pop()()

    client = aws.client("dynamodb")
    client.meta.events.register("before-call.dynamodb", hook)
    try:
        yield
    finally:
        client.meta.events.unregister("before-call.dynamodb", hook)
    if waiting:
        waiting.pop()()


class Pair:
    """Two requests about one order or cart, ready to be sent."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.requests = _made_ready(names)
        self.before = stored()
        self._known = set(ID.findall(json.dumps([self.requests, *map(_shown, self.before.values())])))

    def one_after_the_other(self, first: int) -> Came:
        answers = {at: self._call(at) for at in (first, 1 - first)}
        return self._came(answers)

    def at_once(self, first: int) -> Came:
        """`first` begins; the other one comes and goes before the first has written."""
        answers: dict[int, tuple[int, str]] = {}

        def other() -> None:
            answers[1 - first] = self._call(1 - first)

        with before_the_first_write(other):
            answers[first] = self._call(first)
        return self._came(answers)

    def _call(self, at: int) -> tuple[int, str]:
        return call(self.names[at], self.requests[at])

    def _came(self, answers: Mapping[int, tuple[int, str]]) -> Came:
        now = stored()
        restore(self.before)
        changed = (item for key, item in now.items() if self.before.get(key) != item)
        gone = [f"no {pk} {sk}" for _, pk, sk in self.before.keys() - now.keys()]
        state = sorted([self._masked(json.dumps(_shown(item))) for item in changed] + gone)
        return Came({at: (status, self._masked(body)) for at, (status, body) in answers.items()}, tuple(state))

    def _masked(self, text: str) -> str:
        return TIME.sub("TIME", ID.sub(lambda found: found[0] if found[0] in self._known else "ID", text))


def _made_ready(names: tuple[str, ...]) -> list[Json]:
    """The requests. What makes the one ready may take away what the other needs: then the other way about."""
    for order in (names, names[::-1]):
        restore(EMPTY)
        ready = events(new=f"p{next(NEW)}")
        with suppress(AssertionError, KeyError):
            filled = {name: ready.fill(name) for name in order}
            return [filled[name] for name in names]
    raise AssertionError(f"{names} are never ready both")


def _shown(item: Json) -> Json:
    """An item with its document unpacked."""
    return {name: zlib.decompress(value["B"][1:]).decode() if "B" in value else value for name, value in item.items()}


@proves(Guarantee.NO_LOST_EDITS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_two_edits_at_once_are_both_there(till: Deployment, proof: Proof, dialect: str) -> None:
    pairs = list(combinations_with_replacement(edits(dialect), 2))
    tried = pairs[:: max(1, len(pairs) // proof.rounds(8, 1000))]
    came = 0
    for names in tried:
        pair = Pair(*names)
        allowed = [pair.one_after_the_other(first) for first in (0, 1)]
        for first in (0, 1):
            came += (seen := pair.at_once(first)) in allowed
            assert seen in allowed, f"{names[first]} with {names[1 - first]} within it"
    proof.saw(
        f"{dialect}: {len(tried)} of {len(pairs)} pairs of edits, each within the other",
        f"{came} of {2 * len(tried)} came to what one after the other comes to",
    )
