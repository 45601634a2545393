"""The gateway's contract against localstripe, a Stripe that others wrote: the cases that it handles right.

It authorizes cards that it would decline, and refuses the metadata with which Till captures: those cases run on the
tests' own stand-in.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
from moto import mock_aws

from tests.contract.tables import create_table, new_client
from tests.contract.test_gateway import (
    Tried,
    asked,
    test_a_key_stands_for_one_amount,
    test_a_key_that_was_never_used_is_not_known,
    test_a_payment_that_waits_for_the_shopper_can_be_given_up,
    test_a_shopper_who_must_confirm_gets_what_the_page_of_the_bank_needs,
    test_a_void_that_comes_first_keeps_a_late_authorization_from_holding_money,
    test_a_voided_authorization_cannot_be_captured_or_authorized_again,
    test_an_authorization_is_answered_alike_as_often_as_it_is_asked_for,
)
from till.adapters.payments.stripe.api import Api
from till.adapters.payments.stripe.gateway import StripeGateway
from till.adapters.payments.stripe.records import Records
from till.domain.payment import PaymentState

KEY = "sk_test_12345"
# It does not know the one parameter of a confirmation that says who asks the shopper, and would refuse it.
PROGRAM = """
import runpy
from localstripe import resources

def confirm(id, use_stripe_sdk, **more):
    assert use_stripe_sdk == "true"
    return resources.PaymentIntent._api_confirm(id, **more)

path = "/v1/payment_intents/{id}/confirm"
routes = [(method, url, confirm if url == path else call) for method, url, call in resources.extra_apis]
resources.extra_apis[:] = routes
runpy.run_module("localstripe", run_name="__main__")
"""
# Of the suite, and run here as they are.
__all__ = [
    "test_a_key_stands_for_one_amount",
    "test_a_key_that_was_never_used_is_not_known",
    "test_a_payment_that_waits_for_the_shopper_can_be_given_up",
    "test_a_shopper_who_must_confirm_gets_what_the_page_of_the_bank_needs",
    "test_a_void_that_comes_first_keeps_a_late_authorization_from_holding_money",
    "test_a_voided_authorization_cannot_be_captured_or_authorized_again",
    "test_an_authorization_is_answered_alike_as_often_as_it_is_asked_for",
]


@pytest.fixture(scope="module")
def localstripe() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", PROGRAM, "--from-scratch", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def tried(localstripe: str) -> Iterator[Tried]:
    card = {"number": "4000002500003155", "exp_month": "12", "exp_year": "2034", "cvc": "123"}
    form = {"type": "card"} | {f"card[{name}]": value for name, value in card.items()}
    must_confirm = httpx.post(f"{localstripe}/v1/payment_methods", data=form, auth=(KEY, "")).json()
    with mock_aws():
        client = new_client()
        records = Records(client, create_table(client, "OrdersTable", "orders"), "acme", "stripe-1")
        yield Tried(
            StripeGateway(Api(KEY, localstripe), records, "acme"),
            approved="pm_card_visa",
            declined="pm_card_visa_chargeDeclined",
            requires_action=must_confirm["id"],
            new_key=lambda: f"attempt:{uuid.uuid4()}",
        )


def test_a_shopper_who_confirmed_at_the_bank_has_paid(tried: Tried, localstripe: str) -> None:
    request = asked(tried, tried.requires_action)
    secret = tried.gateway.authorize(request).client_secret
    intent = secret.partition("_secret_")[0]
    body = {"key": "pk_test_12345", "client_secret": secret, "success": "true"}
    httpx.post(f"{localstripe}/v1/payment_intents/{intent}/_authenticate", data=body).raise_for_status()
    answer = tried.gateway.authorize(request)
    assert answer.state is PaymentState.AUTHORIZED
    assert tried.gateway.query(request.key) == answer
