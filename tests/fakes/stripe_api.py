"""Stripe's API on loopback, true to what Stripe documents and kinder to tests: it can be read and told to fail.

    with running(StripeApi()) as stripe:
        stripe.fail(Fault.DROP_AFTER, "/confirm")       # the next matching request takes effect and is not answered
        ...                                             # the code under test talks to stripe.url
        assert stripe.objects.held() == 2620
        stripe.deliver(stripe.objects.events[-1], url, "whsec_...")

As a process of its own, `python -m tests.fakes.stripe_api PORT`, it is read and told over HTTP; bodies are JSON:

    GET  /_test/state                   {intents, methods, customers, refunds, events, requests}
    POST /_test/reset
    POST /_test/fail                    {"fault": "drop_after", "path": "/confirm", "times": 1, "seconds": 0}
    POST /_test/authenticate            {"intent": "pi_...", "success": true}: the shopper at their bank
    POST /_test/expire                  {"intent": "pi_..."}: seven days have passed
    POST /_test/forget_keys             24 hours have passed
    POST /_test/deliver                 {"event": "evt_..." or its type, "url", "secret"}: sends one signed webhook
    GET  /v3/                           what stands in for Stripe.js, and its frames: stripe_js/

Faults: drop_before and drop_after hang up before or after the effect, delay answers late, rate_limit is a 429 without
effect, error_before and error_after are a 500 that is kept under the idempotency key, without and with the effect.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.fakes.stripe_objects import Json, Params, Problem, StripeObjects

SCRIPTS = {
    "/v3/": ("stripe.js", "text/javascript; charset=utf-8"),
    "/v3/fields.html": ("fields.html", "text/html; charset=utf-8"),
    "/v3/bank.html": ("bank.html", "text/html; charset=utf-8"),
}


class Fault(StrEnum):
    """How a request goes wrong."""

    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    DELAY = "delay"
    RATE_LIMIT = "rate_limit"
    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"


@dataclass
class Planned:
    """A fault that the next `times` requests run into whose method and path, as one text, hold `path`."""

    fault: Fault
    path: str = ""
    times: int = 1
    seconds: float = 0


@dataclass
class Saved:
    """What an idempotency key stands for; without a status it is still being answered."""

    request: tuple[str, str, str]
    status: int = 0
    body: Json = field(default_factory=dict)


@dataclass
class StripeApi:
    """One account. `requests` are (method, path, parameters), oldest first."""

    objects: StripeObjects = field(default_factory=StripeObjects)
    url: str = ""
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    planned: list[Planned] = field(default_factory=list)
    secret_keys: tuple[str, ...] = ()
    _keys: dict[str, Saved] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def fail(self, fault: Fault, path: str = "", times: int = 1, seconds: float = 0) -> None:
        """Plan a fault, for the first requests that match."""
        self.planned.append(Planned(fault, path, times, seconds))

    def forget_keys(self) -> None:
        """Stripe forgets idempotency keys after 24 hours."""
        self._keys.clear()

    def reset(self) -> None:
        """A new account."""
        with self._lock:
            self.objects = StripeObjects(self.objects.now)
            self.requests.clear()
            self.planned.clear()
            self._keys.clear()

    def posts(self, path: str) -> int:
        """How many requests to change something had a path that ends so."""
        return sum(method == "POST" and asked.endswith(path) for method, asked, _ in self.requests)

    def deliver(self, event: Json, url: str, secret: str, at: float | None = None) -> int:
        """Send an event as Stripe signs it; the status of the answer."""
        body = json.dumps(event).encode()
        there = urlsplit(url)
        connection = http.client.HTTPConnection(there.netloc, timeout=30)
        headers = {"Content-Type": "application/json", "Stripe-Signature": signature(body, secret, at)}
        try:
            connection.request("POST", f"{there.path}?{there.query}".rstrip("?"), body, headers)
            return connection.getresponse().status
        finally:
            connection.close()

    # One request, from its parameters to its answer

    def answer(self, method: str, path: str, params: Params, key: str, authorization: str) -> tuple[int, Json, bool]:
        """Status, body, and whether it is a replay. Raises ConnectionError where it hangs up."""
        with self._lock:
            self.requests.append((method, path, dict(params)))
            planned = self._planned(f"{method} {path}")
        fault = planned.fault if planned else None
        if fault is Fault.DROP_BEFORE:
            raise ConnectionError
        try:
            if fault is Fault.RATE_LIMIT:
                raise Problem(429, "rate_limit", "Too many requests.")
            self._authenticate(authorization)
        except Problem as problem:
            return problem.status, problem.body, False
        answer = self._once(method, path, params, key, planned)
        if fault is Fault.DROP_AFTER:
            raise ConnectionError
        return answer

    def _planned(self, request: str) -> Planned | None:
        for planned in self.planned:
            if planned.times and planned.path in request:
                planned.times -= 1
                return planned
        return None

    def _authenticate(self, authorization: str) -> None:
        scheme, _, given = authorization.partition(" ")
        key = base64.b64decode(given).decode().rstrip(":") if scheme == "Basic" else given
        known = key in self.secret_keys if self.secret_keys else re.match(r"(sk|rk|pk)_(test|live)_\w", key)
        if not known:
            raise Problem(401, "", "Invalid API Key provided.")

    def _once(
        self, method: str, path: str, params: Params, key: str, planned: Planned | None
    ) -> tuple[int, Json, bool]:
        request = (method, path, json.dumps(sorted(params.items())))
        if not key or method != "POST":
            return (*self._execute(method, path, params, planned), False)
        with self._lock:
            found = self._keys.get(key)
            if found is None:
                self._keys[key] = Saved(request)
        if found:
            return _replayed(found, request)
        status, body = self._execute(method, path, params, planned)
        if str(body.get("error", {}).get("code")).startswith("parameter_"):
            del self._keys[key]  # what never began is not kept
        else:
            self._keys[key] = Saved(request, status, body)
        return status, body, False

    def _execute(self, method: str, path: str, params: Params, planned: Planned | None) -> tuple[int, Json]:
        fault = planned.fault if planned else None
        if fault is Fault.ERROR_BEFORE:
            return 500, _BROKEN
        with self._lock:
            try:
                answer = 200, shown(self._route(method, path, params), params)
            except Problem as problem:
                answer = problem.status, shown(problem.body, {})
        if planned and fault is Fault.DELAY:
            time.sleep(planned.seconds)
        return (500, _BROKEN) if fault is Fault.ERROR_AFTER else answer

    def _route(self, method: str, path: str, params: Params) -> Json:
        objects = self.objects
        for name, value in params.items():
            if not value and not name.startswith("metadata["):
                raise Problem(400, "parameter_invalid_empty", "You passed an empty string.", param=name)
        routes: dict[str, Callable[..., Json]] = {
            r"POST /v1/payment_intents": lambda: objects.create_intent(params),
            r"GET /v1/payment_intents/(\w+)": objects.intent,
            r"POST /v1/payment_intents/(\w+)": lambda name: objects.update_intent(name, params),
            r"POST /v1/payment_intents/(\w+)/confirm": lambda name: objects.confirm_intent(name, params),
            r"POST /v1/payment_intents/(\w+)/capture": lambda name: objects.capture_intent(name, params),
            r"POST /v1/payment_intents/(\w+)/cancel": lambda name: objects.cancel_intent(name, params),
            r"POST /v1/payment_methods": lambda: objects.create_method(params),
            r"GET /v1/payment_methods/(\w+)": objects.method,
            r"POST /v1/payment_methods/(\w+)/detach": objects.detach_method,
            r"POST /v1/customers": lambda: objects.create_customer(params),
            r"GET /v1/customers/(\w+)": objects.customer,
            r"DELETE /v1/customers/(\w+)": objects.delete_customer,
            r"POST /v1/refunds": lambda: objects.create_refund(params),
            r"GET /v1/refunds": lambda: objects.list_refunds(params),
        }
        for pattern, act in routes.items():
            if found := re.fullmatch(pattern, f"{method} {path}"):
                return act(*found.groups())
        raise Problem(404, "", f"Unrecognized request URL ({method}: {path}).")

    def told(self, path: str, body: Json) -> Json:
        """What a test says over HTTP."""
        objects = self.objects
        if path == "/_test/fail":
            self.planned.append(Planned(Fault(body.pop("fault")), **body))
        elif path == "/_test/reset":
            self.reset()
        elif path == "/_test/forget_keys":
            self.forget_keys()
        elif path == "/_test/authenticate":
            objects.authenticate(body["intent"], body["success"])
        elif path == "/_test/expire":
            objects.expire(body["intent"])
        elif path == "/_test/deliver":
            (*_, event) = (each for each in objects.events if body["event"] in (each["id"], each["type"]))
            return {"status": self.deliver(event, body["url"], body["secret"])}
        else:
            kept = ("intents", "methods", "customers", "refunds", "events")
            return {name: getattr(objects, name) for name in kept} | {"requests": self.requests}
        return {}


_BROKEN: Json = {"error": {"type": "api_error", "message": "An unknown error occurred."}}
_REUSED = "Keys for idempotent requests can only be used with the same parameters they were first used with."


def _replayed(found: Saved, request: tuple[str, str, str]) -> tuple[int, Json, bool]:
    if found.request != request:
        return 400, {"error": {"type": "idempotency_error", "message": _REUSED}}, False
    if not found.status:
        error = {"type": "idempotency_error", "code": "idempotency_key_in_use", "message": "The key is in use."}
        return 409, {"error": error}, False
    return found.status, found.body, True


def shown(found: Any, params: Params) -> Any:
    """A copy as Stripe shows it: without our own members, its charge by id unless that is to be expanded."""
    expanded = {value for name, value in params.items() if name.startswith("expand[")}
    if isinstance(found, list):
        return [shown(each, {}) for each in found]
    if not isinstance(found, dict):
        return found
    copy = {name: shown(value, {}) for name, value in found.items() if not name.startswith("_")}
    if isinstance(copy.get("latest_charge"), dict) and "latest_charge" not in expanded:
        copy["latest_charge"] = copy["latest_charge"]["id"]
    return copy


def signature(body: bytes, secret: str, at: float | None = None) -> str:
    """The header Stripe-Signature: https://docs.stripe.com/webhooks#verify-manually"""
    stamp = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


