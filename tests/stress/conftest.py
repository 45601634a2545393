"""An emulator whose conditional writes are exact under threads: MiniStack, in a process of its own.

TILL_EMULATOR names its `ministack` command; without it the one that `make setup` installs is taken. Where
TILL_DYNAMODB_LOCAL names the DynamoDBLocal.jar of AWS, everything is tried on that too.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.deployment import Deployment
from tests.stress.live import live

_INSTALLED = Path(__file__).parents[2] / ".till" / "emulator" / "bin" / "ministack"
_START_SECONDS = 60
_JAR = os.environ.get("TILL_DYNAMODB_LOCAL", "")
_EMULATORS = ("MiniStack", "DynamoDB Local") if _JAR else ("MiniStack",)


@pytest.fixture(scope="session", params=_EMULATORS)
def emulator(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its URL."""
    home, port = tmp_path_factory.mktemp("emulator"), _free_port()
    command, alive, settings = _ministack(home, port) if request.param == "MiniStack" else _dynamodb_local(port)
    with _running(command, settings, home, url := f"http://127.0.0.1:{port}", alive):
        yield url


type Emulator = tuple[Sequence[str | Path], str, dict[str, str]]


def _ministack(home: Path, port: int) -> Emulator:
    """Its command, the path at which it answers when it is there, and its environment."""
    command = Path(os.environ.get("TILL_EMULATOR") or _INSTALLED)
    if not command.exists():
        pytest.fail(f"There is no {command}: run `make setup`, or name a ministack in TILL_EMULATOR.")
    settings = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "IOT_MTLS_ENABLED": "0", "TMPDIR": str(home)}
    return [command], "/_ministack/health", settings


def _dynamodb_local(port: int) -> Emulator:
    jar = Path(_JAR)
    libraries = f"-Djava.library.path={jar.parent / 'DynamoDBLocal_lib'}"
    command: list[str | Path] = ["java", libraries, "-jar", jar, "-inMemory", "-port", str(port)]
    return command, "/", {"DDB_LOCAL_TELEMETRY": "0"}


@contextmanager
def _running(
    command: Sequence[str | Path], settings: dict[str, str], home: Path, url: str, alive: str
) -> Iterator[None]:
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            command, env={"PATH": os.environ["PATH"], "HOME": str(home), **settings}, cwd=home, stdout=log, stderr=log
        )
    try:
        _wait_for(f"{url}{alive}", process)
        yield
    finally:
        process.terminate()
        process.wait(_START_SECONDS)


@pytest.fixture
def live_till(monkeypatch: pytest.MonkeyPatch, emulator: str) -> Iterator[Deployment]:
    """Till with the shop `acme`, which has ten brewing systems in stock."""
    with live(monkeypatch, emulator) as till:
        till.lift_limits()
        yield till


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(_START_SECONDS * 10):
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310  # the fixture's own URL
                return
        except urllib.error.HTTPError:
            return  # refused, by somebody who is there
        except OSError:
            time.sleep(0.1)
        if process.poll() is not None:
            break
    pytest.fail(f"{url} does not answer.")
