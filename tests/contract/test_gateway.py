"""What every `PaymentGateway` does, then what the sandbox's own tokens do.

A gateway joins the suite as one more parameter of `tried`: itself, and its own test tokens for the common outcomes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count

import boto3
import pytest
from moto import mock_aws

from tests.builders import NOON, a_shop
from tests.contract.faults import conflicts
from tests.contract.tables import create_table, new_client
from tests.fakes.gateway import FakeGateways, MemoryLedger
from tests.fakes.stripe_api import StripeApi, running
from till.adapters.payments.manual import ManualGateway
from till.adapters.payments.registry import GatewayRegistry
from till.adapters.payments.sandbox import Ledger, SandboxGateway, SandboxLedger
from till.adapters.payments.secrets import SecretsManagerSecrets
from till.adapters.payments.stripe.api import Api
from till.adapters.payments.stripe.gateway import StripeGateway
from till.adapters.payments.stripe.records import Records
from till.application.gateways import Authorize, GatewayAnswer, GatewayUnknownError, PaymentGateway
from till.domain.errors import Invalid, NotFound, Refused
from till.domain.payment import PaymentState
from till.domain.shop import Gateway

ACCOUNT = "acme#sandbox-1"


@dataclass
class Tried:
    """A gateway and the tokens with which it can be tried. `new_key` is never one of an earlier run's."""

    gateway: PaymentGateway
    approved: str
    declined: str
    requires_action: str
    new_key: Callable[[], str]


@dataclass
class Slept:
    """A clock that is only told to wait."""

    seconds: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def slept() -> Slept:
    return Slept()


@pytest.fixture
def memory() -> Ledger:
    return MemoryLedger()


@pytest.fixture
def dynamodb() -> Iterator[Ledger]:
    with mock_aws():
        client = new_client()
        yield SandboxLedger(client, create_table(client, "SandboxLedgerTable", "ledger"))


def a_sandbox(ledger: Ledger) -> Tried:
    numbers = count()
    return Tried(
        SandboxGateway(ledger, ACCOUNT),
        approved="tok_approve",
        declined="tok_decline",
        requires_action="tok_requires_action",
        new_key=lambda: f"attempt:payment-{next(numbers)}",
    )


@pytest.fixture
def stripe() -> Iterator[StripeGateway]:
    with mock_aws(), running(StripeApi()) as stand_in:
        client = new_client()
        records = Records(client, create_table(client, "OrdersTable", "orders"), "acme", "stripe-1")
        yield StripeGateway(Api("sk_test_1", stand_in.url), records, "acme")


def a_stripe(gateway: StripeGateway) -> Tried:
    numbers = count()
    return Tried(
        gateway,
        approved="pm_card_visa",
        declined="pm_card_chargeDeclined",
        requires_action="pm_card_authenticationRequired",
        new_key=lambda: f"attempt:payment-{next(numbers)}",
    )


@pytest.fixture
def manual() -> Iterator[ManualGateway]:
    with mock_aws():
        client = new_client()
        yield ManualGateway(client, create_table(client, "OrdersTable", "orders"), "acme", "manual-1")


def a_manual(gateway: ManualGateway) -> Tried:
    """It has no cards, and believes everybody."""
    numbers = count()
    return Tried(gateway, "", "", "", new_key=lambda: f"attempt:payment-{next(numbers)}")


MADE = {
    "fake": (a_sandbox, "memory"),
    "sandbox": (a_sandbox, "dynamodb"),
    "stripe": (a_stripe, "stripe"),
    "manual": (a_manual, "manual"),
}
WITH_CARDS = {name: made for name, made in MADE.items() if name != "manual"}


@pytest.fixture(params=MADE.values(), ids=list(MADE))
def tried(request: pytest.FixtureRequest) -> Tried:
    make, needed = request.param
    made: Tried = make(request.getfixturevalue(needed))
    return made


