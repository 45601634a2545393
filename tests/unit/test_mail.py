"""Templates of mails."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.builders import NOON, a_shop, an_order
from till.domain.errors import Invalid
from till.domain.event import Event
from till.domain.event_types import EVENT_TYPES
from till.domain.mail import NAMES, NOTICES, check_templates, confirmation, notice

DOCUMENT = Path(__file__).parents[2] / "docs" / "mail.md"
PLACED = replace(an_order(), placed_at=NOON, number=7)


def test_every_name_that_a_template_may_have_is_documented_and_filled_in() -> None:
    document = DOCUMENT.read_text("utf-8")
    for name, what in NAMES.items():
        assert f"| `${{{name}}}` | {what} |" in document
    every = "".join(f"${{{name}}}" for name in NAMES)
    texts = {"sender": "a@b.example", "subject": every, "text": every, "html": every}
    check_templates(texts)
    shop = a_shop()
    mail = confirmation(PLACED, replace(shop, settings=replace(shop.settings, mail=texts)))
    assert mail
    assert "$" not in mail.subject + mail.text + mail.html


def test_an_order_of_which_little_is_known_is_confirmed_as_well() -> None:
    basket = replace(PLACED.basket, shipping_address=None, shipping=None, taxes=None)
    mail = confirmation(replace(PLACED, basket=basket), a_shop())
    assert mail
    assert mail.subject.startswith("Your order 7 at")


@pytest.mark.parametrize("text", ["$", "${", "${no such}", "${numbers}", "${}", "$5"])
def test_what_no_order_fills_in_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        check_templates({"text": text})


@pytest.mark.parametrize("type_", NOTICES)
def test_a_notice_is_filled_in_from_any_event_of_its_type(type_: str) -> None:
    known = EVENT_TYPES[type_]
    event = Event("1-2", type_, "acme", "1" if known.of_order else "", 2, NOON, dict.fromkeys(known.detail, "x"))
    mail = notice(event, a_shop())
    assert "$" not in mail.subject + mail.text
