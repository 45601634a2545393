"""The merchant API without a network: a proxy event in, a response out, on the tables of the template."""

from __future__ import annotations

import base64
import functools
import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from moto import mock_aws

from merchant.after_sales.app import app as after_sales_app
from merchant.catalog.app import app as catalog_app
from merchant.customers.app import app as customers_app
from merchant.gift_cards.app import app as gift_cards_app
from merchant.settings.app import app as settings_app
from merchant.webhooks.app import app as webhooks_app
from tests.contract.tables import create_table
from till.adapters import aws
from till.runtime import backstage, beginnings, merchant_auth, secrets, settings, wiring

ROOT_TOKEN = "r" * 48
TABLES = {
    "TILL_CATALOG_TABLE": "CatalogTable",
    "TILL_STOCK_TABLE": "StockTable",
    "TILL_ORDERS_TABLE": "OrdersTable",
    "TILL_IDEMPOTENCY_TABLE": "IdempotencyTable",
}
APPS = (settings_app, catalog_app, customers_app, gift_cards_app, after_sales_app, webhooks_app)


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def data(self) -> Any:
        """The thing, or the things, of a good answer."""
        assert self.status < 300, self.body
        return self.body["data"]

    @property
    def refusal(self) -> tuple[int, str | None]:
        """The status, and the field of the first error."""
        return self.status, self.body["errors"][0]["field"]


class MerchantApi:
    """Calls routes as API Gateway does."""

    def __init__(self, token: str = ROOT_TOKEN) -> None:
        self.token = token

    def call(self, method: str, path: str, body: Any = None, key: str = "", **query: str) -> Reply:
        """A string body is sent as it is, anything else as JSON. `key` is an Idempotency-Key."""
        text = body if isinstance(body, str) else json.dumps(body) if body is not None else ""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if key:
            headers["Idempotency-Key"] = key
        for app in APPS:
            for route in app.routes:
                pattern = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", route.path)
                if route.method == method and (match := re.fullmatch(pattern, path)):
                    event = {
                        "resource": route.path,
                        "path": path,
                        "httpMethod": method,
                        "headers": headers,
                        "multiValueHeaders": {name: [value] for name, value in headers.items()},
                        "queryStringParameters": query or None,
                        "pathParameters": match.groupdict() or None,
                        "requestContext": {"requestId": "r", "stage": "local", "httpMethod": method, "path": path},
                        "body": base64.b64encode(text.encode()).decode() if text else None,
                        "isBase64Encoded": bool(text),
                    }
                    response = app.handle(event, None)
                    sent = {name: values[0] for name, values in response["multiValueHeaders"].items()}
                    return Reply(response["statusCode"], sent, json.loads(response["body"]))
        raise AssertionError(f"no route {method} {path}")

    def get(self, path: str, **query: str) -> Reply:
        return self.call("GET", path, **query)

    def put(self, path: str, body: Any) -> Reply:
        return self.call("PUT", path, body)

    def post(self, path: str, body: Any) -> Reply:
        return self.call("POST", path, body)

    def patch(self, path: str, body: Any) -> Reply:
        return self.call("PATCH", path, body)

    def delete(self, path: str) -> Reply:
        return self.call("DELETE", path)

    def with_token(self, *scopes: str, shop: str | None = None) -> MerchantApi:
        """The same API for somebody who may do less."""
        made = self.post("/merchant/tokens", {"name": "test", "scopes": scopes, **({"shop": shop} if shop else {})})
        return MerchantApi(made.data["secret"])


def in_path(text: str) -> str:
    """As one part of a path."""
    return quote(text, safe="")


def forget() -> None:
    """A function that starts anew: nothing of an earlier test's environment is left."""
    settings.environment.cache_clear()
    merchant_auth.tokens.cache_clear()
    for value in (*vars(wiring).values(), *vars(beginnings).values(), *vars(backstage).values()):
        if isinstance(value, functools._lru_cache_wrapper):
            value.cache_clear()
    secrets.forget()


def _one_call_at_a_time(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The import writes with threads, which moto does not bear."""
    lock, call = threading.Lock(), client._make_api_call

    def locked(*arguments: Any) -> Any:
        with lock:
            return call(*arguments)

    monkeypatch.setattr(client, "_make_api_call", locked)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[MerchantApi]:
    """The API on stage local, as the root token."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("TILL_STAGE", "local")
    monkeypatch.setenv("TILL_MERCHANT_SECRET", "till/merchant-root-token")
    with mock_aws():
        client = aws.client("dynamodb")
        for variable, logical_id in TABLES.items():
            monkeypatch.setenv(variable, create_table(client, logical_id, logical_id.lower()))
        monkeypatch.setenv("TILL_OUTBOUND_SECRET", "till/outbound-signing-key")
        monkeypatch.setenv("TILL_GATEWAY_SECRETS", "till/gateways")
        for name, value in (("merchant-root-token", ROOT_TOKEN), ("outbound-signing-key", "k" * 64)):
            aws.client("secretsmanager").create_secret(Name=f"till/{name}", SecretString=value)
        forget()
        _one_call_at_a_time(client, monkeypatch)
        yield MerchantApi()
    forget()
