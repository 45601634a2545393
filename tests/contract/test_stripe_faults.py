"""Whatever goes wrong on the way to Stripe, money moves once: what is asserted is what Stripe really holds."""

from __future__ import annotations

import ipaddress
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from tests.contract.faults import Killed, interrupted_at, killed_at
from tests.contract.stripe_account import KEY, REQUEST, a_gateway, gateway, in_the_end, stripe, table
from tests.contract.tables import new_client
from tests.contract.test_outbound import certified
from tests.fakes.outbound import Bytes, Service, http_answer
from tests.fakes.outbound import running as listening
from tests.fakes.stripe_api import Fault, StripeApi, running
from till.adapters.payments.stripe.gateway import StripeGateway
from till.application.gateways import GatewayUnknownError
from till.domain.payment import PaymentState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = ["gateway", "stripe", "table"]  # the fixtures

LOST = [Fault.DROP_BEFORE, Fault.DROP_AFTER, Fault.RATE_LIMIT]
BROKEN = [Fault.ERROR_BEFORE, Fault.ERROR_AFTER]


@pytest.mark.parametrize("a_day_passes", [False, True])
@pytest.mark.parametrize("path", ["POST /v1/payment_intents", "/confirm"])
@pytest.mark.parametrize("fault", LOST)
def test_a_lost_authorization_is_found_again(
    stripe: StripeApi, gateway: StripeGateway, fault: Fault, path: str, a_day_passes: bool
) -> None:
    stripe.fail(fault, path)
    with pytest.raises(GatewayUnknownError):
        gateway.authorize(REQUEST)
    if a_day_passes:
        stripe.forget_keys()
    assert in_the_end(lambda: gateway.authorize(REQUEST)).state is PaymentState.AUTHORIZED
    assert stripe.objects.held() == 2620


@pytest.mark.parametrize("fault", LOST + BROKEN)
@pytest.mark.parametrize("path", ["POST /v1/payment_intents", "/confirm"])
def test_a_lost_authorization_is_given_up(stripe: StripeApi, gateway: StripeGateway, fault: Fault, path: str) -> None:
    stripe.fail(fault, path)
    with pytest.raises(GatewayUnknownError):
        gateway.authorize(REQUEST)
    assert gateway.void(KEY).state is PaymentState.VOIDED
    stripe.forget_keys()
    assert gateway.authorize(REQUEST).state is PaymentState.VOIDED
    assert stripe.objects.held() == 0


@pytest.mark.parametrize("fault", BROKEN)
def test_an_authorization_that_broke_at_stripe_is_had_when_stripe_has_forgotten(
    stripe: StripeApi, gateway: StripeGateway, fault: Fault
) -> None:
    """Stripe repeats a 500 under the key that met it, for a day."""
    stripe.fail(fault, "POST /v1/payment_intents")
    for _ in range(2):
        with pytest.raises(GatewayUnknownError):
            gateway.authorize(REQUEST)
    stripe.forget_keys()
    assert gateway.authorize(REQUEST).state is PaymentState.AUTHORIZED
    assert stripe.objects.held() == 2620


@pytest.mark.parametrize("call", range(2))
@pytest.mark.parametrize("after", [False, True])
def test_a_function_that_is_killed_beside_its_record_leaves_no_money_that_nobody_knows(
    stripe: StripeApi, gateway: StripeGateway, table: DynamoDBClient, call: int, after: bool
) -> None:
    with killed_at(table, call, after=after), pytest.raises(Killed):
        gateway.authorize(REQUEST)
    assert stripe.objects.held() == 0
    stripe.forget_keys()
    assert gateway.authorize(REQUEST).state is PaymentState.AUTHORIZED
    assert stripe.objects.held() == 2620


def test_two_functions_at_one_key_make_one_authorization(
    stripe: StripeApi, gateway: StripeGateway, table: DynamoDBClient
) -> None:
    def another_is_first() -> None:
        stripe.forget_keys()
        a_gateway(stripe, new_client()).authorize(REQUEST)

    with interrupted_at(table, 1, another_is_first, after=False):
        assert gateway.authorize(REQUEST).state is PaymentState.AUTHORIZED
    assert stripe.objects.held() == 2620


def test_what_another_function_authorized_is_never_called_declined(
    stripe: StripeApi, gateway: StripeGateway, table: DynamoDBClient
) -> None:
    def another_is_first() -> None:
        stripe.forget_keys()
        (ours,) = stripe.objects.intents
        a_gateway(stripe, new_client()).authorize(REQUEST)
        stripe.objects.cancel_intent(ours, {})

    with interrupted_at(table, 1, another_is_first, after=False):
        assert gateway.authorize(REQUEST).state is PaymentState.AUTHORIZED
    assert stripe.objects.held() == 2620


def test_a_void_that_comes_between_keeps_the_authorization_from_holding_money(
    stripe: StripeApi, gateway: StripeGateway, table: DynamoDBClient
) -> None:
    with interrupted_at(table, 1, lambda: a_gateway(stripe, new_client()).void(KEY), after=False):
        assert gateway.authorize(REQUEST).state is PaymentState.VOIDED
    assert (stripe.objects.held(), stripe.posts("/confirm")) == (0, 0)


