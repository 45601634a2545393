"""Shops, products and variants. What a checkout reads is kept for 30 seconds.

A product is one document; each of its variants is stored once more, whole, under everything by which a checkout
finds it. These entries carry the id of their product: an entry can only be taken by the product that has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import batched
from typing import TYPE_CHECKING, Any, cast

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import pack, unpack
from till.adapters.dynamodb.items import Item, batch_get, key, number, text
from till.adapters.dynamodb.pages import query_page
from till.adapters.dynamodb.writes import ConditionFailed, transact, write
from till.application.ports import Page
from till.domain.errors import Conflict, Invalid, NotFound, Refused
from till.domain.product import Product, Variant
from till.domain.shop import Shop

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

KEPT_SECONDS = 30.0
_MOST_KEPT = 5_000
_LONGEST_KEY, _LONGEST_SORT_KEY = 2048, 1024
_LARGEST_ITEM = 390_000
# A transaction has at most 100 actions; the product's own document takes part in each.
_ENTRIES_AT_ONCE = 99
_SHOP, _SHOPS, _VARIANT = "SHOP", "SHOPS", "VARIANT"
_IS_NEW = "attribute_not_exists(pk)"
_IS_OURS = "attribute_not_exists(pk) OR product = :product"


@dataclass(frozen=True, slots=True)
class _Entry:
    """One way to find a product or a variant; `field` and `value` say what is taken where it is another's."""

    pk: str
    sk: str
    field: str
    value: str
    variant: Variant | None = None


