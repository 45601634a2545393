"""Bold's own browser library, as its users install it, drives the whole checkout."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from scripts.checkout_client import WINNIPEG, Json, Merchant, Stack
from tests.e2e.deployment import Sell, settled, states

HERE = Path(__file__).parent
# Everything that the library can do of the routes that there are, and what each answer's data must hold.
EXPECTED = {
    "addGuestCustomer": "customer",
    "updateCustomer": "customer",
    "deleteCustomer": "customer",
    "setShippingAddress": "address",
    "updateShippingAddress": "address",
    "deleteShippingAddress": "address",
    "setBillingAddress": "address",
    "updateBillingAddress": "address",
    "deleteBillingAddress": "address",
    "addLineItem": "line_item",
    "updateLineItemQuantity": "line_item",
    "deleteLineItem": "line_item",
    "getShippingLines": "shipping_lines",
    "changeShippingLine": "selected_shipping",
    "changeShippingLineWithCode": "selected_shipping",
    "setTaxes": "taxes",
    "addPayment": "payment",
    "updatePayment": "payment",
    "deletePayment": "payment",
    "getPaymentList": "payments",
    "checkInventory": "inventory_check",
    "getRefreshedApplicationState": "application_state",
}


@pytest.fixture(scope="session")
def sku(sell: Sell) -> str:
    """What is bought; one is there."""
    return sell(on_hand=1, price="225.00")


@pytest.fixture(scope="session")
def checkout(packages: None, stack: Stack, sku: str) -> Json:
    """All that the library did and saw."""
    wanted = {
        "api": stack.api_url,
        "shop": stack.shop,
        "token": stack.merchant_token,
        "gateway": stack.gateway,
        "sku": sku,
        "address": WINNIPEG,
    }
    script = ["node", "bold.cjs"]
    done = subprocess.run(
        script, cwd=HERE, input=json.dumps(wanted), capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    seen: Json = json.loads(done.stdout)
    return seen


def test_every_call_of_the_library_is_understood(checkout: Json) -> None:
    refused = [call for call in checkout["calls"] if not call["success"]]
    assert [(call["call"], call["status"]) for call in refused] == [("processOrder", 422), ("addLineItem", 422)]
    answered = {call["call"]: call["keys"] for call in checkout["calls"] if call["success"]}
    for name, key in EXPECTED.items():
        assert {key, "application_state"} <= set(answered[name]), name


def test_the_library_reads_its_state_from_the_answers(checkout: Json) -> None:
    before, state = checkout["before"], checkout["state"]
    assert [line["product_data"]["line_item_key"] for line in before["line_items"]] == ["first"]
    assert before["customer"]["last_name"] == "Doe Jr."
    assert before["addresses"]["shipping"]["address_line_2"] == "Unit 2"
    assert before["addresses"]["billing"]["address_line_2"] == "Unit 3"
    assert before["shipping"]["selected_shipping"]["code"] == "standard"
    assert (before["order_total"], before["order_balance"], before["is_processed"]) == (26200, 0, False)
    assert (state["order_total"], state["is_processed"]) == (26200, True)


def test_three_d_secure_and_a_placed_order_through_the_library(
    checkout: Json, merchant: Merchant, stack: Stack, sku: str
) -> None:
    processed = [call["status"] for call in checkout["calls"] if call["call"] == "processOrder"]
    assert processed == [422, 202, 200]
    order = merchant.order(checkout["order"])
    assert (order["status"], order["total"]) == ("placed", 26200)
    assert states(merchant.ledger(stack.gateway, order)) == ["authorized"]
    level = settled(merchant, sku)
    assert (level["held"], level["allocated"], level["available"]) == (0, 1, 0)


def test_a_processed_order_is_said_to_be_processed(checkout: Json) -> None:
    late = checkout["calls"][-1]
    fields = Counter(error["field"] for error in late["error"]["body"]["errors"])
    assert fields == {"is_processed": 1}
