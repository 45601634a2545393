"""`till refund`."""

from __future__ import annotations

from typing import Annotated

import typer

from till_cli.failures import Failure
from till_cli.merchant import Json
from till_cli.orders import Amount, Lines, Order, Reason, lines, money
from till_cli.session import Key, Yes, session


def refund(
    ctx: typer.Context,
    order: Order,
    amount: Amount = "",
    line: Lines = [],  # noqa: B006  # typer takes a list, and nobody changes it
    restock: Annotated[bool, typer.Option("--restock", help="The lines are for sale again.")] = False,
    shipping: Annotated[str, typer.Option(help='"all", or so much of it.', show_default=False)] = "",
    everything: Annotated[bool, typer.Option("--all", help="All that was captured and not given back.")] = False,
    reason: Reason = "",
    key: Key = "",
    yes: Yes = False,
) -> None:
    """Give money back, and goods: lines, shipping, an amount, or all of it."""
    if everything == bool(amount or line or shipping):
        raise Failure("Say what is given back: --line, --shipping or --amount; or else --all.")
    body: Json = {"lines": [one | {"restock": restock} for one in lines(line)], "reason": reason}
    if amount:
        body["amount"] = amount
    if shipping:
        body["shipping"] = True if shipping == "all" else shipping
    till = session(ctx)
    till.sure(yes, f"Give {amount or ('everything' if everything else 'this')} of order {order} back?")
    money(till, order, "refund", body, key)
