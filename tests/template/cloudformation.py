"""How the tests of the template look at it."""

from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
Resources = dict[str, dict[str, Any]]


def of_type(resources: Resources, kind: str) -> Resources:
    return {name: resource for name, resource in resources.items() if resource["Type"] == kind}
