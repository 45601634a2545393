"""Bold's own browser library in a process of Node, and one shopper's checkout in it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.checkout_client import GUEST, WINNIPEG, Json, Stack, good

HERE = Path(__file__).parent
NAME = (GUEST["first_name"], GUEST["last_name"], GUEST["email_address"])


@dataclass(frozen=True)
class Result:
    """What a function of the library returns."""

    status: int
    success: bool
    error: Json | None
    response: Any

    @property
    def data(self) -> Any:
        """Of a good answer."""
        assert self.success, (self.status, self.error)
        return self.response["data"]

    @property
    def fields(self) -> list[str]:
        """The fields that a refusal names."""
        assert not self.success
        return [error["field"] for error in self.response["errors"]]


@dataclass(frozen=True)
class Library:
    """The library with one order in it."""

    _node: subprocess.Popen[str]
    init: Json

    @property
    def order(self) -> str:
        """Its public id."""
        public_id: str = self.init["public_order_id"]
        return public_id

    @property
    def token(self) -> str:
        """Its session's."""
        token: str = self.init["jwt_token"]
        return token

    @property
    def initial_data(self) -> Json:
        """What it was begun with."""
        data: Json = self.init["initial_data"]
        return data

    def call(self, name: str, *args: Any) -> Result:
        """A function of it that sends a request."""
        return Result(**self._ask({"call": name, "args": args}))

    def row(self, name: str, body: Json) -> Result:
        """A row of its table of endpoints, sent as it sends them."""
        return Result(**self._ask({"row": name, "body": body}))

    def do(self, name: str, *args: Any) -> Any:
        """The data of a good answer."""
        return self.call(name, *args).data

    @property
    def state(self) -> Json:
        """What it believes the order to be."""
        state: Json = self._ask({"call": "getApplicationState", "args": []})
        return state

    @property
    def table(self) -> dict[str, Json]:
        """Its `apiTypes`: path, method and required keys of each endpoint."""
        table: dict[str, Json] = self._ask({"read": "apiTypes"})
        return table

    @property
    def functions(self) -> set[str]:
        """Names of all that send a request."""
        return set(self._ask({"sends": True}))

    def set_token(self, token: str) -> None:
        """Has it send another one."""
        self._ask({"call": "setJwtToken", "args": [token]})

    def fill(self, gateway: str, token: str, **payment: Any) -> None:
        """All that an order needs before it is processed."""
        if not self.state["customer"].get("email_address"):
            self.do("addGuestCustomer", *NAME)
        self.do("setShippingAddress", WINNIPEG)
        self.do("setBillingAddress", WINNIPEG)
        self.do("getShippingLines")
        self.do("changeShippingLine", "0")
        self.do("setTaxes")
        self.do("addPayment", {"gateway_public_id": gateway, "token": token, **payment})

    def _ask(self, request: Json) -> Any:
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.write(json.dumps(request) + "\n")
        self._node.stdin.flush()
        return json.loads(self._node.stdout.readline())


type Open = Callable[..., Library]


@pytest.fixture
def open_library(packages: None, http: httpx.Client, stack: Stack) -> Iterator[Open]:
    """Begins an order of some SKUs, and the library with it; `url` is where the library finds the API."""
    with ExitStack() as opened:

        def begin(*skus: str, url: str = stack.api_url, **more: Any) -> Library:
            items = [{"sku": sku, "quantity": 1, "line_item_key": sku} for sku in skus]
            path, headers = f"/checkout/orders/{stack.shop}/init", {"Authorization": f"Bearer {stack.merchant_token}"}
            init = good(http.post(path, json={"cart_items": items} | more, headers=headers))["data"]
            library = Library(opened.enter_context(_node()), init)
            where = {"type": "local", "url": url, "path": "checkout"}
            assert library.call("initialize", init, stack.shop, where).success
            return library

        yield begin


@contextmanager
def _node() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        ["node", "bold.cjs"], cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()