def _handler(api: StripeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path in SCRIPTS:
                name, kind = SCRIPTS[path]
                return self._send(200, (Path(__file__).parent / "stripe_js" / name).read_bytes(), kind)
            return self._answer("GET", path, urlsplit(self.path).query)

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            if self.path.startswith("/_test/"):
                return self._send_json(200, api.told(self.path, json.loads(text or "{}")))
            return self._answer("POST", urlsplit(self.path).path, text)

        def do_DELETE(self) -> None:
            self._answer("DELETE", urlsplit(self.path).path, "")

        def do_OPTIONS(self) -> None:
            self._send(204, b"", "text/plain")

        def _answer(self, method: str, path: str, form: str) -> None:
            if path.startswith("/_test/"):
                return self._send_json(200, api.told(path, {}))
            params = dict(parse_qsl(form, keep_blank_values=True))
            headers = self.headers
            # A browser shows its publishable key in the form.
            who = headers.get("Authorization") or f"Bearer {params.pop('key', '')}"
            try:
                answer = api.answer(method, path, params, headers.get("Idempotency-Key", ""), who)
            except ConnectionError:
                self.close_connection = True
                with suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
                return None
            return self._send_json(*answer)

        def _send_json(self, status: int, body: Json, replayed: bool = False) -> None:
            self._send(status, json.dumps(body).encode(), "application/json", replayed)

        def _send(self, status: int, body: bytes, kind: str, replayed: bool = False) -> None:
            with suppress(OSError):  # whoever waits too long hangs up
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Request-Id", f"req_{len(api.requests)}")
                for name in ("Origin", "Headers", "Methods"):
                    self.send_header(f"Access-Control-Allow-{name}", "*")
                if replayed:
                    self.send_header("Idempotent-Replayed", "true")
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


@contextmanager
def running(api: StripeApi, port: int = 0) -> Iterator[StripeApi]:
    """The API on a free port of this machine."""
    with _Server(("127.0.0.1", port), _handler(api)) as server:
        api.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()


if __name__ == "__main__":
    with _Server(("127.0.0.1", int(sys.argv[1])), _handler(StripeApi())) as forever:
        forever.serve_forever()
