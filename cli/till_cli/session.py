"""What every command has: the merchant API, a place to answer, and the options that may stand anywhere."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from typer.core import TyperGroup

from till_cli import access
from till_cli.failures import Failure
from till_cli.merchant import Json, Merchant, new_key
from till_cli.printing import Column, console, plain, table

Key = Annotated[
    str, typer.Option("--key", help="The Idempotency-Key. Given again, the same is done once.", show_default=False)
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Limit = Annotated[int, typer.Option(min=0, help="So many at most; 0 is all.")]
Cursor = Annotated[str, typer.Option(help="Where an earlier list ended.", show_default=False)]
# Taken at any place of the command line, since that is where people write them.
ANYWHERE = {"--json": 0, "--shop": 1}


@dataclass
class Session:
    """One run of the command. `transport` carries its requests; httpx's own if there is none."""

    transport: httpx.BaseTransport | None = None
    shop: str = ""
    as_json: bool = False
    out: Console = field(default_factory=console)
    err: Console = field(default_factory=lambda: console(stderr=True))

    @functools.cached_property
    def merchant(self) -> Merchant:
        """Raises `Failure` where nobody said where the shop is."""
        return Merchant(access.find(self.shop), self.transport)

    def answer(self, body: Any, shown: Callable[[Any], RenderableType]) -> None:
        """The answer as it came with --json, else what people read of its `data`."""
        if self.as_json:
            typer.echo(json.dumps(body, indent=2))
        else:
            self.out.print(shown(body.get("data", body)))

    def listed(self, path: str, limit: int, cursor: str, *columns: Column[Json], **query: str) -> None:
        """So many things of a list. Where it goes on is told."""
        found: list[Json] = []
        following: str | None = None
        for page in self.merchant.pages(path, limit, cursor, **query):
            found += page["data"]
            following = page["next_cursor"]
        self.answer({"data": found, "next_cursor": following}, lambda rows: table(rows, *columns))
        if following:
            self.say(f"There are more: --cursor {following}")

    def say(self, message: str) -> None:
        """Beside the answer, never in it."""
        self.err.print(plain(message))

    def under(self, key: str) -> str:
        """The key under which money moves: told before it does, so that whoever gets no answer can send it again."""
        key = key or new_key()
        self.say(f"Idempotency-Key: {key}")
        return key

    def sure(self, yes: bool, question: str) -> None:
        """Asks, unless it was said. Ends the command where the answer is no."""
        if not yes:
            typer.confirm(question, abort=True, err=True)

    def progress[T](self, things: Iterable[T], total: int, title: str) -> Iterator[T]:
        """The same things, with a bar on a terminal while they are worked off."""
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        with Progress(*columns, console=self.err, disable=not self.err.is_terminal) as bar:
            yield from bar.track(things, total=total, description=title)

    def fail(self, failure: Failure) -> None:
        """Says what went wrong."""
        if self.as_json:
            typer.echo(json.dumps({"errors": list(failure.problems)}, indent=2), err=True)
            return
        for problem in failure.problems:
            name = f" ({problem['field']})" if problem.get("field") else ""
            self.say(f"{problem.get('message')}{name}")


def session(ctx: typer.Context) -> Session:
    """Of this run."""
    found = ctx.obj
    assert isinstance(found, Session)
    return found


class Commands(TyperGroup):
    """The root: it takes its own options at any place, and tells what went wrong in a sentence."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Its own options first."""
        own: list[str] = []
        rest: list[str] = []
        end = args.index("--") if "--" in args else len(args)
        waiting = iter(args[:end])
        for one in waiting:
            name = one.partition("=")[0]
            if name not in ANYWHERE:
                rest.append(one)
            else:
                own += [one, *islice(waiting, 0 if "=" in one else ANYWHERE[name])]
        return super().parse_args(ctx, [*own, *rest, *args[end:]])

    def invoke(self, ctx: Any) -> Any:
        """Raises `typer.Exit` with the failure's code."""
        try:
            return super().invoke(ctx)
        except Failure as failure:
            session(ctx).fail(failure)
            raise typer.Exit(failure.exit_code) from failure


def group(title: str) -> typer.Typer:
    """Commands of one kind."""
    return typer.Typer(help=title, no_args_is_help=True)
