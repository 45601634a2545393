"""Products: one document each, and each variant once more, whole, under everything by which a checkout finds it.

These entries carry the id of their product: an entry can only be taken by the product that has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import batched
from typing import TYPE_CHECKING, Any, cast

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import pack, unpack
from till.adapters.dynamodb.items import Item, batch_get, key, number, text
from till.adapters.dynamodb.pages import query_page
from till.adapters.dynamodb.writes import ConditionFailed, transact, write
from till.application.ports import Page
from till.domain.errors import Conflict, Invalid, Refused, TillError
from till.domain.product import Product, Variant

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

VARIANT = "VARIANT"
IS_NEW = "attribute_not_exists(pk)"
_IS_OURS = "attribute_not_exists(pk) OR product = :product"
# A transaction has at most 100 actions; the product's own document takes part in each.
_MOST_ACTIONS = 100
_MOST_ENTRIES = _MOST_ACTIONS - 1
# DynamoDB takes 4 MB at once and 400 kB in one item, names and numbers included.
_LARGEST_TRANSACTION = 3_500_000
_LARGEST_ITEM = 390_000
_LONGEST_KEY, _LONGEST_SORT_KEY = 2048, 1024


@dataclass(frozen=True, slots=True)
class _Entry:
    """One way to find a product or a variant; `field` and `value` say what is taken where it is another's."""

    pk: str
    sk: str
    field: str
    value: str
    variant: Variant | None = None


@dataclass(frozen=True, slots=True)
class _Change:
    """What becomes of one product: `after` None is deleted. `puts` and `frees` are entries.

    Up to 99 entries (24 new variants) are one transaction. More are a chain of them: the document gets an odd version
    first and its new content last, each link is conditional on that version, and what a broken chain left behind is
    overwritten or freed when the merchant sends the product again.
    """

    shop: str
    product_id: str
    before: Product | None
    after: Product | None
    puts: Sequence[_Entry]
    frees: Sequence[_Entry]

    @property
    def links(self) -> list[tuple[_Entry, ...]]:
        return list(batched([*self.puts, *self.frees], _MOST_ENTRIES, strict=False)) or [()]

    @property
    def version(self) -> int:
        return self.before.version if self.before else 0

    @property
    def opened(self) -> int:
        """The version while a chain is being written; the next is that of the whole product."""
        return self.version + 1 + self.version % 2

    @property
    def saved(self) -> Product | None:
        return replace(self.after, version=self.opened + 1) if self.after else None


