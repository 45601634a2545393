"""Payments that a customer keeps for another time: saved when the order is placed, shown to that customer alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.deployment import Deployment
from tests.integration.shopper import BREWER, JOHN, WINNIPEG, Shopper, card
from till.runtime import wiring

ANN = {"platform_id": "1234", "first_name": "Ann", "last_name": "Lee", "email_address": "ann@example.com"}
VISA = card("tok_approve", retain=True, display_string="1111", brand="visa")


def buy(till: Deployment, customer: dict[str, Any] | None, payment: dict[str, Any]) -> Shopper:
    """A whole checkout."""
    shopper = Shopper(till, cart_items=[BREWER], customer=customer)
    if customer is None:
        shopper.post("/customer/guest", JOHN)
    for path in ("/addresses/shipping", "/addresses/billing"):
        shopper.post(path, WINNIPEG)
    shopper.post("/shipping_lines", {"index": "0"})
    shopper.post("/taxes")
    shopper.post("/payments", payment)
    shopper.process()
    return shopper


def shown(till: Deployment, customer: dict[str, Any] | None = ANN) -> Any:
    """What a new order of the customer tells of saved payments."""
    return Shopper(till, customer=customer).begun.data["initial_data"]["eps_gateways"]


def test_a_payment_is_saved_when_its_order_is_placed(till: Deployment) -> None:
    assert shown(till) == {}
    buy(till, ANN, VISA)
    saved = shown(till)["sandbox-1"]
    (method,) = saved.pop("vaulted_payment_methods")
    assert saved == {"auth_token": "", "currency": "CAD"}
    assert len(method.pop("public_id")) == 32
    assert method == {
        "eps_token": "tok_approve",
        "tender_type": "credit_card",
        "tender": {"brand": "visa", "last4": "1111", "exp_month": 0, "exp_year": 0},
    }


def test_a_saved_payment_pays_again_and_is_still_one(till: Deployment) -> None:
    buy(till, ANN, VISA)
    (method,) = shown(till)["sandbox-1"]["vaulted_payment_methods"]
    again = buy(till, ANN, card(method["eps_token"], retain=True))
    assert again.state["is_processed"] is True
    assert len(shown(till)["sandbox-1"]["vaulted_payment_methods"]) == 1


@pytest.mark.parametrize(
    ("customer", "payment"),
    [(ANN, VISA | {"retain": False}), (None, VISA), (ANN, VISA | {"token": "tok_decline"})],
    ids=["not wanted", "a guest", "declined"],
)
def test_nothing_is_saved_that_should_not_be(
    till: Deployment, customer: dict[str, Any] | None, payment: dict[str, Any]
) -> None:
    buy(till, customer, payment)
    assert shown(till) == {}


def test_saved_payments_are_shown_to_their_customer_only(till: Deployment) -> None:
    buy(till, ANN, VISA)
    assert shown(till, ANN | {"platform_id": "1235"}) == {}
    assert shown(till, None) == {}


def test_saved_payments_of_a_gateway_that_the_shop_gave_up_are_not_shown(till: Deployment) -> None:
    buy(till, ANN, VISA)
    till.change_shop(gateways=())
    wiring.catalog.cache_clear()  # a function that has not met the shop before
    assert shown(till) == {}


def test_who_may_save_a_payment_is_told_so(till: Deployment) -> None:
    assert Shopper(till, customer=ANN).begun.data["vaulting_enabled"] is True
    assert Shopper(till).begun.data["vaulting_enabled"] is False


def test_a_saved_payment_is_removed_by_its_customer_only(till: Deployment) -> None:
    buy(till, ANN, VISA)
    (method,) = shown(till)["sandbox-1"]["vaulted_payment_methods"]
    path = f"/payments/saved/{method['public_id']}"
    for other in (None, ANN | {"platform_id": "1235"}):
        assert Shopper(till, customer=other).delete(path).status == 200
    assert shown(till) != {}
    ann = Shopper(till, customer=ANN)
    for _ in range(2):  # a client sends it again after a time-out
        removed = ann.delete(path, key="remove-it-once-please")
        assert removed.data.keys() == {"application_state"}
    assert shown(till) == {}


@pytest.mark.parametrize("payment_id", ["nobody", "x" * 3000, "é", "%00"])
def test_what_was_never_saved_is_gone_already(till: Deployment, payment_id: str) -> None:
    assert Shopper(till, customer=ANN).delete(f"/payments/saved/{payment_id}").status == 200
