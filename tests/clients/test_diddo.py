"""Diddo's checkout API over plain HTTP, as its documents say it: no client of it is published."""

from __future__ import annotations

import base64
import json
import time
import uuid
from typing import Any

import httpx
import pytest

from scripts.checkout_client import Json, Merchant, Stack
from tests.clients.diddo_client import JANE, Diddo
from tests.qr_reader import read_code


@pytest.fixture(scope="module")
def diddo(http: httpx.Client, stack: Stack) -> Diddo:
    return Diddo(http, stack.api_key)


@pytest.fixture(scope="module")
def variant(merchant: Merchant) -> str:
    """For 19.99 USD, a thousand on hand; its id."""
    sku = f"T-{uuid.uuid4().hex[:12]}"
    variants = [{"sku": sku, "prices": {"USD": "19.99"}, "weight_grams": 100}]
    product = {"handle": sku.lower(), "title": "Thing to scan", "variants": variants}
    variant_id: str = merchant.ask("PUT", "/products", product)["data"]["variants"][0]["id"]
    merchant.ask("PUT", f"/stock/{sku}", {"on_hand": 1000})
    return variant_id


@pytest.fixture
def template(diddo: Diddo, variant: str) -> str:
    """A cart with two of it."""
    return diddo.template(variant, 2)


def lines(cart: Json) -> list[tuple[str, int]]:
    """Variants and quantities."""
    return [(line["variant"]["id"], line["quantity"]) for store in cart["stores"] for line in store["cart_lines"]]


def cost(cart: Json) -> dict[str, int]:
    assert {part["currency"] for part in cart["cost"].values()} == {"USD"}
    return {name: part["value"] for name, part in cart["cost"].items()}


def test_a_cart_is_filled_changed_and_emptied(diddo: Diddo, variant: str, template: str) -> None:
    assert lines(diddo.ask("GET", f"/cart/{template}")) == [(variant, 2)]
    item = {"variant_id": variant, "quantity": 1}
    assert lines(diddo.ask("POST", "/cart/add", {"cart_id": template, "item": item})) == [(variant, 3)]
    assert lines(diddo.ask("POST", "/cart/update", {"cart_id": template, "item": item})) == [(variant, 1)]
    assert lines(diddo.ask("DELETE", "/cart/items", {"cart_id": template, "variant_id": variant})) == []


@pytest.mark.parametrize(
    ("path", "accept", "media_type", "begins"),
    [
        ("qr", "image/svg+xml", "image/svg+xml", b"<"),
        ("qr", "image/png", "image/png", b"\x89PNG"),
        # What curl and Chrome's <img> say.
        ("qr", "*/*", "image/png", b"\x89PNG"),
        ("qr", "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "image/png", b"\x89PNG"),
        ("qr.png", "image/svg+xml", "image/png", b"\x89PNG"),
        ("qr.svg", "*/*", "image/svg+xml", b"<"),
    ],
)
def test_a_code_arrives_as_bytes_whoever_asks(
    path: str, accept: str, media_type: str, begins: bytes, diddo: Diddo, template: str
) -> None:
    answer = diddo.call("GET", f"/checkout/{template}/{path}", Accept=accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert answer.content.startswith(begins)
    assert answer.headers["cache-control"]
    assert template in read_code(answer.content)
    again = diddo.call(
        "GET", f"/checkout/{template}/{path}", Accept=accept, **{"If-None-Match": answer.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


def test_a_session_from_begin_to_a_shipping_method(diddo: Diddo, variant: str, template: str) -> None:
    session, other = diddo.begin(template), diddo.begin(template)
    live = session["cart_id"]
    assert (session["status"], session["payment_intent_id"][:3]) == ("IN_PROGRESS", "pi_")
    assert live not in (template, other["cart_id"])
    assert lines(session["cart"]) == [(variant, 2)]
    by_intent = {"payment_intent_id": session["payment_intent_id"], "buyer_info": JANE}
    cart = diddo.ask("POST", "/checkout/shipping", by_intent)
    offered = cart["stores"][0]["offer"]["shipping_methods"]
    assert {type(one["id"]) for one in offered} == {int}
    assert cart["buyer_identity"]["address_1"] == JANE["address1"]
    shipped = diddo.ship(live)
    # New York taxes shipping, too: 8.875 % of 44.98.
    expected = {"subtotal": 3998, "discount": 0, "shipping": 500, "fees": 0, "tax": 399, "total": 4897}
    assert cost(shipped) == expected
    assert diddo.ask("GET", f"/cart/status/{live}")["status"] == "IN_PROGRESS"
    assert lines(diddo.ask("GET", f"/cart/{template}")) == [(variant, 2)]


def test_a_customers_token_says_nothing_of_them(diddo: Diddo) -> None:
    def claims(body: Any) -> Json:
        head, payload, _ = diddo.ask("POST", "/checkout/cst", body)["cst"].split(".")
        assert _decoded(head)["typ"] == "customer-session+jwt"
        return _decoded(payload)

    named, guests = claims(JANE), claims(None)
    assert not {value for value in JANE.values() if value in json.dumps(named)}
    assert abs(guests["exp"] - time.time() - 86_400) < 600


def test_what_is_wrong_is_said_in_one_shape(diddo: Diddo, template: str, http: httpx.Client) -> None:
    nobody = "01JZ8S3M0T4Y2R8QH6D5F1ABCD"
    assert diddo.refusal("GET", f"/cart/{nobody}") == (404, "CART_NOT_FOUND")
    assert diddo.refusal("GET", f"/checkout/{nobody}/qr") == (404, "CART_NOT_FOUND")
    assert diddo.refusal("POST", f"/checkout/begin/{nobody}") == (400, "CART_NOT_FOUND")
    assert diddo.refusal("POST", "/checkout/shipping", {"buyer_info": JANE})[0] == 400
    assert diddo.refusal("POST", "/checkout/shipping/method", {"cart_id": template, "shipping_method_id": 1})[0] == 400
    assert Diddo(http, "nobodys").refusal("GET", f"/cart/{template}")[0] == 401


def _decoded(part: str) -> Json:
    decoded: Json = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return decoded
