"""What opens something for whoever knows it is compared by hmac.compare_digest, which takes as long for a near miss."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECRETS = ("secret", "signature", "password", "public_id", "order_key", "secret_digest", "jwt", "token_digest")
FILES = [file for folder in ("layers/till/till", "functions") for file in (ROOT / folder).rglob("*.py")]


def name_of(node: ast.AST) -> str:
    """Of a variable, a member or what a function gives."""
    if isinstance(node, ast.Call):
        return name_of(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def compares_a_secret(node: ast.AST) -> bool:
    """By ==, != or `in`, with something that is no constant."""
    if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], (ast.Eq, ast.NotEq, ast.In, ast.NotIn)):
        return False
    sides = [node.left, *node.comparators]
    sides += [one for side in sides if isinstance(side, (ast.Tuple, ast.List)) for one in side.elts]
    return any(name_of(side) in SECRETS for side in sides) and not any(isinstance(s, ast.Constant) for s in sides)


def test_no_secret_is_compared_by_equality() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if compares_a_secret(node) and isinstance(node, ast.Compare)
    ]
    # The claim of a token that was found to be ours, with the order that the path names.
    assert [one for one in found if not one.startswith("layers/till/till/runtime/session.py:")] == []


def test_the_test_finds_one() -> None:
    assert compares_a_secret(ast.parse("given == order.public_id", mode="eval").body)
    assert compares_a_secret(ast.parse("given in (order.id, order.public_id)", mode="eval").body)
    assert not compares_a_secret(ast.parse("hmac.compare_digest(given, order.public_id)", mode="eval").body)
