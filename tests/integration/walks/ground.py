"""What the walks go over: every route of every function, each with its event, and tables that are laid back between
two tries."""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from scripts.event import EVENTS
from tests.builders import a_variant
from tests.fakes.outbound import Service, running
from tests.fakes.state_machine import FunctionLost
from tests.integration.deployment import ENVIRONMENT, SECRETS, TABLES, Deployment, deployed, forget
from tests.integration.dialect_document import route_of
from tests.integration.test_events import REFUSED, REQUESTS, events, function
from till.adapters import aws
from till.runtime import wiring
from till.runtime.app import App, Route

type Item = dict[str, Any]
type Answer = dict[str, Any]
# By table, partition and sort key.
type Tables = dict[tuple[str, str, str], Item]

WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"})
FEE = {"id": "age", "line_text": "Age check", "fee_type": "fixed", "value": 150, "taxable": False}
PLUGIN = Service(lambda _: {"success": True, "actions": [{"type": "ADD_FEE", "data": FEE}]})
RECORDS = "idempotencytable"
# Numbers may be left out, and a gift card may have been given a code that nobody was told.
PASSED_OVER = re.compile("#COUNTER|#GIFTCODE#")
# What is another one each time: tokens, ids, times, digests, keys of carts, secrets, a sandbox's reference.
PASSING = re.compile(
    r"eyJ[\w-]+\.[\w-]+\.[\w-]+|[0-9A-HJKMNP-TV-Z]{26}(?:[A-Za-z0-9]{38})?|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(?:\.[0-9]+)?(?:Z|\+00:00)|t_[0-9a-f]{30}|[0-9a-f]{32}(?:[0-9a-f]{32})?"
    r"|\b1[0-9]{9}(?:[0-9]{3})?\b|whsec_[\w+/=]+|till_[\w-]+|\bscrypt[$][\w$+/=]+"
    r"|\"(?:client_secret|last_characters|reference|number|order_number|product_number|tried|version)\": ?\"?[\w-]*\"?"
    r"|(?<=#NUMBER#)[0-9]+"
    r"|\"milliseconds\": ?[0-9]+|\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b"
)


@dataclass(frozen=True)
class Walked:
    """A route, and the name of the event that is a good request of it."""

    name: str
    app: App
    route: Route

    @property
    def keeps_keys(self) -> bool:
        return self.route.kind.keeps_keys

    @property
    def is_good(self) -> bool:
        """Some events are refused for what they are."""
        return self.name not in REFUSED


def _walked() -> dict[str, Walked]:
    found = {}
    for name in REQUESTS:
        module = function(name) if not name.startswith("order_workflow") else None
        if app := getattr(module, "app", None):
            found[name] = Walked(name, app, route_of(app, json.loads((EVENTS / f"{name}.json").read_text("utf-8"))))
    return found


ROUTES = _walked()


@dataclass
class Ground:
    """One stack, and for each route its event and the tables as that finds them."""

    till: Deployment
    empty: Tables
    _ready: dict[str, tuple[Any, Tables]] = field(default_factory=dict)
    _keys: int = 0

    def ready(self, name: str) -> Any:
        """The event of a route, with nothing in the tables but what had to happen before it."""
        if name not in self._ready:
            self.lay(self.empty)
            event = events(plugin_url=PLUGIN.url).fill(name)
            self._ready[name] = (event, tables())
        event, before = self._ready[name]
        self.lay(before)
        return event

    def lay(self, before: Tables) -> None:
        """The tables as they were, and functions that know nothing of what was meanwhile."""
        now, client = tables(), aws.client("dynamodb")
        for place, item in before.items():
            if now.get(place) != item:
                client.put_item(TableName=place[0], Item=item)
        for table, pk, sk in now.keys() - before.keys():
            client.delete_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}})
        # Events keep the tokens that they were filled with, and two rotations end those.
        manager = aws.client("secretsmanager")
        for name, value in ((ENVIRONMENT[name], value) for name, value in SECRETS.items()):
            if manager.get_secret_value(SecretId=name)["SecretString"] != value:
                manager.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
                manager.create_secret(Name=name, SecretString=value)
        for machine in (self.till.machine, self.till.fulfilment):
            machine.executions.clear()
        forget()

    def new_key(self) -> str:
        self._keys += 1
        return f"a-key-of-the-walks-{self._keys:06}"


@contextmanager
def ground() -> Iterator[Ground]:
    """For a whole module: the shop sells a thousand brewing systems."""
    with pytest.MonkeyPatch.context() as patch, deployed(patch) as deployment, running(PLUGIN):
        wiring.stock().set_on_hand("acme", a_variant().id, 1000)
        yield Ground(deployment, tables())


def send(name: str, event: Any, key: str = "", **changes: Any) -> Answer:
    """What the function of a route answers to an event."""
    headers = event["headers"] | ({"Idempotency-Key": key} if key else {})
    answer: Answer = ROUTES[name].app.handle(event | {"headers": headers} | changes, None)
    assert answer["statusCode"] not in (500, 501, 502, 504), f"{name}: {answer['body'][:1000]}"
    return answer


def tables() -> Tables:
    """All that is stored."""
    client = aws.client("dynamodb")
    return {
        (table.lower(), item["pk"]["S"], item["sk"]["S"]): item
        for table in TABLES.values()
        for item in client.scan(TableName=table.lower())["Items"]
    }


def effects(before: Tables, after: Tables) -> Counter[str]:
    """What came about, told without ids and times; records of keys are none."""
    changed = [
        f"{'+' if place in after else '-'} {' '.join(place)} {_document((after if place in after else before)[place])}"
        for place in after.keys() | before.keys()
        if after.get(place) != before.get(place) and place[0] != RECORDS and not PASSED_OVER.search(place[1])
    ]
    return Counter(PASSING.sub("~", one) for one in changed)


def counted(stored: Tables) -> Tables:
    """The same without what counts how often somebody asks."""
    return {place: item for place, item in stored.items() if "#LIMIT#" not in place[1]}


def _document(item: Item) -> str:
    numbers = {name: value["N"] for name, value in item.items() if name in ("on_hand", "held", "allocated")}
    packed = item.get("body", {}).get("B", b"")
    return f"{numbers or ''}{zlib.decompress(packed[1:]).decode() if packed else ''}"


@contextmanager
def at_write(number: int, act: Callable[[], object], *, after: bool = False) -> Iterator[list[str]]:
    """Does something once, before or after a function's n-th write (from 0) to DynamoDB; the writes that were begun."""
    begun: list[str] = []

    def hook(model: Any, **_: Any) -> None:
        if model.name in WRITES and not busy:
            begun.append(model.name)
            if len(begun) == number + 1:
                busy.append(True)
                act()
                busy.clear()

    busy: list[bool] = []
    seen = aws.client("dynamodb").meta.events
    name = f"{'after' if after else 'before'}-call.dynamodb"
    seen.register(name, hook)
    try:
        yield begun
    finally:
        seen.unregister(name, hook)


def die() -> None:
    raise FunctionLost


def end_leases() -> None:
    """The time goes by for which a claim keeps others away."""
    client = aws.client("dynamodb")
    for item in client.scan(TableName=RECORDS)["Items"]:
        if "lease_until" in item:
            client.put_item(TableName=RECORDS, Item=item | {"lease_until": {"N": "0"}})


def is_replay(answer: Answer) -> bool:
    return "Idempotent-Replayed" in answer["multiValueHeaders"]


def told(answer: Answer) -> str:
    """Status and body without what is another one each time."""
    return f"{answer['statusCode']} {PASSING.sub('~', answer['body'])}"
