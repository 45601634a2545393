"""Web sites on loopback, and a shop whose storefront is one of them."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from scripts.checkout_client import GUEST, STACK, WINNIPEG, Checkout, Json, Merchant, Stack, good, item
from scripts.demo_shop import root_token


class _Page(BaseHTTPRequestHandler):
    """A web site of one page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>A shop</title><body>")

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def sites() -> Iterator[list[str]]:
    """The origins of two web sites: the storefront's, and a stranger's."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), _Page) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield [f"http://127.0.0.1:{server.server_port}" for server in servers]
    for server in servers:
        server.shutdown()


@pytest.fixture(scope="module")
def owner(http: httpx.Client, stack: Stack, sites: list[str]) -> Merchant:
    """Of a shop of its own, whose only storefront is the first site and which takes test cards and gift cards."""
    owner = Merchant(http.request, f"frame-{uuid.uuid4().hex[:8]}", root_token(json.loads(STACK.read_text())))
    settings = {"allowed_origins": sites[:1]}
    wanted = {"identifier": owner.shop, "name": "Frames", "currency": "CAD", "country": "CA", "settings": settings}
    good(http.post("/merchant/shops", json=wanted, headers={"Authorization": f"Bearer {owner.token}"}))
    owner.ask("PUT", "/gateways/test", {"kind": "sandbox", "name": "Sandbox"})
    owner.ask("PUT", "/gateways/gifts", {"kind": "gift_card", "name": "Gift card"})
    variant = {"sku": "ABS", "prices": {"CAD": "225.00"}, "requires_shipping": False}
    owner.ask("PUT", "/products", {"handle": "abs", "title": "Able Brewing System", "variants": [variant]})
    owner.ask("PUT", "/stock/ABS", {"on_hand": 100})
    return owner


def begin_at(owner: Merchant, stack: Stack, **more: Any) -> Checkout:
    """An order of that shop, a guest's unless `more` has a customer, which needs nothing any more but a payment."""
    cart = Checkout.begin(owner.send, replace(stack, shop=owner.shop), [item("ABS")], **more)
    if "customer" not in more:
        cart.ask("POST", "/customer/guest", GUEST)
    cart.ask("POST", "/addresses/billing", WINNIPEG)
    cart.ask("POST", "/taxes")
    return cart


def embedded(owner: Merchant, cart: Checkout, gateway: str, stack: Stack) -> Json:
    """What its storefront knows of an order: the page of a gateway as it is told it, and how to process it."""
    headers = {"Authorization": f"Bearer {owner.token}"}
    wanted = {"public_order_id": cart.order}
    begun = good(owner.send("POST", f"/checkout/orders/{cart.shop}/resume", json=wanted, headers=headers))["data"]
    (found,) = (one for one in begun["initial_data"]["external_payment_gateways"] if one["public_id"] == gateway)
    assert found["base_url"] == stack.api_url
    api = f"{stack.api_url}/checkout/storefront/{cart.shop}/{cart.order}"
    return {"url": found["iframe_url"], "api": api, "token": begun["jwt_token"]}
