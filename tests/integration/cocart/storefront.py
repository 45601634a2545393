"""A storefront of CoCart's dialect: a shopper, the key of their cart, and what it sends."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from tests.integration.api import Reply
from tests.integration.deployment import Deployment

SITE = "/cocart/acme/wp-json/cocart"
WINNIPEG = {
    "first_name": "John",
    "last_name": "Doe",
    "address_1": "50 Fultz Blvd",
    "city": "Winnipeg",
    "state": "MB",
    "postcode": "R3Y 0L6",
    "country": "CA",
}


class Shopper:
    """Somebody with a cart: a guest, or a customer by the header Authorization."""

    def __init__(self, till: Deployment, key: str = "", authorization: str = "", site: str = f"{SITE}/v2") -> None:
        self.till, self.key, self.authorization, self.site = till, key, authorization, site

    def call(
        self, method: str, path: str, body: Any = None, query: dict[str, str] | None = None, **headers: str
    ) -> Reply:
        """`headers` by their names with _ for -."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent |= {"Cart-Key": self.key} if self.key else {}
        sent |= {"Authorization": self.authorization} if self.authorization else {}
        asked = f"?{urlencode(query)}" if query else ""
        return self.till.cocart.call(method, f"{self.site}/{path}{asked}", body, sent)

    def get(self, path: str = "cart", **query: str) -> Any:
        """What is answered to a good request."""
        return good(self.call("GET", path, query=query))

    def post(self, path: str, body: Any = None) -> Any:
        """The same; the key of a new cart is kept."""
        reply = self.call("POST", path, body)
        self.key = self.key or reply.headers.get("Cart-Key", "")
        return good(reply)

    def add(self, id: str = "66", quantity: str = "1", **more: Any) -> Any:
        """A product, by the number of its variant or by SKU."""
        return self.post("cart/add-item", {"id": id, "quantity": quantity, **more})

    @property
    def quantities(self) -> dict[str, int]:
        """By SKU."""
        return {item["meta"]["sku"]: item["quantity"]["value"] for item in self.get()["items"]}


def good(reply: Reply) -> Any:
    """The body of an answer that is no refusal."""
    assert reply.status == 200, reply.raw
    return reply.body


def refusal(reply: Reply) -> tuple[int, str]:
    """Status and code."""
    body = reply.body
    assert body["data"]["status"] == reply.status
    assert body["message"]
    return reply.status, body["code"]
