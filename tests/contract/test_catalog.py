"""The catalogue on DynamoDB: found by every name, changed as a whole, nobody's names taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from tests.builders import a_product, a_shop, a_variant
from tests.contract.tables import create_table, new_client
from till.adapters.dynamodb.catalog import KEPT_SECONDS, DynamoDBCatalog
from till.domain.errors import Conflict, Invalid, NotFound, Refused
from till.domain.product import Product, Variant

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SHOP = "acme"
# Three transactions: reads of what is taken (3), then writes (3).
MANY = 55


class Clock:
    """Seconds that pass when told to."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Calls:
    """Counts requests by operation, and can lose the function after some of them."""

    def __init__(self, client: DynamoDBClient) -> None:
        self.made: list[str] = []
        self.ends_after = 10_000
        client.meta.events.register("before-call.dynamodb", self._count)

    def _count(self, model: Any, **_: Any) -> None:
        if len(self.made) >= self.ends_after:
            raise FunctionLost
        self.made.append(model.name)


class FunctionLost(Exception):
    """The function ended in the middle."""


@pytest.fixture
def client() -> Iterator[DynamoDBClient]:
    with mock_aws():
        yield new_client()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def calls(client: DynamoDBClient) -> Calls:
    return Calls(client)


@pytest.fixture
def catalog(client: DynamoDBClient, clock: Clock) -> DynamoDBCatalog:
    return DynamoDBCatalog(client, create_table(client, "CatalogTable", "catalog"), clock)


@pytest.fixture
def elsewhere(client: DynamoDBClient, catalog: DynamoDBCatalog) -> DynamoDBCatalog:
    """Another function, which has nothing in its cache."""
    return DynamoDBCatalog(client, "catalog", Clock())


def item_count(client: DynamoDBClient) -> int:
    pages = client.get_paginator("scan").paginate(TableName="catalog")
    return sum(page["Count"] for page in pages)


def a_wide_product(count: int, product: str = "WIDE", **changes: Any) -> Product:
    """A product with many variants."""
    first = 1000 * (1 + ord(product[0]))
    variants = tuple(
        a_variant(id=f"V{product}{i}", number=first + i, platform_id=f"p-{product}-{i}", sku=f"{product}-{i}")
        for i in range(count)
    )
    wide = a_product(id=product, platform_id=product, handle=product.lower(), version=0, variants=variants)
    return replace(wide, **changes)


def save(catalog: DynamoDBCatalog, product: Product) -> Product:
    return catalog.save_product(SHOP, product, catalog.product(SHOP, product.id))


# Shops


def test_a_shop_is_read_as_it_was_created(catalog: DynamoDBCatalog, elsewhere: DynamoDBCatalog) -> None:
    catalog.create_shop(a_shop())
    assert catalog.shop(SHOP) == elsewhere.shop(SHOP) == a_shop()


def test_an_identifier_is_taken_once(catalog: DynamoDBCatalog) -> None:
    catalog.create_shop(a_shop())
    with pytest.raises(Refused) as refused:
        catalog.create_shop(a_shop(name="Another"))
    assert refused.value.problems[0].field == "identifier"
    assert catalog.shop(SHOP).name == "Acme Coffee"


@pytest.mark.parametrize("identifier", ["nobody", "x" * 3000, "é" * 2000])
def test_a_shop_that_is_not_there_is_not_found(catalog: DynamoDBCatalog, identifier: str) -> None:
    with pytest.raises(NotFound):
        catalog.shop(identifier)


def test_of_two_writers_of_one_version_the_second_is_told(catalog: DynamoDBCatalog, elsewhere: DynamoDBCatalog) -> None:
    shop = catalog.create_shop(a_shop())
    catalog.save_shop(replace(shop, name="First"))
    with pytest.raises(Conflict):
        elsewhere.save_shop(replace(shop, name="Second"))
    assert elsewhere.shop(SHOP, fresh=True).name == "First"


def test_settings_may_be_thirty_seconds_old_unless_read_afresh(
    catalog: DynamoDBCatalog, elsewhere: DynamoDBCatalog, clock: Clock, calls: Calls
) -> None:
    shop = elsewhere.create_shop(a_shop())
    catalog.shop(SHOP)
    elsewhere.save_shop(replace(shop, name="Renamed"))
    before = len(calls.made)
    clock.seconds += KEPT_SECONDS - 1
    assert catalog.shop(SHOP).name == "Acme Coffee"
    assert len(calls.made) == before
    clock.seconds += 1
    assert catalog.shop(SHOP).name == "Renamed"
    elsewhere.save_shop(replace(shop, name="Again", version=2))
    assert catalog.shop(SHOP, fresh=True).name == "Again"


