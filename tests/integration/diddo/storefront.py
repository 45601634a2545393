"""A platform that shops by Diddo's dialect: its API key, and what it sends."""

from __future__ import annotations

import itertools
from typing import Any

from tests.integration.api import Reply
from tests.integration.deployment import Deployment
from till.application.tokens import ApiToken, Scope, issue
from till.runtime import merchant_auth, wiring

_NUMBERS = itertools.count(1)

type Json = dict[str, Any]


def an_api_key(shop: str = "acme", *scopes: Scope) -> str:
    """A token of that shop, or of all where it is ""; it may check out unless said otherwise."""
    token = ApiToken(wiring.new_id(), "Platform", scopes or (Scope.CHECKOUT,), wiring.now(), shop)
    return issue(merchant_auth.tokens(), merchant_auth.ROOT, token, next(_NUMBERS).to_bytes(32))


class Platform:
    """Somebody with an API key."""

    def __init__(self, till: Deployment, key: str = "") -> None:
        self.till, self.key = till, key or an_api_key()

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """As the public client's fetch sends it: no word of JSON. `headers` by their names with _ for -."""
        return self.till.diddo.call(method, path, body, self._sent(headers))

    def call_in_its_own_words(self, method: str, path: str, body: Any) -> Reply:
        """The same of a body that no document has, and that is taken."""
        return self.till.diddo.call(method, path, body, self._sent({}), documented=False)

    def _sent(self, headers: dict[str, str]) -> dict[str, str]:
        sent = {"Authorization": f"Bearer {self.key}", "Content-Type": "text/plain;charset=UTF-8", "Accept": "*/*"}
        return sent | {name.replace("_", "-"): value for name, value in headers.items()}

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Json:
        """The body of a good answer."""
        reply = self.call(method, path, body, **headers)
        assert reply.status == 200, reply.raw
        answered: Json = reply.body
        return answered

    def add(self, quantity: int = 1, variant: str = "66", cart: str | None = None, **item: Any) -> Json:
        """The cart with the item, a new one unless it is named."""
        named = {} if cart is None else {"cart_id": cart}
        return self.ask("POST", "/cart/add", named | {"item": {"variant_id": variant, "quantity": quantity} | item})

    def template(self, quantity: int = 1) -> str:
        """The id of a new cart with brewing systems for 225.00 CAD each."""
        made: str = self.add(quantity)["id"]
        return made


def lines(cart: Json) -> list[Json]:
    """Of all stores."""
    return [line for store in cart["stores"] for line in store["cart_lines"]]


def quantities(cart: Json) -> list[int]:
    """Of each line."""
    return [line["quantity"] for line in lines(cart)]


def refusal(reply: Reply) -> tuple[int, str, str]:
    """Status, code and field of the first thing that is wrong."""
    body = reply.body
    first = body["errors"][0]
    assert (body["code"], body["message"]) == (first["code"], first["message"])
    assert first["message"]
    return reply.status, first["code"], first.get("field", "")
