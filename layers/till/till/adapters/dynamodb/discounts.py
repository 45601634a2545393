"""Discount codes in DynamoDB: one item by the digest of the code, in one list for each shop."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import pack, unpack
from till.adapters.dynamodb.items import Item, batch_get, key, text
from till.adapters.dynamodb.pages import query_page
from till.adapters.dynamodb.writes import ConditionFailed, write
from till.application.ports import Page
from till.domain.discount import Discount, canonical
from till.domain.errors import Conflict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBDiscounts:
    """The ports `Discounts` and `DiscountCodes`."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table

    def by_code(self, shop: str, codes: Iterable[str]) -> Mapping[str, Discount]:
        wanted = {code: _key(shop, code) for code in codes}
        found = batch_get(self._client, {self._table: list({one["sk"]["S"]: one for one in wanted.values()}.values())})
        by_sk = {item["sk"]["S"]: unpack(Discount, item["body"]["B"]) for item in found}
        return {code: by_sk[one["sk"]["S"]] for code, one in wanted.items() if one["sk"]["S"] in by_sk}

    def discounts(self, shop: str, limit: int, cursor: str) -> Page[Discount]:
        items, next_cursor = query_page(self._client, self._table, keys.discounts(shop), limit, cursor)
        return Page(tuple(unpack(Discount, item["body"]["B"]) for item in items), next_cursor)

    def save_discount(self, shop: str, discount: Discount) -> None:
        body = {"discount": text(discount.id), "body": {"B": pack(discount, "code")}}
        try:
            write(
                lambda: self._client.put_item(
                    TableName=self._table,
                    Item=_key(shop, discount.code) | body,
                    ConditionExpression="attribute_not_exists(pk) OR discount = :id",
                    ExpressionAttributeValues={":id": text(discount.id)},
                )
            )
        except ConditionFailed:
            raise Conflict("This code was created at the same time. Try again.", "code") from None

    def delete_discount(self, shop: str, discount: Discount) -> None:
        write(lambda: self._client.delete_item(TableName=self._table, Key=_key(shop, discount.code)))


def _key(shop: str, code: str) -> Item:
    """By a digest: a code of any length and alphabet is a key, and no look-up is quicker for a better guess."""
    digest = hashlib.sha256(canonical(code).encode("utf-8", "surrogatepass")).hexdigest()
    return key(keys.discounts(shop), f"CODE#{digest}")
