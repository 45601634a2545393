"""`till products`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group
from rich.table import Table

from till_cli.merchant import Json, part
from till_cli.printing import facts, plain, table
from till_cli.session import Cursor, Limit, group, session
from till_cli.shopify_parts import parts

OUTCOMES = ("created", "updated", "unchanged", "image", "refused")

app = group("Products of the shop, and their import.")


@app.command("list")
def list_products(ctx: typer.Context, limit: Limit = 50, cursor: Cursor = "") -> None:
    """What the shop sells."""
    session(ctx).listed(
        "/products",
        limit,
        cursor,
        ("Id", lambda one: one["id"]),
        ("Handle", lambda one: one["handle"]),
        ("Title", lambda one: one["title"]),
        ("Variants", lambda one: len(one["variants"])),
        ("SKUs", lambda one: ", ".join(variant["sku"] for variant in one["variants"])),
    )


@app.command()
def show(ctx: typer.Context, product: Annotated[str, typer.Argument(help="Its id.")]) -> None:
    """One product with its variants."""
    session(ctx).answer(session(ctx).merchant.ask("GET", f"/products/{part(product)}"), _shown)


@app.command("import")
def import_products(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A product export of Shopify.", exists=True, dir_okay=False)],
) -> None:
    """Add and change products from a CSV file, of any length. Sent again, it changes nothing.

    What cannot be taken is named by its line, and the exit status is 1.
    """
    till = session(ctx)
    files = parts(file.read_text(encoding="utf-8-sig"))
    results: list[Json] = []
    for one in till.progress(files, len(files), "Importing"):
        report = till.merchant.ask("POST", "/products/import", one.text)["data"]
        results += [row | {"line": row["line"] + one.offset} for row in report["results"]]
    counts = Counter(row["outcome"] for row in results)
    data = {"rows": len(results), **{name: counts[name] for name in OUTCOMES}, "results": results}
    till.answer({"data": data}, _report)
    if data["refused"]:
        raise typer.Exit(1)


def _report(data: Json) -> Group:
    told = [row for row in data["results"] if row["message"]]
    problems = table(
        told,
        ("Line", lambda row: row["line"]),
        ("Outcome", lambda row: row["outcome"]),
        ("Handle", lambda row: row["handle"]),
        ("Column", lambda row: row["field"]),
        ("Message", lambda row: row["message"]),
    )
    counts = ", ".join(f"{data[name]} {name}" for name in OUTCOMES if data[name])
    return Group(*([problems] if told else []), plain(f"{data['rows']} rows: {counts or 'nothing'}"))


def _shown(product: Json) -> Group:
    about = [(name, product[name]) for name in ("id", "platform_id", "handle", "title", "vendor", "tags")]
    variants: Table = table(
        product["variants"],
        ("SKU", lambda one: one["sku"]),
        ("Title", lambda one: one["title"]),
        ("Prices", lambda one: ", ".join(f"{amount} {code}" for code, amount in one["prices"].items())),
        ("Sold out", lambda one: one["inventory_policy"]),
        ("Grams", lambda one: one["weight_grams"]),
    )
    return Group(facts([*about, ("collections", ", ".join(product["collections"]))]), plain(""), variants)
