"""What is logged is listed: ids, counts and states, and nothing that anybody wrote."""

from __future__ import annotations

import ast
import json
import logging
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.proof import Guarantee, Proof, proves
from till.adapters.log import FACTS, OF_EVERY_LINE, Listed

ROOT = Path(__file__).parents[2]
SOURCES = [*(ROOT / "layers" / "till" / "till").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]


def line(exc_info: Any = None, **facts: object) -> dict[str, Any]:
    """A line as it is written."""
    record = logging.LogRecord("till", logging.INFO, "app.py", 1, "answered", (), exc_info)
    vars(record).update(facts)
    written: dict[str, Any] = json.loads(Listed().format(record))
    return written


def failed(error: Exception) -> Any:
    try:
        try:
            raise ValueError("john@example.com is no number")
        except ValueError as cause:
            raise error from cause
    except Exception:
        return sys.exc_info()


@proves(Guarantee.PERSONAL_DATA)
def test_only_what_is_listed_is_logged() -> None:
    logged = line(route="/orders/{order}", status=200, email="john@example.com", body={"name": "John"}, event="John")
    assert logged.keys() <= OF_EVERY_LINE | FACTS
    assert (logged["route"], logged["status"]) == ("/orders/{order}", 200)
    assert "ohn" not in json.dumps(logged)


@proves(Guarantee.PERSONAL_DATA)
def test_an_exception_says_where_and_not_whose() -> None:
    error = RuntimeError("Winnipeg")
    error.add_note("Fultz Boulevard")
    logged = line(exc_info=failed(error))
    assert logged["exception_name"] == "RuntimeError"
    assert "test_log.py" in logged["exception"]
    assert "ValueError" in logged["exception"]
    # Lines of our own source stand in it, and what they hold is none of anybody's.
    assert [text for text in ("no number\n", "Winnipeg", "Fultz") if text in json.dumps(logged)] == []


def _logs(tree: ast.AST) -> list[ast.Call]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    return [one for one in calls if isinstance(one.func, ast.Attribute) and ast.unparse(one.func.value) == "logger"]


@proves(Guarantee.PERSONAL_DATA)
def test_there_is_one_logger_and_what_it_is_given_by_name_is_listed(proof: Proof) -> None:
    others, unlisted, lines = [], set(), 0
    for file in SOURCES:
        tree = ast.parse(file.read_text("utf-8"))
        made = [one for one in ast.walk(tree) if isinstance(one, ast.Call) and ast.unparse(one.func) in MADE]
        if made and file.name != "log.py":
            others.append(str(file))
        for call in _logs(tree):
            lines += 1
            assert isinstance(call.args[0], ast.Constant), f"{file}: a message is always the same"
            assert {word.arg for word in call.keywords} <= {"extra", "exc_info"}, file
            given = [node for word in call.keywords for node in ast.walk(word.value) if isinstance(node, ast.Dict)]
            names = {key.value for one in given for key in one.keys if isinstance(key, ast.Constant)}
            unlisted |= names - FACTS
    proof.saw(
        f"{lines} calls of the logger in {len(SOURCES)} files",
        f"{len(others)} other loggers, {len(unlisted)} facts that are not listed",
    )
    assert others == []
    assert unlisted == set()


MADE = ("Logger", "logging.getLogger", "print", "Tracer")


@pytest.mark.parametrize("fact", sorted(FACTS))
def test_no_fact_is_somebodys_name_or_address(fact: str) -> None:
    assert not any(word in fact for word in ("mail", "name", "phone", "address", "token", "body", "header"))
