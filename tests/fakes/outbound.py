"""The merchant's services: in memory, and as real HTTP servers on this machine."""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from till.application.ports import NoAnswerError
from till.domain.delivery import Delivered
from till.domain.errors import Invalid
from till.domain.plugin import Receiver

type Answer = Callable[[Any], Any]


@dataclass
class FakeOutbound:
    """The port `Outbound` without a network: what is answered at each URL."""

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Any] = field(default_factory=list)
    # Key, version and previous version of each delivery.
    delivered: list[tuple[str, int, int]] = field(default_factory=list)

    def check(self, url: str, field: str) -> None:
        if not url.startswith("https://") or "@" in url:
            raise Invalid("Only https URLs are called.", field)

    def secret(self, shop: str, receiver: Receiver) -> str:
        whose = f"{shop}/{receiver.id}/{receiver.version}"
        return "whsec_" + base64.b64encode(hashlib.sha256(whose.encode()).digest()).decode()

    def call(self, shop: str, receiver: Receiver, body: Mapping[str, object], key: str = "") -> Mapping[str, Any]:  # noqa: ARG002  # as the port has it
        if receiver.url not in self.answers:
            raise NoAnswerError("nobody listens there")
        self.asked.append(json.loads(json.dumps(body)))
        answer = self.answers[receiver.url](self.asked[-1])
        if not isinstance(answer, dict):
            raise NoAnswerError("it did not answer with a JSON object")
        return answer

    def deliver(
        self,
        shop: str,  # noqa: ARG002  # as the port has it
        receiver: Receiver,
        body: Mapping[str, object],
        key: str,
        previous_version: int = 0,
    ) -> Delivered:
        if receiver.url not in self.answers:
            return Delivered(0, 0, "nobody listens there")
        self.asked.append(json.loads(json.dumps(body)))
        self.delivered.append((key, receiver.version, previous_version))
        answer = self.answers[receiver.url](self.asked[-1])
        if not isinstance(answer, Bytes):
            return Delivered(200, 0, json.dumps(answer))
        head, _, said = answer.raw.partition(b"\r\n\r\n")
        return Delivered(int(head.split()[1]), 0, said[:1024].decode("utf-8", "replace"))


@dataclass(frozen=True)
class Bytes:
    """An answer in raw bytes, headers and all. With `each_after` seconds they come one by one."""

    raw: bytes
    each_after: float = 0


def http_answer(status: str, body: bytes = b"", *headers: str) -> Bytes:
    """An answer that no framework would send."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Content-Type: application/json", *headers, "", ""]
    return Bytes("\r\n".join(lines).encode() + body)


@dataclass
class Service:
    """A real service. `answer` is given each body, and answers with JSON or `Bytes`."""

    answer: Answer = lambda _: {}
    url: str = ""
    received: list[tuple[dict[str, str], str]] = field(default_factory=list)

    @property
    def bodies(self) -> list[Any]:
        """What it was sent, oldest first."""
        return [json.loads(text) for _, text in self.received]


@contextmanager
def running(service: Service, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Service]:
    """The service on a free port of this machine, under `/hook`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            service.received.append(({name.lower(): value for name, value in self.headers.items()}, text))
            answer = service.answer(json.loads(text))
            if not isinstance(answer, Bytes):
                answer = http_answer("200 OK", json.dumps(answer).encode())
            self.close_connection = True
            with suppress(OSError):  # whoever waits too long hangs up
                if not answer.each_after:
                    self.wfile.write(answer.raw)
                    return
                for byte in answer.raw:
                    self.wfile.write(bytes((byte,)))
                    time.sleep(answer.each_after)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: object, client_address: object) -> None:
            """A handshake that a test breaks off is no news."""

    with Server((host, 0), Handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        service.url = f"{'https' if tls else 'http'}://{host}:{server.server_port}/hook"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()
