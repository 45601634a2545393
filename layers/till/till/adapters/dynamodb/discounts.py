"""Discount codes in DynamoDB: one item by the digest of the code, in one list for each shop."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import unpack
from till.adapters.dynamodb.items import Item, batch_get, key
from till.domain.discount import Discount, canonical

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBDiscounts:
    """The port `Discounts`."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table

    def by_code(self, shop: str, codes: Iterable[str]) -> Mapping[str, Discount]:
        wanted = {code: _key(shop, code) for code in codes}
        found = batch_get(self._client, {self._table: list({one["sk"]["S"]: one for one in wanted.values()}.values())})
        by_sk = {item["sk"]["S"]: unpack(Discount, item["body"]["B"]) for item in found}
        return {code: by_sk[one["sk"]["S"]] for code, one in wanted.items() if one["sk"]["S"] in by_sk}


def _key(shop: str, code: str) -> Item:
    """By a digest: a code of any length and alphabet is a key, and no look-up is quicker for a better guess."""
    digest = hashlib.sha256(canonical(code).encode("utf-8", "surrogatepass")).hexdigest()
    return key(keys.discounts(shop), f"CODE#{digest}")
