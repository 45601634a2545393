"""Lets containers reach the embedded AWS, which listens on this machine's loopback alone."""

from __future__ import annotations

import errno
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseRequestHandler, ThreadingTCPServer

HOST = "host.docker.internal"
ASK = f"import socket; print(socket.gethostbyname('{HOST}'))"


class _Bridge(ThreadingTCPServer):
    """Passes connections on to the same port of loopback."""

    daemon_threads = True
    allow_reuse_address = True


class _Connection(BaseRequestHandler):
    server: _Bridge

    def handle(self) -> None:
        with socket.create_connection(("127.0.0.1", self.server.socket.getsockname()[1])) as aws:
            there = threading.Thread(target=_pass_on, args=(self.request, aws), daemon=True)
            there.start()
            _pass_on(aws, self.request)
            there.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the other side went away, and with it whoever would have to know


@contextmanager
def reachable(image: str, port: int) -> Iterator[None]:
    """The port of loopback, at the address by which containers know this machine. Nothing is to be done where that is
    no address of its own, since Docker Desktop brings containers to loopback itself, nor where TILL_BIND says it."""
    run = ["docker", "run", "--rm", "--add-host", f"{HOST}:host-gateway", "--entrypoint", "/var/lang/bin/python3.13"]
    address = subprocess.run([*run, image, "-c", ASK], capture_output=True, check=True, text=True).stdout.strip()
    try:
        bridge = _Bridge((address, port), _Connection)
    except OSError as error:
        if error.errno not in (errno.EADDRNOTAVAIL, errno.EADDRINUSE):
            raise
        yield
        return
    with bridge:
        threading.Thread(target=bridge.serve_forever, daemon=True).start()
        yield
        bridge.shutdown()
