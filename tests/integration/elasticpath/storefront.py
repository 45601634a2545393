"""A storefront of Elastic Path's dialect: a client of the shop, its access token, and what it sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from tests.integration.api import Reply
from tests.integration.deployment import Deployment
from till.application import clients
from till.application.clients import Client
from till.runtime import wiring


def a_client(shop: str = "acme", name: str = "Storefront", number: int = 1) -> tuple[Client, str]:
    """A client of the shop and its secret."""
    return clients.register(wiring.clients(), shop, name, bytes([number]) * 48, wiring.now())


def ask_for_token(till: Deployment, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Reply:
    """Of the token endpoint, as the SDK asks."""
    sent = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
    return till.elasticpath.call("POST", "/oauth/access_token", urlencode(form).encode(), sent)


class Storefront:
    """Somebody with an access token, which the client's secret makes trusted."""

    def __init__(self, till: Deployment, trusted: bool = False, number: int = 1, shop: str = "acme") -> None:
        self.till = till
        self.client, secret = a_client(shop, number=number)
        form = {"grant_type": "implicit", "client_id": self.client.id}
        if trusted:
            form |= {"grant_type": "client_credentials", "client_secret": secret}
        self.token: str = ask_for_token(till, form).body["access_token"]

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """`headers` by their names with _ for -; `data` is put around a body."""
        sent = {"Authorization": f"Bearer {self.token}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.till.elasticpath.call(method, path, None if body is None else {"data": body}, sent)
