"""Accounts in the orders table: one list for each shop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import pack, unpack
from till.adapters.dynamodb.items import Item, batch_get, key, number
from till.adapters.dynamodb.pages import query_page
from till.adapters.dynamodb.writes import ConditionFailed, write
from till.application.ports import Page
from till.domain.errors import Conflict
from till.domain.people import Account

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_ULID_LENGTH = keys.ULID_LENGTH


class DynamoDBAccounts:
    """The port `Accounts`."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table

    def of(self, shop: str, account_ids: Iterable[str]) -> Mapping[str, Account]:
        wanted = {one: _key(shop, one) for one in account_ids if len(one) == _ULID_LENGTH}
        found = (
            unpack(Account, item["body"]["B"]) for item in batch_get(self._client, {self._table: [*wanted.values()]})
        )
        return {account.id: account for account in found}

    def save(self, account: Account) -> Account:
        saved = replace(account, version=account.version + 1)
        item = _key(saved.shop, saved.id) | {"v": number(saved.version), "body": {"B": pack(saved, "account")}}
        self._write(lambda: self._client.put_item(TableName=self._table, Item=item, **_unchanged(account)))
        return saved

    def delete(self, account: Account) -> None:
        place = _key(account.shop, account.id)
        self._write(lambda: self._client.delete_item(TableName=self._table, Key=place, **_unchanged(account)))

    def list(self, shop: str, limit: int, cursor: str) -> Page[Account]:
        items, next_cursor = query_page(self._client, self._table, keys.accounts(shop), limit, cursor)
        return Page(tuple(unpack(Account, item["body"]["B"]) for item in items), next_cursor)

    def _write(self, call: Any) -> None:
        try:
            write(call)
        except ConditionFailed:
            raise Conflict("This account was changed at the same time. Try again.") from None


def _key(shop: str, account_id: str) -> Item:
    return key(keys.accounts(shop), f"ACCOUNT#{account_id}")


def _unchanged(account: Account) -> Any:
    if not account.version:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {"ConditionExpression": "v = :v", "ExpressionAttributeValues": {":v": number(account.version)}}