class DynamoDBProducts:
    """The port `Products` but for its cached reads."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table
        self._kept: dict[str, tuple[float, Any]] = {}

    def product(self, shop: str, product_id: str) -> Product | None:
        return self._products(shop, [product_id]).get(product_id)

    def products_by_handle(self, shop: str, handles: Iterable[str]) -> Mapping[str, Product]:
        return self._products_by({keys.handle(shop, one): one for one in handles}, shop, "HANDLE")

    def products_by_platform_id(self, shop: str, platform_ids: Iterable[str]) -> Mapping[str, Product]:
        return self._products_by({keys.product_by_platform_id(shop, one): one for one in platform_ids}, shop, "PRODUCT")

    def products(self, shop: str, limit: int, cursor: str) -> Page[Product]:
        items, next_cursor = query_page(self._client, self._table, keys.products(shop), limit, cursor)
        return Page(tuple(unpack(Product, item["body"]["B"]) for item in items), next_cursor)

    def save_product(self, shop: str, product: Product, before: Product | None) -> Product:
        if _is_unchanged(product, before):
            return cast(Product, before)
        change = self._change(shop, product.id, before, product)
        self._write(change)
        return cast(Product, change.saved)

    def save_products(
        self, shop: str, changes: Iterable[tuple[Product, Product | None]]
    ) -> Sequence[Product | TillError]:
        planned = [
            before if before and _is_unchanged(product, before) else self._change(shop, product.id, before, product)
            for product, before in changes
        ]
        written: dict[str, Product | TillError] = {}
        for group in _grouped(one for one in planned if isinstance(one, _Change)):
            written |= self._write_together(group)
        return [written[one.product_id] if isinstance(one, _Change) else one for one in planned]

    def delete_product(self, shop: str, product: Product) -> None:
        self._write(self._change(shop, product.id, product, None))

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

    def _read(self, wanted: Sequence[tuple[str, str]]) -> list[Item]:
        # What is longer than a key can be is not there; DynamoDB would call it an error.
        possible = [
            key(pk, sk)
            for pk, sk in wanted
            if len(pk.encode()) <= _LONGEST_KEY and len(sk.encode()) <= _LONGEST_SORT_KEY
        ]
        return batch_get(self._client, {self._table: possible})

    # How a product is changed as a whole

    def _change(self, shop: str, product_id: str, before: Product | None, after: Product | None) -> _Change:
        old, new = _entries(shop, before), _entries(shop, after)
        puts = [entry for pk, entry in new.items() if old.get(pk) != entry]
        if before and not _is_whole(before):
            puts = list(new.values())
            old |= self._left_behind(shop, before)
        frees = [entry for pk, entry in old.items() if pk not in new]
        return _Change(shop, product_id, before, after, puts, frees)

    def _left_behind(self, shop: str, before: Product) -> dict[str, _Entry]:
        """The entries of a chain that was broken."""
        items = self._read([(keys.products(shop), _product_sk(before.id))])
        found = (unpack(Product, item["unfinished"]["B"]) for item in items if "unfinished" in item)
        return _entries(shop, next(found, None))

    def _write(self, change: _Change) -> None:
        links = change.links
        if len(links) > 1:
            self._check_free(change)
        for i, link in enumerate(links):
            try:
                transact(self._client, self._actions(change, i))
            except ConditionFailed as failed:
                if failed.indexes[0] == 0:
                    raise Conflict("The product was changed at the same time. Try again.", "product") from None
                raise _taken(link[failed.indexes[0] - 1]) from None
        self._forget(change)

    def _write_together(self, group: Sequence[_Change]) -> dict[str, Product | TillError]:
        """Stores several products at once; where that cannot be, each by itself."""
        if len(group) > 1 and self._transact(group):
            return {change.product_id: cast(Product, change.saved) for change in group}
        written: dict[str, Product | TillError] = {}
        for change in group:
            try:
                self._write(change)
            except TillError as error:
                written[change.product_id] = error
            else:
                written[change.product_id] = cast(Product, change.saved)
        return written

    def _transact(self, group: Sequence[_Change]) -> bool:
        """Stores all of a group in one transaction, or nothing."""
        try:
            actions = [action for change in group for action in self._actions(change, 0)]
            if _size(actions) > _LARGEST_TRANSACTION:
                return False
            transact(self._client, actions)
        except (ConditionFailed, TillError):
            return False
        for change in group:
            self._forget(change)
        return True

    def _check_free(self, change: _Change) -> None:
        """A chain must not begin that cannot end."""
        by_pk = {entry.pk: entry for entry in change.puts}
        for item in self._read([(entry.pk, entry.sk) for entry in change.puts]):
            if item["product"]["S"] != change.product_id:
                raise _taken(by_pk[item["pk"]["S"]])

    def _forget(self, change: _Change) -> None:
        for entry in (*change.puts, *change.frees):
            self._kept.pop(entry.pk, None)

    def _actions(self, change: _Change, i: int) -> list[TransactWriteItemTypeDef]:
        """The transaction of the change's link `i`: the product's own item first."""
        links, put = change.links, len(change.puts)
        expected = change.version if i == 0 else change.opened
        if i == len(links) - 1:
            document = self._document(change, change.saved, expected)
        else:
            shown = change.before or (replace(change.after, variants=()) if change.after else None)
            opened = replace(shown, version=change.opened) if shown else None
            document = self._document(change, opened, expected, unfinished=change.after)
        entries = enumerate(links[i], i * _MOST_ENTRIES)
        return [document, *((self._put if at < put else self._free)(change, entry) for at, entry in entries)]

    def _document(
        self, change: _Change, product: Product | None, expected: int, unfinished: Product | None = None
    ) -> TransactWriteItemTypeDef:
        """The write of the product's own item; a product of None is deleted."""
        at = key(keys.products(change.shop), _product_sk(change.product_id))
        condition, values = ("v = :v", {":v": number(expected)}) if expected else (IS_NEW, {})
        if product is None:
            return self._action("Delete", {"Key": at}, condition, values)
        body = pack(product, "product")
        item = at | {"v": number(product.version), "body": {"B": body}}
        if unfinished:
            left = pack(replace(unfinished, description=""), "product")
            if len(body) + len(left) > _LARGEST_ITEM:
                raise Invalid("This product has more than can be stored with so many variants.", "variants")
            item["unfinished"] = {"B": left}
        return self._action("Put", {"Item": item}, condition, values)

    def _put(self, change: _Change, entry: _Entry) -> TransactWriteItemTypeDef:
        item = key(entry.pk, entry.sk) | {"product": text(change.product_id)}
        if entry.variant:
            item["body"] = {"B": pack(entry.variant, "variants")}
        return self._action("Put", {"Item": item}, _IS_OURS, {":product": text(change.product_id)})

    def _free(self, change: _Change, entry: _Entry) -> TransactWriteItemTypeDef:
        at = {"Key": key(entry.pk, entry.sk)}
        return self._action("Delete", at, _IS_OURS, {":product": text(change.product_id)})

    def _action(self, verb: str, what: Item, condition: str, values: Item) -> TransactWriteItemTypeDef:
        given = {"ExpressionAttributeValues": values} if values else {}
        action: Any = {verb: {"TableName": self._table, **what, "ConditionExpression": condition, **given}}
        return cast("TransactWriteItemTypeDef", action)


