"""`till webhooks`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from till_cli.merchant import Json, part
from till_cli.printing import facts, when
from till_cli.session import Cursor, Limit, Yes, group, session

Endpoint = Annotated[str, typer.Argument(help="Its id.")]
ENDPOINTS = "/webhook_endpoints"

app = group("Webhooks: where events are sent, and what came of it.")


@app.command("list")
def list_endpoints(ctx: typer.Context) -> None:
    """Every endpoint of the shop."""
    session(ctx).listed(
        ENDPOINTS,
        0,
        "",
        ("Id", lambda one: one["id"]),
        ("URL", lambda one: one["url"]),
        ("Types", lambda one: ", ".join(one["types"])),
        ("Enabled", lambda one: one["enabled"]),
        ("Why", lambda one: one.get("disabled_reason")),
    )


@app.command()
def show(ctx: typer.Context, endpoint: Endpoint) -> None:
    """One endpoint with its secret."""
    session(ctx).answer(session(ctx).merchant.ask("GET", f"{ENDPOINTS}/{part(endpoint)}"), _shown)


@app.command()
def add(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(help="https, on port 443.")],
    types: Annotated[list[str] | None, typer.Option("--type", help='"order.placed", "order.*"; all without.')] = None,
    description: Annotated[str, typer.Option(show_default=False)] = "",
) -> None:
    """Send events there. The answer has the secret that they are signed with."""
    body: Json = {"url": url, "types": types or ["*"], "description": description}
    session(ctx).answer(session(ctx).merchant.ask("POST", ENDPOINTS, body), _shown)


@app.command()
def enable(ctx: typer.Context, endpoint: Endpoint) -> None:
    """Send events there again."""
    _change(ctx, endpoint, {"enabled": True})


@app.command()
def disable(ctx: typer.Context, endpoint: Endpoint) -> None:
    """Send no more events there."""
    _change(ctx, endpoint, {"enabled": False})


@app.command()
def rotate(ctx: typer.Context, endpoint: Endpoint) -> None:
    """Another secret. For a day messages are signed with the old one, too."""
    _change(ctx, endpoint, {"rotate_secret": True})


@app.command()
def remove(ctx: typer.Context, endpoint: Endpoint, yes: Yes = False) -> None:
    """Forget it."""
    till = session(ctx)
    till.sure(yes, f"Remove {endpoint}?")
    till.answer(till.merchant.ask("DELETE", f"{ENDPOINTS}/{part(endpoint)}"), _shown)


@app.command()
def test(ctx: typer.Context, endpoint: Endpoint) -> None:
    """Send an event of the type webhook.test there. Exit status 1 where it is not taken."""
    found = session(ctx).merchant.ask("POST", f"{ENDPOINTS}/{part(endpoint)}/test")
    session(ctx).answer(found, _delivery)
    if found["data"]["state"] != "delivered":
        raise typer.Exit(1)


@app.command()
def deliveries(ctx: typer.Context, endpoint: Endpoint, limit: Limit = 50, cursor: Cursor = "") -> None:
    """What was sent there, and what came back."""
    session(ctx).listed(
        f"{ENDPOINTS}/{part(endpoint)}/deliveries",
        limit,
        cursor,
        ("Id", lambda one: one["id"]),
        ("Type", lambda one: one["type"]),
        ("State", lambda one: one["state"]),
        ("Tries", lambda one: len(one["tries"])),
        ("Last", _last),
        ("Next try", lambda one: when(one["next_try_at"])),
    )


@app.command()
def redeliver(ctx: typer.Context, endpoint: Endpoint, delivery: Annotated[str, typer.Argument(help="Its id.")]) -> None:
    """Send one of them again."""
    path = f"{ENDPOINTS}/{part(endpoint)}/deliveries/{part(delivery)}/redeliver"
    session(ctx).answer(session(ctx).merchant.ask("POST", path), _delivery)
    session(ctx).say("It is being sent: look at the deliveries.")


def _change(ctx: typer.Context, endpoint: str, body: Json) -> None:
    session(ctx).answer(session(ctx).merchant.ask("PATCH", f"{ENDPOINTS}/{part(endpoint)}", body), _shown)


def _delivery(one: Json) -> Table:
    answer = one["tries"][-1]["answer"] if one["tries"] else ""
    return facts([(name, one[name]) for name in ("id", "type", "state")] + [("last", _last(one)), ("answer", answer)])


def _last(delivery: Json) -> str:
    if not delivery["tries"]:
        return ""
    last = delivery["tries"][-1]
    return f"{last['status'] or 'no answer'} {when(last['at'])}"


def _shown(one: Json) -> Table:
    return facts([(name.replace("_", " "), value) for name, value in one.items()])
