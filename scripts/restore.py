"""Brings back what was in a stack's tables. docs/deploy.md says when, and what cannot be undone by it.

restore.py at STACK TIME
    restores the tables to how they were at TIME (ISO 8601, within the last 35 days), beside those in use, waits until
    they are there, and prints them as TABLES: "OrdersTable=name-20261122T100000Z CatalogTable=...".
restore.py compare STACK TABLES [--keys PREFIX] [--access]
    counts by kind what the tables in use lack of them, or have otherwise.
restore.py copy STACK TABLES [--keys PREFIX] [--access] [--replace]
    puts what is missing into the tables in use; with --replace, for which keys must be named, also over what differs.
    Nothing is ever deleted. Again: nothing. Merchants' tokens and shops' clients are put with --access only: those that
    were revoked since would be good again.
restore.py restart STACK [--since TIME]
    begins the fulfilment workflow of every order that was begun since then, of all otherwise: executions are no part of
    a table. Where nothing is left to do, they end at once.

TABLES may be any tables, by the template's names: also those that an earlier stack left behind. PREFIX is the words
that a partition key begins with, as "SHOP#my-shop", or with a # at its end what is below them alone. Region and
credentials are those of the AWS SDK.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import batched
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from till.adapters.dynamodb.documents import pack, unpack
from till.domain.order import Order
from till.domain.sale import Sale

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLES = ("OrdersTable", "CatalogTable", "StockTable", "IdempotencyTable")
SEGMENTS = 4
KEYS_OF_A_READ = 100
SECONDS_BETWEEN_LOOKS = 10
PATIENT = Config(retries={"mode": "adaptive", "max_attempts": 10})
# The kinds of what counts an order's events.
COUNTING: Mapping[str, type[Order | Sale]] = {"ORDER": Order, "SALE": Sale}
LARGEST_ITEM = 400_000  # bytes, DynamoDB's own
# The kinds of what lets somebody in.
ACCESS = ("TOKEN", "CLIENT")
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

type Item = dict[str, Any]
type Found = Counter[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Copy:
    """From a table to the one in use. `keys` is the words that partition keys begin with; `access` is whether those of
    tokens and clients count too, `put` whether anything is written."""

    source: str
    target: str
    keys: str = ""
    access: bool = False
    put: bool = False
    replace: bool = False


def outputs_of(stack: str) -> Mapping[str, str]:
    """What the stack says of itself: its tables by the template's names, among others."""
    found = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}


def restored(client: DynamoDBClient, tables: Mapping[str, str], at: datetime) -> Mapping[str, str]:
    """The tables as they were then: minutes or hours. What was restored to that time before is not made again."""
    names = {table: f"{name}-{at:%Y%m%dT%H%M%SZ}" for table, name in tables.items()}
    for table, name in tables.items():
        try:
            client.restore_table_to_point_in_time(
                SourceTableName=name, TargetTableName=names[table], RestoreDateTime=at
            )
        except client.exceptions.TableAlreadyExistsException:
            print(f"{names[table]} has been made before", file=sys.stderr)
    for name in names.values():
        while client.describe_table(TableName=name)["Table"]["TableStatus"] != "ACTIVE":
            time.sleep(SECONDS_BETWEEN_LOOKS)
    return names


def carried_out(client: DynamoDBClient, copy: Copy, now: float) -> Found:
    """How many items of which kind are the same, missing or different: before it puts them, where it does."""
    with ThreadPoolExecutor(SEGMENTS) as threads:
        return sum(threads.map(lambda segment: _segment(client, copy, now, segment), range(SEGMENTS)), Counter())


def _segment(client: DynamoDBClient, copy: Copy, now: float, segment: int) -> Found:
    found: Found = Counter()
    pages = client.get_paginator("scan").paginate(
        TableName=copy.source, ConsistentRead=True, Segment=segment, TotalSegments=SEGMENTS
    )
    for page in pages:
        wanted = [item for item in page["Items"] if _is_asked_for(copy, item) and _counts(item, now)]
        for items in batched(wanted, KEYS_OF_A_READ, strict=False):
            known = _read(client, copy.target, items)
            for item in items:
                used = known.get(_key(item))
                item = _counted_on(item, used)
                state = _state(item, used)
                found[_kind(item), state] += 1
                if copy.put and (state == "missing" or (state == "different" and _may_be_replaced(copy, item))):
                    _put(client, copy, item)
    return found


def _is_asked_for(copy: Copy, item: Item) -> bool:
    """Word by word: one shop's identifier may be how another's begins."""
    pk = item["pk"]["S"]
    named = not copy.keys or pk == copy.keys or pk.startswith(copy.keys.removesuffix("#") + "#")
    return named and (copy.access or _kind(item) not in ACCESS)


def _counted_on(item: Item, used: Item | None) -> Item:
    """As it was, but for how many events were told since: a number that was given cannot be written again."""
    kind = COUNTING.get(item.get("kind", {}).get("S", ""))
    if kind is None or used is None or item == used:
        return item
    value, events = unpack(kind, item["body"]["B"]), unpack(kind, used["body"]["B"]).events
    if value.events >= events:
        return item
    return item | {"body": {"B": pack(replace(value, events=events), largest=LARGEST_ITEM)}}


def _may_be_replaced(copy: Copy, item: Item) -> bool:
    """A counter that went back would count up to numbers that were given."""
    return copy.replace and not item["pk"]["S"].endswith("#COUNTER")


