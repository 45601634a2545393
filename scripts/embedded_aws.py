"""Starts, stops and empties this checkout's embedded AWS (MiniStack).

Usage: embedded_aws.py start | stop | reset

Everything it writes is under .till/, so that several checkouts on one machine do not meet:
embedded_aws.json (pid, host, port), embedded_aws.log, state/ (the data, written when it stops cleanly) and
tmp/ (what its Lambda workers unpack).
TILL_BIND is the address to listen on (127.0.0.1), TILL_PORT the port (the last one, or a free one).
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".till"
RECORD = HOME / "embedded_aws.json"
LOG = HOME / "embedded_aws.log"
STACK = HOME / "stack.json"
STATE = HOME / "state"
TMP = HOME / "tmp"
PYTHON = HOME / "emulator" / "bin" / "python"
REGION = "us-east-1"
START_SECONDS = 60
STOP_SECONDS = 60

# MiniStack takes the key `test` for the account's root user, and everything else must be allowed by a policy.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@dataclass(frozen=True)
class EmbeddedAws:
    host: str
    port: int
    pid: int | None = None

    @property
    def url(self) -> str:
        return f"http://{'127.0.0.1' if self.host == '0.0.0.0' else self.host}:{self.port}"  # noqa: S104 compared

    def save(self) -> None:
        RECORD.write_text(json.dumps(asdict(self)))


def recorded() -> EmbeddedAws | None:
    return EmbeddedAws(**json.loads(RECORD.read_text())) if RECORD.exists() else None


def running() -> EmbeddedAws | None:
    """The embedded AWS of this checkout, if its process lives. A pid that another program took over is not ours."""
    aws = recorded()
    if aws is None or aws.pid is None:
        return None
    return aws if command_of(aws.pid).startswith(str(PYTHON)) else None


def command_of(pid: int) -> str:
    """The command line of a process; empty when there is none."""
    if Path("/proc/self/cmdline").exists():
        file = Path(f"/proc/{pid}/cmdline")
        return file.read_text() if file.exists() else ""
    ps = ["ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(ps, capture_output=True, text=True, check=False).stdout


def is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def chosen_address() -> EmbeddedAws:
    host = os.environ.get("TILL_BIND") or "127.0.0.1"
    last = recorded()
    if asked := os.environ.get("TILL_PORT"):
        return EmbeddedAws(host, int(asked))
    if last and is_free(host, last.port):
        return EmbeddedAws(host, last.port)
    return EmbeddedAws(host, free_port(host))


def environment(aws: EmbeddedAws) -> dict[str, str]:
    """Nothing of the caller's own: its workers inherit this, and must find `till` in the layer only."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", str(HOME)),
        "BIND_HOST": aws.host,
        "GATEWAY_PORT": str(aws.port),
        "AWS_ENDPOINT_URL": aws.url,
        "MINISTACK_REGION": REGION,
        "AUTH": "true",
        "IOT_MTLS_ENABLED": "0",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(STATE),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(STATE / "s3"),
        "TMPDIR": str(TMP),
        **CREDENTIALS,
    }


def answers(aws: EmbeddedAws) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"{aws.url}/_ministack/health", timeout=2) as reply:  # noqa: S310 our own URL
        return bool(reply.status == 200)
    return False


def attempts(seconds: float) -> Iterator[None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(0.1)


def start() -> EmbeddedAws:
    """Starts it unless it runs; returns when it answers. Raises RuntimeError when it does not."""
    if aws := running():
        return aws
    aws = chosen_address()
    shutil.rmtree(TMP, ignore_errors=True)
    for folder in (TMP, STATE):
        folder.mkdir(parents=True, exist_ok=True)
    with LOG.open("w") as log:
        process = subprocess.Popen(
            [PYTHON, "-m", "ministack"],
            env=environment(aws),
            cwd=HOME,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    aws = EmbeddedAws(aws.host, aws.port, process.pid)
    aws.save()
    for _ in attempts(START_SECONDS):
        if process.poll() is not None:
            raise RuntimeError(f"the embedded AWS ended by itself:\n{LOG.read_text()[-2000:]}")
        if answers(aws):
            return aws
    raise RuntimeError(f"the embedded AWS does not answer at {aws.url}: see {LOG}")


def stop() -> None:
    """Ends it with SIGTERM and waits: its data is saved only then. Raises RuntimeError when it does not end."""
    aws = running()
    if aws and aws.pid:
        os.kill(aws.pid, signal.SIGTERM)
        for _ in attempts(STOP_SECONDS):
            if not running():
                break
        else:
            raise RuntimeError(f"the embedded AWS (pid {aws.pid}) does not end; its data is not saved yet")
        with contextlib.suppress(ProcessLookupError):  # the workers of its session; they end by themselves
            os.killpg(aws.pid, signal.SIGKILL)
        rewind_streams()
    if last := recorded():
        EmbeddedAws(last.host, last.port).save()  # the next start takes the same port
    if STACK.exists():  # what the demo shop wrote there stays: its token is shown only once
        STACK.write_text(json.dumps(json.loads(STACK.read_text()) | {"pid": None}, indent=2) + "\n")
    shutil.rmtree(TMP, ignore_errors=True)


def rewind_streams() -> None:
    """It saves how far each table's stream was read, but not the stream: it would skip as many new records."""
    saved = STATE / "lambda.json"
    if saved.exists():
        state = json.loads(saved.read_text())
        state["payload"].pop("dynamodb_stream_positions", None)
        saved.write_text(json.dumps(state))


def reset() -> None:
    stop()
    STACK.unlink(missing_ok=True)
    shutil.rmtree(STATE, ignore_errors=True)


def main() -> int:
    actions = {"start": start, "stop": stop, "reset": reset}
    if len(sys.argv) != 2 or sys.argv[1] not in actions:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        actions[sys.argv[1]]()
    except RuntimeError as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
