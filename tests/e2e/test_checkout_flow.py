"""One checkout over HTTP, as storefronts do it, and each answer that they may meet on the way."""

from __future__ import annotations

import uuid

import httpx
import pytest

from scripts.checkout_client import GUEST, WINNIPEG, Checkout, Json, Merchant, Stack, good, item
from tests.e2e.deployment import Begin, Sell, settled, states, submitted

EMPTY: Json = {"customer": [], "line_items": [], "payments": [], "taxes": [], "discounts": [], "fees": []}


def error(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, and field and sub type of the first error."""
    first = answer.json()["errors"][0]
    assert first.keys() >= {"message", "type", "field", "severity", "sub_type"}
    return answer.status_code, first["field"], first["sub_type"]


def test_a_shopper_goes_from_an_empty_cart_to_a_placed_order(merchant: Merchant, stack: Stack, begin: Begin) -> None:
    brewer = next(variant for variant in stack.variants if variant.sku == "ABS")
    cart = begin()
    assert {name: cart.state[name] for name in EMPTY} == EMPTY
    assert cart.state["addresses"] == {"shipping": [], "billing": []}
    assert cart.state["shipping"]["selected_shipping"] is None

    added = cart.ask("POST", "/items", item(brewer))
    assert (added["line_item"]["price"], added["line_item"]["sku"]) == (brewer.price, "ABS")
    assert cart.ask("POST", "/customer/guest", GUEST)["customer"]["email_address"] == GUEST["email_address"]
    assert cart.ask("POST", "/addresses/shipping", WINNIPEG)["address"]["province_code"] == "MB"
    offers = cart.ask("GET", "/shipping_lines")["shipping_lines"]
    assert [(line["id"], line["amount"]) for line in offers] == [("0", 1000), ("1", 1125)]
    assert cart.ask("POST", "/shipping_lines", {"index": "0"})["selected_shipping"] == offers[0]
    cart.ask("POST", "/addresses/billing", WINNIPEG)
    taxes = cart.ask("POST", "/taxes")["taxes"]
    assert [(tax["name"], tax["value"]) for tax in taxes] == [("GST", 1125), ("PST", 1575)]
    payment = cart.pay(stack.gateway, "tok_approve")
    assert payment["amount"] == payment["value"] == 26200
    assert cart.ask("GET", "/check_inventory")["inventory_check"] == {"result": "pass"}
    answer = submitted(cart)

    assert answer.status_code == 200
    assert cart.state["is_processed"] is True
    assert (cart.state["order_total"], cart.state["order_balance"]) == (26200, 0)
    order = merchant.order(cart.order)
    assert (order["status"], order["total"], order["email"]) == ("placed", 26200, GUEST["email_address"])
    steps = [(entry["what"], entry["outcome"]) for entry in order["timeline"] if entry["attempt"]]
    assert steps == [
        ("pre_process", "passed"),
        ("check_inventory", "held"),
        ("authorize", "authorized"),
        ("process", "placed"),
    ]
    (entry,) = merchant.ledger(stack.gateway, order)
    assert (entry["state"], entry["amount"], entry["reference"]) == ("authorized", 26200, str(order["number"]))


def test_a_placed_order_can_be_read_but_not_changed(sell: Sell, begin: Begin) -> None:
    cart = begin(sell(), pay_with="tok_approve")
    assert submitted(cart).status_code == 200

    for method, path, body in (
        ("POST", "/items", item("HOUSE-250")),
        ("DELETE", "/customer", None),
        ("POST", "/taxes", None),
        ("POST", "/process_order", None),
        ("POST", "/pre_process_order", None),
    ):
        assert error(cart.call(method, path, body)) == (422, "is_processed", "is_processed")
    for path in ("/refresh", "/items", "/customer", "/payments", "/addresses/shipping", "/addresses/billing"):
        cart.ask("GET", path)
    assert cart.state["is_processed"] is True


def test_what_is_missing_is_named_before_anything_is_held_or_charged(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin
) -> None:
    sku = sell(on_hand=10)
    cart = begin()
    seen: list[str] = []
    for method, path, body in (
        ("POST", "/items", item(sku)),
        ("POST", "/customer/guest", GUEST),
        ("POST", "/addresses/shipping", WINNIPEG),
        ("POST", "/shipping_lines", {"index": "0"}),
        ("POST", "/taxes", None),
    ):
        refused = cart.process()
        assert refused.status_code == 422
        seen.append(refused.json()["errors"][0]["sub_type"])
        cart.ask(method, path, body)
    last = cart.process()

    assert seen == ["cart", "customer", "shipping_address", "shipping_lines", "tax"]
    assert last.json()["errors"][0]["message"] == "There are insufficient payments to cover this order"
    assert error(last) == (422, "payment", "payment")
    assert merchant.order(cart.order)["timeline"] == []
    assert settled(merchant, sku)["available"] == 10


@pytest.mark.parametrize("token", ["tok_decline", "tok_decline_funds", "tok_nobody_knows"])
def test_a_declined_card_costs_nothing_and_another_card_is_taken(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin, token: str
) -> None:
    sku = sell(on_hand=1)
    cart = begin(sku, pay_with=token)

    assert error(submitted(cart)) == (422, "payment", "payment")
    assert settled(merchant, sku)["available"] == 1
    cart.ask("DELETE", "/payments", {"gateway_public_id": stack.gateway, "token": token})
    cart.pay(stack.gateway, "tok_approve")
    assert submitted(cart).status_code == 200

    order = merchant.order(cart.order)
    assert states(merchant.ledger(stack.gateway, order)) == ["declined", "authorized"]
    assert settled(merchant, sku)["allocated"] == 1


def test_more_than_there_is_fails_the_inventory_check_and_the_order(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin
) -> None:
    sku = sell(on_hand=2)
    cart = begin(sku, quantity=3, pay_with="tok_approve")

    check = cart.ask("GET", "/check_inventory", params={"stage": "final"})["inventory_check"]
    assert check["result"] == "fail"
    assert [failed["available_quantity"] for failed in check["failed_items"]] == [2]
    assert error(submitted(cart)) == (422, "inventory", "insufficient_stock")
    assert merchant.ledger(stack.gateway, merchant.order(cart.order)) == []
    assert settled(merchant, sku)["available"] == 2

    cart.ask("PUT", "/items", {"line_item_key": sku, "quantity": 2})
    cart.ask("POST", "/taxes")
    assert submitted(cart).status_code == 200


def test_every_part_of_a_cart_can_be_changed_and_taken_back(stack: Stack, begin: Begin) -> None:
    cart = begin("HOUSE-1000", pay_with="tok_approve")
    cart.ask("POST", "/items", item("HOUSE-250"))
    cart.ask("PUT", "/items", {"line_item_key": "HOUSE-250", "quantity": 3})
    assert [line["product_data"]["total_price"] for line in cart.state["line_items"]] == [3200, 2850]
    cart.ask("PUT", "/customer", GUEST | {"first_name": "Jane"})
    cart.ask("PUT", "/customer/guest", GUEST | {"last_name": "Roe"})
    assert cart.state["customer"]["last_name"] == "Roe"
    berlin = WINNIPEG | {
        "country_code": "DE",
        "country": "Germany",
        "province_code": "",
        "province": "",
        "postal_code": "10115",
        "city": "Berlin",
    }
    cart.ask("PUT", "/addresses/shipping", berlin)
    cart.ask("PUT", "/addresses/billing", berlin)
    assert cart.state["shipping"]["selected_shipping"] is None
    assert [line["code"] for line in cart.state["shipping"]["available_shipping_lines"]] == ["international"]
    cart.ask("POST", "/shipping_lines", {"index": "0", "code": "international"})
    (included,) = cart.ask("POST", "/taxes")["taxes"]
    assert (included["name"], included["is_included"]) == ("MwSt", True)
    paid = {"gateway_public_id": stack.gateway, "token": "tok_approve"}
    assert cart.ask("PUT", "/payments", paid | {"amount": 100})["payment"]["amount"] == 100

    cart.ask("DELETE", "/payments", paid)
    cart.ask("DELETE", "/items", {"line_item_key": "HOUSE-250", "quantity": 0})
    cart.ask("PUT", "/items", {"line_item_key": "HOUSE-1000", "quantity": 0})
    cart.ask("DELETE", "/customer")
    assert cart.ask("DELETE", "/addresses/billing")["address"] == []
    assert cart.ask("DELETE", "/addresses/shipping")["address"] == []

    cart.ask("GET", "/refresh")
    assert {name: cart.state[name] for name in EMPTY} == EMPTY
    assert cart.state["addresses"] == {"shipping": [], "billing": []}


@pytest.mark.parametrize(
    ("method", "path", "body", "refusal"),
    [
        ("POST", "/items", {"sku": "nothing-like-it", "quantity": 1}, (422, "sku", "sku")),
        ("POST", "/items", {"sku": "HOUSE-250", "quantity": 0}, (422, "quantity", "quantity")),
        ("POST", "/items", {"sku": "HOUSE-250", "quantity": 1.5}, (422, "quantity", "quantity")),
        ("POST", "/items", {"sku": "HOUSE-250", "quantity": 10**9}, (422, "quantity", "quantity")),
        ("POST", "/items", {"sku": "HOUSE-250", "quantity": 1, "price": 1}, (422, "price", "price")),
        ("POST", "/customer/guest", GUEST | {"email_address": "nobody"}, (422, "email_address", "customer")),
        ("POST", "/addresses/shipping", WINNIPEG | {"postal_code": "1"}, (422, "postal_code", "")),
        ("POST", "/addresses/shipping", WINNIPEG | {"country_code": "XX"}, (422, "country_code", "")),
        ("POST", "/shipping_lines", {"index": "7"}, (422, "index", "index")),
        ("PUT", "/items", {"line_item_key": "nothing", "quantity": 1}, (422, "line_item_key", "line_item_key")),
        (
            "POST",
            "/payments",
            {"gateway_public_id": "other", "token": "t"},
            (422, "gateway_public_id", "gateway_public_id"),
        ),
        ("POST", "/items", {"sku": "x" * 300_000, "quantity": 1}, (422, "body", "body")),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, str | tuple) else None,
)
def test_bad_input_is_refused_by_name_and_changes_nothing(
    begin: Begin, method: str, path: str, body: Json, refusal: tuple[int, str, str]
) -> None:
    cart = begin()
    before = cart.ask("GET", "/refresh")

    assert error(cart.call(method, path, body)) == refusal
    assert cart.ask("GET", "/refresh") == before


def test_a_session_opens_one_order_and_no_other(http: httpx.Client, begin: Begin) -> None:
    one, other = begin(), begin()
    stranger = Checkout(http.request, one.shop, other.order, one.jwt)

    assert stranger.call("GET", "/refresh").status_code == 401
    missing = http.post(f"/checkout/storefront/{one.shop}/{one.order}/process_order")
    assert missing.status_code == 401
    assert missing.json()["errors"][0]["message"] == "Missing JWT"


def test_an_order_is_resumed_with_a_fresh_session(http: httpx.Client, stack: Stack, begin: Begin) -> None:
    cart = begin("HOUSE-250")
    url, headers = f"/checkout/orders/{stack.shop}/resume", {"Authorization": f"Bearer {stack.merchant_token}"}

    resumed = good(http.post(url, json={"public_order_id": cart.order}, headers=headers))["data"]

    assert resumed.keys() >= {"initial_data", "application_state", "jwt_token", "public_order_id"}
    assert resumed["application_state"] == cart.state
    again = Checkout(http.request, stack.shop, resumed["public_order_id"], resumed["jwt_token"])
    again.ask("GET", "/refresh")
    unknown = http.post(url, json={"public_order_id": "0" * 64}, headers=headers)
    assert error(unknown) == (404, "public_order_id", "public_order_id")
    assert http.post(url, json={"public_order_id": cart.order}).status_code == 401


def test_a_cart_of_the_merchants_backend_becomes_an_order(
    http: httpx.Client, merchant: Merchant, stack: Stack, sell: Sell
) -> None:
    sku = sell(price="7.50")
    made = merchant.ask("POST", "/carts", {"items": [{"sku": sku, "quantity": 2}]})["data"]

    cart = Checkout.begin(http.request, stack, cart_id=made["id"])

    assert [line["product_data"]["sku"] for line in cart.state["line_items"]] == [sku]
    assert cart.state["order_total"] == made["total"] == 1500
    assert submitted(cart.fill(stack.gateway)).status_code == 200


def test_a_repeated_request_is_answered_once_under_its_key(begin: Begin) -> None:
    cart = begin()
    key = {"Idempotency-Key": uuid.uuid4().hex}
    body = {"sku": "HOUSE-250", "quantity": 1, "line_item_key": "one"}

    first = cart.call("POST", "/items", body, headers=key)
    again = cart.call("POST", "/items", body, headers=key)
    other = cart.call("POST", "/items", body | {"quantity": 2}, headers=key)

    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 422)
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    cart.ask("GET", "/refresh")
    assert [line["product_data"]["quantity"] for line in cart.state["line_items"]] == [1]


def test_the_shop_says_what_it_is(http: httpx.Client, stack: Stack) -> None:
    headers = {"Authorization": f"Bearer {stack.merchant_token}"}
    info = good(http.get("/shops/v1/info", params={"shop_identifier": stack.shop}, headers=headers))

    assert (info["shop_identifier"], info["currency"]) == (stack.shop, "USD")
    assert http.get("/shops/v1/info").status_code == 401
