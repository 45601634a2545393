"""The SAM CLI as docs/sam-local.md has it called."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from scripts.embedded_aws import CREDENTIALS, HOME, ROOT, attempts, free_port
from tests.sam_local.lambda_image import ARCHITECTURE

STARTS_WITHIN_SECONDS = 60
ENDS_WITHIN_SECONDS = 60
INVOKED_WITHIN_SECONDS = 120


def invoked(image: str, function: str, event: str) -> str:
    """What `sam local invoke` prints of the function's answer."""
    done = subprocess.run(
        _command("invoke", image, function, "--event", "-"),
        env=_environment(),
        cwd=ROOT,
        input=event,
        capture_output=True,
        text=True,
        check=False,
        timeout=INVOKED_WITHIN_SECONDS,
    )
    assert not done.returncode, done.stderr
    return done.stdout


@contextmanager
def started(name: str, image: str) -> Iterator[str]:
    """The URL of `sam local start-api` or `start-lambda`, which ends with its containers, as by Ctrl-C."""
    port = free_port("127.0.0.1")
    log = HOME / f"sam-local-{name}.log"
    with log.open("w") as output:
        command = _command(name, image, "--port", str(port))
        sam = subprocess.Popen(command, env=_environment(), cwd=ROOT, stdout=output, stderr=output)
    try:
        assert _listens(port, sam), log.read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        sam.send_signal(signal.SIGINT)
        sam.wait(ENDS_WITHIN_SECONDS)


def _listens(port: int, sam: subprocess.Popen[bytes]) -> bool:
    for _ in attempts(STARTS_WITHIN_SECONDS):
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return True
        if sam.poll() is not None:
            break
    return False


def _command(name: str, image: str, *arguments: str) -> list[str]:
    """The image is there: none is asked for."""
    parameters = f"Stage=local Architecture={ARCHITECTURE} DefaultShop=demo"
    options = ("--config-env", "local", "--parameter-overrides", parameters, "--invoke-image", image)
    return [str(HOME / "sam" / "bin" / "sam"), "local", name, *arguments, *options, "--skip-pull-image"]


def _environment() -> dict[str, str]:
    """The embedded AWS's credentials, and none of the user's own."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**own, **CREDENTIALS, "SAM_CLI_TELEMETRY": "0"}
