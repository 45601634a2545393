"""`till doctor`."""

from __future__ import annotations

from collections import Counter

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from till_cli.merchant import Json
from till_cli.printing import plain
from till_cli.session import session

STYLES = {"ok": "green", "warning": "yellow", "failed": "bold red"}


def doctor(ctx: typer.Context) -> None:
    """Look a deployed stack over: quotas, secrets, gateways, origins, webhooks, alarms. Exit status 1 if any failed."""
    till = session(ctx)
    found = till.merchant.ask("GET", "/doctor")
    till.answer(found, _shown)
    if any(one["state"] == "failed" for one in found["data"]):
        raise typer.Exit(1)


def _shown(checks: list[Json]) -> Group:
    rows = Table(box=None, show_header=False, pad_edge=False)
    for one in checks:
        rows.add_row(Text(one["state"], style=STYLES.get(one["state"], "")), plain(one["check"]), plain(one["message"]))
    counts = Counter(one["state"] for one in checks)
    return Group(rows, plain(", ".join(f"{counts[state]} {state}" for state in STYLES if counts[state])))
