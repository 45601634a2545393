"""How the SDK reaches Stripe: over urllib3, which Lambda has, within the time that one question of the port may take.

The SDK's own clients wait 80 seconds for each request, or for ever.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import urllib3
from stripe import APIConnectionError, HTTPClient

# Of one question, its requests together. Asked three times it must end before the payment function does.
BUDGET_SECONDS = 9.0
_CONNECT_SECONDS = 3.0
_ends_at: ContextVar[float] = ContextVar("_ends_at")


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """All requests of the block end in time."""
    token = _ends_at.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends_at.reset(token)


class Transport(HTTPClient):
    """Connections are kept; nothing is tried again here, and no redirect is followed."""

    name = "urllib3"

    def __init__(self) -> None:
        super().__init__()
        self._pool = urllib3.PoolManager(retries=False, cert_reqs="CERT_REQUIRED")

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        left = _ends_at.get() - time.monotonic()
        if left <= 0:
            raise _unreachable("no time left")
        timeout = urllib3.Timeout(connect=min(_CONNECT_SECONDS, left), total=left)
        try:
            answer = self._pool.request(
                method.upper(), url, body=post_data, headers=headers, timeout=timeout, redirect=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise _unreachable(type(error).__name__) from error
        return answer.data.decode(), answer.status, answer.headers


def _unreachable(why: str) -> Exception:
    error: Exception = APIConnectionError(why)  # type: ignore[no-untyped-call]  # the SDK has no types here
    return error
