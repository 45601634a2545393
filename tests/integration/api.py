"""API Gateway in this process: a request becomes a proxy event for the function that has its route."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from tests.integration import dialect_document
from till.runtime.app import App

TEXT = ("application/json", "text/html; charset=utf-8", "text/csv; charset=utf-8", "image/svg+xml")


@dataclass(frozen=True)
class Reply:
    """What came back. `raw` is the body as it was sent, `content` what API Gateway makes of it where it is binary."""

    status: int
    headers: Mapping[str, str]
    raw: str
    content: bytes = b""

    @property
    def body(self) -> Any:
        return json.loads(self.raw, parse_constant=_no_constant)

    @property
    def data(self) -> Any:
        """Of a good answer."""
        assert self.status == 200, self.raw[:1000]
        return self.body["data"]

    @property
    def state(self) -> Any:
        """The whole order."""
        return self.data["application_state"]

    @property
    def errors(self) -> list[dict[str, str]]:
        """Of a refusal in the contract's shape."""
        assert 400 <= self.status < 600, self.raw[:1000]
        assert self.status not in (500, 501, 502, 504), self.raw[:1000]
        errors: list[dict[str, str]] = self.body["errors"]
        for error in errors:
            assert error.keys() >= {"message", "type", "field", "severity", "sub_type"}
            assert all(isinstance(value, str) for value in error.values())
            assert error["message"]
        return errors

    @property
    def fields(self) -> list[str]:
        """The fields that a refusal names."""
        return [error["field"] for error in self.errors]

    @property
    def messages(self) -> list[str]:
        """What a refusal says."""
        return [error["message"] for error in self.errors]


class Api:
    """The routes of some functions."""

    def __init__(self, apps: Sequence[App]) -> None:
        self.routes = [
            (route, path, re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path)), app)
            for app in apps
            for route in app.routes
            for path in route.paths
        ]

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        plain: bool = False,
        documented: bool = True,
    ) -> Reply:
        """`path` as a client sends it, with its query. A `bytes` body is sent as it is, anything else as JSON.

        API Gateway hands every body over in base64; `plain` is how `sam local` does it. What is not `documented` is
        taken from clients all the same.
        """
        path, _, query = path.partition("?")
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        for route, resource, pattern, app in self.routes:
            if route.method == method and (match := pattern.fullmatch(path)):
                event = _event(resource, match.groupdict(), method, path, query, raw, dict(headers or {}), plain)
                response = app.handle(event, None)
                sent = {name: values[0] for name, values in response["multiValueHeaders"].items()}
                if documented and (dialect := dialect_document.dialect_of(app)) in dialect_document.FILES:
                    asked = {name for name, _ in parse_qsl(query)}
                    answered = response["statusCode"], sent["Content-Type"], response["body"]
                    dialect_document.check(dialect, route, raw, asked, *answered)
                if response["isBase64Encoded"]:
                    return Reply(response["statusCode"], sent, "", base64.b64decode(response["body"]))
                assert not response["body"] or sent["Content-Type"] in TEXT
                return Reply(response["statusCode"], sent, response["body"])
        raise AssertionError(f"no route {method} {path}")


def _event(
    resource: str,
    parameters: dict[str, str],
    method: str,
    path: str,
    query: str,
    raw: bytes,
    headers: dict[str, str],
    plain: bool,
) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Accept": "application/json", **headers}
    pairs = parse_qsl(query, keep_blank_values=True)
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": dict(pairs) or None,
        "multiValueQueryStringParameters": {name: [v for n, v in pairs if n == name] for name, _ in pairs} or None,
        "pathParameters": parameters or None,
        "stageVariables": None,
        "requestContext": {
            "requestId": "r",
            "stage": "local",
            "httpMethod": method,
            "path": path,
            "identity": {"sourceIp": "203.0.113.7"},
        },
        "body": (raw.decode("utf-8") if plain else base64.b64encode(raw).decode()) if raw else None,
        "isBase64Encoded": bool(raw) and not plain,
    }


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
