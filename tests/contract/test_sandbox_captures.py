"""The sandbox after an order is placed: what its tokens do to captures and refunds, and when an authorization ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.builders import NOON
from tests.contract.tables import create_table, new_client
from tests.fakes.gateway import MemoryLedger
from till.adapters.payments.sandbox import EXPIRES_AFTER_SECONDS, Ledger, LedgerEntry, SandboxGateway, SandboxLedger
from till.application.gateways import Authorize, GatewayAnswer, GatewayUnknownError
from till.domain.errors import Refused
from till.domain.payment import PaymentState

ACCOUNT, PAYMENT = "acme#sandbox-1", "attempt:payment"


class Sandbox(SandboxGateway):
    """At noon, unless time passes."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.time = ledger, NOON
        super().__init__(ledger, ACCOUNT, now=lambda: self.time)

    def take(self, token: str) -> None:
        """Authorizes 100.00."""
        assert self.authorize(Authorize(PAYMENT, token, 10_000, "CAD", "1001")).state is PaymentState.AUTHORIZED

    def entry(self) -> LedgerEntry:
        found = self.ledger.get(ACCOUNT, PAYMENT)
        assert found
        return found

    def answer(self) -> GatewayAnswer:
        found = self.query(PAYMENT)
        assert found
        return found


@pytest.fixture(params=["fake", "sandbox"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    if request.param == "fake":
        yield Sandbox(MemoryLedger())
        return
    with mock_aws():
        client = new_client()
        yield Sandbox(SandboxLedger(client, create_table(client, "SandboxLedgerTable", "ledger")))


def test_a_capture_that_the_bank_refuses_is_refused_for_good(sandbox: Sandbox) -> None:
    sandbox.take("tok_capture_declined")
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            sandbox.capture(PAYMENT, 10_000, "capture")
        assert refused.value.problems[0].code == "capture_declined"
    assert sandbox.entry().captured == 0


def test_a_capture_whose_answer_is_lost_is_found_under_its_key(sandbox: Sandbox) -> None:
    sandbox.take("tok_capture_timeout_after_success")
    with pytest.raises(GatewayUnknownError):
        sandbox.capture(PAYMENT, 6000, "capture")
    assert sandbox.entry().captures == {"capture": 6000}
    assert sandbox.capture(PAYMENT, 6000, "capture").reference
    assert sandbox.entry().captures == {"capture": 6000}
    with pytest.raises(GatewayUnknownError):
        sandbox.capture(PAYMENT, 4000, "another")


def test_a_capture_that_never_arrived_is_made_when_it_is_asked_for_again(sandbox: Sandbox) -> None:
    sandbox.take("tok_capture_error_before")
    with pytest.raises(GatewayUnknownError):
        sandbox.capture(PAYMENT, 6000, "capture")
    assert sandbox.entry().captured == 0
    sandbox.capture(PAYMENT, 6000, "capture")
    assert sandbox.entry().captures == {"capture": 6000}


def test_a_refund_whose_answer_is_lost_is_found_under_its_key(sandbox: Sandbox) -> None:
    sandbox.take("tok_refund_timeout_after_success")
    sandbox.capture(PAYMENT, 10_000, "capture")
    with pytest.raises(GatewayUnknownError):
        sandbox.refund(PAYMENT, 2500, "refund")
    assert sandbox.refund(PAYMENT, 2500, "refund").reference
    assert sandbox.entry().refunds == {"refund": 2500}


def test_a_refund_that_the_bank_refuses_is_refused_for_good(sandbox: Sandbox) -> None:
    sandbox.take("tok_refund_declined")
    sandbox.capture(PAYMENT, 10_000, "capture")
    with pytest.raises(Refused):
        sandbox.refund(PAYMENT, 2500, "refund")
    assert sandbox.entry().refunded == 0


def test_an_authorization_ends_after_seven_days(sandbox: Sandbox) -> None:
    sandbox.take("tok_approve")
    sandbox.time += EXPIRES_AFTER_SECONDS - 1
    assert sandbox.answer().state is PaymentState.AUTHORIZED
    sandbox.time += 1
    assert sandbox.answer().state is PaymentState.VOIDED
    with pytest.raises(Refused) as refused:
        sandbox.capture(PAYMENT, 10_000, "capture")
    assert refused.value.problems[0].code == "authorization_expired"
    assert sandbox.void(PAYMENT).state is PaymentState.VOIDED


def test_what_was_captured_in_time_stays_captured(sandbox: Sandbox) -> None:
    sandbox.take("tok_approve")
    sandbox.capture(PAYMENT, 10_000, "capture")
    sandbox.time += EXPIRES_AFTER_SECONDS
    assert (sandbox.answer().state, sandbox.answer().captured) == (PaymentState.AUTHORIZED, 10_000)
    sandbox.capture(PAYMENT, 10_000, "capture")
    sandbox.refund(PAYMENT, 10_000, "refund")


def test_an_authorization_can_have_expired_at_once(sandbox: Sandbox) -> None:
    sandbox.take("tok_expired")
    assert sandbox.answer().state is PaymentState.VOIDED
    with pytest.raises(Refused):
        sandbox.capture(PAYMENT, 1, "capture")
