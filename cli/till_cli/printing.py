"""What people read: tables and lists of facts. What shoppers wrote can neither colour a terminal nor steer it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

type Cell = object
type Column[T] = tuple[str, Callable[[T], Cell]]

# Nobody sees how wide a pipe is, and nothing in it should be cut.
PIPE_WIDTH = 200


def console(stderr: bool = False) -> Console:
    """As wide as the terminal."""
    made = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not made.is_terminal:
        made.width = PIPE_WIDTH
    return made


def plain(value: Cell) -> Text:
    """One cell. Control characters, and those that turn the direction of writing, are shown as what they are."""
    if isinstance(value, bool):
        value = "yes" if value else "no"
    said = "" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return Text("".join(one if one == "\n" or unicodedata.category(one)[0] != "C" else "�" for one in said))


def when(seconds: float | None) -> str:
    """Unix seconds as the local time of whoever reads."""
    return "" if not seconds else datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def table[T](rows: Iterable[T], *columns: Column[T]) -> Table:
    """A table with a head."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for title, _ in columns:
        made.add_column(title, overflow="fold")
    for row in rows:
        made.add_row(*(plain(show(row)) for _, show in columns))
    return made


def facts(pairs: Sequence[tuple[str, Cell]]) -> Table:
    """What is known of one thing; empty facts are left out."""
    made = Table(box=None, show_header=False, pad_edge=False)
    made.add_column()
    made.add_column(overflow="fold")
    for name, value in pairs:
        if value not in (None, "", [], {}):
            made.add_row(Text(name, style="bold"), plain(value))
    return made
