"""Shops, and products and variants as a checkout reads them. What it reads is kept for 30 seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import pack, unpack
from till.adapters.dynamodb.items import Item, key, number
from till.adapters.dynamodb.pages import query_page
from till.adapters.dynamodb.products import IS_NEW, VARIANT, DynamoDBProducts
from till.adapters.dynamodb.writes import ConditionFailed, transact, write
from till.application.ports import Page
from till.domain.errors import Conflict, NotFound, Refused
from till.domain.product import Variant
from till.domain.shop import Shop

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

KEPT_SECONDS = 30.0
_MOST_KEPT = 5_000
# What is longer is no shop's, and may be longer than a key can be.
_LONGEST_IDENTIFIER = 63
_SHOPS_A_PAGE = 100
_SHOP, _SHOPS = "SHOP", "SHOPS"


class DynamoDBCatalog(DynamoDBProducts):
    """The ports `Catalog`, `Shops` and `Products`. `now` is a clock in seconds for the cache."""

    def __init__(self, client: DynamoDBClient, table: str, now: Callable[[], float]) -> None:
        super().__init__(client, table)
        self._now = now

    # What a checkout reads

    def shop(self, identifier: str, fresh: bool = False) -> Shop:
        pk = keys.shop(identifier)
        shop: Shop | None = None if fresh else self._recall(pk)
        if shop is None:
            found = self._read([(pk, _SHOP)]) if len(identifier) <= _LONGEST_IDENTIFIER else []
            if not found:
                raise NotFound("There is no such shop.", "shop")
            shop = unpack(Shop, found[0]["body"]["B"])
            self._keep(pk, shop)
        return shop

    def variants(self, shop: str, ids: Iterable[str], fresh: bool = False) -> Mapping[str, Variant]:
        return self._variants({keys.variant(shop, one): one for one in ids}, fresh)

    def variants_by_platform_id(self, shop: str, platform_ids: Iterable[str]) -> Mapping[str, Variant]:
        return self._variants({keys.variant_by_platform_id(shop, one): one for one in platform_ids})

    def variants_by_sku(self, shop: str, skus: Iterable[str]) -> Mapping[str, Variant]:
        return self._variants({keys.variant_by_sku(shop, one): one for one in skus})

    def variants_by_number(self, shop: str, numbers: Iterable[int]) -> Mapping[int, Variant]:
        found = self._variants({keys.variant_by_number(shop, one): str(one) for one in numbers})
        return {int(number): variant for number, variant in found.items()}

    def _variants(self, names: Mapping[str, str], fresh: bool = False) -> dict[str, Variant]:
        """Variants by name; `names` holds the name of each key."""
        found = {} if fresh else {pk: variant for pk in names if (variant := self._recall(pk))}
        for item in self._read([(pk, VARIANT) for pk in names if pk not in found]):
            pk = item["pk"]["S"]
            found[pk] = unpack(Variant, item["body"]["B"])
            self._keep(pk, found[pk])
        return {names[pk]: variant for pk, variant in found.items()}

    # Shops

    def create_shop(self, shop: Shop) -> Shop:
        listed = key(_SHOPS, keys.shop(shop.identifier))
        actions: list[TransactWriteItemTypeDef] = [
            {"Put": {"TableName": self._table, "Item": _shop_item(shop), "ConditionExpression": IS_NEW}},
            {"Put": {"TableName": self._table, "Item": listed}},
        ]
        try:
            transact(self._client, actions)
        except ConditionFailed:
            raise Refused(f"There is a shop {shop.identifier} already.", "identifier") from None
        return shop

    def save_shop(self, shop: Shop) -> Shop:
        saved = replace(shop, version=shop.version + 1)
        try:
            write(
                lambda: self._client.put_item(
                    TableName=self._table,
                    Item=_shop_item(saved),
                    ConditionExpression="v = :v",
                    ExpressionAttributeValues={":v": number(shop.version)},
                )
            )
        except ConditionFailed:
            raise Conflict("The shop was changed at the same time. Try again.", "shop") from None
        self._keep(keys.shop(shop.identifier), saved)
        return saved

    def shops(self, limit: int, cursor: str) -> Page[Shop]:
        listed, next_cursor = query_page(self._client, self._table, _SHOPS, limit, cursor)
        items = self._read([(item["sk"]["S"], _SHOP) for item in listed])
        shops = (unpack(Shop, item["body"]["B"]) for item in items)
        return Page(tuple(sorted(shops, key=lambda shop: shop.identifier)), next_cursor)

    def origins(self) -> tuple[str, ...]:
        """Those that any shop lists; up to 30 s old."""
        known: tuple[str, ...] | None = self._recall(_SHOPS)
        if known is None:
            pages = [self.shops(_SHOPS_A_PAGE, "")]
            while pages[-1].next_cursor:
                pages.append(self.shops(_SHOPS_A_PAGE, pages[-1].next_cursor))
            known = tuple({one for page in pages for shop in page.data for one in shop.settings.allowed_origins})
            self._keep(_SHOPS, known)
        return known

    def _recall(self, pk: str) -> Any:
        kept_until, value = self._kept.get(pk, (0.0, None))
        return value if self._now() < kept_until else None

    def _keep(self, pk: str, value: object) -> None:
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[pk] = (self._now() + KEPT_SECONDS, value)


def _shop_item(shop: Shop) -> Item:
    return key(keys.shop(shop.identifier), _SHOP) | {"v": number(shop.version), "body": {"B": pack(shop, "shop")}}