@pytest.mark.parametrize("fault", LOST + BROKEN)
def test_a_lost_capture_is_one_capture(stripe: StripeApi, gateway: StripeGateway, fault: Fault) -> None:
    gateway.authorize(REQUEST)
    stripe.fail(fault, "/capture")
    with pytest.raises(GatewayUnknownError):
        gateway.capture(KEY, 2000, "capture-1")
    stripe.forget_keys()
    answer = in_the_end(lambda: gateway.capture(KEY, 2000, "capture-1"))
    assert gateway.capture(KEY, 2000, "capture-1") == answer
    assert (answer.captured, stripe.objects.captured(), stripe.objects.held()) == (2000, 2000, 0)


@pytest.mark.parametrize("a_day_passes", [False, True])
@pytest.mark.parametrize("fault", LOST)
def test_a_lost_refund_is_one_refund(
    stripe: StripeApi, gateway: StripeGateway, fault: Fault, a_day_passes: bool
) -> None:
    gateway.authorize(REQUEST)
    gateway.capture(KEY, 2620, "capture-1")
    stripe.fail(fault, "POST /v1/refunds")
    with pytest.raises(GatewayUnknownError):
        gateway.refund(KEY, 1000, "refund-1")
    if a_day_passes:
        stripe.forget_keys()
    answer = in_the_end(lambda: gateway.refund(KEY, 1000, "refund-1"))
    assert (answer.refunded, stripe.objects.refunded()) == (1000, 1000)


@pytest.mark.parametrize("fault", BROKEN)
def test_a_refund_that_broke_at_stripe_is_one_refund(stripe: StripeApi, gateway: StripeGateway, fault: Fault) -> None:
    gateway.authorize(REQUEST)
    gateway.capture(KEY, 2620, "capture-1")
    stripe.fail(fault, "POST /v1/refunds")
    with pytest.raises(GatewayUnknownError):
        gateway.refund(KEY, 1000, "refund-1")
    if fault is Fault.ERROR_BEFORE:
        stripe.forget_keys()
    gateway.refund(KEY, 1000, "refund-1")
    assert stripe.objects.refunded() == 1000


@pytest.mark.parametrize("fault", LOST + BROKEN)
def test_a_lost_void_gives_the_money_up(stripe: StripeApi, gateway: StripeGateway, fault: Fault) -> None:
    gateway.authorize(REQUEST)
    stripe.fail(fault, "/cancel")
    with pytest.raises(GatewayUnknownError):
        gateway.void(KEY)
    assert in_the_end(lambda: gateway.void(KEY)).state is PaymentState.VOIDED
    assert stripe.objects.held() == 0


def test_a_stripe_that_hangs_is_not_waited_for(stripe: StripeApi, table: DynamoDBClient) -> None:
    impatient = a_gateway(stripe, table, seconds=0.5)
    stripe.fail(Fault.DELAY, "/confirm", seconds=3)
    started = time.monotonic()
    with pytest.raises(GatewayUnknownError):
        impatient.authorize(REQUEST)
    assert time.monotonic() - started < 3
    assert impatient.authorize(REQUEST).state is PaymentState.AUTHORIZED
    assert stripe.objects.held() == 2620


def test_a_request_in_flight_is_not_made_twice(stripe: StripeApi, gateway: StripeGateway) -> None:
    gateway.authorize(REQUEST)
    gateway.capture(KEY, 2620, "capture-1")
    stripe.fail(Fault.DELAY, "POST /v1/refunds", seconds=0.5)
    slow = threading.Thread(target=lambda: gateway.refund(KEY, 1000, "refund-1"))
    slow.start()
    while stripe.posts("/refunds") == 0:
        time.sleep(0.01)
    in_the_end(lambda: gateway.refund(KEY, 1000, "refund-1"))
    slow.join()
    assert stripe.objects.refunded() == 1000


@pytest.mark.parametrize(
    "answer", [{}, [], "yes", {"id": 5}, {"error": "no"}, Bytes(b"<html>"), http_answer("200 OK", b"\xff")]
)
def test_an_answer_that_cannot_be_read_is_no_answer(table: DynamoDBClient, answer: object) -> None:
    with listening(Service(lambda _: answer)) as odd, pytest.raises(GatewayUnknownError):
        at(odd, table).authorize(REQUEST)


def test_the_secret_key_is_shown_to_nobody_but_stripe(table: DynamoDBClient, tmp_path: Path) -> None:
    _, tls = certified(tmp_path, x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    with listening(Service(), tls) as stranger, pytest.raises(GatewayUnknownError):
        at(stranger, table).authorize(REQUEST)
    assert stranger.received == []


def at(service: Service, table: DynamoDBClient) -> StripeGateway:
    """The gateway where something else stands in Stripe's place."""
    return a_gateway(StripeApi(url=service.url.removesuffix("/hook")), table)


def test_nobody_listens(table: DynamoDBClient) -> None:
    with running(StripeApi()) as gone:
        pass
    with pytest.raises(GatewayUnknownError):
        a_gateway(gone, table).authorize(REQUEST)
