"""A gateway on loopback that sometimes answers by itself, before the API was asked or after it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from scripts.checkout_client import PATIENCE


class Proxy(ThreadingHTTPServer):
    """Passes everything on to `api`, but first answers with `instead`, and loses as many answers as `lost` says."""

    def __init__(self, api: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.api = httpx.Client(base_url=api, timeout=PATIENCE)
        self.instead: list[int] = []
        self.lost: list[int] = []
        self.seen: list[str] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Proxy

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append(f"{self.command} {self.path}")
        if self.server.instead:
            self._send(self.server.instead.pop(0), b'{"message":"Try again."}')
            return
        passed = {name: self.headers[name] for name in ("Authorization", "Content-Type", "Accept")}
        answer = self.server.api.request(self.command, self.path, content=body, headers=passed)
        if self.server.lost:
            self._send(self.server.lost.pop(0), b'{"message":"The answer was lost."}')
        else:
            self._send(answer.status_code, answer.content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815  # the names that http.server calls

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status, "Of the proxy")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@contextmanager
def proxy_of(api: str) -> Iterator[Proxy]:
    """A running one."""
    with Proxy(api) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield proxy
        proxy.shutdown()
        proxy.api.close()
