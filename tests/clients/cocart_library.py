"""CoCart's own library in a process of Node, pointed at the demo shop."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts.checkout_client import Stack

HERE = Path(__file__).parent
CART, PREVIEW = "cocart/v2", "cocart/preview"


@dataclass(frozen=True)
class Said:
    """What the library resolves to, or what it rejects with."""

    status: int
    headers: dict[str, str]
    data: Any

    @property
    def good(self) -> Any:
        assert self.status == 200, self
        return self.data

    @property
    def code(self) -> str:
        """Of a refusal in the documented shape."""
        assert self.data.keys() == {"code", "message", "data"}, self
        assert self.data["message"]
        assert self.data["data"]["status"] == self.status
        code: str = self.data["code"]
        return code


@dataclass(frozen=True)
class CoCart:
    """The library. A `cart_key` goes into the query, where the library puts its parameters."""

    _node: subprocess.Popen[str]

    def cart(self, method: str, endpoint: str, *body: Any, **query: str) -> Said:
        """A request of the cart's API."""
        return self._ask(CART, method, endpoint, *body, query)

    def preview(self, method: str, endpoint: str, *body: Any, **query: str) -> Said:
        """A request of the checkout's preview."""
        return self._ask(PREVIEW, method, endpoint, *body, query)

    def _ask(self, version: str, method: str, endpoint: str, *args: Any) -> Said:
        assert self._node.stdin
        assert self._node.stdout
        wanted = {"version": version, "method": method, "endpoint": endpoint, "args": args}
        self._node.stdin.write(json.dumps(wanted) + "\n")
        self._node.stdin.flush()
        return Said(**json.loads(self._node.stdout.readline()))


@pytest.fixture(scope="module")
def cocart(packages: None, stack: Stack) -> Iterator[CoCart]:
    command = ["node", "cocart.cjs", stack.cocart_url]
    with subprocess.Popen(command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield CoCart(process)
        assert process.stdin
        process.stdin.close()
