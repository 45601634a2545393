"""The import of a Shopify product export: what can be taken is taken, and every row is answered for.

It adds and changes, and removes nothing. A file whose import was cut short is simply sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import batched

from till.application.catalog import Products
from till.application.ports import Stock
from till.domain import shopify_csv
from till.domain.catalog_import import (
    Outcome,
    ProductDraft,
    RowReport,
    generated_sku,
    lay_over,
    named,
    recognised,
)
from till.domain.errors import TillError
from till.domain.product import Product, Variant
from till.domain.shop import Shop

# Each waits for the database most of the time; a client has ten connections.
_AT_ONCE = 8
_PRODUCTS_AT_ONCE = 28


@dataclass(frozen=True, slots=True)
class _Plan:
    """A product of the file, the one in the shop, and the numbers for what is new."""

    draft: ProductDraft
    before: Product | None
    product_number: int
    variant_numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Taken:
    """A row that became, or was, a variant."""

    report: RowReport
    variant: Variant
    on_hand: int | None


def import_products(
    catalog: Products, stock: Stock, shop: Shop, text: str, new_id: Callable[[], str]
) -> list[RowReport]:
    """One report per row, by line. Raises `Invalid` for what is no such file, `Conflict` for busy stock."""
    parsed = shopify_csv.parse(text, shop.currency)

    def save(plans: Sequence[_Plan]) -> list[RowReport | _Taken]:
        return list(_saved(catalog, shop, plans, new_id))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        chunks = batched(_plans(catalog, shop, parsed), _PRODUCTS_AT_ONCE, strict=False)
        results = [one for chunk in pool.map(save, chunks) for one in chunk]
    taken = [one for one in results if isinstance(one, _Taken)]
    stock.set_policies(shop.identifier, {one.variant.id: one.variant.policy for one in taken})
    counted = _to_count(stock, shop, taken)
    stock.count(shop.identifier, counted)
    refused = [one for one in results if isinstance(one, RowReport)]
    reports = [_counted(one) if one.variant.id in counted else one.report for one in taken]
    return sorted([*parsed.reports, *refused, *reports], key=lambda report: report.line)


def _plans(catalog: Products, shop: Shop, parsed: shopify_csv.Parsed) -> list[_Plan]:
    stored = catalog.products_by_handle(shop.identifier, [draft.handle for draft in parsed.products])
    found = [(draft, stored.get(draft.handle)) for draft in parsed.products]
    fresh = [recognised(draft.variants, before).count(None) for draft, before in found]
    products = iter(catalog.next_numbers(shop.identifier, "PRODUCT", len(found) - len(stored)))
    variants = iter(catalog.next_numbers(shop.identifier, "VARIANT", sum(fresh)))
    return [
        _Plan(
            named(draft, before),
            before,
            0 if before else next(products),
            tuple(next(variants) for _ in range(count)),
        )
        for (draft, before), count in zip(found, fresh, strict=True)
    ]


def _saved(
    catalog: Products, shop: Shop, plans: Sequence[_Plan], new_id: Callable[[], str]
) -> Iterator[RowReport | _Taken]:
    ready: list[tuple[_Plan, Product]] = []
    for plan in plans:
        numbers = iter(plan.variant_numbers)
        try:
            after = lay_over(plan.draft, plan.before, new_id, plan.product_number, numbers, partial=True)
        except TillError as error:
            yield from _refused(plan.draft, error)
        else:
            ready.append((plan, after))
    saved = catalog.save_products(shop.identifier, [(after, plan.before) for plan, after in ready])
    for (plan, _), result in zip(ready, saved, strict=True):
        yield from _refused(plan.draft, result) if isinstance(result, TillError) else _taken(plan, result)


def _taken(plan: _Plan, saved: Product) -> Iterator[_Taken]:
    before = plan.before
    variants = {variant.sku: variant for variant in saved.variants}
    earlier = {variant.id: variant for variant in before.variants} if before else {}
    same_facts = before is not None and _facts(before) == _facts(saved)
    for draft in plan.draft.variants:
        variant = variants[draft.sku]
        base = earlier.get(variant.id)
        outcome = Outcome.UNCHANGED if same_facts and base == variant else Outcome.UPDATED
        report = RowReport(
            draft.line,
            Outcome.CREATED if base is None else outcome,
            saved.handle,
            variant.sku,
            sku_generated=variant.sku == generated_sku(saved.handle, draft.options),
            # Platforms count back-orders as less than nothing; on hand there is nothing.
            message=f"The quantity {draft.on_hand} was taken as 0." if (draft.on_hand or 0) < 0 else "",
        )
        yield _Taken(report, variant, draft.on_hand)


def _facts(product: Product) -> Product:
    return replace(product, version=0, variants=())


def _to_count(stock: Stock, shop: Shop, taken: list[_Taken]) -> dict[str, int]:
    """What is to be on hand, by variant id, where it is not so yet."""
    wanted = {one.variant.id: max(0, one.on_hand) for one in taken if one.on_hand is not None}
    levels = stock.levels(shop.identifier, wanted)
    return {variant_id: on_hand for variant_id, on_hand in wanted.items() if levels[variant_id].on_hand != on_hand}


def _counted(taken: _Taken) -> RowReport:
    report = taken.report
    return replace(report, outcome=Outcome.UPDATED) if report.outcome is Outcome.UNCHANGED else report


def _refused(product: ProductDraft, error: TillError) -> Iterator[RowReport]:
    problem = error.problems[0]
    for draft in product.variants:
        report = RowReport(draft.line, Outcome.REFUSED, product.handle, draft.sku)
        yield replace(report, message=problem.message, field=problem.field)
