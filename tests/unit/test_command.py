"""What the command works out by itself: where the shop is, parts of a file, amounts, and what is safe to print."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from till.domain.currency import _CURRENCIES
from till.domain.money import to_decimal
from till_cli.access import Access, find, keep, login_file
from till_cli.failures import Failure
from till_cli.money import decimal
from till_cli.printing import plain
from till_cli.shopify_parts import ROWS, parts

HEAD = "Handle,Title,Body (HTML)\r\n"


@pytest.mark.parametrize("code", sorted(_CURRENCIES))
def test_an_amount_reads_as_the_shop_writes_it(code: str) -> None:
    assert [decimal(amount, code) for amount in (0, 5, 123456)] == [to_decimal(one, code) for one in (0, 5, 123456)]
    assert decimal(-5, code) == "-" + decimal(5, code)


@given(st.lists(st.tuples(st.integers(1, 150), st.text('a\n, "é', max_size=9)), min_size=1, max_size=12))
def test_a_file_comes_in_parts_of_whole_products_and_every_row_keeps_its_line(products: list[tuple[int, str]]) -> None:
    written = HEAD
    for number, (rows, text) in enumerate(products):
        quoted = text.replace('"', '""')
        written += "".join(f'p{number},,"{quoted}"\r\n' for _ in range(rows))
    lines = written.splitlines(keepends=True)
    found = parts(written)
    assert sum(one.rows for one in found) == sum(rows for rows, _ in products)
    for one in found:
        handles = [row[0] for row in csv.reader(one.text.splitlines(keepends=True))][1:]
        assert one.rows == len(handles)
        assert one.rows < ROWS or handles.count(handles[-1]) == products[int(handles[-1][1:])][0]
        own = one.text.splitlines(keepends=True)
        assert own[1:] == lines[1 + one.offset : len(own) + one.offset]


@pytest.mark.parametrize("text", ["", "Title\nx\n", 'Handle\n"x'])
def test_what_is_no_product_file_is_said_to_be_none(text: str) -> None:
    with pytest.raises(Failure):
        parts(text)


def test_a_url_and_a_token_are_always_of_one_source(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    (tmp_path / ".till").mkdir()
    running = {"api_url": "http://127.0.0.1:1/x", "merchant_token": "t", "shop_identifier": "demo"}
    (tmp_path / ".till" / "stack.json").write_text(json.dumps(running))
    inside = tmp_path / "somewhere" / "inside"
    inside.mkdir(parents=True)
    assert find("", home, inside) == Access("http://127.0.0.1:1/x", "t", "demo")
    keep(Access("https://a.example.com", "kept", "acme"), login_file(home))
    assert find("tea", home, inside) == Access("https://a.example.com", "kept", "tea")
    given_here = home | {"TILL_URL": "https://b.example.com/", "TILL_TOKEN": "given"}
    assert find("", given_here, inside) == Access("https://b.example.com", "given", "")
    with pytest.raises(Failure, match="go together"):
        find("", home | {"TILL_URL": "https://evil.example.com"}, inside)
    with pytest.raises(Failure, match="https"):
        find("", given_here | {"TILL_URL": "http://b.example.com"}, inside)


def test_what_shoppers_wrote_cannot_steer_a_terminal() -> None:
    assert plain("\x1b[2Jgone\x07 [red]\u202e").plain == "�[2Jgone� [red]�"
    assert plain("[bold]x").spans == []
