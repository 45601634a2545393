"""Which CSS a storefront may give the payment page: rules that style it, and nothing that loads, runs or nests.

Read with a tokenizer, so that escapes and comments hide nothing. The page's Content-Security-Policy would stop what
loads or runs as well; a storefront should hear of it from here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tinycss2 import (  # type: ignore[import-untyped]  # it ships no types
    parse_component_value_list,
    parse_declaration_list,
    parse_rule_list,
)

from till.domain.errors import Invalid

# A token of tinycss2; which members it has depends on its `type`.
type Node = Any

# Functions that compute a value. All others are refused: what fetches is called url(), but also src(), image-set(), ...
_FUNCTIONS = re.compile(
    r"calc|min|max|clamp|round|mod|rem|abs|sign|var|env|minmax|repeat|fit-content|counters?"
    r"|rgba?|hsla?|hwb|(ok)?(lab|lch)|color(-mix)?|light-dark|(repeating-)?(linear|radial|conic)-gradient"
    r"|(translate|scale|rotate)([xyz]|3d)?|skew[xy]?|matrix(3d)?|perspective"
    r"|blur|brightness|contrast|drop-shadow|grayscale|hue-rotate|invert|opacity|saturate|sepia"
    r"|cubic-bezier|steps|linear|inset|circle|ellipse|polygon"
)
_PROPERTIES = frozenset({"behavior", "-ms-behavior", "-moz-binding"})
_WORDS = ("javascript:", "</style", "<!--")
_DEEPEST = 12
_BLOCKS = {"() block", "[] block", "{} block"}
# What a condition consists of; a `media` query has neither functions nor strings.
_CONDITION = {"ident", "number", "dimension", "literal", "whitespace", "() block"}


def check_rules(text: str) -> None:
    """One rule or several: `selector { property: value; ... }`. Raises `Invalid`."""
    rules = parse_rule_list(_nodes(text), skip_comments=True, skip_whitespace=True)
    if not rules:
        raise Invalid("This is not a CSS rule: a selector and declarations in braces.")
    for rule in rules:
        if rule.type == "at-rule":
            raise Invalid(f"@{rule.at_keyword} is not allowed here.")
        if rule.type == "error" or not any(node.type not in ("whitespace", "comment") for node in rule.prelude):
            raise Invalid("This is not a CSS rule: a selector and declarations in braces.")
        _check_declarations(rule.content)


def check_condition(text: str) -> None:
    """What stands after `@media`. Raises `Invalid`."""
    nodes = list(_walk(_nodes(text)))
    if not any(node.type == "() block" or node.type == "ident" for node in nodes):
        raise Invalid("This is not a media condition, such as (min-width: 768px).")
    for node in nodes:
        if node.type not in _CONDITION or (node.type == "literal" and node.value in (";", "!", "#", ".")):
            raise Invalid("This is not a media condition, such as (min-width: 768px).")


def _check_declarations(content: list[Node]) -> None:
    for declaration in parse_declaration_list(content, skip_comments=True, skip_whitespace=True):
        if declaration.type == "at-rule":
            raise Invalid(f"@{declaration.at_keyword} is not allowed here.")
        if declaration.type == "error":
            raise Invalid("Between the braces stand declarations, such as color: red;")
        if declaration.lower_name in _PROPERTIES:
            raise Invalid(f"The property {declaration.name} is not allowed.")
        for node in _walk(declaration.value):
            if node.type == "url":
                raise Invalid("url() is not allowed: the page loads nothing.")
            if node.type == "function" and not _FUNCTIONS.fullmatch(node.lower_name):
                raise Invalid(f"{node.name}() is not allowed.")


def _nodes(text: str) -> list[Node]:
    """The tokens of a text that opens and closes whatever it opens. Raises `Invalid`."""
    # A brace too many: the last token says so, unless something that was left open has taken it in.
    nodes: list[Node] = parse_component_value_list(text + "}")
    extra = nodes.pop()
    words = ""
    for node in _walk(nodes):
        if node.type == "error":
            raise Invalid("Brackets, braces and quotes must be balanced.")
        if node.type in ("ident", "literal", "string", "url"):
            words += node.value.lower()
    if extra.type != "error" or extra.kind != "}":
        raise Invalid("Brackets, braces and quotes must be balanced.")
    for word in _WORDS:
        if word in words or word in text.lower():
            raise Invalid(f"{word} is not allowed.")
    return nodes


def _walk(nodes: list[Node], levels: int = _DEEPEST) -> Iterator[Node]:
    """Every token, those in blocks and functions too."""
    if not levels:
        raise Invalid("This is nested too deeply.")
    for node in nodes:
        yield node
        if node.type in _BLOCKS:
            yield from _walk(node.content, levels - 1)
        elif node.type == "function":
            yield from _walk(node.arguments, levels - 1)
