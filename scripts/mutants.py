"""Breaks the code that counts money, one small change at a time, and asks the tests who notices (docs/mutants.md).

Usage: make mutants [ONLY="money discount"], by module; without it all of them. mutmut makes the changes and runs the
tests, in a copy under .till/mutation. What was noticed once is not tried again before that code changes. Prints a table
and the names of the changes that no test noticed. Exit status 1 if fewer than 85 % of a module's were.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".till/mutation"
MUTMUT = ROOT / ".till/mutants/bin/mutmut"
LEAST = 0.85
NOTICED = ("killed", "timeout")
MODULES = (
    "domain.money",
    "domain.discount",
    "domain.discounting",
    "domain.line_totals",
    "domain.pricing",
    "domain.tax",
    "domain.item_taxes",
    "domain.gift_card",
    "domain.payment",
    "domain.transaction",
    "domain.sale",
    "domain.charging",
    "domain.refunding",
    "domain.cancelling",
    "domain.fulfilling",
    "domain.repaying",
    "domain.adjusting",
    "application.gift_cards",
)
# Those that know money: the rest would only be slow.
TESTS = (
    "contract/test_gift_card_payments.py",
    "unit/test_agreed_orders.py",
    "unit/test_basket.py",
    "unit/test_cancelling.py",
    "unit/test_charging.py",
    "unit/test_dialects_agree.py",
    "unit/test_discount_codes.py",
    "unit/test_discounts.py",
    "unit/test_elasticpath_totals.py",
    "unit/test_fulfilling.py",
    "unit/test_gift_cards.py",
    "unit/test_gifts.py",
    "unit/test_item_taxes.py",
    "unit/test_money.py",
    "unit/test_pricing.py",
    "unit/test_refunding.py",
    "unit/test_refusals_after_placing.py",
    "unit/test_repaying.py",
    "unit/test_sale.py",
    "unit/test_states.py",
    "unit/test_tax.py",
)
CONFIGURATION = """
[tool.mutmut]
source_paths = ["till"]
only_mutate = {only}
also_copy = ["functions", "template.yaml"]
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["-p", "no:unraisableexception", "-p", "no:threadexception"]
timeout_constant = 4.0
use_git_change_detection = false

[tool.pytest.ini_options]
pythonpath = [".", "functions"]
addopts = "-q --import-mode=importlib -p no:cacheprovider -p _hypothesis_pytestplugin"
"""


def path_of(module: str) -> str:
    """Where a module is, below its layer."""
    return f"till/{module.replace('.', '/')}.py"


def with_bare_properties(source: str) -> str:
    """mutmut passes over what is decorated: `@property` becomes an assignment after the method, and means the same."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef(decorator_list=[ast.Name(id="property") as decorator], end_lineno=int(end)):
                lines[decorator.lineno - 1] = ""
                lines[end - 1] += f"\n{' ' * node.col_offset}{node.name} = property({node.name})"
            case _:
                pass
    return "\n".join(lines) + "\n"


def prepare() -> None:
    """The copy that mutmut works on. Its verdicts stay: they lie beside it, by the digest of each function."""
    for made in WORK.glob("mutants/**/*.py"):
        made.unlink()
    for source in ("layers/till/till", "functions", "tests"):
        copy = WORK / Path(source).name
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(ROOT / source, copy, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    shutil.copy(ROOT / "template.yaml", WORK)
    for module in MODULES:
        file = WORK / path_of(module)
        file.write_text(with_bare_properties(file.read_text()))
    only, tests = [path_of(module) for module in MODULES], [f"tests/{name}" for name in TESTS]
    (WORK / "pyproject.toml").write_text(CONFIGURATION.format(only=only, tests=tests))


def mutmut(*arguments: str) -> str:
    """What it prints. Ends the program where it fails."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment |= {"TILL_EXAMPLES": "mutants", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run([MUTMUT, *arguments], cwd=WORK, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout[-4000:] + done.stderr[-4000:])
    return done.stdout


def verdicts(modules: Collection[str]) -> dict[str, dict[str, str]]:
    """By module and name of the change, as far as they are known."""
    found: dict[str, dict[str, str]] = {module: {} for module in modules}
    for line in mutmut("results", "--all", "true").splitlines():
        name, verdict = line.strip().split(": ")
        module = name.removeprefix("till.").split(".x")[0]
        if module in found:
            found[module][name] = verdict
    return found


def main(wanted: list[str]) -> int:
    """Tries what no test is known to notice; returns the exit status."""
    chosen = [module for module in MODULES if not wanted or module.split(".")[-1] in wanted]
    if not chosen:
        sys.exit(f"None of {', '.join(wanted)} is a module of the table.")
    prepare()
    names = []
    for module, known in verdicts(chosen).items():
        names += [name for name, verdict in known.items() if verdict not in NOTICED] if known else [f"till.{module}.*"]
    # Of code that changed mutmut forgets its verdicts only now.
    while names:
        mutmut("run", *names)
        names = [name for found in verdicts(chosen).values() for name, is_ in found.items() if is_ == "not checked"]
    table = []
    for module, found in verdicts(chosen).items():
        missed = [name for name, verdict in found.items() if verdict not in NOTICED]
        print(*missed, sep="\n", end="\n" if missed else "")
        table.append((module, len(found), len(missed)))
    print(f"{'module':28}{'made':>6}{'noticed':>9}{'not':>5}{'share':>9}")
    for module, made, unnoticed in table:
        print(f"{module:28}{made:6}{made - unnoticed:9}{unnoticed:5}{1 - unnoticed / made:9.1%}")
    return any(made - unnoticed < LEAST * made for _, made, unnoticed in table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
