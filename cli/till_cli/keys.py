"""`till keys`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from till_cli.merchant import Json
from till_cli.printing import facts
from till_cli.session import Key, Yes, group, session

app = group("The keys that the stack signs with, and its root token.")


@app.command()
def rotate(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(help="jwt or merchant_token.")],
    again: Annotated[
        bool, typer.Option("--again", help="Of jwt within a week, as after a leak: it ends sessions and payment links.")
    ] = False,
    idempotency_key: Key = "",
    yes: Yes = False,
) -> None:
    """Make a new version of a key. It takes a token with the scope `stack`."""
    till = session(ctx)
    till.sure(yes, f"Make a new {key} key for the whole stack?")
    body = {"key": key} | ({"again": True} if again else {})
    till.answer(till.merchant.ask("POST", "/merchant/keys/rotate", body, till.under(idempotency_key)), _shown)


def _shown(rotated: Json) -> Table:
    return facts([(name.replace("_", " "), value) for name, value in rotated.items()])
