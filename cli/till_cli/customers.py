"""`till customers`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from till_cli.failures import Failure
from till_cli.files import keep_private
from till_cli.merchant import Json
from till_cli.printing import facts, when
from till_cli.session import Cursor, Limit, Yes, group, session

Email = Annotated[str, typer.Option(show_default=False)]
Customer = Annotated[str, typer.Option("--id", help="Of a customer who signed up.", show_default=False)]
PlatformId = Annotated[str, typer.Option(help="What you call this person.", show_default=False)]

app = group("Customers, and what is known of one person.")


@app.command("list")
def list_customers(ctx: typer.Context, limit: Limit = 50, cursor: Cursor = "") -> None:
    """Who has signed up."""
    session(ctx).listed(
        "/customers",
        limit,
        cursor,
        ("Id", lambda one: one["id"]),
        ("E-mail", lambda one: one["email"]),
        ("Name", lambda one: one["name"]),
        ("Since", lambda one: when(one["created_at"])),
    )


@app.command()
def export(
    ctx: typer.Context,
    email: Email = "",
    customer: Customer = "",
    platform_id: PlatformId = "",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file that only you can read.")] = None,
) -> None:
    """All that the shop keeps of one person, as JSON."""
    till = session(ctx)
    found = till.merchant.ask("POST", "/customers/export", _person(email, customer, platform_id))
    text = json.dumps(found["data"], indent=2, ensure_ascii=output is None) + "\n"
    if output is None:
        typer.echo(text, nl=False)
        return
    keep_private(output, text)
    till.say(f"Written to {output}.")


@app.command()
def erase(
    ctx: typer.Context, email: Email = "", customer: Customer = "", platform_id: PlatformId = "", yes: Yes = False
) -> None:
    """Forget one person. Orders that still need a name are told; erase again when they are over: exit status 1."""
    body, till = _person(email, customer, platform_id), session(ctx)
    till.sure(yes, f"Erase all that is known of {email or customer}, for ever?")
    found = till.merchant.ask("POST", "/customers/erase", body)
    till.answer(found, _erased)
    if found["data"]["kept"]:
        raise typer.Exit(1)


def _person(email: str, customer: str, platform_id: str) -> Json:
    if bool(email) == bool(customer):
        raise Failure("Say either --email or --id.")
    who = {"email": email} if email else {"customer_id": customer}
    return who | ({"platform_id": platform_id} if platform_id else {})


def _erased(data: Json) -> Table:
    return facts([(name.replace("_", " "), value) for name, value in data.items()])
