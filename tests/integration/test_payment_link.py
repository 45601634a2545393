"""The payment link: a page of its own, on which a shopper pays what the charge of a placed order lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from merchant.orders.app import app as merchant_orders
from tests.integration.api import Api, Reply
from tests.integration.deployment import JWT_KEY, ROOT_TOKEN, Deployment, forget
from tests.integration.payment_page import BROWSER, change_shop, facts, policy
from tests.integration.shopper import Shopper
from till.application.limits import BACKEND
from till.domain.sale import ChargeState
from till.domain.shop import Gateway
from till.runtime import backstage, session, wiring

MERCHANT = {"Authorization": f"Bearer {ROOT_TOKEN}"}


class Customer:
    """Somebody whose charge failed after the order was placed."""

    def __init__(self, till: Deployment) -> None:
        shopper = Shopper.ready(till)
        shopper.process()
        self.order_id = shopper.order_id
        order, sale = wiring.sales().get("acme", self.order_id)
        wiring.sales().save(replace(sale, charge=ChargeState.FAILED))
        self.till, self.number, self.session = till, order.number, shopper.token

    def ask_for_link(self) -> Reply:
        path = f"/merchant/shops/acme/orders/{self.order_id}/payment_link"
        return Api([merchant_orders]).call("POST", path, headers=MERCHANT)

    def link(self) -> str:
        """Path and query."""
        made = self.ask_for_link()
        assert made.status == 201
        url = urlsplit(made.body["data"]["url"])
        return f"{url.path[url.path.index('/pay/') :]}?{url.query}"

    def open(self, link: str) -> Reply:
        return self.till.links.call("GET", link, headers=BROWSER)

    def pay(self, link: str, token: str, **more: Any) -> Reply:
        path, _, query = link.partition("?token=")
        body = {"gateway_public_id": "sandbox-1", "token": token, **more}
        return self.till.links.call("POST", path, body, {"Authorization": f"Bearer {query}"})

    def settled(self) -> Mapping[str, int]:
        """The charge carried out: captured amounts by state of the authorization."""
        backstage.settling().settle("acme", self.order_id)
        return {str(entry.state): entry.captured for entry in self.till.ledger()}


@pytest.fixture
def customer(till: Deployment) -> Customer:
    return Customer(till)


def test_the_merchant_gets_a_link_for_what_is_missing(customer: Customer) -> None:
    made = customer.ask_for_link().body["data"]
    assert (made["amount"], made["currency"]) == (26200, "CAD")
    assert f"/pay/acme/{customer.order_id}?token=" in made["url"]


def test_there_is_no_link_where_nothing_is_missing(till: Deployment, customer: Customer) -> None:
    assert customer.pay(customer.link(), "tok_approve").status == 200
    refused = customer.ask_for_link()
    assert (refused.status, refused.body["errors"][0]["message"]) == (409, "Nothing of this order is left to pay.")


def test_the_page_says_what_is_to_be_paid_and_nobody_may_embed_it(customer: Customer) -> None:
    page = customer.open(customer.link())
    assert page.status == 200
    assert "Acme Coffee" in page.raw
    assert f"Order</span> {customer.number}" in page.raw
    told = facts(page)
    assert (told["due"], told["currency"], told["gateway"]["id"]) == (
        26200,
        {"iso_code": "CAD", "exponent": 2},
        "sandbox-1",
    )
    assert policy(page)["frame-ancestors"] == "'none'"
    assert policy(page)["default-src"] == "'none'"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_paid_by_the_link_the_order_is_charged_once(customer: Customer) -> None:
    link = customer.link()
    assert customer.pay(link, "tok_approve", display_string="1111").body == {"data": {"state": "paid"}}
    assert customer.pay(link, "tok_approve").body == {"data": {"state": "paid"}}
    assert customer.settled() == {"voided": 0, "authorized": 26200}
    assert wiring.sales().get("acme", customer.order_id)[1].charge == "captured"
    assert "Nothing of this order is left to pay." in customer.open(link).raw


def test_a_declined_card_is_said_so_and_another_can_pay(customer: Customer) -> None:
    link = customer.link()
    declined = customer.pay(link, "tok_decline")
    assert declined.status == 422
    assert declined.body["errors"] == [
        {"code": "payment_declined", "message": "Your card was declined. Try another card.", "field": "token"}
    ]
    assert customer.pay(link, "tok_approve").status == 200


def test_a_bank_that_asks_is_answered_on_the_page(customer: Customer) -> None:
    link = customer.link()
    asked = customer.pay(link, "tok_requires_action")
    assert asked.status == 202
    assert asked.body["data"]["client_secret"]
    assert customer.pay(link, "tok_requires_action").body == {"data": {"state": "paid"}}
    assert customer.settled() == {"voided": 0, "authorized": 26200}


def test_who_is_back_from_the_bank_pays_though_the_order_is_locked(till: Deployment, customer: Customer) -> None:
    link = customer.link()
    till.change_settings(limits={"declines_per_order": 1})
    forget()
    assert customer.pay(link, "tok_requires_action").status == 202
    limits = wiring.limits()
    limits.declined("acme", limits.counted(wiring.catalog().shop("acme"), customer.order_id, BACKEND))
    for _ in range(2):
        assert customer.pay(link, "tok_requires_action").body == {"data": {"state": "paid"}}
    assert customer.pay(link, "tok_approve").status == 429
    assert customer.settled() == {"voided": 0, "authorized": 26200}


def test_a_gateway_that_does_not_answer_is_asked_again(customer: Customer) -> None:
    link = customer.link()
    unknown = customer.pay(link, "tok_timeout_after_success")
    assert (unknown.status, unknown.headers["Retry-After"]) == (503, "1")
    assert customer.pay(link, "tok_timeout_after_success").status == 200
    assert customer.settled() == {"voided": 0, "authorized": 26200}


def test_a_link_is_good_for_one_order_and_seven_days(till: Deployment, customer: Customer) -> None:
    other = Customer(till)
    token = customer.link().partition("?token=")[2]
    assert customer.open(f"/pay/acme/{other.order_id}?token={token}").status == 401
    old = session.issue("till/jwt-signing-key", "acme", customer.order_id, wiring.now() - 8 * 86_400, session.LINK_TYPE)
    ended = customer.open(f"/pay/acme/{customer.order_id}?token={old}")
    assert ended.status == 401
    assert "This link has ended. Please ask the shop for a new one." in ended.raw


def test_the_token_of_a_checkout_is_no_payment_link_and_the_other_way_round(
    till: Deployment, customer: Customer
) -> None:
    assert customer.open(f"/pay/acme/{customer.order_id}?token={customer.session}").status == 401
    assert customer.pay(f"/pay/acme/{customer.order_id}?token={customer.session}", "tok_approve").status == 401
    token = customer.link().partition("?token=")[2]
    order = f"/checkout/storefront/acme/{customer.order_id}"
    assert till.api.call("GET", f"{order}/refresh", headers={"Authorization": f"Bearer {token}"}).status == 401


def test_a_link_signed_by_somebody_else_is_none(customer: Customer) -> None:
    header, payload, _ = customer.link().partition("?token=")[2].split(".")
    assert customer.open(f"/pay/acme/{customer.order_id}?token={header}.{payload}.{JWT_KEY[:43]}").status == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (None, "gateway_public_id"),
        ({}, "gateway_public_id"),
        ({"gateway_public_id": "sandbox-1"}, "token"),
        ({"gateway_public_id": "sandbox-1", "token": ""}, "token"),
        ({"gateway_public_id": "elsewhere", "token": "tok_approve"}, "gateway_public_id"),
        ({"gateway_public_id": "sandbox-1", "token": "tok_approve", "brand": ["visa"]}, "brand"),
        ({"gateway_public_id": "sandbox-1", "token": "4242424242424242"}, "token"),
    ],
)
def test_bad_input_names_its_field_and_pays_nothing(customer: Customer, body: Any, field: str) -> None:
    path, _, token = customer.link().partition("?token=")
    refused = customer.till.links.call("POST", path, body, {"Authorization": f"Bearer {token}"})
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, field)
    assert not wiring.sales().get("acme", customer.order_id)[1].transactions


def test_a_shop_without_a_gateway_that_has_a_page_says_so(till: Deployment, customer: Customer) -> None:
    link = customer.link()
    change_shop(till, gateways=(Gateway("abacus", "abacus", "Abacus", is_test=False),))
    assert "There is no payment page for gateways of this kind yet" in customer.open(link).raw


def test_an_order_that_was_never_placed_has_no_link(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    path = f"/merchant/shops/acme/orders/{shopper.order_id}/payment_link"
    assert Api([merchant_orders]).call("POST", path, headers=MERCHANT).status == 404