def _grouped(changes: Iterable[_Change]) -> Iterator[list[_Change]]:
    """Changes that fit into one transaction together; a chain is alone."""
    group: list[_Change] = []
    actions = 0
    for change in changes:
        size = 1 + len(change.puts) + len(change.frees)
        if group and actions + size > _MOST_ACTIONS:
            yield group
            group, actions = [], 0
        group.append(change)
        actions += size
    if group:
        yield group


def _size(actions: Iterable[TransactWriteItemTypeDef]) -> int:
    """The bytes of all documents."""
    puts: Iterator[Any] = (action["Put"] for action in actions if "Put" in action)
    return sum(len(value.get("B", b"")) for put in puts for value in put["Item"].values())


def _product_sk(product_id: str) -> str:
    return f"PRODUCT#{product_id}"


def _is_whole(product: Product) -> bool:
    return product.version % 2 == 0


def _is_unchanged(product: Product, before: Product | None) -> bool:
    return before is not None and _is_whole(before) and replace(product, version=before.version) == before


def _taken(entry: _Entry) -> Refused:
    return Refused(f"The {entry.field.replace('_', ' ')} {entry.value} belongs to another product.", entry.field)


def _entries(shop: str, product: Product | None) -> dict[str, _Entry]:
    """Everything by which a product and its variants are found, by key."""
    if product is None:
        return {}
    by_platform_id = keys.product_by_platform_id(shop, product.platform_id)
    entries = [
        _Entry(keys.handle(shop, product.handle), "HANDLE", "handle", product.handle),
        _Entry(by_platform_id, "PRODUCT", "platform_id", product.platform_id),
    ]
    for variant in product.variants:
        names = {
            keys.variant(shop, variant.id): ("id", variant.id),
            keys.variant_by_platform_id(shop, variant.platform_id): ("platform_id", variant.platform_id),
            keys.variant_by_sku(shop, variant.sku): ("sku", variant.sku),
            keys.variant_by_number(shop, variant.number): ("number", str(variant.number)),
        }
        entries += [_Entry(pk, VARIANT, field, value, variant) for pk, (field, value) in names.items()]
    return {entry.pk: entry for entry in entries}
