"""A stack for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.deployment import Deployment, deployed


@pytest.fixture
def till(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    """Till with the shop `acme`, which has ten brewing systems in stock."""
    with deployed(monkeypatch) as deployment:
        yield deployment