def test_shops_are_listed_page_by_page(catalog: DynamoDBCatalog) -> None:
    for name in ("bean", "acme", "cup"):
        catalog.create_shop(a_shop(identifier=name))
    first = catalog.shops(2, "")
    assert [shop.identifier for shop in first.data] == ["acme", "bean"]
    last = catalog.shops(2, first.next_cursor)
    assert [shop.identifier for shop in last.data] == ["cup"]
    assert last.next_cursor == ""
    assert catalog.shops(3, "").next_cursor == ""


# Products


def test_a_variant_is_found_by_every_name_in_one_read(
    catalog: DynamoDBCatalog, elsewhere: DynamoDBCatalog, calls: Calls
) -> None:
    save(catalog, a_product())
    variant = a_variant()
    calls.made.clear()
    assert elsewhere.variants(SHOP, [variant.id]) == {variant.id: variant}
    assert elsewhere.variants_by_platform_id(SHOP, ["66"]) == {"66": variant}
    assert elsewhere.variants_by_sku(SHOP, ["ABS", "nothing", "x" * 3000]) == {"ABS": variant}
    assert elsewhere.variants_by_number(SHOP, [66, 10**15]) == {66: variant}
    assert calls.made == ["BatchGetItem"] * 4


def test_a_product_is_found_by_id_handle_and_platform_id(catalog: DynamoDBCatalog) -> None:
    saved = save(catalog, a_product())
    assert catalog.product(SHOP, saved.id) == saved
    assert catalog.products_by_handle(SHOP, ["able-brewing-system", "x"]) == {"able-brewing-system": saved}
    assert catalog.products_by_platform_id(SHOP, ["86"]) == {"86": saved}
    assert catalog.product(SHOP, "x") is None
    assert catalog.product("other", saved.id) is None


def test_variants_are_read_a_hundred_at_a_time_and_then_remembered(
    catalog: DynamoDBCatalog, elsewhere: DynamoDBCatalog, calls: Calls
) -> None:
    for product in "ABCDE":
        save(catalog, a_wide_product(24, product))
    ids = [f"V{product}{i}" for product in "ABCDE" for i in range(24)]
    calls.made.clear()
    assert len(elsewhere.variants(SHOP, ids)) == 120
    assert len(elsewhere.variants(SHOP, ids)) == 120
    assert calls.made == ["BatchGetItem"] * 2
    elsewhere.variants(SHOP, ids[:1], fresh=True)
    assert calls.made == ["BatchGetItem"] * 3


def test_a_new_product_is_one_transaction(catalog: DynamoDBCatalog, calls: Calls) -> None:
    calls.made.clear()
    catalog.save_product(SHOP, a_wide_product(24), None)
    assert calls.made == ["TransactWriteItems"]


def test_an_unchanged_product_writes_nothing(catalog: DynamoDBCatalog, calls: Calls) -> None:
    saved = save(catalog, a_product())
    calls.made.clear()
    assert catalog.save_product(SHOP, replace(saved, version=0), saved) == saved
    assert calls.made == []


def test_a_new_price_is_seen_by_the_function_that_wrote_it(catalog: DynamoDBCatalog) -> None:
    saved = save(catalog, a_product())
    assert catalog.variants_by_sku(SHOP, ["ABS"])["ABS"].prices["CAD"] == 22500
    catalog.save_product(SHOP, replace(saved, variants=(a_variant(prices={"CAD": 100}),)), saved)
    assert catalog.variants_by_sku(SHOP, ["ABS"])["ABS"].prices["CAD"] == 100


@pytest.mark.parametrize("field", ["sku", "platform_id"])
def test_what_belongs_to_another_product_is_refused_by_name(
    catalog: DynamoDBCatalog, client: DynamoDBClient, field: str
) -> None:
    save(catalog, a_product())
    items = item_count(client)
    thief = a_wide_product(1)
    taken = replace(thief.variants[0], **{field: getattr(a_variant(), field)})
    with pytest.raises(Refused) as refused:
        catalog.save_product(SHOP, replace(thief, variants=(taken,)), None)
    assert refused.value.problems[0].field == field
    assert item_count(client) == items


