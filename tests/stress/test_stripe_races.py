"""Stripe under threads: one key is one payment, whatever comes at once, and Stripe's own ledger says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.contract.tables import create_table, new_client
from tests.fakes.stripe_api import StripeApi, running
from tests.stress.threads import at_once
from till.adapters.payments.stripe.api import Api
from till.adapters.payments.stripe.gateway import StripeGateway
from till.adapters.payments.stripe.records import Records
from till.application.gateways import Authorize, GatewayAnswer, GatewayUnknownError
from till.domain.errors import Refused
from till.domain.payment import PaymentState

CALLERS = 8
ROUNDS = 25


@pytest.fixture(scope="module")
def records(emulator: str) -> Records:
    client = new_client(endpoint_url=emulator, aws_access_key_id="test", aws_secret_access_key="test")
    return Records(client, create_table(client, "OrdersTable", "orders"), "acme", "stripe-1")


@pytest.fixture
def stripe() -> Iterator[StripeApi]:
    with running(StripeApi()) as stand_in:
        yield stand_in


@pytest.fixture
def gateway(records: Records, stripe: StripeApi) -> StripeGateway:
    return StripeGateway(Api("sk_test_1", stripe.url), records, "acme")


def in_the_end(ask: Callable[[], GatewayAnswer]) -> GatewayAnswer:
    """Asked again under the same key as long as there is no answer."""
    while True:
        try:
            return ask()
        except GatewayUnknownError:
            continue


def authorized(gateway: StripeGateway, key: str) -> PaymentState:
    return in_the_end(lambda: gateway.authorize(Authorize(key, "pm_card_visa", 2620, "CAD", "1001"))).state


def is_done(ask: Callable[[], GatewayAnswer]) -> bool:
    try:
        in_the_end(ask)
    except Refused:
        return False
    return True


def test_many_calls_under_one_key_are_one_authorization(stripe: StripeApi, gateway: StripeGateway) -> None:
    for number in range(ROUNDS):
        stripe.reset()
        states = at_once(*[partial(authorized, gateway, f"one-{number}")] * CALLERS)
        assert set(states) == {PaymentState.AUTHORIZED}
        assert stripe.objects.held() == 2620


def test_a_key_that_is_given_up_while_it_is_asked_for_holds_nothing(stripe: StripeApi, gateway: StripeGateway) -> None:
    for number in range(ROUNDS):
        key = f"given-up-{number}"
        at_once(partial(authorized, gateway, key), partial(in_the_end, partial(gateway.void, key)))
        assert authorized(gateway, key) is PaymentState.VOIDED
        assert stripe.objects.held() == 0


def test_captures_at_once_are_one_capture(stripe: StripeApi, gateway: StripeGateway) -> None:
    authorized(gateway, "captured")
    captures = [partial(gateway.capture, "captured", 100 + number, f"capture-{number}") for number in range(CALLERS)]
    assert sum(at_once(*(partial(is_done, capture) for capture in captures))) == 1
    assert 100 <= stripe.objects.captured() < 100 + CALLERS


def test_one_refund_sent_many_times_is_one_refund(stripe: StripeApi, gateway: StripeGateway) -> None:
    authorized(gateway, "refunded")
    gateway.capture("refunded", 2620, "capture")
    at_once(*[partial(is_done, partial(gateway.refund, "refunded", 1000, "refund"))] * CALLERS)
    assert stripe.objects.refunded() == 1000


def test_refunds_at_once_never_exceed_what_was_captured(stripe: StripeApi, gateway: StripeGateway) -> None:
    authorized(gateway, "refunded-often")
    gateway.capture("refunded-often", 2620, "capture")
    refunds = [partial(gateway.refund, "refunded-often", 1000, f"refund-{number}") for number in range(CALLERS)]
    assert sum(at_once(*(partial(is_done, refund) for refund in refunds))) == 2
    assert stripe.objects.refunded() == 2000


def test_money_is_captured_or_given_up_and_never_both(stripe: StripeApi, gateway: StripeGateway) -> None:
    for number in range(ROUNDS):
        key = f"either-{number}"
        authorized(gateway, key)
        done = at_once(
            partial(is_done, partial(gateway.capture, key, 2620, "capture")),
            partial(is_done, partial(gateway.void, key)),
        )
        assert sorted(done) == [False, True]
    assert stripe.objects.held() == 0
