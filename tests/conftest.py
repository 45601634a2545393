"""The fixture `proof`, and the report of what was proved: `--proofs FILE` adds a JSON line for each test to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.proof import Proof


@pytest.fixture
def proof(record_property: Callable[[str, object], None]) -> Proof:
    """How often to try, and where to say what was seen."""
    return Proof(record_property)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--proofs", type=Path, help="add what was proved to this file, a JSON line for each test")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A report carries no marks: what a test proves goes along with its properties."""
    for item in items:
        item.user_properties += [("proves", mark.args[0].name) for mark in item.iter_markers("proves")]


def pytest_configure(config: pytest.Config) -> None:
    """Only where all reports arrive: at the workers of a parallel run there is nothing to do."""
    if (file := config.getoption("--proofs")) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Reporter(file))


class _Reporter:
    def __init__(self, file: Path) -> None:
        self._file = file

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        proved = [value for name, value in report.user_properties if name == "proves"]
        if not proved or (report.passed and report.when != "call"):
            return
        saw = [value for name, value in report.user_properties if name == "saw"]
        row = {"proves": proved, "test": report.nodeid, "outcome": report.outcome, "saw": saw}
        with self._file.open("a") as file:
            file.write(json.dumps(row) + "\n")