class DynamoDBCatalog:
    """The port `MerchantCatalog`. `now` is a clock in seconds for the cache."""

    def __init__(self, client: DynamoDBClient, table: str, now: Callable[[], float]) -> None:
        self._client, self._table, self._now = client, table, now
        self._kept: dict[str, tuple[float, Any]] = {}

    # What a checkout reads

    def shop(self, identifier: str, fresh: bool = False) -> Shop:
        pk = keys.shop(identifier)
        shop: Shop | None = None if fresh else self._recall(pk)
        if shop is None:
            found = self._read([(pk, _SHOP)])
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

    def _variants(self, names: Mapping[str, str], fresh: bool = False) -> dict[str, Variant]:
        """Variants by name; `names` holds the name of each key."""
        found = {} if fresh else {pk: variant for pk in names if (variant := self._recall(pk))}
        for item in self._read([(pk, _VARIANT) for pk in names if pk not in found]):
            pk = item["pk"]["S"]
            found[pk] = unpack(Variant, item["body"]["B"])
            self._keep(pk, found[pk])
        return {names[pk]: variant for pk, variant in found.items()}

    # Shops

    def create_shop(self, shop: Shop) -> Shop:
        listed = key(_SHOPS, keys.shop(shop.identifier))
        actions: list[TransactWriteItemTypeDef] = [
            {"Put": {"TableName": self._table, "Item": _shop_item(shop), "ConditionExpression": _IS_NEW}},
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

    # Products

    def product(self, shop: str, product_id: str) -> Product | None:
        return next(iter(self._products(shop, [product_id]).values()), None)

    def products_by_handle(self, shop: str, handles: Iterable[str]) -> Mapping[str, Product]:
        return self._products_by({keys.handle(shop, one): one for one in handles}, shop, "HANDLE")

    def products_by_platform_id(self, shop: str, platform_ids: Iterable[str]) -> Mapping[str, Product]:
        return self._products_by({keys.product_by_platform_id(shop, one): one for one in platform_ids}, shop, "PRODUCT")

    def products(self, shop: str, limit: int, cursor: str) -> Page[Product]:
        items, next_cursor = query_page(self._client, self._table, keys.products(shop), limit, cursor)
        return Page(tuple(unpack(Product, item["body"]["B"]) for item in items), next_cursor)

    def save_product(self, shop: str, product: Product, before: Product | None) -> Product:
        if before and _is_whole(before) and replace(product, version=before.version) == before:
            return before
        return replace(product, version=self._replace(shop, product.id, before, product))

    def delete_product(self, shop: str, product: Product) -> None:
        self._replace(shop, product.id, product, None)

    def next_numbers(self, shop: str, kind: str, count: int) -> range:
        if not count:
            return range(0)
        response = write(
            lambda: self._client.update_item(
                TableName=self._table,
                Key=key(keys.counter(shop), kind),
                UpdateExpression="ADD #value :count",
                ExpressionAttributeNames={"#value": "value"},
                ExpressionAttributeValues={":count": number(count)},
                ReturnValues="UPDATED_NEW",
            )
        )
        last = int(response["Attributes"]["value"]["N"])
        return range(last - count + 1, last + 1)

    def _products(self, shop: str, ids: Iterable[str]) -> dict[str, Product]:
        found = self._read([(keys.products(shop), _product_sk(one)) for one in ids])
        products = (unpack(Product, item["body"]["B"]) for item in found)
        return {product.id: product for product in products}

    def _products_by(self, names: Mapping[str, str], shop: str, sk: str) -> dict[str, Product]:
        pointers = self._read([(pk, sk) for pk in names])
        products = self._products(shop, {item["product"]["S"] for item in pointers})
        pairs = ((names[item["pk"]["S"]], products.get(item["product"]["S"])) for item in pointers)
        return {name: product for name, product in pairs if product}

    # How a product is changed as a whole

    def _replace(self, shop: str, product_id: str, before: Product | None, after: Product | None) -> int:
        """Changes one product's document and entries; returns its new version.

        Up to 99 entries (24 new variants) are one transaction. More are a chain of them: the document gets an odd
        version first and its new content last, each link is conditional on that version, and what a broken chain
        left behind is overwritten or freed when the merchant sends the product again.
        """
        old, new = _entries(shop, before), _entries(shop, after)
        changed = list(new.values()) if before and not _is_whole(before) else _changed(old, new)
        if before and not _is_whole(before):
            old |= self._left_behind(shop, before)
        freed = [entry for pk, entry in old.items() if pk not in new]
        links = list(batched([*changed, *freed], _ENTRIES_AT_ONCE, strict=False)) or [()]
        if len(links) > 1:
            self._check_free(product_id, changed)
        version = before.version if before else 0
        opened = version + 1 + version % 2
        for i, link in enumerate(links):
            expected = version if i == 0 else opened
            if i == len(links) - 1:
                document = self._document(shop, product_id, after, opened + 1, expected)
            else:
                shown = before or (replace(after, variants=()) if after else None)
                document = self._document(shop, product_id, shown, opened, expected, unfinished=after)
            actions = [(self._put_entry if one.pk in new else self._free)(product_id, one) for one in link]
            self._write_link([document, *actions], link)
        for pk in old | new:
            self._kept.pop(pk, None)
        return opened + 1

    def _write_link(self, actions: list[TransactWriteItemTypeDef], link: Sequence[_Entry]) -> None:
        try:
            transact(self._client, actions)
        except ConditionFailed as failed:
            if failed.indexes[0] == 0:
                raise Conflict("The product was changed at the same time. Try again.", "product") from None
            raise _taken(link[failed.indexes[0] - 1]) from None

    def _check_free(self, product_id: str, entries: Sequence[_Entry]) -> None:
        """A chain must not begin that cannot end."""
        by_pk = {entry.pk: entry for entry in entries}
        for item in self._read([(entry.pk, entry.sk) for entry in entries]):
            if item["product"]["S"] != product_id:
                raise _taken(by_pk[item["pk"]["S"]])

    def _left_behind(self, shop: str, before: Product) -> dict[str, _Entry]:
        """The entries of a chain that was broken."""
        (item,) = self._read([(keys.products(shop), _product_sk(before.id))]) or ({},)
        return _entries(shop, unpack(Product, item["unfinished"]["B"])) if "unfinished" in item else {}

    def _document(
        self,
        shop: str,
        product_id: str,
        product: Product | None,
        version: int,
        expected: int,
        unfinished: Product | None = None,
    ) -> TransactWriteItemTypeDef:
        """The write of the product's own item; a product of None is deleted."""
        at = key(keys.products(shop), _product_sk(product_id))
        condition, values = ("v = :v", {":v": number(expected)}) if expected else (_IS_NEW, {})
        if product is None:
            return self._action("Delete", {"Key": at}, condition, values)
        body = pack(replace(product, version=version), "product")
        item = at | {"v": number(version), "body": {"B": body}}
        if unfinished:
            left = pack(replace(unfinished, description=""), "product")
            if len(body) + len(left) > _LARGEST_ITEM:
                raise Invalid("This product has more than can be stored with so many variants.", "variants")
            item["unfinished"] = {"B": left}
        return self._action("Put", {"Item": item}, condition, values)

    def _put_entry(self, product_id: str, entry: _Entry) -> TransactWriteItemTypeDef:
        item = key(entry.pk, entry.sk) | {"product": text(product_id)}
        if entry.variant:
            item["body"] = {"B": pack(entry.variant, "variants")}
        return self._action("Put", {"Item": item}, _IS_OURS, {":product": text(product_id)})

    def _free(self, product_id: str, entry: _Entry) -> TransactWriteItemTypeDef:
        at = {"Key": key(entry.pk, entry.sk)}
        return self._action("Delete", at, _IS_OURS, {":product": text(product_id)})

    def _action(self, verb: str, what: Item, condition: str, values: Item) -> TransactWriteItemTypeDef:
        given = {"ExpressionAttributeValues": values} if values else {}
        action: Any = {verb: {"TableName": self._table, **what, "ConditionExpression": condition, **given}}
        return cast("TransactWriteItemTypeDef", action)

    # Reading and keeping

    def _read(self, wanted: Sequence[tuple[str, str]]) -> list[Item]:
        # What is longer than a key can be is not there; DynamoDB would call it an error.
        possible = [
            key(pk, sk)
            for pk, sk in wanted
            if len(pk.encode()) <= _LONGEST_KEY and len(sk.encode()) <= _LONGEST_SORT_KEY
        ]
        return batch_get(self._client, {self._table: possible})

    def _recall(self, pk: str) -> Any:
        kept_until, value = self._kept.get(pk, (0.0, None))
        return value if self._now() < kept_until else None

    def _keep(self, pk: str, value: object) -> None:
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[pk] = (self._now() + KEPT_SECONDS, value)


def _shop_item(shop: Shop) -> Item:
    return key(keys.shop(shop.identifier), _SHOP) | {"v": number(shop.version), "body": {"B": pack(shop, "shop")}}


def _product_sk(product_id: str) -> str:
    return f"PRODUCT#{product_id}"


def _is_whole(product: Product) -> bool:
    return product.version % 2 == 0


def _taken(entry: _Entry) -> Refused:
    return Refused(f"The {entry.field.replace('_', ' ')} {entry.value} belongs to another product.", entry.field)


def _changed(old: Mapping[str, _Entry], new: Mapping[str, _Entry]) -> list[_Entry]:
    return [entry for pk, entry in new.items() if old.get(pk) != entry]


def _entries(shop: str, product: Product | None) -> dict[str, _Entry]:
    """Everything by which a product and its variants are found, by key."""
    if product is None:
        return {}
    entries = [
        _Entry(keys.handle(shop, product.handle), "HANDLE", "handle", product.handle),
        _Entry(keys.product_by_platform_id(shop, product.platform_id), "PRODUCT", "platform_id", product.platform_id),
    ]
    for variant in product.variants:
        names = {
            keys.variant(shop, variant.id): ("id", variant.id),
            keys.variant_by_platform_id(shop, variant.platform_id): ("platform_id", variant.platform_id),
            keys.variant_by_sku(shop, variant.sku): ("sku", variant.sku),
            keys.variant_by_number(shop, variant.number): ("number", str(variant.number)),
        }
        entries += [_Entry(pk, _VARIANT, field, value, variant) for pk, (field, value) in names.items()]
    return {entry.pk: entry for entry in entries}