def test_a_handle_belongs_to_one_product(catalog: DynamoDBCatalog) -> None:
    save(catalog, a_product())
    with pytest.raises(Refused) as refused:
        catalog.save_product(SHOP, a_wide_product(1, handle="able-brewing-system"), None)
    assert refused.value.problems[0].field == "handle"


def test_another_shop_may_use_the_same_names(catalog: DynamoDBCatalog) -> None:
    save(catalog, a_product())
    catalog.save_product("bean", a_product(), None)
    assert catalog.variants_by_sku("bean", ["ABS"])


def test_a_renamed_sku_and_a_removed_variant_free_their_names(catalog: DynamoDBCatalog) -> None:
    saved = save(catalog, a_wide_product(2))
    renamed = catalog.save_product(
        SHOP, replace(saved, handle="new", variants=(replace(saved.variants[0], sku="NEW"),)), saved
    )
    assert set(catalog.variants_by_sku(SHOP, ["WIDE-0", "WIDE-1", "NEW"])) == {"NEW"}
    assert catalog.variants(SHOP, ["VWIDE1"]) == {}
    assert catalog.products_by_handle(SHOP, ["wide", "new"]) == {"new": renamed}
    other = a_wide_product(2, "OTHER", handle="wide")
    variants = tuple(replace(one, sku=f"WIDE-{i}") for i, one in enumerate(other.variants))
    catalog.save_product(SHOP, replace(other, variants=variants), None)
    assert catalog.variants_by_sku(SHOP, ["WIDE-1"])["WIDE-1"].product_id == a_variant().product_id


def test_two_variants_of_a_product_swap_their_skus(catalog: DynamoDBCatalog) -> None:
    saved = save(catalog, a_wide_product(2))
    one, two = saved.variants
    catalog.save_product(SHOP, replace(saved, variants=(replace(one, sku=two.sku), replace(two, sku=one.sku))), saved)
    assert catalog.variants_by_sku(SHOP, ["WIDE-0"])["WIDE-0"].id == two.id


def test_of_two_changes_of_one_product_the_second_is_told(catalog: DynamoDBCatalog) -> None:
    saved = save(catalog, a_product())
    catalog.save_product(SHOP, replace(saved, title="First"), saved)
    with pytest.raises(Conflict):
        catalog.save_product(SHOP, replace(saved, title="Second"), saved)
    with pytest.raises(Conflict):
        catalog.delete_product(SHOP, saved)


def test_a_deleted_product_leaves_nothing_behind(catalog: DynamoDBCatalog, client: DynamoDBClient) -> None:
    save(catalog, a_wide_product(MANY))
    catalog.delete_product(SHOP, save(catalog, a_wide_product(MANY)))
    assert item_count(client) == 0
    assert catalog.variants_by_sku(SHOP, ["WIDE-7"]) == {}


def test_many_variants_are_stored_and_changed(catalog: DynamoDBCatalog, elsewhere: DynamoDBCatalog) -> None:
    saved = save(catalog, a_wide_product(MANY))
    assert elsewhere.product(SHOP, "WIDE") == saved
    cheaper = tuple(replace(one, prices={"CAD": 1}) for one in saved.variants)
    catalog.save_product(SHOP, replace(saved, variants=cheaper), saved)
    prices = [variant.prices["CAD"] for variant in elsewhere.variants(SHOP, [one.id for one in cheaper]).values()]
    assert prices == [1] * MANY


def test_a_taken_sku_among_many_variants_changes_nothing(catalog: DynamoDBCatalog, client: DynamoDBClient) -> None:
    save(catalog, a_product())
    items = item_count(client)
    wide = a_wide_product(MANY)
    last = replace(wide.variants[-1], sku="ABS")
    with pytest.raises(Refused):
        catalog.save_product(SHOP, replace(wide, variants=(*wide.variants[:-1], last)), None)
    assert item_count(client) == items


@pytest.mark.parametrize("lost_after", [4, 5])
def test_sending_it_again_mends_what_a_lost_function_left_half_written(
    catalog: DynamoDBCatalog, client: DynamoDBClient, calls: Calls, lost_after: int
) -> None:
    """The retry has new ids for new variants, as a repeated request has, and is not even the same product."""
    calls.made.clear()
    calls.ends_after = lost_after
    with pytest.raises(FunctionLost):
        catalog.save_product(SHOP, a_wide_product(MANY), None)
    calls.ends_after = 10_000
    found = catalog.products_by_handle(SHOP, ["wide"])["wide"]
    again = a_wide_product(30)
    variants = tuple(replace(one, id=f"NEW{i}", number=5000 + i) for i, one in enumerate(again.variants))
    saved = catalog.save_product(SHOP, replace(again, variants=variants), found)
    assert catalog.product(SHOP, "WIDE") == saved
    assert catalog.variants_by_sku(SHOP, ["WIDE-29"])["WIDE-29"].id == "NEW29"
    assert item_count(client) == 3 + 30 * 4


