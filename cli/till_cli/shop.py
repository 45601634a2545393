"""`till shop`."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.table import Table

from till_cli.failures import Failure
from till_cli.merchant import Json
from till_cli.printing import facts, when
from till_cli.session import Cursor, Limit, group, session

OWN = ("name", "currency", "country", "locale")

app = group("The shop and its settings.")


@app.command("list")
def list_shops(ctx: typer.Context, limit: Limit = 50, cursor: Cursor = "") -> None:
    """All shops that the token may see."""
    session(ctx).listed(
        "/merchant/shops",
        limit,
        cursor,
        ("Shop", lambda one: one["identifier"]),
        ("Name", lambda one: one["name"]),
        ("Currency", lambda one: one["currency"]),
        ("Country", lambda one: one["country"]),
    )


@app.command()
def show(ctx: typer.Context) -> None:
    """The shop and every setting."""
    session(ctx).answer(session(ctx).merchant.ask("GET", ""), _shown)


@app.command()
def create(
    ctx: typer.Context,
    identifier: Annotated[str, typer.Argument(help="Its name in every URL, which stays.")],
    name: Annotated[str, typer.Option()],
    currency: Annotated[str, typer.Option(help="ISO 4217: USD.")],
    country: Annotated[str, typer.Option(help="ISO 3166-1: US.")],
    locale: Annotated[str, typer.Option(help="en-US.")] = "en",
) -> None:
    """A new shop."""
    body = {"identifier": identifier, "name": name, "currency": currency, "country": country, "locale": locale}
    session(ctx).answer(session(ctx).merchant.ask("POST", "/merchant/shops", body), _shown)


@app.command("set")
def set_settings(
    ctx: typer.Context,
    changes: Annotated[list[str], typer.Argument(help="name=value: JSON, or text as it is.", metavar="NAME=VALUE...")],
) -> None:
    """Change what is named, and leave the rest: name, currency, country, locale, and every setting of `till shop show`.

    till shop set phone_required=true checkout_url=https://shop.example.com/checkout
    """
    body: Json = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise Failure(f"{change!r} is not of the form name=value.", name)
        (body if name in OWN else body.setdefault("settings", {}))[name] = _value(value)
    session(ctx).answer(session(ctx).merchant.ask("PATCH", "", body), _shown)


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _shown(shop: Json) -> Table:
    own = [(name, shop[name]) for name in ("identifier", *OWN)]
    settings = [
        (name, value if isinstance(value, str) else json.dumps(value)) for name, value in shop["settings"].items()
    ]
    return facts([*own, ("created", when(shop["created_at"])), *settings])
