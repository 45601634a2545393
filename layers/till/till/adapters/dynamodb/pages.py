"""Lists in pages. A cursor is the sort key of the last item shown; the partition is never the client's to choose."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from till.adapters.dynamodb.items import Item, key, text
from till.domain.errors import Invalid

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_LONGEST_SORT_KEY = 1024


def query_page(client: DynamoDBClient, table: str, pk: str, limit: int, cursor: str) -> tuple[list[Item], str]:
    """Items of a partition in order, and the cursor of the next page ("" on the last). Raises `Invalid`."""
    start: Any = {"ExclusiveStartKey": key(pk, decoded(cursor))} if cursor else {}
    response = client.query(
        TableName=table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": text(pk)},
        Limit=limit + 1,  # one more tells whether there is a next page
        ConsistentRead=True,
        **start,
    )
    items: list[Item] = response["Items"][:limit]
    is_last = "LastEvaluatedKey" not in response and len(response["Items"]) <= limit
    return items, "" if is_last else encoded(items[-1]["sk"]["S"])


def encoded(sk: str) -> str:
    """The cursor of what stands behind a sort key."""
    return base64.urlsafe_b64encode(sk.encode()).decode().rstrip("=")


def decoded(cursor: str) -> str:
    """The sort key that a cursor was made of. Raises `Invalid`."""
    try:
        sk = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError, ValueError):
        sk = ""
    if not 0 < len(sk.encode()) <= _LONGEST_SORT_KEY:
        raise Invalid("This cursor is not one of ours.", "cursor")
    return sk
