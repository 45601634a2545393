"""Elastic Path's own SDK in a process of Node, and a shop that it is pointed at."""

from __future__ import annotations

import json
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from elasticpath.ids import uuid_of
from scripts.checkout_client import STACK, Json, Merchant, Stack, good
from scripts.demo_shop import root_token

HERE = Path(__file__).parent
LA: Json = {
    "first_name": "John",
    "last_name": "Doe",
    "company_name": "Moltin",
    "line_1": "1234 Disney Drive",
    "line_2": "Disney Resort",
    "city": "Anaheim",
    "county": "Orange",
    "region": "CA",
    "postcode": "92802",
    "country": "US",
}
JOHN: Json = {"email": "john@example.com", "name": "John Doe"}


@dataclass
class Refused(Exception):
    """What the SDK rejects with: the parsed body of a refusal."""

    said: Any

    @property
    def errors(self) -> list[Json]:
        """In the documented shape, which clients loop over."""
        errors: list[Json] = self.said["errors"]
        assert errors
        for error in errors:
            assert error.keys() <= {"status", "title", "detail", "source", "meta", "request_id"}
            assert error["title"]
        return errors

    @property
    def error(self) -> Json:
        """The only one."""
        [error] = self.errors
        return error


@dataclass(frozen=True)
class Sdk:
    """The SDK, opened as a storefront or a back end of a shop opens it."""

    _node: subprocess.Popen[str]

    def do(self, *steps: list[Any] | str) -> Any:
        """What it resolves to: `do("Orders", ["With", "items"], ["Get", order_id])`. Raises `Refused`."""
        return self._ask({"steps": [[step] if isinstance(step, str) else step for step in steps]})

    def refusal(self, *steps: list[Any] | str) -> Refused:
        """What it rejects with."""
        with pytest.raises(Refused) as caught:
            self.do(*steps)
        return caught.value

    def remember(self, key: str, value: Json) -> None:
        """Has it find something of an earlier run."""
        self._ask({"keep": [key, json.dumps(value)]})

    def cart(self, cart_id: str = "") -> Cart:
        """A cart that the storefront names."""
        return Cart(self, cart_id or f"cart-{uuid.uuid4().hex[:12]}")

    def _ask(self, request: Json) -> Any:
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.write(json.dumps(request) + "\n")
        self._node.stdin.flush()
        answer = json.loads(self._node.stdout.readline())
        if "bad" in answer:
            raise Refused(answer["bad"])
        return answer.get("good")


@dataclass(frozen=True)
class Cart:
    """One cart of the SDK's."""

    sdk: Sdk
    id: str

    def do(self, name: str, *args: Any) -> Any:
        """What a method of it resolves to. Raises `Refused`."""
        return self.sdk.do(["Cart", self.id], [name, *args])

    def refusal(self, name: str, *args: Any) -> Refused:
        """What a method of it rejects with."""
        return self.sdk.refusal(["Cart", self.id], [name, *args])

    def with_(self, include: str, name: str) -> Any:
        """With what is asked for beside it."""
        return self.sdk.do(["Cart", self.id], ["With", include], [name])

    @property
    def quantities(self) -> dict[str, int]:
        """By SKU, of all that has one."""
        return {item["sku"]: item["quantity"] for item in self.do("Items")["data"] if item["sku"]}

    def check_out(self, customer: Any = None, *more: Any) -> Json:
        """The order that it becomes, a guest's unless said otherwise."""
        order: Json = self.do("Checkout", customer or JOHN, LA, *more)["data"]
        return order


@dataclass
class Market:
    """A shop of its own with clients of Elastic Path's API, and what it sells by SKU: the ids of the products there."""

    owner: Merchant
    url: str
    client: Json
    products: dict[str, str] = field(default_factory=dict)

    def sell(self, on_hand: int = 100, **prices: str) -> str:
        """A new product, priced in dollars unless said otherwise; its SKU."""
        sku = f"deck-shoe-{uuid.uuid4().hex[:8]}"
        variant = {"sku": sku, "prices": prices or {"USD": "10.00"}, "requires_shipping": False}
        product = {"handle": sku, "title": f"Deck Shoe {sku}", "variants": [variant]}
        made = self.owner.ask("PUT", "/products", product)["data"]["variants"][0]
        self.owner.ask("PUT", f"/stock/{sku}", {"on_hand": on_hand})
        self.products[sku] = uuid_of(made["id"])
        return sku

    def product_id(self, sku: str) -> str:
        """What the API calls it."""
        return self.products[sku]

    def token(self, **more: str) -> str:
        """An access token, as whoever uses no SDK gets it."""
        form = {"grant_type": "implicit", "client_id": self.client["client_id"]} | more
        token: str = good(self.owner.send("POST", "/oauth/access_token", data=form))["access_token"]
        return token

    @property
    def secret(self) -> dict[str, str]:
        """What makes a token a back end's."""
        return {"grant_type": "client_credentials", "client_secret": self.client["client_secret"]}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """A request that the SDK has no form for, as the back end."""
        sent = {"Authorization": f"Bearer {self.token(**self.secret)}"} | headers
        return self.owner.send(method, path, headers=sent, **({} if body is None else {"json": body}))


type OpenSdk = Callable[..., Sdk]


@pytest.fixture
def open_sdk(packages: None) -> Iterator[OpenSdk]:
    """Opens the SDK for a client of a market, with its secret or as a storefront; `more` are further options of it."""
    with ExitStack() as opened:

        def begin(market: Market, trusted: bool = False, **more: Any) -> Sdk:
            where = urlsplit(market.url)
            options = {"host": f"{where.netloc}{where.path}", "protocol": where.scheme, "currency": "USD"}
            client = {"client_id": market.client["client_id"]}
            if trusted:
                client["client_secret"] = market.client["client_secret"]
            sdk = Sdk(opened.enter_context(_node()))
            sdk._ask({"open": options | client | {"retryDelay": 1, "retryJitter": 1} | more})
            return sdk

        yield begin


@contextmanager
def _node() -> Iterator[subprocess.Popen[str]]:
    command = ["node", "elasticpath.cjs"]
    with subprocess.Popen(
        command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()
    assert not (HERE / "localStorage").exists(), "the SDK kept something in the folder"


def open_market(http: httpx.Client, stack: Stack, **settings: Any) -> Market:
    """A shop with a client of its own, that takes money by hand and in the sandbox."""
    owner = Merchant(http.request, f"market-{uuid.uuid4().hex[:8]}", root_token(json.loads(STACK.read_text())))
    wanted = {"identifier": owner.shop, "name": "Shoes", "currency": "USD", "country": "US", "settings": settings}
    good(http.post("/merchant/shops", json=wanted, headers={"Authorization": f"Bearer {owner.token}"}))
    owner.ask("PUT", "/gateways/manual", {"kind": "manual", "name": "By hand"})
    owner.ask("PUT", "/gateways/test", {"kind": "sandbox", "name": "Sandbox"})
    client = owner.ask("POST", "/clients", {"name": "Storefront"})["data"]
    return Market(owner, stack.api_url, client)


@pytest.fixture(scope="session")
def market(http: httpx.Client, stack: Stack) -> Market:
    """As every shop begins: a checkout is answered 200, and shoppers set no prices."""
    return open_market(http, stack)


@pytest.fixture(scope="session")
def newer_market(http: httpx.Client, stack: Stack) -> Market:
    """A checkout is answered 201, and shoppers set the prices of custom items."""
    return open_market(http, stack, checkout_status=201, shopper_prices=True)
