"""Anything that a dialect's document allows is called, in any order, by a client that goes on with what it was told.

Most requests carry a purchase on or are any other of events/: as they are, with something else in one place, or with
what Schemathesis makes of the document, good and bad. Whatever is sent: no unexpected error, an answer as the document
describes it, and in the end books that agree.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from functools import cache
from random import Random
from typing import Any, ClassVar
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from schemathesis import Case
from schemathesis.core import NotSet
from schemathesis.generation import GenerationMode

from scripts.dialect_openapi import FORM
from tests.builders import a_variant
from tests.fakes.outbound import Service, running
from tests.integration.deployment import ROOT_TOKEN, Deployment
from tests.integration.dialect_document import FILES, check_event
from tests.integration.input.books import audit
from tests.integration.input.client import Client, Json, Request, requests
from tests.integration.input.tables import Tables
from tests.integration.schemathesis_app import document_of
from tests.integration.test_events import function
from tests.integration.test_merchant_fuzz import places, with_surprise
from tests.proof import Guarantee, Proof, proves
from till.runtime import wiring

PLUGIN = Service(lambda _: {"success": True})
# What the merchant did before the first client came.
BEFORE = (
    "merchant/settings/set_gift_card_gateway",
    "merchant/settings/set_plugin",
    "merchant/catalog/set_product",
    "merchant/catalog/set_stock_on_hand",
    "merchant/catalog/set_discount_code",
    "merchant/gift_cards/issue_gift_card",
    "merchant/settings/create_client",
    "merchant/settings/create_api_token",
    "merchant/customers/create_account",
    "merchant/customers/create_account_member",
    "elasticpath/tokens/create_access_token",
    "elasticpath/customers/create_customer",
)
PAID = (
    "bold/taxes/generate_taxes",
    "bold/payments/create_payment",
    "bold/orders/process_order",
    "merchant/orders/get_order",
    "merchant/after_sales/capture_order",
    "merchant/after_sales/refund_order",
    "merchant/after_sales/fulfil_order",
)
# A purchase in each dialect.
PURCHASES = {
    "bold": (
        "bold/orders/initialize_order",
        "bold/customers/create_guest_customer",
        "bold/addresses/set_shipping_address",
        "bold/addresses/set_billing_address",
        "bold/shipping_lines/set_shipping_line",
        *PAID,
    ),
    "diddo": (
        "diddo/carts/add_cart_item",
        "diddo/sessions/begin_checkout",
        "diddo/sessions/set_shipping_address",
        "diddo/sessions/set_shipping_method",
        "bold/orders/resume_order",
        "bold/addresses/set_billing_address",
        *PAID,
    ),
    "cocart": (
        "cocart/cart/add_item",
        "cocart/cart/apply_coupon",
        "cocart/cart/calculate_shipping",
        "cocart/cart/set_shipping_method",
        "cocart/checkout/update_checkout",
        "cocart/checkout/process_checkout",
        "cocart/checkout/get_order_received",
    ),
    "elasticpath": (
        "elasticpath/carts/create_cart",
        "elasticpath/carts/add_cart_items",
        "elasticpath/carts/update_cart",
        "elasticpath/carts/add_item_tax",
        "elasticpath/carts/create_shipping_group",
        "elasticpath/orders/check_out_cart",
        "elasticpath/payments/create_payment",
        "elasticpath/payments/capture_transaction",
        "elasticpath/payments/refund_transaction",
        "elasticpath/orders/get_order",
    ),
}
SURPRISES: tuple[Json, ...] = (None, True, "", "x" * 300, "é☃", -1, 0, 1, 3, 10**30, 1.5, "1e5", [], {}, "CA", "US")
STEPS = 50


class Shop:
    """One stack, which is for each client as it was for the first, and what was seen of all of them."""

    def __init__(self, till: Deployment) -> None:
        self._till = till
        self.statuses: Counter[int] = Counter()
        self.clients = self.placed = 0
        wiring.stock().set_on_hand("acme", a_variant().id, 1000)
        till.lift_limits()
        known = {"shop": "acme", "merchant_token": ROOT_TOKEN, "gateway": "sandbox-1", "variant": "66"}
        self._client = Client(known | {"plugin_url": PLUGIN.url})
        for name in BEFORE:
            request = requests(name.partition("/")[0])[name]
            answer = function(name).app.handle(self._client.event(request, Random(0)), None)  # noqa: S311  # a test's choices
            assert answer["statusCode"] < 300, answer["body"]
            self._client.learn(request, json.loads(answer["body"]))
        self._tables = Tables(till)

    def welcome(self) -> Client:
        """The next client."""
        self._tables.restore()
        self.clients += 1
        return self._client.copy()

    def close(self) -> None:
        """The client is gone: do the books agree?"""
        self.placed += audit(self._till)


class Calls(RuleBasedStateMachine):
    """What one client calls."""

    dialect: ClassVar[str]
    shop: ClassVar[Shop]

    def __init__(self) -> None:
        super().__init__()
        self._client: Client = self.shop.welcome()
        self._bought = 0
        every = {**requests("bold"), **requests("merchant"), **requests(self.dialect)}
        self._purchase: list[Request] = [every[name] for name in PURCHASES[self.dialect]]
        own = requests(self.dialect)
        self._requests: list[Request] = [*own.values(), *(one for one in self._purchase if one.name not in own)]

    @rule(seed=st.integers(0, 2**32), data=st.data())
    def call(self, seed: int, data: st.DataObject) -> None:
        random = Random(seed)  # noqa: S311  # a test's choices
        request, how = self._next(random), random.random()
        event = self._client.event(request, random)
        if how < 0.1:
            _put_surprise(event, random)
        elif how < 0.28 and request.folder in FILES:
            mode = GenerationMode.POSITIVE if how < 0.22 else GenerationMode.NEGATIVE
            operation = _document(request.folder)[request.resource][request.method]
            _put_case(event, data.draw(operation.as_strategy(generation_mode=mode), label=request.name))
        for _ in range(1 if random.random() < 0.95 else 2):
            is_good = self._send(request, event)
        if not is_good and request in self._purchase:
            # Something is missing, or it is over.
            self._bought = random.randrange(self._bought + 1)

    def teardown(self) -> None:
        self.shop.close()

    def _next(self, random: Random) -> Request:
        if random.random() < 0.6:
            request: Request = self._purchase[self._bought % len(self._purchase)]
            if self._client.can(request):
                self._bought += 1
                return request
            self._bought = 0
        return random.choice([one for one in self._requests if self._client.can(one)])

    def _send(self, request: Request, event: Json) -> bool:
        """Was it answered well?"""
        query = event["queryStringParameters"] or {}
        event["multiValueHeaders"] = {name: [value] for name, value in event["headers"].items()}
        event["multiValueQueryStringParameters"] = {name: [value] for name, value in query.items()} or None
        note(f"{request.method} {event['path']} {query} {(event['body'] or '')[:2000]}")
        app = function(request.name).app
        answer = app.handle(event, None)
        status, body = answer["statusCode"], answer["body"]
        note(f"-> {status} {body[:600]}")
        self.shop.statuses[status] += 1
        assert status not in (500, 501, 502, 504), body
        if request.folder in FILES:
            check_event(request.folder, app, event, answer)
        if status < 300 and body and answer["multiValueHeaders"]["Content-Type"][0] == "application/json":
            self._client.learn(request, json.loads(body))
        return bool(status < 300)


def _put_surprise(event: Json, random: Random) -> None:
    """Something else in one place of the body."""
    if event["body"] and event["body"].startswith("{"):
        body = json.loads(event["body"])
        event["body"] = json.dumps(with_surprise(body, random.choice(list(places(body))), random.choice(SURPRISES)))


def _put_case(event: Json, case: Case[Any]) -> None:
    """The body and the query that Schemathesis made, about the same things. What no query knows is passed over."""
    known = {one.name for one in case.operation.query}
    event["queryStringParameters"] = {name: str(one) for name, one in (case.query or {}).items() if name in known}
    if isinstance(case.body, NotSet):
        event["body"] = None
    elif case.media_type == FORM:
        event["body"] = urlencode(case.body) if isinstance(case.body, Mapping) else str(case.body)
    else:
        event["body"] = case.body.decode("utf-8", "replace") if isinstance(case.body, bytes) else json.dumps(case.body)


_document = cache(document_of)


@proves(Guarantee.ANY_INPUT)
@pytest.mark.parametrize("dialect", PURCHASES)
def test_whatever_is_called_in_any_order_is_answered_and_leaves_books_that_agree(
    dialect: str, till: Deployment, proof: Proof
) -> None:
    rounds = settings(
        max_examples=proof.rounds(2, 28),
        stateful_step_count=STEPS,
        deadline=None,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    with running(PLUGIN):
        shop = Shop(till)
        clients = type("Calls", (Calls,), {"dialect": dialect, "shop": shop})
        run_state_machine_as_test(clients, settings=rounds)
    calls, good = shop.statuses.total(), sum(n for status, n in shop.statuses.items() if status < 300)
    assert good > calls / 5, "the clients got nowhere"
    proof.saw(
        f"{calls} calls of the {dialect} dialect by {shop.clients} clients, good and bad, in any order",
        f"{good} answered 2xx, none unexpectedly or undocumented; {shop.placed} orders placed, all books agree",
    )
