"""The body of Create CSS Styling: CSS rules, and media queries with rules of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated

from pydantic import Field, StringConstraints

from bold.payment_iframe.css import check_condition, check_rules
from till.domain.errors import Invalid, Problem
from till.domain.style_sheet import MediaRules, StyleSheet
from till.runtime.validation import LenientBody, parse

MOST_RULES = 200
MOST_MEDIA = 20
LONGEST_RULE = 2000
# All of it, in characters: it is stored with the order, and sent with each page.
LONGEST = 20_000
_MOST_PROBLEMS = 20


class RuleBody(LenientBody):
    """One rule with its selector, as the `cssText` of a browser's CSSRule is."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_RULE), Field(alias="cssText")]


Rules = Annotated[tuple[RuleBody, ...], Field(max_length=MOST_RULES)]


class MediaBody(LenientBody):
    """What stands after `@media`, and the rules for it."""

    condition: Annotated[str, StringConstraints(min_length=1, max_length=200), Field(alias="conditionText")]
    rules: Annotated[Rules, Field(alias="cssRules")] = ()


class StylesBody(LenientBody):
    """Both may be left out; what was set before is replaced."""

    css_rules: Rules = ()
    media_rules: Annotated[tuple[MediaBody, ...], Field(max_length=MOST_MEDIA)] = ()


def style_sheet(body: object) -> StyleSheet:
    """The style sheet of a request. Raises `Invalid` that names each rule that is refused."""
    styles = parse(StylesBody, body)
    problems = list(_problems(styles))
    if problems:
        raise Invalid.of(problems[:_MOST_PROBLEMS])
    media = tuple(MediaRules(one.condition, _texts(one.rules)) for one in styles.media_rules)
    sheet = StyleSheet(_texts(styles.css_rules), media)
    parts = [*sheet.rules, *(text for one in media for text in (one.condition, *one.rules))]
    if sum(map(len, parts)) > LONGEST:
        raise Invalid(f"A style sheet has at most {LONGEST} characters.", "css_rules")
    return sheet


def _texts(rules: tuple[RuleBody, ...]) -> tuple[str, ...]:
    return tuple(rule.text for rule in rules)


def _problems(styles: StylesBody) -> Iterator[Problem]:
    for i, rule in enumerate(styles.css_rules):
        yield from _problem(check_rules, rule.text, f"css_rules.{i}")
    for i, media in enumerate(styles.media_rules):
        yield from _problem(check_condition, media.condition, f"media_rules.{i}.conditionText")
        for j, rule in enumerate(media.rules):
            yield from _problem(check_rules, rule.text, f"media_rules.{i}.cssRules.{j}")


def _problem(check: Callable[[str], None], text: str, field: str) -> Iterator[Problem]:
    try:
        check(text)
    except Invalid as bad:
        yield Problem("invalid", str(bad), field)
