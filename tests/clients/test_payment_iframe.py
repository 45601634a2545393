"""The payment page in a real browser: a storefront embeds it, styles it and takes a payment through it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from scripts.checkout_client import Checkout, Json, Merchant, Stack, good, item
from tests.clients.browser import InBrowser

STYLES = {
    "css_rules": [{"cssText": ".payment__amount { color: rgb(1, 2, 3); }"}],
    "media_rules": [
        {"conditionText": "(min-width: 100px)", "cssRules": [{"cssText": ".payment { padding: 33px; }"}]},
    ],
}


class Page(BaseHTTPRequestHandler):
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
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Page) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield [f"http://127.0.0.1:{server.server_port}" for server in servers]
    for server in servers:
        server.shutdown()


@pytest.fixture(scope="module")
def cart(http: httpx.Client, stack: Stack, sites: list[str]) -> Checkout:
    """An order of a shop of its own, whose only storefront is the first site."""
    shop = f"frame-{uuid.uuid4().hex[:8]}"
    headers = {"Authorization": f"Bearer {stack.merchant_token}"}
    settings = {"allowed_origins": sites[:1]}
    wanted = {"identifier": shop, "name": "Frames", "currency": "CAD", "country": "CA", "settings": settings}
    good(http.post("/merchant/shops", json=wanted, headers=headers))
    merchant = Merchant(http.request, shop, stack.merchant_token)
    merchant.ask("PUT", "/gateways/test", {"kind": "sandbox", "name": "Sandbox"})
    variant = {"sku": "ABS", "prices": {"CAD": "225.00"}, "weight_grams": 100}
    merchant.ask("PUT", "/products", {"handle": "abs", "title": "Able Brewing System", "variants": [variant]})
    return Checkout.begin(http.request, replace(stack, shop=shop), [item("ABS")])


@pytest.fixture(scope="module")
def seen(in_browser: InBrowser, http: httpx.Client, stack: Stack, cart: Checkout, sites: list[str]) -> Json:
    """All that the browser saw."""
    begun = good(
        http.post(
            f"/checkout/orders/{cart.shop}/resume",
            json={"public_order_id": cart.order},
            headers={"Authorization": f"Bearer {stack.merchant_token}"},
        )
    )["data"]
    cart.call("POST", "/payments/styles", STYLES)
    (gateway,) = begun["initial_data"]["external_payment_gateways"]
    assert gateway["base_url"] == stack.api_url
    storefront, stranger = sites
    return in_browser(
        "payment_iframe.cjs", {"url": gateway["iframe_url"], "storefront": storefront, "stranger": stranger}
    )


def test_the_page_looks_as_the_storefront_wants(seen: Json) -> None:
    looks = seen["looks"]
    assert {look["color"] for look in looks.values()} == {"rgb(1, 2, 3)"}
    assert [looks[name]["padding"] for name in ("first", "wide", "narrow")] == ["6px", "33px", "6px"]
    answers = seen["answers"]
    assert [answers[name]["success"] for name in ("media", "narrow", "unknown")] == [True, True, False]


def test_it_speaks_the_shoppers_language(seen: Json) -> None:
    looks = seen["looks"]
    assert looks["first"]["legend"] == "Choose what the test card does"
    assert looks["french"]["legend"] == "Choisissez ce que fait la carte de test"
    assert looks["cleared"]["legend"] == looks["first"]["legend"]
    assert (looks["first"]["due"], looks["french"]["due"]) == ("CA$225.00", "225,00\xa0$")


def test_it_shows_what_went_wrong_as_text_until_that_is_cleared(seen: Json) -> None:
    assert seen["looks"]["failed"]["error"] == "<b>No.</b>"
    assert seen["looks"]["cleared"]["error"] == ""


def test_the_payment_arrives_in_the_order_once_and_replaces_what_was_chosen_before(seen: Json, cart: Checkout) -> None:
    answers = [message["payload"] for message in seen["messages"] if message["responseType"] == "PIGI_ADD_PAYMENT"]
    assert [(answer["success"], answer["paymentType"]) for answer in answers] == [(True, "CREDIT_CARD")] * 3
    assert all(seen["answers"][name]["success"] for name in ("refresh", "confirmed"))
    assert seen["looks"]["paid"]["done"] == "Your payment was added."
    (payment,) = cart.ask("GET", "/refresh")["application_state"]["payments"]
    assert (payment["token"], payment["value"], payment["gateway_public_id"]) == ("tok_approve", 22500, "test")
    assert (payment["type"], payment["display_string"]) == ("credit_card", "Approved")


def test_it_answers_to_the_page_around_it_and_to_no_other(seen: Json, sites: list[str], stack: Stack) -> None:
    assert seen["meddled"] == ["PIGI_UPDATE_LANGUAGE"]
    assert {message["origin"] for message in seen["messages"]} == {stack.aws_endpoint_url}


def test_it_says_when_it_is_there_and_how_high_it_is_in_both_forms_that_storefronts_read(seen: Json) -> None:
    kinds = [message["responseType"] for message in seen["messages"]]
    assert kinds[:2] == ["PAYMENT_GATEWAY_FRAME_INITIALIZED", "PIGI_INITIALIZED"]
    assert {"PAYMENT_GATEWAY_FRAME_HEIGHT_UPDATED", "PIGI_UPDATE_HEIGHT"} < set(kinds)
    for message in seen["messages"]:
        assert message["payload"]["height"] > 100
        if message["responseType"].startswith("PAYMENT_GATEWAY_FRAME_"):
            assert (message["type"], message["height"]) == (message["responseType"], message["payload"]["height"])


def test_when_the_session_has_ended_the_frame_says_so_and_pays_nothing(seen: Json) -> None:
    assert "Your session has ended. Please reload the page. (Invalid JWT)" in seen["ended"]["text"]
    assert seen["ended"]["height"] > 50
    assert not seen["answers"]["ended"]["success"]


def test_a_strangers_page_cannot_embed_it(seen: Json) -> None:
    assert seen["foreign"] == {"frame": "chrome-error://chromewebdata/", "messages": []}
    unauthorized, forbidden = seen["complaints"]
    assert "401" in unauthorized
    assert "frame-ancestors" in forbidden


def test_the_sessions_token_leaves_with_no_request_but_the_pages_own(
    seen: Json, sites: list[str], stack: Stack
) -> None:
    ours = [request["url"].startswith((stack.api_url, *sites)) for request in seen["requests"]]
    assert len(ours) > 8
    assert all(ours)
    assert not any("token=" in request["referrer"] for request in seen["requests"])