def test_a_half_written_change_is_never_taken_for_unchanged(catalog: DynamoDBCatalog, calls: Calls) -> None:
    saved = save(catalog, a_wide_product(MANY))
    calls.made.clear()
    calls.ends_after = 4
    cheaper = tuple(replace(one, prices={"CAD": 1}) for one in saved.variants)
    with pytest.raises(FunctionLost):
        catalog.save_product(SHOP, replace(saved, variants=cheaper), saved)
    calls.ends_after = 10_000
    found = catalog.product(SHOP, "WIDE")
    assert found is not None
    catalog.save_product(SHOP, saved, found)
    prices = {one.prices["CAD"] for one in catalog.variants(SHOP, [one.id for one in cheaper], fresh=True).values()}
    assert prices == {22500}


# Many products at once


def test_many_products_are_stored_in_few_transactions(catalog: DynamoDBCatalog, calls: Calls) -> None:
    products = [a_wide_product(1, chr(ord("A") + i)) for i in range(20)]
    calls.made.clear()
    saved = catalog.save_products(SHOP, [(product, None) for product in products])
    assert calls.made == ["TransactWriteItems"] * 2
    assert [catalog.product(SHOP, product.id) for product in products] == list(saved)


def test_one_product_that_is_refused_does_not_keep_the_others_out(catalog: DynamoDBCatalog) -> None:
    saved = save(catalog, a_product())
    thief = a_wide_product(1, "THIEF")
    thief = replace(thief, variants=(replace(thief.variants[0], sku="ABS"),))
    changes = [(a_wide_product(1, "A"), None), (saved, saved), (thief, None), (a_wide_product(MANY, "B"), None)]
    first, unchanged, refused, wide = catalog.save_products(SHOP, changes)
    assert isinstance(refused, Refused)
    assert refused.problems[0].field == "sku"
    assert unchanged == saved
    assert catalog.product(SHOP, "THIEF") is None
    assert (catalog.product(SHOP, "A"), catalog.product(SHOP, "B")) == (first, wide)


def test_unchanged_products_cost_nothing(catalog: DynamoDBCatalog, calls: Calls) -> None:
    saved = save(catalog, a_product())
    calls.made.clear()
    assert list(catalog.save_products(SHOP, [(saved, saved)])) == [saved]
    assert calls.made == []


def test_products_are_listed_page_by_page(catalog: DynamoDBCatalog) -> None:
    for name in "ABC":
        save(catalog, a_wide_product(1, name))
    first = catalog.products(SHOP, 2, "")
    assert [product.id for product in first.data] == ["A", "B"]
    last = catalog.products(SHOP, 2, first.next_cursor)
    assert ([product.id for product in last.data], last.next_cursor) == (["C"], "")


@pytest.mark.parametrize("cursor", ["x", "é", "%%%", "QUJD" * 500, "////", "_w"])
def test_a_cursor_of_somebody_else_is_refused(catalog: DynamoDBCatalog, cursor: str) -> None:
    with pytest.raises(Invalid) as invalid:
        catalog.products(SHOP, 2, cursor)
    assert invalid.value.problems[0].field == "cursor"


def test_numbers_are_never_given_out_twice(catalog: DynamoDBCatalog, elsewhere: DynamoDBCatalog) -> None:
    given = [*catalog.next_numbers(SHOP, "VARIANT", 3), *elsewhere.next_numbers(SHOP, "VARIANT", 2)]
    assert given == [1, 2, 3, 4, 5]
    assert list(catalog.next_numbers(SHOP, "PRODUCT", 1)) == [1]
    assert list(catalog.next_numbers("bean", "VARIANT", 1)) == [1]
    assert list(catalog.next_numbers(SHOP, "VARIANT", 0)) == []


def test_an_entry_repeats_all_that_a_line_item_needs(catalog: DynamoDBCatalog) -> None:
    full = a_variant(options={"Größe": "XL"}, compare_at_prices={"CAD": 1}, tags="a, b", vendor="V", barcode="1")
    save(catalog, a_product(variants=(full,)))
    found: Variant = catalog.variants(SHOP, [full.id], fresh=True)[full.id]
    assert found == full
