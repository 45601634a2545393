"""Bold's own browser library, beyond the documented endpoints: batches, estimates, saved payments, the log."""

from __future__ import annotations

import uuid

import pytest

from scripts.checkout_client import GUEST, WINNIPEG, Stack
from tests.clients.bold_library import Library, Open
from tests.e2e.deployment import Sell


@pytest.fixture
def sku(sell: Sell) -> str:
    """A brewing system for 225.00."""
    return sell(price="225.00")


@pytest.fixture
def library(open_library: Open, sku: str) -> Library:
    """With an order of one brewing system."""
    return open_library(sku)


def test_the_first_page_of_a_checkout_is_one_batch(library: Library) -> None:
    answers = library.do(
        "batchRequest",
        [
            {"apiType": "addGuestCustomer", "payload": GUEST},
            {"apiType": "setShippingAddress", "payload": WINNIPEG},
            {"apiType": "setBillingAddress", "payload": WINNIPEG},
            {"apiType": "getShippingLines"},
            {"apiType": "changeShippingLines", "payload": {"index": "0"}},
            {"apiType": "setTaxes"},
        ],
    )
    assert [one["status_code"] for one in answers] == [200] * 6
    assert library.state["customer"]["email_address"] == GUEST["email_address"]
    assert library.state["order_total"] == 26200


def test_a_batch_that_is_refused_in_part_leaves_the_library_with_what_was_done(library: Library) -> None:
    refused = library.call(
        "batchRequest",
        [
            {"apiType": "setShippingAddress", "payload": WINNIPEG | {"postal_code": "1"}},
            {"apiType": "setBillingAddress", "payload": WINNIPEG},
            {"apiType": "processOrder"},
        ],
    )
    assert (refused.status, refused.fields) == (422, ["postal_code", "endpoint"])
    assert [one["status_code"] for one in refused.response["data"]] == [422, 200, 422]
    assert library.state["addresses"]["billing"]["city"] == "Winnipeg"


def test_estimates_leave_the_order_as_it_is(library: Library) -> None:
    before = library.state
    assert len(library.do("estimateShippingLines", WINNIPEG)["shipping_lines"]) == 2
    assert [tax["value"] for tax in library.do("estimateTaxes", WINNIPEG)["taxes"]] == [1125, 1575]
    assert library.state == before


def test_a_known_customer_pays_again_with_what_was_saved(open_library: Open, sku: str, stack: Stack) -> None:
    ann = {"platform_id": uuid.uuid4().hex, "email_address": "ann@example.com", "first_name": "Ann", "last_name": "Lee"}
    first = open_library(sku, customer=ann)
    payment = {"gateway_public_id": stack.gateway, "token": "tok_approve", "retain": True, "display_string": "1111"}
    for name, *args in (
        ("setShippingAddress", WINNIPEG),
        ("setBillingAddress", WINNIPEG),
        ("changeShippingLine", "0"),
        ("setTaxes",),
        ("addPayment", payment),
        ("processOrder",),
    ):
        first.do(name, *args)
    second = open_library(sku, customer=ann)
    (method,) = second.initial_data["eps_gateways"][stack.gateway]["vaulted_payment_methods"]
    assert (method["eps_token"], method["tender"]["last4"]) == ("tok_approve", "1111")
    second.do("addPayment", payment | {"token": method["eps_token"], "amount": 100})
    second.do("deletePaymentMethod", method["public_id"])
    assert open_library(sku, customer=ann).initial_data["eps_gateways"] == {}


def test_the_log_takes_what_a_storefront_reports(library: Library) -> None:
    assert library.do("addLog", "The payment frame did not load.", "payment_frame", '{"tries": 3}') == {"success": True}


@pytest.mark.parametrize("step", ["walletPayCreateOrder", "walletPayOnShipping", "walletPayOnApprove"])
def test_a_wallet_that_no_gateway_takes_is_refused(library: Library, step: str) -> None:
    refused = library.call(step, {"gateway_type": "paypal", "payment_data": {"locale": "en"}})
    assert (refused.status, refused.fields) == (422, ["gateway_type"])