def restarted(client: DynamoDBClient, orders: str, machine: str, since: datetime, now: datetime) -> int:
    """For how many orders a workflow was begun. Again on the same day, it is not begun again."""
    machines, many = boto3.client("stepfunctions", config=PATIENT), 0
    pages = client.get_paginator("scan").paginate(
        TableName=orders,
        FilterExpression="sk = :sale",
        ExpressionAttributeValues={":sale": {"S": "SALE"}},
        ProjectionExpression="pk",
    )
    for page in pages:
        for item in page["Items"]:
            _, shop, _, order = item["pk"]["S"].split("#")
            if _begun_at(order) >= since.timestamp():
                many += 1
                name, ids = f"restart-{order}-{now:%Y%m%d}", json.dumps({"shop": shop, "order": order})
                with suppress(machines.exceptions.ExecutionAlreadyExists):
                    machines.start_execution(stateMachineArn=machine, name=name, input=ids)
    return many


def _begun_at(ulid: str) -> float:
    """Seconds: a ULID's first ten digits are the milliseconds, 32 by 32."""
    milliseconds = 0
    for digit in ulid[:10]:
        milliseconds = milliseconds * 32 + DIGITS.index(digit)
    return milliseconds / 1000


def _counts(item: Item, now: float) -> bool:
    """Is it more than a trace? What has expired is not read any more; a published event would be published again."""
    expired = "expires_at" in item and int(item["expires_at"]["N"]) <= now
    return not expired and not ("published_at" in item and item.get("kind") == {"S": "OUTBOX"})


def _read(client: DynamoDBClient, table: str, items: Sequence[Item]) -> Mapping[tuple[str, str], Item]:
    asked: Any = {table: {"Keys": [{"pk": item["pk"], "sk": item["sk"]} for item in items], "ConsistentRead": True}}
    found: dict[tuple[str, str], Item] = {}
    while asked:
        answer: Any = client.batch_get_item(RequestItems=asked)
        found |= {_key(item): item for item in answer["Responses"].get(table, [])}
        asked = answer.get("UnprocessedKeys")
    return found


def _put(client: DynamoDBClient, copy: Copy, item: Item) -> None:
    """What came into use meanwhile stays, unless it is to be replaced."""
    condition: Any = {} if copy.replace else {"ConditionExpression": "attribute_not_exists(pk)"}
    try:
        client.put_item(TableName=copy.target, Item=item, **condition)
    except client.exceptions.ConditionalCheckFailedException:
        return


def _key(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _state(item: Item, known: Item | None) -> str:
    if known is None:
        return "missing"
    return "same" if known == item else "different"


def _kind(item: Item) -> str:
    """What its sort key begins with; where that is an id, the last word of its partition key. Ids have digits."""
    pk, sk = _key(item)
    first = sk.partition("#")[0]
    return first if first.isalpha() else [word for word in pk.split("#") if word.isalpha() and word.isupper()][-1]


def _told(table: str, found: Found) -> str:
    lines = [f"{table:<17} {kind:<14} {state:<10} {many:>9}" for (kind, state), many in sorted(found.items())]
    return "\n".join(lines) or f"{table:<17} nothing of these keys"


def _refused(asked: argparse.Namespace) -> str:
    """Why this is not done, if it is not."""
    if unknown := [one for one in asked.tables if one.partition("=")[0] not in TABLES or "=" not in one]:
        return f"not TABLE=name with one of {', '.join(TABLES)}: {' '.join(unknown)}"
    if asked.command == "copy" and asked.replace:
        if not asked.keys:
            return "--replace without --keys would take back every sale since"
        if any(one.startswith("StockTable=") for one in asked.tables):
            return "stock is never replaced: what was sold since would be sold again"
    return ""


def main(arguments: Sequence[str]) -> int:
    """The exit status: 2 where the arguments are wrong."""
    asked = _parser().parse_args(arguments)
    if asked.command in ("compare", "copy") and (why := _refused(asked)):
        print(why, file=sys.stderr)
        return 2
    client, outputs, now = boto3.client("dynamodb", config=PATIENT), outputs_of(asked.stack), datetime.now(UTC)
    if asked.command == "at":
        made = restored(client, {table: outputs[table] for table in TABLES}, asked.time.astimezone(UTC))
        print(" ".join(f"{table}={name}" for table, name in made.items()))
    elif asked.command == "restart":
        many = restarted(client, outputs["OrdersTable"], outputs["FulfilmentStateMachine"], asked.since, now)
        print(f"{many} orders looked at again")
    else:
        for table, _, source in (one.partition("=") for one in asked.tables):
            put = asked.command == "copy"
            copy = Copy(source, outputs[table], asked.keys, asked.access, put, put and asked.replace)
            print(_told(table, carried_out(client, copy, now.timestamp())), flush=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    named = {name: commands.add_parser(name) for name in ("at", "compare", "copy", "restart")}
    for command in named.values():
        command.add_argument("stack")
    named["at"].add_argument("time", type=datetime.fromisoformat)
    named["restart"].add_argument("--since", type=datetime.fromisoformat, default=datetime.fromtimestamp(0, UTC))
    for name in ("compare", "copy"):
        named[name].add_argument("tables", nargs="+")
        named[name].add_argument("--keys", default="")
        named[name].add_argument("--access", action="store_true")
    named["copy"].add_argument("--replace", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
