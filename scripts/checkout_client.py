"""The stack that `make up` started, as its two kinds of users meet it over HTTP: the merchant and a shopper."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

STACK = Path(__file__).resolve().parent.parent / ".till" / "stack.json"
# A cold function on a busy laptop takes its time.
PATIENCE = httpx.Timeout(90)

type Json = dict[str, Any]
# Sends a request: method, path, and what httpx.Client.request takes by name.
type Send = Callable[..., httpx.Response]

WINNIPEG = {
    "first_name": "John",
    "last_name": "Doe",
    "address_line_1": "123 Fake Street",
    "address_line_2": "",
    "city": "Winnipeg",
    "province": "Manitoba",
    "province_code": "MB",
    "country": "Canada",
    "country_code": "CA",
    "postal_code": "R3T 1B8",
    "business_name": "",
    "phone_number": "2048784038",
}
GUEST = {"first_name": "John", "last_name": "Doe", "email_address": "john.doe@example.com", "accepts_marketing": False}


@dataclass(frozen=True, slots=True)
class Variant:
    """Something that the demo shop sells; `price` in minor units."""

    platform_id: str
    sku: str
    price: int
    available: int


@dataclass(frozen=True, slots=True)
class Stack:
    """What .till/stack.json says."""

    api_url: str
    aws_endpoint_url: str
    pid: int
    outputs: Mapping[str, str]
    shop: str
    merchant_token: str
    gateway: str
    variants: Sequence[Variant]
    discount_codes: Sequence[str] = ()
    api_key: str = ""
    cocart_url: str = ""

    @classmethod
    def load(cls) -> Stack:
        """Raises FileNotFoundError where nothing is up."""
        known = json.loads(STACK.read_text())
        return cls(
            api_url=known["api_url"],
            aws_endpoint_url=known["aws_endpoint_url"],
            pid=known["pid"],
            outputs=known["outputs"],
            shop=known["shop_identifier"],
            merchant_token=known["merchant_token"],
            gateway=known["gateway_public_id"],
            variants=[Variant(**one) for one in known["variants"]],
            discount_codes=known["discount_codes"],
            api_key=known["diddo"]["api_key"],
            cocart_url=known["cocart"]["url"],
        )


@dataclass(slots=True)
class Merchant:
    """The merchant API for one shop. Paths are after `/merchant/shops/{shop}`."""

    send: Send
    shop: str
    token: str

    def call(self, method: str, path: str, body: object = None, **more: Any) -> httpx.Response:
        """The answer, whatever it says."""
        headers = {"Authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        if body is not None:
            more["json"] = body
        return self.send(method, f"/merchant/shops/{self.shop}{path}", headers=headers, **more)

    def ask(self, method: str, path: str, body: object = None, **more: Any) -> Json:
        """The body of a good answer. Raises httpx.HTTPStatusError, with the body in its message, for another."""
        return good(self.call(method, path, body, **more))

    def stock(self, sku: str) -> Json:
        """on_hand, held, allocated and available of a variant."""
        return self.ask("GET", f"/stock/{sku}")

    def order(self, order_id: str) -> Json:
        """An order with its timeline."""
        data: Json = self.ask("GET", f"/orders/{order_id}")["data"]
        return data

    def ledger(self, gateway: str, order: Json) -> list[Json]:
        """What the sandbox holds for an order: one entry per authorization that any attempt asked for, or the order
        once it was placed."""
        askers = {order["id"], *(entry["attempt"] for entry in order["timeline"])}
        found: list[Json] = []
        cursor: str | None = ""
        while cursor is not None:
            page = self.ask("GET", f"/gateways/{gateway}/ledger", params={"limit": 100, "cursor": cursor})
            found += [entry for entry in page["data"] if entry["key"].partition(":")[0] in askers]
            # Newest first, and keys begin with the time: what is older than the order is not the order's.
            older = page["data"] and page["data"][-1]["key"] < order["id"]
            cursor = None if older else page["next_cursor"]
        return found


@dataclass(slots=True)
class Checkout:
    """One shopper's session. Paths are after `/checkout/storefront/{shop}/{order}`; `state` is the last answered."""

    send: Send
    shop: str
    order: str
    jwt: str
    state: Json = field(default_factory=dict)

    @classmethod
    def begin(cls, send: Send, stack: Stack, items: Sequence[Json] = (), **more: Any) -> Checkout:
        """A new order, as the merchant's back end makes it. `more` are further members of init."""
        body = {"cart_items": list(items)} | more
        headers = {"Authorization": f"Bearer {stack.merchant_token}"}
        made = good(send("POST", f"/checkout/orders/{stack.shop}/init", json=body, headers=headers))["data"]
        return cls(send, stack.shop, made["public_order_id"], made["jwt_token"], made["application_state"])

    def call(self, method: str, path: str, body: object = None, **more: Any) -> httpx.Response:
        """The answer, whatever it says."""
        headers = {"Authorization": f"Bearer {self.jwt}", "Content-Type": "application/json"} | more.pop("headers", {})
        content = None if body is None else json.dumps(body)
        url = f"/checkout/storefront/{self.shop}/{self.order}{path}"
        answer = self.send(method, url, headers=headers, content=content, **more)
        if answer.status_code == httpx.codes.OK and "application_state" in answer.json()["data"]:
            self.state = answer.json()["data"]["application_state"]
        return answer

    def ask(self, method: str, path: str, body: object = None, **more: Any) -> Json:
        """`data` of a good answer. Raises httpx.HTTPStatusError, with the body in its message, for another."""
        data: Json = good(self.call(method, path, body, **more))["data"]
        return data

    def fill(self, gateway: str, token: str = "tok_approve", country: Json | None = None) -> Checkout:  # noqa: S107 a test token
        """All that an order needs before it is processed, in the order in which storefronts do it."""
        self.fill_in(country or WINNIPEG)
        self.pay(gateway, token)
        return self

    def fill_in(self, address: Json = WINNIPEG) -> Checkout:
        """All of that but the payment."""
        self.ask("POST", "/customer/guest", GUEST)
        self.ask("POST", "/addresses/shipping", address)
        self.ask("GET", "/shipping_lines")
        self.ask("POST", "/shipping_lines", {"index": "0"})
        self.ask("POST", "/addresses/billing", address)
        self.ask("POST", "/taxes")
        return self

    def pay(self, gateway: str, token: str) -> Json:
        """The payment, for all that is left to pay."""
        payment: Json = self.ask("POST", "/payments", {"gateway_public_id": gateway, "token": token})["payment"]
        return payment

    def process(self) -> httpx.Response:
        """Submit the order."""
        return self.call("POST", "/process_order")


def item(variant: Variant | str, quantity: int = 1, key: str = "") -> Json:
    """A member of `cart_items`, and the body of `POST /items`."""
    if isinstance(variant, str):
        return {"sku": variant, "quantity": quantity, "line_item_key": key or variant}
    return {"platform_id": variant.platform_id, "quantity": quantity, "line_item_key": key or variant.sku}


def good(answer: httpx.Response) -> Json:
    """The body of a good answer. Raises httpx.HTTPStatusError, with the body in its message, for another."""
    if not answer.is_success:
        request = answer.request
        said = f"{request.method} {request.url.path} answered {answer.status_code}: {answer.text[:1000]}"
        raise httpx.HTTPStatusError(said, request=request, response=answer)
    body: Json = answer.json()
    return body
