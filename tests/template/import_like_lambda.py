"""Run alone, by test_layers: imports every module of the folders given, with nothing else to find but what Lambda's
own Python has. `-I` keeps PYTHONPATH out."""

import importlib
import importlib.machinery
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

LAMBDAS_OWN = {"boto3", "botocore", "s3transfer", "urllib3", "dateutil", "six"}
THIRD_PARTY = [
    "aws_lambda_powertools.metrics",
    "dns.resolver",
    "email_validator",
    "jwt",
    "pydantic",
    "segno",
    "stripe",
    "tinycss2",
]


class OnlyLambdas:
    """Refuses what only this environment has."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec and "site-packages" in str(spec.origin) and name.partition(".")[0] not in LAMBDAS_OWN:
            raise ModuleNotFoundError(f"{name} is in no layer", name=name)
        return spec


def modules_in(folder: Path) -> list[str]:
    return [
        ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted(folder.rglob("*.py"))
    ]


packages, stripe, *ours = sys.argv[1:]
sys.path[:0] = [*ours, packages, stripe]
sys.meta_path.insert(0, OnlyLambdas)
for module in [*THIRD_PARTY, *(name for folder in ours for name in modules_in(Path(folder)))]:
    importlib.import_module(module)
