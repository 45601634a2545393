"""Tries every guarantee under threads and faults, at length, and prints what was tried and what was seen.

What needs the stack that `make up` deployed waits more than it works: what runs in processes of its own takes what is
left of the processors meanwhile. The table also goes to .till/prove.md, what the tests print to .till/prove-*.log.
Exit status 1 where a guarantee was violated, or not tried at all.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TypedDict

from tests.proof import Guarantee

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".till"
TABLE = HOME / "prove.md"
_PROOFS = HOME / "proofs.jsonl"
_TESTS = {
    "deployed": ("tests/clients", "tests/e2e"),
    "in-process": (
        *("-n", "auto", "--dist", "worksteal"),
        *("tests/stress", "tests/template", "tests/integration", "tests/contract", "tests/unit"),
    ),
}
_COUNT = re.compile(r"(?:^|(?<=, ))([^:,]+): (\d+)(?=,|$)")
VIOLATED, NOT_TRIED = "VIOLATED", "not tried"


class Proof(TypedDict):
    """A line of what the tests write: see tests/conftest.py. Each of `saw` is what was tried, and what was seen."""

    proves: list[str]
    test: str
    outcome: str
    saw: list[tuple[str, str]]


def main() -> int:
    """The exit status."""
    _PROOFS.unlink(missing_ok=True)
    started = time.monotonic()
    with ExitStack() as logs:
        runs = [_begun(name, logs.enter_context((HOME / f"prove-{name}.log").open("w"))) for name in _TESTS]
        statuses = [run.wait() for run in runs]
    table = _table([json.loads(line) for line in _PROOFS.read_text().splitlines()])
    minutes = (time.monotonic() - started) / 60
    TABLE.write_text(text := f"{table}\n\nIn {minutes:.0f} minutes.\n")
    print(text)
    return 1 if any(statuses) or VIOLATED in table or NOT_TRIED in table else 0


def _begun(name: str, log: IO[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pytest", "-m", "proves", "--proofs", str(_PROOFS), *_TESTS[name]]
    nice = ["nice"] if name == "in-process" else []
    return subprocess.Popen(
        [*nice, *command], cwd=ROOT, env=os.environ | {"TILL_PROVE": "long"}, stdout=log, stderr=log
    )


def _table(proofs: list[Proof]) -> str:
    lines = ["| guarantee | what was tried | what was seen |", "|---|---|---|"]
    for guarantee in Guarantee:
        rows = _rows([proof for proof in proofs if guarantee.name in proof["proves"]])
        for number, (tried, seen) in enumerate(list(rows) or [("", NOT_TRIED)]):
            lines.append(f"| {'' if number else guarantee} | {tried} | {seen} |")
    return "\n".join(lines)


def _rows(proofs: list[Proof]) -> Iterator[tuple[str, str]]:
    """What each test says it saw, or its own sentence where it says nothing."""
    tests: dict[str, list[Proof]] = {}
    for proof in proofs:
        tests.setdefault(proof["test"].partition("[")[0], []).append(proof)
    for test, cases in sorted(tests.items()):
        outcomes = Counter(case["outcome"] for case in cases)
        sentence = test.rpartition("::test_")[2].replace("_", " ")
        if outcomes["failed"]:
            yield sentence, f"{VIOLATED} in {outcomes['failed']} of {len(cases)} cases: {test}"
        elif saw := [row for case in cases for row in case["saw"]]:
            yield from _added_up(saw)
        else:
            held = "held" if outcomes["passed"] == 1 else f"held in {outcomes['passed']} cases"
            yield sentence, NOT_TRIED if outcomes["skipped"] == len(cases) else held


def _added_up(rows: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Rows that only count the same things become one. Such a row is "routes: 1, calls: 7"."""
    sums: dict[tuple[tuple[str, ...], ...], list[Counter[str]]] = {}
    for row in rows:
        counts = [Counter({what: int(many) for what, many in _COUNT.findall(text)}) for text in row]
        if tuple(map(_told, counts)) != tuple(row):
            yield row
            continue
        added = sums.setdefault(tuple(map(tuple, counts)), [Counter(), Counter()])
        for total, one in zip(added, counts, strict=True):
            total.update(one)
    for tried, seen in sums.values():
        yield _told(tried), _told(seen)


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{what}: {many}" for what, many in counts.items())


sys.exit(main())
