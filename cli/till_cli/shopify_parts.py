"""A Shopify export in parts of whole products, each with the head of the file: a bar can go on between them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from till_cli.failures import Failure

# The API takes 2,000 rows; a product has at most a hundred variants, and further rows for images.
ROWS = 200


@dataclass(frozen=True, slots=True)
class Part:
    """`text` is a file of its own. Line n of it, beyond its head, is line n + `offset` of the whole."""

    text: str
    rows: int
    offset: int


def parts(text: str) -> list[Part]:
    """All of a file, in its order. Raises `Failure` for what is no CSV."""
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    try:
        return list(_parts(lines))
    except csv.Error as error:
        raise Failure(f"This is no CSV file: {error}.") from error


def _parts(lines: list[str]) -> Iterator[Part]:
    reader = csv.reader(lines, strict=True)
    header = next(reader, [])
    head = reader.line_num
    place = next((i for i, name in enumerate(header) if name.strip() == "Handle"), -1)
    if place < 0:
        raise Failure("The file has no column Handle: is it a product export of Shopify?")
    start, before, rows, handle = head, head, 0, ""
    for values in reader:
        new = values[place].strip() if place < len(values) else ""
        if rows >= ROWS and new not in ("", handle):
            yield Part("".join(lines[:head] + lines[start:before]), rows, start - head)
            start, rows = before, 0
        before, rows, handle = reader.line_num, rows + 1, new or handle
    if rows:
        yield Part("".join(lines[:head] + lines[start:]), rows, start - head)
