"""Cold starts of the functions as `sam build` left them, as ratios to importing boto3 and making one client.

Each is a process of its own with Lambda's search path: the function, both layers as one folder, then boto3 and what it
needs; all of it compiled, as on Lambda. Functions and boto3 take turns, as often each. Other work on the machine only
ever adds, to CPU time as well, so each is stood for by its quickest run.
"""

from __future__ import annotations

import compileall
import os
import platform
import site
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]  # it ships no types

from benchmarks.text import table as text_table

BUILD = Path(__file__).resolve().parent.parent / ".aws-sam" / "build"
PACKAGES = "PackagesArm64Layer" if platform.machine() in ("arm64", "aarch64") else "PackagesX86Layer"
LAYERS = ("TillLayer", PACKAGES)
ROUNDS = 11
LARGEST_LAYERS = 18_000_000
LAMBDAS_OWN = ("boto3", "botocore", "s3transfer", "urllib3", "dateutil", "jmespath", "six.py")
BOTO3 = "import boto3; boto3.client('dynamodb')"
PROGRAM = (
    "import sys, time; sys.path[:0] = {path}; began = time.process_time(); {code}; print(time.process_time() - began)"
)
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_LAMBDA_FUNCTION_NAME": "till",  # the functions make their client at init where they find it, as on Lambda
}
STOREFRONTS = ("bold.", "checkout_page.", "cocart.", "diddo.", "elasticpath.")
STOREFRONT_BUDGET, STEPS_BUDGET = 1.5, 1.15


@dataclass(frozen=True, slots=True)
class ColdStart:
    """CPU milliseconds, and that as a ratio to boto3 with one client. `size` in bytes, without layers."""

    function: str
    module: str
    milliseconds: float
    ratio: float
    size: int

    @property
    def budget(self) -> float | None:
        """The highest ratio that it may have."""
        if self.module.startswith(STOREFRONTS):
            return STOREFRONT_BUDGET
        return STEPS_BUDGET if self.module.endswith("_steps.app") else None


def measure(rounds: int = ROUNDS) -> list[ColdStart]:
    """All functions of the built template."""
    modules = _modules()
    boto3: list[float] = []
    took: dict[str, list[float]] = {function: [] for function in modules}
    with tempfile.TemporaryDirectory() as folder:
        shared = [str(_layers(Path(folder, "opt"))), str(_lambdas_own(Path(folder, "python")))]
        for _ in range(rounds):
            boto3.append(_run(shared, BOTO3))
            for function, module in modules.items():
                took[function].append(_run([str(BUILD / function), *shared], f"import {module}"))
    return [
        ColdStart(function, modules[function], min(runs) * 1000, min(runs) / min(boto3), _size(BUILD / function))
        for function, runs in took.items()
    ]


def table(starts: Sequence[ColdStart]) -> str:
    """One line for each function."""
    rows = [
        (one.function, one.milliseconds, one.ratio, one.budget or "", f"{one.size / 1000:.0f}")
        for one in sorted(starts, key=lambda one: -one.ratio)
    ]
    heads = ("function", "CPU ms", "ratio", "at most", "kB")
    return text_table("Cold starts: import and one client, as a ratio to boto3 and one client", heads, rows)


def layers() -> str:
    """What the functions share, unzipped."""
    sizes = {layer: _size(BUILD / layer) for layer in LAYERS}
    rows: list[tuple[object, ...]] = [(layer, size / 1e6, "") for layer, size in sizes.items()]
    rows.append(("together", sum(sizes.values()) / 1e6, LARGEST_LAYERS / 1e6))
    return text_table("Layers, unzipped", ("layer", "MB", "at most"), rows)


def over_budget(starts: Sequence[ColdStart]) -> list[str]:
    """Names of what is over its budget."""
    return [one.function for one in starts if one.budget and one.ratio > one.budget] + (
        ["layers"] if sum(_size(BUILD / layer) for layer in LAYERS) > LARGEST_LAYERS else []
    )


def _modules() -> Mapping[str, str]:
    template: Any = yaml_parse((BUILD / "template.yaml").read_text())
    return {
        name: resource["Properties"]["Handler"].rpartition(".")[0]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def _layers(folder: Path) -> Path:
    """Both in one folder, as Lambda lays them out."""
    folder.mkdir()
    for layer in LAYERS:
        for path in (BUILD / layer / "python").iterdir():
            (folder / path.name).symlink_to(path)
    return folder


def _lambdas_own(folder: Path) -> Path:
    """Of this environment's packages only those that Lambda's own Python has, compiled as they are there."""
    folder.mkdir()
    packages = Path(site.getsitepackages()[0])
    for name in LAMBDAS_OWN:
        package = packages / name
        (compileall.compile_dir if package.is_dir() else compileall.compile_file)(str(package), quiet=2)
        (folder / name).symlink_to(package)
    (folder / "__pycache__").symlink_to(packages / "__pycache__")
    return folder


def _run(path: Sequence[str], code: str) -> float:
    """CPU seconds. -I -S: no other path than the one given; -B: what is not compiled stays so, as on Lambda."""
    program = PROGRAM.format(path=list(path), code=code)
    command = [sys.executable, "-I", "-S", "-B", "-c", program]
    environment = {"PATH": os.environ["PATH"], **ENVIRONMENT}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)  # noqa: S603  # our own
    return float(done.stdout)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
