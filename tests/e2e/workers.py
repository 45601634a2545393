"""Ends the processes of deployed functions, as a crash or a deployment does. Only those of our embedded AWS."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from scripts.checkout_client import Stack


def workers(stack: Stack, function: str) -> list[int]:
    """The pids of a function's processes: children of the embedded AWS that run its code. Logical name."""
    table = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=True)
    rows = (line.split(None, 2) for line in table.stdout.splitlines())
    return [int(pid) for pid, parent, command in rows if int(parent) == stack.pid and f"-till-{function}-" in command]


def kill(stack: Stack, *functions: str) -> None:
    """Ends what runs of these functions now, and waits for it; the next call starts a new process."""
    for function in functions:
        killed = workers(stack, function)
        for pid in killed:
            with suppress(ProcessLookupError):  # it ended by itself
                os.kill(pid, signal.SIGKILL)
        while any(_is_alive(pid) for pid in killed):
            pass


def _is_alive(pid: int) -> bool:
    """A process that its parent has not looked at yet is a zombie."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


@contextmanager
def dead(stack: Stack, *functions: str) -> Iterator[None]:
    """While the block runs none of these functions comes to an end: each process is killed as it starts."""
    over = threading.Event()

    def keep_killing() -> None:
        while not over.wait(0.02):
            kill(stack, *functions)

    killer = threading.Thread(target=keep_killing)
    kill(stack, *functions)
    killer.start()
    try:
        yield
    finally:
        over.set()
        killer.join()
