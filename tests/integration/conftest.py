"""A stack for each test that asks for one, and who is told of what happens there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.outbound import Service, running
from tests.integration.deployment import Deployment, deployed


@pytest.fixture
def till(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    """Till with the shop `acme`, which has ten brewing systems in stock."""
    with deployed(monkeypatch) as deployment:
        yield deployment


@pytest.fixture
def hook() -> Iterator[Service]:
    """Where a merchant is told of events."""
    with running(Service()) as service:
        yield service


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Schemathesis leaves the same id to all tests of a document, and xdist runs only one of those that share it."""
    for item in items:
        if item.parent and not item.nodeid.endswith(item.name):
            item._id = item.parent.id.child(item.name)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Raises for tests that xdist would not run."""
    ids = [item.nodeid for item in session.items]
    if len(ids) != len(set(ids)):
        raise pytest.UsageError("some tests share their id")
