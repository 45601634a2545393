"""`till`: the merchant's day from a terminal."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from till_cli import access, customers, doctor, keys, orders, products, refund, shop, stock, webhooks
from till_cli.access import Access
from till_cli.failures import NotLetIn, Refused
from till_cli.merchant import Merchant
from till_cli.session import Commands, Session, session

app = typer.Typer(
    name="till",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    epilog="--json and --shop may stand anywhere. Exit status: 1 refused or failed, 2 a mistake in the command line, "
    "3 not let in, 4 not reached or busy.",
)
app.add_typer(shop.app, name="shop")
app.add_typer(products.app, name="products")
app.add_typer(stock.app, name="stock")
app.add_typer(orders.app, name="orders")
app.command("refund")(refund.refund)
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(customers.app, name="customers")
app.add_typer(keys.app, name="keys")
app.command("doctor")(doctor.doctor)


@app.callback()
def till(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with the JSON of the merchant API.")] = False,
    shop: Annotated[
        str, typer.Option(help="Another shop than the one that was logged in to.", show_default=False)
    ] = "",
) -> None:
    """What a merchant does with a shop on Till, by its merchant API alone."""
    ctx.obj = ctx.obj or Session()
    ctx.obj.as_json, ctx.obj.shop = as_json, shop


@app.command()
def login(
    ctx: typer.Context,
    url: Annotated[str, typer.Option(help="Of the API, as `sam deploy` prints it.", show_default=False)] = "",
) -> None:
    """Keep where the shop is, and its token, in a file that only you can read.

    The token is asked for, or read from standard input, so that it is in no history of a shell.
    """
    url = url or typer.prompt("URL of the API", err=True)
    shop = session(ctx).shop or typer.prompt("Shop", err=True)
    token = typer.prompt("Token", hide_input=True, err=True)
    wanted = access.checked(Access(url, token.strip(), shop))
    try:
        Merchant(wanted, session(ctx).transport).ask("GET", "/merchant/shops", params={"limit": "1"})
    except Refused as refusal:
        if not isinstance(refusal, NotLetIn) or refusal.status == 401:  # 403 is a token that may do something else
            raise
    file = access.login_file(os.environ)
    access.keep(wanted, file)
    session(ctx).say(f"Kept in {file}.")


@app.command()
def logout(ctx: typer.Context) -> None:
    """Forget what `login` kept. The token stays good until it is revoked."""
    access.login_file(os.environ).unlink(missing_ok=True)
    session(ctx).say("Forgotten.")


def main() -> None:
    """What `pip install` puts on the path."""
    app()
