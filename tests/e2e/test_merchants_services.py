"""A merchant's own tax provider and plugin, real servers on this machine that deployed functions call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from scripts.checkout_client import Checkout, Json, Merchant, Stack, item
from tests.e2e.deployment import settled, submitted
from tests.e2e.shops import shop_of
from tests.fakes.outbound import Service, http_answer, running

PLUGIN = "93225ea4-d701-41f9-a30a-bfe66f5d0479"


@dataclass
class OwnShop:
    """A shop of the test's own, which sells one thing for 10.00 CAD and ships it for 5.00, and a service beside it."""

    merchant: Merchant
    stack: Stack
    service: Service

    def begin(self) -> Checkout:
        return Checkout.begin(self.merchant.send, self.stack, [item("THING", 2)])

    def heard(self, secret: str) -> list[Any]:
        """What the service was told, its signature checked."""
        return [Webhook(secret).verify(text, headers) for headers, text in self.service.received]


@pytest.fixture
def own(http: httpx.Client, stack: Stack) -> Iterator[OwnShop]:
    merchant = shop_of(http, stack, {"platform_id": "1", "sku": "THING", "prices": {"CAD": "10.00"}}, on_hand=10)
    with running(Service()) as service:
        yield OwnShop(merchant, replace(stack, shop=merchant.shop, gateway="sandbox"), service)


def test_an_order_is_charged_the_tax_that_the_merchants_own_provider_names(own: OwnShop) -> None:
    def quote(asked: Json) -> Json:
        lines = [{"key": line["key"], "taxes": [{"name": "Own tax", "amount": 77}]} for line in asked["lines"]]
        shipping = [{"name": "Own tax", "amount": 3}]
        return {"currency": "CAD", "included": False, "lines": lines, "shipping": shipping, "reference": "q-1"}

    own.service.answer = quote
    secret = own.merchant.ask("PUT", "/tax_provider", {"url": own.service.url})["data"]["secret"]
    cart = own.begin().fill(own.stack.gateway)

    assert cart.state["taxes"] == [{"value": 80, "name": "Own tax", "is_included": False}]
    assert cart.state["order_total"] == 2000 + 500 + 80
    assert submitted(cart).status_code == 200

    order = own.merchant.order(cart.order)
    assert order["taxes_from"] == {"provider": own.service.url, "reference": "q-1"}
    assert [entry["amount"] for entry in own.merchant.ledger("sandbox", order)] == [2580]
    assert [asked["type"] for asked in own.heard(secret)] == ["taxes"] * len(own.service.received)
    assert len(own.service.received) >= 2, "asked again before the money moved"

    own.service.answer = lambda _: http_answer("500 Internal Server Error")
    other = own.begin()
    other.ask("POST", "/addresses/billing", cart.state["addresses"]["billing"])
    refused = other.call("POST", "/taxes")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["message"] == "There was an error calculating the taxes"


def test_a_plugin_adds_a_fee_and_says_what_is_in_stock(own: OwnShop) -> None:
    left = [1]

    def answer(asked: Json) -> Json:
        if "items" in asked:
            return {"type": asked["type"], "items": [one | {"available_quantity": left[0]} for one in asked["items"]]}
        fee = {"id": "wrap", "line_text": "Gift wrap", "fee_type": "fixed", "value": 300}
        override = {"type": "OVERRIDE_INVENTORY", "data": {"url": own.service.url}}
        return {"success": True, "actions": [{"type": "ADD_FEE", "data": fee}, override]}

    own.service.answer = answer
    body = {"name": "Wrapping", "url": own.service.url}
    secret = own.merchant.ask("PUT", f"/plugins/{PLUGIN}", body)["data"]["secret"]
    cart = own.begin()
    cart.ask("POST", "/app_hook", {"uuid": PLUGIN, "hook": "wrap", "app_hook_data": {"paper": "red"}})
    cart.fill(own.stack.gateway)

    assert [fee["value"] for fee in cart.state["fees"]] == [300]
    assert cart.state["order_total"] == 2000 + 500 + 300
    assert cart.ask("GET", "/check_inventory")["inventory_check"]["result"] == "fail"
    refused = submitted(cart)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["sub_type"] == "insufficient_stock"
    assert own.merchant.ledger("sandbox", own.merchant.order(cart.order)) == []

    left[0] = 2
    assert submitted(cart).status_code == 200
    assert cart.state["is_processed"] is True or cart.ask("GET", "/refresh")["application_state"]["is_processed"]
    assert settled(own.merchant, "THING")["allocated"] == 0, "what a plugin speaks for is not Till's to count"
    heard = own.heard(secret)
    assert heard[0]["app_hook_data"] == {"paper": "red"}
    assert {told["type"] for told in heard[1:]} == {"initial", "final"}


def test_a_plugin_that_does_not_listen_changes_nothing(own: OwnShop) -> None:
    own.merchant.ask("PUT", f"/plugins/{PLUGIN}", {"name": "Gone", "url": "http://127.0.0.1:9/"})
    cart = own.begin()

    refused = cart.call("POST", "/app_hook", {"uuid": PLUGIN, "hook": "wrap"})

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "app_hook"
    assert cart.ask("GET", "/refresh")["application_state"]["fees"] == []
