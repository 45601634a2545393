"""An account at the tests' own Stripe, and the gateway that asks it, for the tests of that gateway."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from moto import mock_aws

from tests.contract.tables import create_table, new_client
from tests.fakes.stripe_api import StripeApi, running
from till.adapters.payments.stripe.api import Api
from till.adapters.payments.stripe.gateway import StripeGateway
from till.adapters.payments.stripe.records import Records
from till.application.gateways import Authorize, GatewayAnswer, GatewayUnknownError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEY = "attempt:payment"
REQUEST = Authorize(KEY, "pm_card_visa", 2620, "CAD", "1001", "order-1")


@pytest.fixture
def stripe() -> Iterator[StripeApi]:
    with running(StripeApi(secret_keys=("sk_test_1",))) as stand_in:
        yield stand_in


@pytest.fixture
def table() -> Iterator[DynamoDBClient]:
    with mock_aws():
        client = new_client()
        create_table(client, "OrdersTable", "orders")
        yield client


@pytest.fixture
def gateway(stripe: StripeApi, table: DynamoDBClient) -> StripeGateway:
    return a_gateway(stripe, table)


def a_gateway(stripe: StripeApi, table: DynamoDBClient, key: str = "sk_test_1", seconds: float = 9) -> StripeGateway:
    return StripeGateway(Api(key, stripe.url), Records(table, "orders", "acme", "stripe-1"), "acme", seconds)


def in_the_end(ask: Callable[[], GatewayAnswer]) -> GatewayAnswer:
    """The answer, asked again under the same key as long as there is none."""
    for _ in range(5):
        try:
            return ask()
        except GatewayUnknownError:
            continue
    raise AssertionError("no answer")
