"""Taxes from the merchant's own provider, a real HTTP server: its figures win, and without them nothing is sold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.builders import a_basket, a_receiver
from tests.fakes.outbound import Service, http_answer, running
from tests.integration.deployment import Deployment
from tests.integration.shopper import BREWER, JOHN, WINNIPEG, Shopper, card
from till.adapters.tax_provider import question
from till.runtime import wiring

DOCUMENT = Path(__file__).parents[3] / "docs" / "tax-provider.md"
FAILED = {
    "message": "There was an error calculating the taxes",
    "type": "order",
    "field": "tax",
    "severity": "validation",
    "sub_type": "tax",
}


def a_quote(asked: Any, on_each_line: int = 2699, on_shipping: int = 33) -> dict[str, Any]:
    return {
        "currency": asked["currency"],
        "included": False,
        "lines": [
            {"key": line["key"], "taxes": [{"name": "State tax", "amount": on_each_line}]} for line in asked["lines"]
        ],
        "shipping": [{"name": "State tax", "amount": on_shipping}] if asked["shipping"] else [],
        "reference": "quote-1",
    }


@pytest.fixture
def provider(till: Deployment) -> Iterator[Service]:
    """The shop's tax provider: a unit less on the line than the shop's own zones would say."""
    with running(Service(a_quote)) as service:
        till.change_shop(tax_provider=a_receiver(url=service.url))
        yield service


def test_the_providers_figures_are_what_the_shopper_sees_and_pays(till: Deployment, provider: Service) -> None:
    shopper = Shopper.through_all_steps(till, BREWER)
    state = shopper.state
    assert state["taxes"] == [{"value": 2732, "name": "State tax", "is_included": False}]
    assert state["line_items"][0]["taxes"] == [{"value": 2699, "name": "State tax", "is_included": False}]
    assert state["shipping"]["taxes"] == [{"value": 33, "name": "State tax", "is_included": False}]
    assert state["order_total"] == 22500 + 1000 + 2732
    assert shopper.process().state["is_processed"] is True
    assert till.live() == [22500 + 1000 + 2732]
    quote = till.order(shopper.order_id).basket.taxes
    assert quote
    assert (quote.provider, quote.reference) == (provider.url, "quote-1")


def test_the_provider_knows_who_asks(till: Deployment, provider: Service) -> None:
    Shopper.ready(till).post("/taxes")
    headers, text = provider.received[0]
    secret = wiring.outbound().secret("acme", a_receiver())
    asked: Any = Webhook(secret).verify(text, headers)
    assert asked["shop"] == "acme"


@pytest.mark.parametrize(
    "answer",
    [http_answer("500 Internal Server Error"), http_answer("200 OK", b"<html>"), {}, {"error": "no such country"}],
)
def test_without_a_good_answer_there_are_no_taxes(till: Deployment, provider: Service, answer: object) -> None:
    provider.answer = lambda _: answer
    shopper = Shopper(till, cart_items=[BREWER])
    for path, body in (
        ("/customer/guest", JOHN),
        ("/addresses/shipping", WINNIPEG),
        ("/shipping_lines", {"index": "0"}),
        ("/payments", card()),
    ):
        assert shopper.post(path, body).status == 200
    version = till.order(shopper.order_id).version
    refused = shopper.post("/taxes")
    assert (refused.status, refused.errors) == (422, [FAILED])
    assert till.order(shopper.order_id).version == version, "nothing is stored"
    assert shopper.process().errors == [FAILED]
    provider.answer = a_quote
    assert shopper.post("/taxes").data["taxes"][0]["value"] == 2732


def test_where_the_figures_change_before_the_money_moves_the_shopper_is_told(
    till: Deployment, provider: Service
) -> None:
    shopper = Shopper.through_all_steps(till, BREWER)
    provider.answer = lambda asked: a_quote(asked, on_each_line=3000)
    refused = shopper.process()
    assert (refused.status, refused.fields) == (422, ["cart"])
    assert "265.33 CAD" in refused.messages[0]
    assert till.live() == []
    assert shopper.state["order_total"] == 26533
    shopper.put("/payments", card(amount=26533))
    assert shopper.process().state["is_processed"] is True


def test_where_the_provider_fails_when_it_counts_nothing_is_charged(till: Deployment, provider: Service) -> None:
    shopper = Shopper.through_all_steps(till, BREWER)
    provider.answer = lambda _: http_answer("503 Service Unavailable")
    refused = shopper.pre_process()
    assert (refused.status, refused.errors) == (422, [FAILED])
    assert till.live() == []
    assert till.stock().held == 0
    assert shopper.state["taxes"] == []
    provider.answer = a_quote
    assert shopper.post("/taxes").status == 200
    assert shopper.process().state["is_processed"] is True


def test_a_provider_needs_an_address_as_the_zones_do(till: Deployment, provider: Service) -> None:
    till.change_shop(tax_zones=())
    assert Shopper(till, cart_items=[BREWER]).post("/taxes").fields == ["shipping_address"]
    assert provider.received == []


def test_while_others_change_the_order_the_provider_is_not_asked_for_ever(till: Deployment, provider: Service) -> None:
    """Each answer finds the order changed: it is asked about what it became, twice, and then the shopper asks again."""
    shopper = Shopper.ready(till)
    quantities = iter(range(2, 100))

    def meddle(asked: Any) -> Any:
        shopper.put("/items", {"line_item_key": "line-1", "quantity": next(quantities)})
        return a_quote(asked)

    provider.answer = meddle
    assert shopper.post("/taxes").status == 530
    assert len(provider.received) == 3


def test_a_change_that_taxes_do_not_depend_on_is_not_asked_about(till: Deployment, provider: Service) -> None:
    shopper = Shopper.ready(till)

    def meddle(asked: Any) -> Any:
        shopper.put("/payments", card(amount=5))
        return a_quote(asked)

    provider.answer = meddle
    assert shopper.post("/taxes").status == 200
    assert len(provider.received) == 1
    assert [payment["amount"] for payment in shopper.state["payments"]] == [5]


def test_the_document_shows_what_is_really_sent_and_what_is_really_taken(till: Deployment, provider: Service) -> None:
    text = DOCUMENT.read_text("utf-8")
    asked, answer = (json.loads(part.split("```", 1)[0]) for part in text.split("```json")[1:])
    shop = wiring.catalog().shop("acme")
    assert question(a_basket(billing_address=None), shop) | {"shop": "my-shop"} == asked
    provider.answer = lambda _: answer
    assert Shopper.ready(till).post("/taxes").state["order_total"] == 22500 + 1000 + 1125 + 1575 + 50
