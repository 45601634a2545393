"""Nothing is promised that is not tried, and nothing is tried that is not promised."""

from __future__ import annotations

import re
from pathlib import Path

from tests.proof import Guarantee

ROOT = Path(__file__).parents[2]


def test_the_page_of_guarantees_has_a_section_for_each_in_the_order_of_the_table() -> None:
    sections = re.findall(r"^## (.+)$", (ROOT / "docs" / "guarantees.md").read_text(), re.MULTILINE)
    assert sections[: len(Guarantee)] == list(Guarantee)


def test_each_guarantee_has_tests_that_say_so() -> None:
    named = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"proves\(Guarantee\.(\w+)", file.read_text())
    }
    assert named == set(Guarantee.__members__)
