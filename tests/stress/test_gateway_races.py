"""The sandbox under threads: one key is one payment, whatever comes at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.contract.tables import create_table, new_client
from tests.stress.threads import at_once
from till.adapters.payments.sandbox import SandboxGateway, SandboxLedger
from till.application.gateways import Authorize
from till.domain.errors import Refused
from till.domain.payment import PaymentState

CALLERS = 12
ACCOUNT = "acme#sandbox-1"


@pytest.fixture(scope="module")
def ledger(emulator: str) -> SandboxLedger:
    client = new_client(endpoint_url=emulator, aws_access_key_id="test", aws_secret_access_key="test")
    return SandboxLedger(client, create_table(client, "SandboxLedgerTable", "ledger"))


def authorized(sandbox: SandboxGateway, key: str) -> PaymentState:
    return sandbox.authorize(Authorize(key, "tok_approve", 100, "CAD", "1001")).state


def is_done(call: Callable[[], object]) -> bool:
    try:
        call()
    except Refused:
        return False
    return True


def test_many_calls_under_one_key_are_one_authorization(ledger: SandboxLedger) -> None:
    sandbox = SandboxGateway(ledger, ACCOUNT)
    states = at_once(*[partial(authorized, sandbox, "one")] * CALLERS)
    assert set(states) == {PaymentState.AUTHORIZED}
    entry = ledger.get(ACCOUNT, "one")
    assert entry is not None
    assert (entry.amount, entry.calls) == (100, CALLERS)


def test_captures_at_once_never_exceed_what_was_authorized(ledger: SandboxLedger) -> None:
    sandbox = SandboxGateway(ledger, ACCOUNT)
    authorized(sandbox, "captured")
    captures = (partial(sandbox.capture, "captured", 20, f"capture-{n}") for n in range(CALLERS))
    assert sum(at_once(*(partial(is_done, capture) for capture in captures))) == 5
    entry = ledger.get(ACCOUNT, "captured")
    assert entry is not None
    assert entry.captured == 100


def test_one_refund_sent_many_times_is_one_refund(ledger: SandboxLedger) -> None:
    sandbox = SandboxGateway(ledger, ACCOUNT)
    authorized(sandbox, "refunded")
    sandbox.capture("refunded", 100, "capture")
    at_once(*[partial(sandbox.refund, "refunded", 30, "refund")] * CALLERS)
    entry = ledger.get(ACCOUNT, "refunded")
    assert entry is not None
    assert entry.refunded == 30


def test_money_is_captured_or_given_up_and_never_both(ledger: SandboxLedger) -> None:
    sandbox = SandboxGateway(ledger, ACCOUNT)
    for number in range(100):
        key = f"either-{number}"
        authorized(sandbox, key)
        done = at_once(
            partial(is_done, partial(sandbox.capture, key, 100, "capture")),
            partial(is_done, partial(sandbox.void, key)),
        )
        assert sorted(done) == [False, True]
