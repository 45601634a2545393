"""What gateways are asked with, in Secrets Manager; and which Stripe a shop gets with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from tests.builders import a_shop
from tests.contract.tables import create_table, new_client
from tests.fakes.stripe_api import StripeApi, running
from till.adapters.payments.registry import GatewayRegistry
from till.adapters.payments.secrets import SecretsManagerSecrets
from till.application.gateways import Authorize, PaymentGateway
from till.domain.errors import Busy, Refused
from till.domain.payment import PaymentState
from till.domain.shop import Gateway, GatewaySecret

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

KEY, WEBHOOK = GatewaySecret.SECRET_KEY, GatewaySecret.WEBHOOK_SECRET
CARDS = Gateway("cards", "stripe", "Cards", is_test=True, public_key="pk_test_1")


@dataclass
class Clock:
    now: float = 0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def manager() -> Iterator[SecretsManagerClient]:
    with mock_aws():
        yield boto3.client("secretsmanager", region_name="us-east-1")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def secrets(manager: SecretsManagerClient, clock: Clock) -> SecretsManagerSecrets:
    return SecretsManagerSecrets(lambda: manager, "till/gateways", clock)


def test_a_secret_is_kept_changed_and_taken_away(secrets: SecretsManagerSecrets, clock: Clock) -> None:
    assert secrets.of("acme", "cards", KEY) == ""
    secrets.keep("acme", "cards", KEY, "sk_test_1")
    clock.now += 6
    assert (secrets.of("acme", "cards", KEY), secrets.of("acme", "cards", WEBHOOK)) == ("sk_test_1", "")
    secrets.keep("acme", "cards", KEY, "sk_test_2")
    assert secrets.of("acme", "cards", KEY, fresh=True) == "sk_test_2"
    secrets.delete("acme", "cards")
    assert secrets.of("acme", "cards", KEY, fresh=True) == ""
    secrets.delete("acme", "cards")
    secrets.keep("acme", "cards", KEY, "sk_test_3")
    clock.now += 6
    assert secrets.of("acme", "cards", KEY) == "sk_test_3"


def test_another_shops_gateway_has_secrets_of_its_own(secrets: SecretsManagerSecrets) -> None:
    secrets.keep("acme", "cards", KEY, "sk_test_1")
    assert secrets.of("bean", "cards", KEY) == ""
    assert secrets.of("acme", "cards-2", KEY) == ""


def test_a_secret_is_read_again_after_five_minutes(secrets: SecretsManagerSecrets, clock: Clock) -> None:
    secrets.keep("acme", "cards", KEY, "sk_test_1")
    assert secrets.of("acme", "cards", KEY) == "sk_test_1"
    secrets.keep("acme", "cards", KEY, "sk_test_2")
    clock.now = 299
    assert secrets.of("acme", "cards", KEY) == "sk_test_1"
    clock.now = 301
    assert secrets.of("acme", "cards", KEY) == "sk_test_2"


def test_strangers_do_not_have_secrets_read_that_are_not_there(
    secrets: SecretsManagerSecrets, manager: SecretsManagerClient
) -> None:
    asked: list[object] = []
    manager.meta.events.register("before-call.secrets-manager", lambda **_: asked.append(1))
    assert {secrets.of("acme", "cards", WEBHOOK) for _ in range(100)} == {""}
    assert len(asked) == 1


def test_secrets_that_cannot_be_read_now_are_no_reason_to_decline(
    secrets: SecretsManagerSecrets, manager: SecretsManagerClient
) -> None:
    manager.meta.events.register("before-call.secrets-manager", answers("ThrottlingException"))
    with pytest.raises(Busy):
        secrets.of("acme", "cards", KEY)


def test_a_gateway_that_comes_back_while_its_secrets_are_deleted_is_told_to_wait(
    secrets: SecretsManagerSecrets, manager: SecretsManagerClient
) -> None:
    manager.meta.events.register("before-call.secrets-manager.CreateSecret", answers("InvalidRequestException"))
    with pytest.raises(Busy):
        secrets.keep("acme", "cards", KEY, "sk_test_1")


def test_two_requests_that_set_the_first_secret_at_once_both_set_it(
    secrets: SecretsManagerSecrets, manager: SecretsManagerClient
) -> None:
    def another_is_first(**_: Any) -> None:
        manager.meta.events.unregister("before-call.secrets-manager.CreateSecret", another_is_first)
        manager.create_secret(Name="till/gateways/acme/cards/secret_key", SecretString="sk_test_1")

    manager.meta.events.register("before-call.secrets-manager.CreateSecret", another_is_first)
    secrets.keep("acme", "cards", KEY, "sk_test_2")
    assert secrets.of("acme", "cards", KEY) == "sk_test_2"


def answers(code: str) -> Callable[..., Any]:
    """A hook that has AWS refuse."""
    error = {"Error": {"Code": code, "Message": "Not now"}, "ResponseMetadata": {}}
    return lambda **_: (SimpleNamespace(status_code=400), error)


# The registry


@pytest.fixture
def stripe() -> Iterator[StripeApi]:
    with running(StripeApi(secret_keys=("sk_test_1", "sk_test_2", "sk_live_1"))) as stand_in:
        yield stand_in


def cards(
    secrets: SecretsManagerSecrets, stripe: StripeApi, stage: str = "staging", gateway: Gateway = CARDS
) -> PaymentGateway:
    registry = GatewayRegistry(new_client(), "ledger", stage, "orders", secrets, stripe.url)
    return registry.of(a_shop(gateways=(gateway,)), "cards")


def test_a_shop_is_paid_with_its_own_keys(secrets: SecretsManagerSecrets, stripe: StripeApi) -> None:
    create_table(new_client(), "OrdersTable", "orders")
    secrets.keep("acme", "cards", KEY, "sk_test_1")
    answer = cards(secrets, stripe).authorize(Authorize("attempt:payment", "pm_card_visa", 2620, "CAD", "1001"))
    assert (answer.state, stripe.objects.held()) == (PaymentState.AUTHORIZED, 2620)


def test_a_gateway_without_its_key_is_refused(secrets: SecretsManagerSecrets, stripe: StripeApi) -> None:
    with pytest.raises(Refused):
        cards(secrets, stripe)


@pytest.mark.parametrize(("secret_key", "is_test"), [("sk_live_1", True), ("sk_test_1", False)])
def test_a_key_for_another_mode_is_never_used(
    secrets: SecretsManagerSecrets, stripe: StripeApi, secret_key: str, is_test: bool
) -> None:
    secrets.keep("acme", "cards", KEY, secret_key)
    with pytest.raises(Refused):
        cards(secrets, stripe, gateway=replace(CARDS, is_test=is_test))


def test_a_merchant_who_goes_live_need_not_wait(secrets: SecretsManagerSecrets, stripe: StripeApi) -> None:
    secrets.keep("acme", "cards", KEY, "sk_test_1")
    cards(secrets, stripe)
    secrets.keep("acme", "cards", KEY, "sk_live_1")
    cards(secrets, stripe, gateway=replace(CARDS, is_test=False))


def test_test_keys_are_refused_in_production(secrets: SecretsManagerSecrets, stripe: StripeApi) -> None:
    secrets.keep("acme", "cards", KEY, "sk_test_1")
    with pytest.raises(Refused):
        cards(secrets, stripe, stage="prod")
