"""The command `till` in this process, before the real functions of the merchant API."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from typer.testing import CliRunner

from tests.integration.api import Api
from tests.integration.deployment import FUNCTIONS, ROOT_TOKEN
from till_cli.app import app
from till_cli.session import Session

URL = "https://till.example.com/prod"


@dataclass(frozen=True)
class Ended:
    """How a run ended, what it answered, and what it said beside that."""

    status: int
    answer: str
    said: str

    @property
    def data(self) -> Any:
        """Of a run with --json."""
        assert self.status == 0, self.said
        return json.loads(self.answer)["data"]


class Functions(httpx.BaseTransport):
    """What stands for API Gateway: every function of the merchant API, under the URL of a stage."""

    def __init__(self) -> None:
        groups = sorted(file.parent.name for file in (FUNCTIONS / "merchant").glob("*/app.py"))
        self.api = Api([importlib.import_module(f"merchant.{group}.app").app for group in groups])
        self.sent: list[httpx.Request] = []
        self.next: list[httpx.Response | Exception] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        if self.next:
            answer = self.next.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        target = request.url.raw_path.decode().removeprefix("/prod")
        reply = self.api.call(request.method, target, request.read() or None, dict(request.headers))
        return httpx.Response(reply.status, headers=reply.headers, content=reply.content or reply.raw.encode())


class Command:
    """Runs the command as the root token of a shop. Its login file is in a folder of the test."""

    def __init__(self, home: Path, shop: str = "acme") -> None:
        self.functions = Functions()
        self.call = self.functions.api.call
        self.environment: dict[str, str | None] = {"HOME": str(home), "XDG_CONFIG_HOME": None}
        self.environment |= {"TILL_URL": URL, "TILL_TOKEN": ROOT_TOKEN, "TILL_SHOP": shop}

    def run(self, *words: str, typed: str = "", environment: Mapping[str, str | None] | None = None) -> Ended:
        """`typed` is what stands in standard input; `environment` is on top of its own."""
        # A terminal of some width, without colours.
        own: Mapping[str, str | None] = {**self.environment, "COLUMNS": "200", "TERM": "dumb", **(environment or {})}
        session = Session(transport=self.functions)
        ended = CliRunner().invoke(app, list(words), input=typed, env=own, obj=session)
        if ended.exception and not isinstance(ended.exception, SystemExit):
            raise ended.exception
        return Ended(ended.exit_code, ended.stdout, ended.stderr)

    def json(self, *words: str) -> Any:
        """`data` of the answer to a good run."""
        return self.run(*words, "--json").data
