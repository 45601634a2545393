"""What was told of customers before they came: an item each, ended on read even before TTL comes round."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import pack, unpack
from till.adapters.dynamodb.items import key, number, text, whose
from till.adapters.dynamodb.records import put_record
from till.adapters.dynamodb.writes import ConditionFailed, transact
from till.application.idempotency import Record
from till.domain.buyer import CustomerSession
from till.domain.errors import Conflict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_CST = "CST"


class DynamoDBCustomerSessions:
    """The port `CustomerSessions`."""

    def __init__(self, client: DynamoDBClient, table: str, idempotency_table: str, now: Callable[[], int]) -> None:
        self._client, self._table, self._now = client, table, now
        self._idempotency_table = idempotency_table

    def add(self, session: CustomerSession, record: Record | None = None) -> None:
        item = key(keys.customer_session(session.shop, session.id), _CST) | {
            "kind": text(_CST),
            "expires_at": number(session.expires_at),
            "body": {"B": pack(session, "body")},
            **whose(session.shop, session.email),
        }
        actions: list[TransactWriteItemTypeDef] = [{"Put": {"TableName": self._table, "Item": item}}]
        if record:
            actions.append(put_record(self._idempotency_table, record, self._now()))
        try:
            transact(self._client, actions)
        except ConditionFailed:
            raise Conflict("The same request was answered at the same time. Try again.") from None

    def get(self, shop: str, session_id: str) -> CustomerSession | None:
        item = self._client.get_item(
            TableName=self._table, Key=key(keys.customer_session(shop, session_id), _CST), ConsistentRead=True
        ).get("Item")
        session = unpack(CustomerSession, item["body"]["B"]) if item else None
        return session if session and session.expires_at > self._now() else None
