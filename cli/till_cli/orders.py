"""`till orders`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from till_cli import order_views
from till_cli.failures import Failure
from till_cli.files import keep_private
from till_cli.merchant import Json, part
from till_cli.printing import when
from till_cli.session import Cursor, Key, Limit, Session, Yes, group, session

Order = Annotated[str, typer.Argument(help="Its id, or its number.", metavar="ORDER")]
Lines = Annotated[
    list[str],
    typer.Option(
        "--line", help="KEY=QUANTITY, as often as there are lines.", metavar="KEY=QUANTITY", show_default=False
    ),
]
Amount = Annotated[str, typer.Option(help='In the currency of the order: "12.34".', show_default=False)]
Reason = Annotated[str, typer.Option(help="For your own eyes.", show_default=False)]
Status = Annotated[str, typer.Option(show_default=False)]
Since = Annotated[str, typer.Option("--from", help="A date, 2026-11-01, or Unix seconds.", show_default=False)]
Until = Annotated[str, typer.Option("--to", help="The same; up to then.", show_default=False)]
Email = Annotated[str, typer.Option(help="Of the customer.", show_default=False)]
Number = Annotated[str, typer.Option(help="Of the order.", show_default=False)]
Tag = Annotated[str, typer.Option(show_default=False)]
Push = Annotated[str, typer.Option(help="pending, delivered or failed.", show_default=False)]
Charge = Annotated[str, typer.Option(help="pending, captured, failed, ...", show_default=False)]
_ID_LENGTH = 26

app = group("Orders: find them, see what happened, and what you do with them.")


@app.command("list")
def list_orders(
    ctx: typer.Context,
    status: Status = "",
    since: Since = "",
    until: Until = "",
    email: Email = "",
    number: Number = "",
    tag: Tag = "",
    push: Push = "",
    charge: Charge = "",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> None:
    """The newest first; with options, those that meet all of them."""
    query = _asked(status, since, until, email, number, tag, push, charge)
    session(ctx).listed("/orders", limit, cursor, *order_views.COLUMNS, **query)


@app.command()
def show(ctx: typer.Context, order: Order) -> None:
    """One order."""
    till = session(ctx)
    till.answer(till.merchant.ask("GET", _path(till, order)), order_views.order)


@app.command()
def timeline(ctx: typer.Context, order: Order) -> None:
    """What happened to it, step by step: attempts, payments, webhooks, pushes."""
    till = session(ctx)
    till.answer(till.merchant.ask("GET", f"{_path(till, order)}/timeline"), order_views.timeline)


@app.command()
def explain(ctx: typer.Context, order: Order) -> None:
    """How its total comes about, each rounding in its place."""
    till = session(ctx)
    till.answer(till.merchant.ask("GET", f"{_path(till, order)}/totals/explain"), order_views.explanation)


@app.command()
def note(ctx: typer.Context, order: Order, text: Annotated[str, typer.Argument(help='"" takes it away.')]) -> None:
    """Your own note, for nobody else's eyes."""
    till = session(ctx)
    till.answer(till.merchant.ask("PATCH", _path(till, order), {"note": text}), order_views.order)


@app.command("tag")
def set_tags(
    ctx: typer.Context,
    order: Order,
    tags: Annotated[list[str] | None, typer.Argument(help="To add.", metavar="TAG...")] = None,
    remove: Annotated[list[str] | None, typer.Option(help="To take away.", show_default=False)] = None,
) -> None:
    """Add tags, or take them away."""
    till = session(ctx)
    path = _path(till, order)
    before = till.merchant.ask("GET", path)["data"]["tags"]
    wanted = [one for one in dict.fromkeys([*before, *(tags or [])]) if one not in (remove or [])]
    till.answer(till.merchant.ask("PATCH", path, {"tags": wanted}), order_views.order)


@app.command()
def export(
    ctx: typer.Context,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file that only you can read.")] = None,
    status: Status = "",
    since: Since = "",
    until: Until = "",
    email: Email = "",
    number: Number = "",
    tag: Tag = "",
    push: Push = "",
    charge: Charge = "",
) -> None:
    """All orders that meet the options, as CSV."""
    till = session(ctx)
    query = _asked(status, since, until, email, number, tag, push, charge)
    text = "".join(_csv(till, query))
    if output is None:
        typer.echo(text, nl=False)
        return
    keep_private(output, text)
    till.say(f"Written to {output}.")


@app.command()
def push(ctx: typer.Context, order: Order) -> None:
    """Send it to your platform again, with all tries."""
    till = session(ctx)
    till.answer(till.merchant.ask("POST", f"{_path(till, order)}/push"), order_views.order)
    till.say("It is being pushed: look at the order again.")


@app.command()
def capture(ctx: typer.Context, order: Order, amount: Amount = "", key: Key = "") -> None:
    """Take authorized money: so much of it, or all that is left."""
    _money(ctx, order, "capture", {"amount": amount} if amount else {}, key)


