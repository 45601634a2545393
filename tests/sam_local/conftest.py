"""Functions in containers, against what `make up` started."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from scripts.checkout_client import Stack
from scripts.embedded_aws import recorded
from tests.clients.bold_library import open_library
from tests.clients.browser import packages
from tests.e2e.deployment import merchant, sell, stack
from tests.sam_local import lambda_image
from tests.sam_local.bridge import reachable

__all__ = ["merchant", "open_library", "packages", "sell", "stack"]


@pytest.fixture(scope="session", autouse=True)
def engine() -> None:
    """Before anything is started."""
    if not shutil.which("docker"):
        pytest.skip("there is no Docker engine: `docker` is not installed")
    asked = subprocess.run(["docker", "info"], capture_output=True, text=True, check=False)
    if asked.returncode:
        pytest.skip(f"there is no Docker engine: `docker info` says {asked.stderr.strip()}")


@pytest.fixture(scope="session")
def image(engine: None) -> str:
    return lambda_image.image()


@pytest.fixture(scope="session")
def reached(image: str, stack: Stack) -> Iterator[None]:
    """Containers find what `make up` started."""
    aws = recorded()
    assert aws
    with reachable(image, aws.port):
        yield
