"""How a guest buys two things in each dialect, by as few requests as its storefronts send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.process import GATEWAY, TOKEN, Till
from scripts.checkout_client import WINNIPEG, Checkout, good
from till.application.clients import register
from till.runtime import wiring

LINES = 2
WHERE = {"first_name": "John", "last_name": "Doe", "city": "Winnipeg", "phone": "204-678-9087"}

# Buys once.
type Shop = Callable[[], None]


def _bold(till: Till) -> Shop:
    def shop() -> None:
        if not till.checkout(LINES).fill(GATEWAY).process().is_success:
            raise RuntimeError("the order was not placed")

    return shop


def one_thing(till: Till) -> Shop:
    """Bold, as in a flash sale: everybody wants the same."""

    def shop() -> None:
        if not till.checkout(1).fill(GATEWAY).process().is_success:
            raise RuntimeError("the order was not placed")

    return shop


def nothing(till: Till) -> Shop:
    """Bold, all but the end: who leaves has filled everything in."""

    def shop() -> None:
        till.checkout(LINES).fill(GATEWAY)

    return shop


def _elastic_path(till: Till) -> Shop:
    """A token, the items one by one, checkout, purchase."""
    client, _ = register(wiring.clients(), till.stack.shop, "bench", bytes(48), wiring.now())
    address = {"first_name": "John", "last_name": "Doe", "line_1": "123 Fake Street", "city": "Winnipeg"}
    address |= {"region": "MB", "postcode": "R3T 1B8", "country": "CA"}
    form = f"grant_type=implicit&client_id={client.id}"

    def shop() -> None:
        asked = {"Content-Type": "application/x-www-form-urlencoded"}
        token = good(till.send("POST", "/oauth/access_token", content=form, headers=asked))["access_token"]
        cart = f"/v2/carts/{wiring.new_id()}"

        def post(path: str, data: Any) -> Any:
            return good(till.send("POST", path, json={"data": data}, headers={"Authorization": f"Bearer {token}"}))

        for number in range(LINES):
            post(f"{cart}/items", {"type": "cart_item", "sku": f"MUG-{number}", "quantity": 1})
        guest = {"name": "John Doe", "email": "john.doe@example.com"}
        order = post(f"{cart}/checkout", {"customer": guest, "billing_address": address})["data"]
        payment = {"gateway": GATEWAY, "method": "purchase", "payment": "tok_approve"}
        paid = post(f"/v2/orders/{order['id']}/payments", payment)["data"]
        if paid["status"] != "complete":
            raise RuntimeError("the order was not paid")

    return shop


def _cocart(till: Till) -> Shop:
    """The items one by one, the address for its ways of shipping, checkout."""
    address = WHERE | {"email": "john.doe@example.com", "address_1": "50 Fultz Blvd", "address_2": ""}
    address |= {"state": "MB", "postcode": "R3Y 0L6", "country": "CA", "company": ""}
    site = f"/cocart/{till.stack.shop}/wp-json/cocart"

    def shop() -> None:
        key: dict[str, str] = {}

        def ask(method: str, path: str, body: Any) -> Any:
            return good(till.send(method, f"{site}/{path}", json=body, headers=key))

        for number in range(LINES):
            cart = ask("POST", "v2/cart/add-item", {"id": f"MUG-{number}", "quantity": "1"})
            key["Cart-Key"] = cart["cart_key"]
        ask("PUT", "preview/checkout", {"billing_address": address, "shipping_address": address})
        payment = [{"key": "token", "value": "tok_approve"}]
        wanted = {"billing_address": address, "payment_method": GATEWAY, "payment_data": payment}
        paid = ask("POST", "preview/checkout", wanted)["payment_result"]
        if paid["payment_status"] != "success":
            raise RuntimeError("the order was not paid")

    return shop


def _diddo(till: Till) -> Shop:
    """A session of a template that is there, where it goes and how it ships; paid as the checkout page does it."""
    key = {"Authorization": f"Bearer {TOKEN}"}
    buyer = WHERE | {"email": "john.doe@example.com", "address1": "50 Fultz Blvd", "address2": ""}
    buyer |= {"province_code": "MB", "postal_code": "R3Y 0L6", "country_code": "CA"}

    def ask(method: str, path: str, body: Any = None) -> Any:
        return good(till.send(method, path, json=body, headers=key))

    template = ""
    for number in range(LINES):
        item = {"variant_id": f"mug-{number}", "quantity": 1}
        template = ask("POST", "/cart/add", {"cart_id": template, "item": item})["id"]

    def shop() -> None:
        session = ask("POST", f"/checkout/begin/{template}")["cart_id"]
        told = ask("POST", "/checkout/shipping", {"cart_id": session, "buyer_info": buyer})
        offers = told["stores"][0]["offer"]["shipping_methods"]
        ask("POST", "/checkout/shipping/method", {"cart_id": session, "shipping_method_id": offers[0]["id"]})
        opened = good(till.send("POST", f"/checkout/{session}/session", json={}, headers={}))["data"]
        order = Checkout(till.send, till.stack.shop, opened["public_order_id"], opened["jwt_token"])
        order.ask("POST", "/addresses/billing", WINNIPEG)
        order.ask("POST", "/taxes")
        order.pay(GATEWAY, "tok_approve")
        if not order.process().is_success:
            raise RuntimeError("the order was not placed")

    return shop


SHOPPERS: Mapping[str, Callable[[Till], Shop]] = {
    "Bold": _bold,
    "Elastic Path": _elastic_path,
    "CoCart": _cocart,
    "Diddo": _diddo,
}
