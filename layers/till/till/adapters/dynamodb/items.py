"""DynamoDB's attribute values, and reads that get all they asked for."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from till.adapters.dynamodb import keys
from till.domain.errors import Busy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Item = dict[str, Any]

_MOST_KEYS = 100
_READ_TRIES = 5


def key(pk: str, sk: str) -> Item:
    """The primary key of every table of Till."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def number(value: int) -> Item:
    """A number."""
    return {"N": str(value)}


def text(value: str) -> Item:
    """A string."""
    return {"S": value}


def whose(shop: str, email: str) -> Item:
    """What an item with this e-mail address is found by; nothing where it is none, or not any more."""
    return {"who": person(shop, email)} if "@" in email else {}


def person(shop: str, email: str) -> Item:
    """By a digest: an address of any length and alphabet is a key, and not to be read."""
    import hashlib

    from till.domain.people import mailbox_of

    digest = hashlib.sha256(mailbox_of(email).encode("utf-8", "surrogatepass")).hexdigest()
    return text(keys.person(shop, digest))


def is_over(item: Item, now: int) -> bool:
    """Has it ended, and TTL not come round yet?"""
    return "expires_at" in item and int(item["expires_at"]["N"]) <= now


def batch_get(client: DynamoDBClient, places: Mapping[str, Sequence[Item]]) -> list[Item]:
    """Consistent reads of any number of keys by table, 100 a round trip; what is left out is asked for again."""
    wanted = [(table, one) for table, ones in places.items() for one in ones]
    found: list[Item] = []
    for start in range(0, len(wanted), _MOST_KEYS):
        found += _get_chunk(client, wanted[start : start + _MOST_KEYS])
    return found


def _get_chunk(client: DynamoDBClient, chunk: Sequence[tuple[str, Item]]) -> list[Item]:
    request: Any = {}
    for table, one in chunk:
        request.setdefault(table, {"Keys": [], "ConsistentRead": True})["Keys"].append(one)
    found: list[Item] = []
    for attempt in range(_READ_TRIES):
        response = client.batch_get_item(RequestItems=request)
        found += [item for items in response["Responses"].values() for item in items]
        request = response.get("UnprocessedKeys")
        if not request:
            return found
        time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311  # jitter needs no secrecy
    raise Busy("The database is busy. Try again in a moment.")
