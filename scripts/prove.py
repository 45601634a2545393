"""Tries every guarantee under threads and faults, at length, and prints what was tried and what was seen.

First what runs in this machine's processes, then what needs the stack that `make up` deployed. The table also goes to
.till/prove.md. Exit status 1 where a guarantee was violated, or not tried at all.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

from tests.proof import Guarantee

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / ".till" / "prove.md"
_PROOFS = ROOT / ".till" / "proofs.jsonl"
_IN_PROCESS = ("tests/stress", "tests/template", "tests/integration", "tests/contract", "tests/unit")
_DEPLOYED = ("tests/clients", "tests/e2e")
_PARTS = (("-n", "auto", "--dist", "worksteal", *_IN_PROCESS), _DEPLOYED)
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
    statuses = [_run(part) for part in _PARTS]
    table = _table([json.loads(line) for line in _PROOFS.read_text().splitlines()])
    minutes = (time.monotonic() - started) / 60
    TABLE.write_text(text := f"{table}\n\nIn {minutes:.0f} minutes.\n")
    print(text)
    return 1 if any(statuses) or VIOLATED in table or NOT_TRIED in table else 0


def _run(part: tuple[str, ...]) -> int:
    command = [sys.executable, "-m", "pytest", "-m", "proves", "--proofs", str(_PROOFS), *part]
    return subprocess.run(command, cwd=ROOT, check=False, env=os.environ | {"TILL_PROVE": "long"}).returncode


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
            yield from saw
        else:
            yield sentence, "skipped" if outcomes["skipped"] == len(cases) else f"held in {outcomes['passed']} cases"


sys.exit(main())
