"""An emulator whose conditional writes are exact under threads: MiniStack, in a process of its own.

TILL_EMULATOR names its `ministack` command; without it the one that `make setup` installs is taken.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

_INSTALLED = Path(__file__).parents[2] / ".till" / "emulator" / "bin" / "ministack"
_START_SECONDS = 60


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its URL."""
    command = Path(os.environ.get("TILL_EMULATOR") or _INSTALLED)
    if not command.exists():
        pytest.fail(f"There is no {command}: run `make setup`, or name a ministack in TILL_EMULATOR.")
    home = tmp_path_factory.mktemp("emulator")
    url = f"http://127.0.0.1:{(port := _free_port())}"
    settings = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "IOT_MTLS_ENABLED": "0", "TMPDIR": str(home)}
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            [command], env={"PATH": os.environ["PATH"], "HOME": str(home), **settings}, cwd=home, stdout=log, stderr=log
        )
    try:
        _wait_for(f"{url}/_ministack/health", process)
        yield url
    finally:
        process.terminate()
        process.wait(_START_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(_START_SECONDS * 10):
        with suppress(OSError), urllib.request.urlopen(url, timeout=2):  # noqa: S310  # the fixture's own URL
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    pytest.fail("MiniStack does not answer.")