@pytest.fixture(params=["memory", "dynamodb"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    found: Ledger = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def sandbox(ledger: Ledger, slept: Slept) -> SandboxGateway:
    return SandboxGateway(ledger, ACCOUNT, now=lambda: NOON, sleep=slept.sleep)


# By a gateway whose answer is somebody's else than ours.
with_cards = pytest.mark.parametrize("tried", WITH_CARDS.values(), ids=list(WITH_CARDS), indirect=True)


def asked(tried: Tried, token: str, amount: int = 2620) -> Authorize:
    return Authorize(tried.new_key(), token, amount, "CAD", "1001")


# Every gateway


def test_an_authorization_is_answered_alike_as_often_as_it_is_asked_for(tried: Tried) -> None:
    request = asked(tried, tried.approved)
    answer = tried.gateway.authorize(request)
    assert answer.state is PaymentState.AUTHORIZED
    assert answer.reference
    assert tried.gateway.authorize(request) == answer
    assert tried.gateway.query(request.key) == answer


@with_cards
def test_a_declined_card_is_told_so_and_stays_declined(tried: Tried) -> None:
    request = asked(tried, tried.declined)
    answer = tried.gateway.authorize(request)
    assert answer.state is PaymentState.DECLINED
    assert answer.message
    assert tried.gateway.authorize(request) == answer
    with pytest.raises(Refused):
        tried.gateway.capture(request.key, 1, "capture")


@with_cards
def test_a_declined_card_can_be_given_up_and_stays_declined(tried: Tried) -> None:
    request = asked(tried, tried.declined)
    tried.gateway.authorize(request)
    assert tried.gateway.void(request.key).state is PaymentState.VOIDED
    assert tried.gateway.authorize(request).state is PaymentState.DECLINED


@with_cards
def test_a_shopper_who_must_confirm_gets_what_the_page_of_the_bank_needs(tried: Tried) -> None:
    request = asked(tried, tried.requires_action)
    answer = tried.gateway.authorize(request)
    assert answer.state is PaymentState.REQUIRES_ACTION
    assert answer.client_secret
    assert tried.gateway.query(request.key) == answer
    with pytest.raises(Refused):
        tried.gateway.capture(request.key, 1, "capture")


def test_a_key_stands_for_one_amount(tried: Tried) -> None:
    request = asked(tried, tried.approved)
    tried.gateway.authorize(request)
    with pytest.raises(Refused):
        tried.gateway.authorize(replace(request, amount=request.amount + 1))


@pytest.mark.parametrize("amount", [0, -1])
def test_no_payment_is_of_nothing(tried: Tried, amount: int) -> None:
    with pytest.raises(Invalid):
        tried.gateway.authorize(asked(tried, tried.approved, amount))
    request = asked(tried, tried.approved)
    tried.gateway.authorize(request)
    with pytest.raises(Invalid):
        tried.gateway.capture(request.key, amount, "capture")
    tried.gateway.capture(request.key, 1, "capture")
    with pytest.raises(Invalid):
        tried.gateway.refund(request.key, amount, "refund")


def test_a_key_that_was_never_used_is_not_known(tried: Tried) -> None:
    key = tried.new_key()
    assert tried.gateway.query(key) is None
    with pytest.raises(Refused):
        tried.gateway.capture(key, 1, "capture")
    with pytest.raises(Refused):
        tried.gateway.refund(key, 1, "refund")


def test_a_voided_authorization_cannot_be_captured_or_authorized_again(tried: Tried) -> None:
    request = asked(tried, tried.approved)
    tried.gateway.authorize(request)
    assert tried.gateway.void(request.key).state is PaymentState.VOIDED
    assert tried.gateway.void(request.key).state is PaymentState.VOIDED
    with pytest.raises(Refused):
        tried.gateway.capture(request.key, 1, "capture")
    assert tried.gateway.authorize(request).state is PaymentState.VOIDED


def test_a_void_that_comes_first_keeps_a_late_authorization_from_holding_money(tried: Tried) -> None:
    request = asked(tried, tried.approved)
    assert tried.gateway.void(request.key).state is PaymentState.VOIDED
    assert tried.gateway.authorize(request).state is PaymentState.VOIDED
    with pytest.raises(Refused):
        tried.gateway.capture(request.key, 1, "capture")


@with_cards
def test_a_payment_that_waits_for_the_shopper_can_be_given_up(tried: Tried) -> None:
    request = asked(tried, tried.requires_action)
    tried.gateway.authorize(request)
    assert tried.gateway.void(request.key).state is PaymentState.VOIDED
    assert tried.gateway.authorize(request).state is PaymentState.VOIDED


def test_money_is_captured_in_parts_and_never_more_than_was_authorized(tried: Tried) -> None:
    request = asked(tried, tried.approved, 100)
    tried.gateway.authorize(request)
    with pytest.raises(Refused):
        tried.gateway.capture(request.key, 101, "more than all")
    tried.gateway.capture(request.key, 60, "first")
    with pytest.raises(Refused):
        tried.gateway.capture(request.key, 41, "too much")
    if tried.gateway.captures_in_parts:
        tried.gateway.capture(request.key, 40, "second")
    with pytest.raises(Refused):
        tried.gateway.capture(request.key, 1, "third")


def test_a_capture_under_the_same_key_is_one_capture(tried: Tried) -> None:
    request = asked(tried, tried.approved, 100)
    tried.gateway.authorize(request)
    answer = tried.gateway.capture(request.key, 60, "capture")
    assert tried.gateway.capture(request.key, 60, "capture") == answer
    with pytest.raises(Refused):
        tried.gateway.capture(request.key, 40, "capture")
    if tried.gateway.captures_in_parts:
        tried.gateway.capture(request.key, 40, "the rest")


def test_captured_money_is_refunded_not_voided(tried: Tried) -> None:
    request = asked(tried, tried.approved, 100)
    tried.gateway.authorize(request)
    tried.gateway.capture(request.key, 60, "capture")
    with pytest.raises(Refused):
        tried.gateway.void(request.key)
    tried.gateway.refund(request.key, 60, "refund")


def test_refunds_never_exceed_what_was_captured(tried: Tried) -> None:
    request = asked(tried, tried.approved, 100)
    tried.gateway.authorize(request)
    with pytest.raises(Refused):
        tried.gateway.refund(request.key, 1, "before any capture")
    tried.gateway.capture(request.key, 60, "capture")
    answer = tried.gateway.refund(request.key, 40, "first")
    assert tried.gateway.refund(request.key, 40, "first") == answer
    with pytest.raises(Refused):
        tried.gateway.refund(request.key, 30, "first")
    with pytest.raises(Refused):
        tried.gateway.refund(request.key, 21, "too much")
    tried.gateway.refund(request.key, 20, "second")


# The sandbox's tokens, and what its ledger says was really charged


def authorize(sandbox: SandboxGateway, token: str) -> GatewayAnswer:
    return sandbox.authorize(Authorize("attempt:payment", token, 2620, "CAD", "1001"))


def charged(ledger: Ledger) -> tuple[PaymentState, int]:
    """The state of the one payment, and how often it was asked for."""
    entry = ledger.get(ACCOUNT, "attempt:payment")
    assert entry is not None
    return entry.state, entry.calls


def test_the_ledger_keeps_what_was_asked_for(sandbox: SandboxGateway, ledger: Ledger) -> None:
    authorize(sandbox, "tok_approve")
    sandbox.capture("attempt:payment", 2000, "capture")
    sandbox.refund("attempt:payment", 500, "refund")
    entry = ledger.get(ACCOUNT, "attempt:payment")
    assert entry is not None
    assert (entry.token, entry.amount, entry.currency, entry.reference) == ("tok_approve", 2620, "CAD", "1001")
    assert (entry.state, entry.captured, entry.refunded, entry.calls) == (PaymentState.AUTHORIZED, 2000, 500, 1)
    assert (entry.created_at, entry.captures, entry.refunds) == (NOON, {"capture": 2000}, {"refund": 500})


def test_each_decline_has_its_own_words(sandbox: SandboxGateway) -> None:
    tokens = ("tok_decline", "tok_decline_funds", "tok_of_another_gateway")
    answers = [sandbox.authorize(Authorize(token, token, 1, "CAD", "1001")) for token in tokens]
    assert {answer.state for answer in answers} == {PaymentState.DECLINED}
    assert len({answer.message for answer in answers}) == 3
    assert answers[2].message == "This card token is not known to the sandbox."


def test_3d_secure_is_one_authorization(sandbox: SandboxGateway, ledger: Ledger) -> None:
    assert authorize(sandbox, "tok_requires_action").state is PaymentState.REQUIRES_ACTION
    assert authorize(sandbox, "tok_requires_action").state is PaymentState.AUTHORIZED
    assert authorize(sandbox, "tok_requires_action").state is PaymentState.AUTHORIZED
    assert charged(ledger) == (PaymentState.AUTHORIZED, 3)


def test_a_success_whose_answer_is_lost_is_found_under_its_key(sandbox: SandboxGateway, ledger: Ledger) -> None:
    with pytest.raises(GatewayUnknownError):
        authorize(sandbox, "tok_timeout_after_success")
    assert charged(ledger) == (PaymentState.AUTHORIZED, 1)
    assert authorize(sandbox, "tok_timeout_after_success").state is PaymentState.AUTHORIZED
    assert charged(ledger) == (PaymentState.AUTHORIZED, 2)


def test_a_late_success_is_seen_only_after_it_was_queried(sandbox: SandboxGateway, ledger: Ledger) -> None:
    for _ in range(2):
        with pytest.raises(GatewayUnknownError):
            authorize(sandbox, "tok_success_after_first_query")
    assert charged(ledger) == (PaymentState.PENDING, 2)
    with pytest.raises(GatewayUnknownError):
        sandbox.query("attempt:payment")
    answer = sandbox.query("attempt:payment")
    assert answer is not None
    assert answer.state is PaymentState.AUTHORIZED
    assert authorize(sandbox, "tok_success_after_first_query") == answer


def test_a_late_success_that_was_voided_never_comes(sandbox: SandboxGateway, ledger: Ledger) -> None:
    with pytest.raises(GatewayUnknownError):
        authorize(sandbox, "tok_success_after_first_query")
    sandbox.void("attempt:payment")
    answer = sandbox.query("attempt:payment")
    assert answer is not None
    assert answer.state is PaymentState.VOIDED


def test_an_error_before_anything_happened_leaves_no_trace(sandbox: SandboxGateway, ledger: Ledger) -> None:
    with pytest.raises(GatewayUnknownError):
        authorize(sandbox, "tok_error_before")
    assert sandbox.query("attempt:payment") is None
    assert ledger.get(ACCOUNT, "attempt:payment") is None
    assert authorize(sandbox, "tok_error_before").state is PaymentState.AUTHORIZED
    assert charged(ledger) == (PaymentState.AUTHORIZED, 1)


def test_a_slow_gateway_holds_the_money_before_it_answers(
    sandbox: SandboxGateway, ledger: Ledger, slept: Slept
) -> None:
    assert authorize(sandbox, "tok_slow").state is PaymentState.AUTHORIZED
    assert slept.seconds == [3.0]
    assert authorize(sandbox, "tok_slow").state is PaymentState.AUTHORIZED
    assert slept.seconds == [3.0]
    assert charged(ledger) == (PaymentState.AUTHORIZED, 2)


def test_a_bank_may_refuse_to_pay_what_it_authorized(sandbox: SandboxGateway, ledger: Ledger) -> None:
    assert authorize(sandbox, "tok_capture_declined").state is PaymentState.AUTHORIZED
    with pytest.raises(Refused, match="The bank refused to pay"):
        sandbox.capture("attempt:payment", 2620, "capture")
    assert sandbox.void("attempt:payment").state is PaymentState.VOIDED


def test_a_payment_voided_before_it_was_asked_for_has_no_amount(sandbox: SandboxGateway, ledger: Ledger) -> None:
    sandbox.void("attempt:payment")
    entry = ledger.get(ACCOUNT, "attempt:payment")
    assert entry is not None
    assert (entry.state, entry.amount, entry.calls) == (PaymentState.VOIDED, 0, 0)


def test_a_broken_ledger_is_a_gateway_that_does_not_answer() -> None:
    with mock_aws():
        client = new_client()
        sandbox = SandboxGateway(SandboxLedger(client, create_table(client, "SandboxLedgerTable", "ledger")), ACCOUNT)
        with conflicts(client, 4), pytest.raises(GatewayUnknownError):
            authorize(sandbox, "tok_approve")
        missing = SandboxGateway(SandboxLedger(client, "no-such-table"), ACCOUNT)
        with pytest.raises(GatewayUnknownError):
            authorize(missing, "tok_approve")
        with pytest.raises(GatewayUnknownError):
            missing.query("attempt:payment")


def test_the_merchant_reads_the_ledger_newest_first_in_pages() -> None:
    with mock_aws():
        client = new_client()
        ledger = SandboxLedger(client, create_table(client, "SandboxLedgerTable", "ledger"))
        sandbox = SandboxGateway(ledger, ACCOUNT)
        for number in range(5):
            sandbox.authorize(Authorize(f"attempt-{number}:payment", "tok_approve", 1, "CAD", "1001"))
        with pytest.raises(GatewayUnknownError):
            authorize(sandbox, "tok_error_before")
        SandboxGateway(ledger, "other#sandbox-1").void("elsewhere")
        keys, cursor = [], ""
        while True:
            page = ledger.entries(ACCOUNT, 2, cursor)
            keys += [entry.key for entry in page.data]
            if not (cursor := page.next_cursor):
                break
        assert keys == [f"attempt-{number}:payment" for number in (4, 3, 2, 1, 0)]


# Which gateway a shop gets


def a_registry(stage: str, ledger_table: str = "ledger") -> GatewayRegistry:
    secrets = SecretsManagerSecrets(lambda: boto3.client("secretsmanager", region_name="us-east-1"), "till/gateways")
    return GatewayRegistry(new_client(), ledger_table, stage, "orders", secrets)


def test_a_shop_gets_the_gateway_it_has_set_up() -> None:
    with mock_aws():
        assert isinstance(a_registry("staging").of(a_shop(), "sandbox-1"), SandboxGateway)
    assert FakeGateways().of(a_shop(), "sandbox-1").query("attempt:payment") is None


def test_a_gateway_that_is_not_the_shops_is_not_found() -> None:
    with mock_aws(), pytest.raises(NotFound):
        a_registry("staging").of(a_shop(), "sandbox-2")
    with pytest.raises(NotFound):
        FakeGateways().of(a_shop(), "sandbox-2")


def test_a_gateway_of_an_unknown_kind_is_not_found() -> None:
    shop = a_shop(gateways=(Gateway("sandbox-1", "abacus", "Abacus", is_test=False),))
    with mock_aws(), pytest.raises(NotFound):
        a_registry("staging").of(shop, "sandbox-1")


def test_the_sandbox_is_refused_in_production() -> None:
    with mock_aws(), pytest.raises(Refused):
        a_registry("prod").of(a_shop(), "sandbox-1")


def test_shops_whose_gateways_have_one_name_have_ledgers_of_their_own() -> None:
    with mock_aws():
        client = new_client()
        registry = a_registry("local", create_table(client, "SandboxLedgerTable", "ledger"))
        registry.of(a_shop(), "sandbox-1").void("attempt:payment")
        assert registry.of(a_shop(identifier="other"), "sandbox-1").query("attempt:payment") is None
        assert [entry.key for entry in registry.ledger(a_shop(), "sandbox-1", 10, "").data] == ["attempt:payment"]
