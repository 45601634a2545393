"""What shipping and taxes would be elsewhere, wallets that no gateway takes, and what a storefront reports."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.deployment import Deployment
from tests.integration.shopper import BREWER, WINNIPEG, Shopper

# As a wallet tells it before the shopper agrees.
MANITOBA = {"country_code": "CA", "province_code": "MB", "postal_code": "R3Y"}


@pytest.fixture
def shopper(till: Deployment) -> Shopper:
    return Shopper(till, cart_items=[BREWER])


def test_shipping_is_estimated_for_the_place_that_a_wallet_tells(shopper: Shopper) -> None:
    before = shopper.state
    estimated = shopper.post("/shipping_lines/estimate", MANITOBA)
    assert [(line["id"], line["amount"]) for line in estimated.data["shipping_lines"]] == [("0", 1000), ("1", 1125)]
    assert estimated.state == shopper.state == before
    assert shopper.post("/shipping_lines", {"index": "0"}).fields == ["index"]


def test_taxes_are_estimated_and_not_generated(till: Deployment) -> None:
    shopper = Shopper(till, cart_items=[BREWER])
    before = shopper.state
    estimated = shopper.post("/taxes/estimate", MANITOBA)
    assert [(tax["name"], tax["value"]) for tax in estimated.data["taxes"]] == [("GST", 1125), ("PST", 1575)]
    assert estimated.state == shopper.state == before


def test_an_estimate_is_of_the_address_that_is_sent_and_not_of_the_orders(shopper: Shopper) -> None:
    shopper.post("/addresses/shipping", WINNIPEG)
    berlin = {"country_code": "DE", "postal_code": "10115"}
    assert shopper.post("/shipping_lines/estimate", berlin).data["shipping_lines"] == []
    assert shopper.post("/taxes/estimate", berlin).data["taxes"] == []
    assert shopper.state["addresses"]["shipping"]["city"] == "Winnipeg"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "country_code"),
        ({"country_code": "ZZ"}, "country_code"),
        ({"country_code": "CA"}, "province"),
        ({"country_code": "CA", "province_code": "XX"}, "province"),
        ({"country_code": 7}, "country_code"),
    ],
)
@pytest.mark.parametrize("path", ["/shipping_lines/estimate", "/taxes/estimate"])
def test_an_estimate_needs_a_country_and_its_province(
    shopper: Shopper, path: str, body: dict[str, Any], field: str
) -> None:
    assert shopper.post(path, body).fields == [field]


@pytest.mark.parametrize("step", ["create_order", "on_shipping", "on_approve"])
def test_a_wallet_that_no_gateway_takes_is_refused(shopper: Shopper, step: str) -> None:
    refused = shopper.post(f"/wallet_pay/{step}", {"gateway_type": "paypal", "payment_data": {"locale": "en"}})
    assert refused.errors == [
        {
            "message": "No payment gateway of this shop takes this wallet.",
            "type": "validation",
            "field": "gateway_type",
            "severity": "validation",
            "sub_type": "gateway_type",
        }
    ]


def test_what_a_storefront_reports_is_logged_short_and_without_personal_data(
    shopper: Shopper, caplog: pytest.LogCaptureFixture
) -> None:
    message = "john.doe@example.com +1 (204) 678-9087 R3Y: no frame after 3 tries " + "x" * 5000
    details = json.dumps({"address": "50 Fultz Blvd"})
    reported = shopper.post("/log", {"message": message, "key": "frame", "details": details})
    assert reported.data == {"success": True}
    (kept,) = [record.__dict__ for record in caplog.records if record.message == "a storefront reports"]
    assert (kept["shop"], kept["key"]) == ("acme", "frame")
    assert kept["said"].startswith("… +… R3Y: no frame after 3 tries xxx")
    assert len(kept["said"]) < 200
    assert "Fultz" not in str([record.__dict__ for record in caplog.records])


@pytest.mark.parametrize(
    ("body", "field"), [(None, "message"), ({"message": 7}, "message"), ({"message": "m", "key": 1}, "key")]
)
def test_a_report_has_a_message(shopper: Shopper, body: Any, field: str) -> None:
    assert shopper.post("/log", body).fields == [field]