@app.command()
def charge(ctx: typer.Context, order: Order, key: Key = "") -> None:
    """Begin a failed charge again."""
    _money(ctx, order, "charge", {}, key)


@app.command()
def cancel(ctx: typer.Context, order: Order, reason: Reason = "", key: Key = "", yes: Yes = False) -> None:
    """Give everything back: money, stock, gift cards, uses of codes."""
    session(ctx).sure(yes, f"Cancel order {order}, and give all its money back?")
    _money(ctx, order, "cancel", {"reason": reason}, key)


@app.command()
def fulfil(
    ctx: typer.Context,
    order: Order,
    line: Lines = [],  # noqa: B006  # typer takes a list, and nobody changes it
    carrier: Annotated[str, typer.Option(show_default=False)] = "",
    tracking: Annotated[str, typer.Option(help="The number of the parcel.", show_default=False)] = "",
    tracking_url: Annotated[str, typer.Option(show_default=False)] = "",
    key: Key = "",
) -> None:
    """Goods are sent: those named, or all that are left."""
    parcel = {"carrier": carrier, "number": tracking, "url": tracking_url}
    _money(ctx, order, "fulfil", {"lines": lines(line), "tracking": parcel}, key)


@app.command()
def anonymize(ctx: typer.Context, order: Order, yes: Yes = False) -> None:
    """Take names and addresses out of it, for ever."""
    session(ctx).sure(yes, f"Take names and addresses out of order {order}, for ever?")
    till = session(ctx)
    till.answer(till.merchant.ask("POST", f"{_path(till, order)}/anonymize"), order_views.order)


@app.command("failed-charges")
def failed_charges(ctx: typer.Context, limit: Limit = 50, cursor: Cursor = "") -> None:
    """Orders whose money is not there: somebody must look."""
    session(ctx).listed(
        "/failed_charges",
        limit,
        cursor,
        ("Order", lambda one: one["order_id"]),
        ("Charge", lambda one: one["charge"]),
        ("Problem", lambda one: one["problem"]),
        ("Unanswered", lambda one: ", ".join(one["unanswered"])),
    )


@app.command("failed-pushes")
def failed_pushes(ctx: typer.Context, limit: Limit = 50, cursor: Cursor = "") -> None:
    """Orders that your platform has not taken."""
    session(ctx).listed(
        "/failed_pushes",
        limit,
        cursor,
        ("Order", lambda one: one["order_id"]),
        ("Placed", lambda one: when(one["placed_at"])),
        ("Tries", lambda one: one["tries"]),
        ("Status", lambda one: one["status"]),
        ("Answer", lambda one: one["answer"]),
    )


def money(till: Session, order: str, what: str, body: Json, key: str) -> None:
    """What moves money, or what money waits for, under a key that is told."""
    path = _path(till, order)
    answer = till.merchant.call("POST", f"{path}/{what}", body, till.under(key))
    till.answer(answer.json(), order_views.order)
    if answer.status_code == 202:
        till.say("The payment gateway did not answer yet. It goes on by itself: look at the order again.")


def lines(given: list[str]) -> list[Json]:
    """`KEY=QUANTITY` as the API has it. Raises `Failure`."""
    found = []
    for one in given:
        key, _, quantity = one.rpartition("=")
        if not key or not quantity.isdecimal():
            raise Failure(f"{one!r} is not of the form KEY=QUANTITY.", "line")
        found.append({"key": key, "quantity": int(quantity)})
    return found


def _money(ctx: typer.Context, order: str, what: str, body: Json, key: str) -> None:
    money(session(ctx), order, what, body, key)


def _asked(
    status: str, since: str, until: str, email: str, number: str, tag: str, push: str, charge: str
) -> dict[str, str]:
    """What orders are looked for, as the API has it."""
    asked = {"status": status, "from": since, "to": until, "email": email}
    return asked | {"number": number, "tag": tag, "push": push, "charge": charge}


def _path(till: Session, order: str) -> str:
    """By its id, or by its number, which is looked up."""
    if len(order) == _ID_LENGTH:
        return f"/orders/{part(order)}"
    found = till.merchant.ask("GET", "/orders", params={"number": order, "limit": "2"})["data"]
    if len(found) != 1:
        raise Failure(f"No order has the number {order}." if not found else f"Several orders have {order}.", "order")
    return f"/orders/{part(found[0]['id'])}"


def _csv(till: Session, query: dict[str, str]) -> Iterator[str]:
    """Page by page, each but the first without its head."""
    asked = {name: value for name, value in query.items() if value}
    cursor, is_first = "", True
    while cursor or is_first:
        answer = till.merchant.call("GET", "/orders.csv", params=asked | ({"cursor": cursor} if cursor else {}))
        yield answer.text if is_first else answer.text.partition("\n")[2]
        cursor, is_first = answer.headers.get("Next-Cursor", ""), False
