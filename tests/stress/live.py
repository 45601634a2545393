"""Till in this process over a database that is exact under threads: real handlers, real state machine files.

As tests/integration/deployment.py deploys it, but its tables lie in the emulator.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.integration.deployment import Deployment, deployed
from tests.stress.threads import serving_many
from till.adapters import aws


@contextmanager
def live(monkeypatch: pytest.MonkeyPatch, emulator: str) -> Iterator[Deployment]:
    """A stack with tables of its own: each has an AWS account to itself, which the emulator knows by the key's id."""
    account = f"{random.randrange(10**12):012}"  # noqa: S311  # only not the same twice
    forget_clients()
    try:
        with deployed(monkeypatch, {"AWS_ENDPOINT_URL_DYNAMODB": emulator, "AWS_ACCESS_KEY_ID": account}) as till:
            for api in (till.api, till.around, till.elasticpath, till.diddo, till.cocart, till.page, till.links):
                for *_, app in api.routes:
                    serving_many(app)
            yield till
    finally:
        forget_clients()


def forget_clients() -> None:
    """The next client asks the environment again where AWS is, and who asks."""
    aws._client.cache_clear()
    aws._session.cache_clear()
