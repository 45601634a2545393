"""`till stock`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import typer
from rich.table import Table

from till_cli.merchant import Json, part
from till_cli.printing import table
from till_cli.session import Key, group, session

Sku = Annotated[str, typer.Argument(help="Of a variant.")]
_AT_ONCE = 8

app = group("Stock of variants by SKU: available = on hand - held - allocated.")


@app.command()
def show(ctx: typer.Context, sku: Sku) -> None:
    """The numbers of one variant."""
    session(ctx).answer(session(ctx).merchant.ask("GET", f"/stock/{part(sku)}"), _shown)


@app.command("set")
def set_stock(ctx: typer.Context, sku: Sku, on_hand: Annotated[int, typer.Argument(min=0)]) -> None:
    """So many were counted."""
    session(ctx).answer(session(ctx).merchant.ask("PUT", f"/stock/{part(sku)}", {"on_hand": on_hand}), _shown)


@app.command(context_settings={"ignore_unknown_options": True})
def adjust(
    ctx: typer.Context,
    sku: Sku,
    by: Annotated[int, typer.Argument(help="12 came in; -2 are broken.")],
    key: Key = "",
) -> None:
    """So many more, or fewer."""
    till = session(ctx)
    till.answer(till.merchant.ask("POST", f"/stock/{part(sku)}/adjust", {"by": by}, till.under(key)), _shown)


@app.command()
def low(
    ctx: typer.Context,
    below: Annotated[int, typer.Option(min=1, help="So many available, or more, are enough.")] = 5,
) -> None:
    """What runs out. It asks for every variant of the shop."""
    till = session(ctx)
    skus = [variant["sku"] for product in till.merchant.all("/products") for variant in product["variants"]]
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        asked = threads.map(lambda sku: till.merchant.ask("GET", f"/stock/{part(sku)}"), skus)
        levels = list(till.progress(asked, len(skus), "Counting"))
    found = sorted((one for one in levels if one["available"] < below), key=lambda one: (one["available"], one["sku"]))
    till.answer({"data": found}, _levels)


def _shown(level: Json) -> Table:
    return _levels([level])


def _levels(levels: list[Json]) -> Table:
    return table(
        levels,
        ("SKU", lambda one: one["sku"]),
        ("Available", lambda one: one["available"]),
        ("On hand", lambda one: one["on_hand"]),
        ("Held", lambda one: one["held"]),
        ("Allocated", lambda one: one["allocated"]),
    )
