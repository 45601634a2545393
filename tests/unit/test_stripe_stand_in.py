"""The tests' own Stripe does what Stripe documents: what is proved against it is proved of something."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import stripe as sdk

from tests.fakes.outbound import Service
from tests.fakes.outbound import running as listening
from tests.fakes.stripe_api import Fault, StripeApi, running, signature


@pytest.fixture
def api() -> Iterator[StripeApi]:
    with running(StripeApi()) as found:
        yield found


@pytest.fixture
def client(api: StripeApi) -> sdk.StripeClient:
    return sdk.StripeClient("sk_test_1", base_addresses={"api": api.url}, max_network_retries=0)


def authorized(client: sdk.StripeClient, method: str = "pm_card_visa", **more: Any) -> sdk.PaymentIntent:
    intent = client.v1.payment_intents.create(
        {"amount": 2620, "currency": "cad", "capture_method": "manual", "payment_method": method, **more}  # type: ignore[typeddict-item]  # of the test's choice
    )
    return client.v1.payment_intents.confirm(intent.id, {"use_stripe_sdk": True})


def test_money_is_held_then_taken_once_and_what_is_left_is_given_up(api: StripeApi, client: sdk.StripeClient) -> None:
    intent = authorized(client)
    assert (intent.status, intent.amount_capturable, api.objects.held()) == ("requires_capture", 2620, 2620)
    taken = client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 2000})
    assert (taken.status, taken.amount_received, api.objects.held()) == ("succeeded", 2000, 0)
    for again in (client.v1.payment_intents.capture, client.v1.payment_intents.cancel):
        with pytest.raises(sdk.InvalidRequestError) as refused:
            again(intent.id)
        assert refused.value.code == "payment_intent_unexpected_state"
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 1500})
    with pytest.raises(sdk.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 501})
    assert (api.objects.captured(), api.objects.refunded()) == (2000, 1500)


def test_an_idempotency_key_repeats_its_answer_and_stands_for_one_request(
    api: StripeApi, client: sdk.StripeClient
) -> None:
    create = client.v1.payment_intents.create
    first = create({"amount": 100, "currency": "cad"}, {"idempotency_key": "k"})
    again = create({"amount": 100, "currency": "cad"}, {"idempotency_key": "k"})
    assert again.id == first.id
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    with pytest.raises(sdk.IdempotencyError):
        create({"amount": 101, "currency": "cad"}, {"idempotency_key": "k"})
    api.forget_keys()
    assert create({"amount": 101, "currency": "cad"}, {"idempotency_key": "k"}).id != first.id


def test_a_request_whose_key_is_in_flight_is_a_conflict(api: StripeApi, client: sdk.StripeClient) -> None:
    def create() -> sdk.PaymentIntent:
        return client.v1.payment_intents.create({"amount": 100, "currency": "cad"}, {"idempotency_key": "k"})

    api.fail(Fault.DELAY, "/payment_intents", seconds=0.5)
    first = threading.Thread(target=create)
    first.start()
    while not api.objects.intents:
        pass
    with pytest.raises(sdk.StripeError) as conflict:
        create()
    assert conflict.value.http_status == 409
    first.join()
    create()
    assert len(api.objects.intents) == 1


@pytest.mark.parametrize(
    ("fault", "status", "made"),
    [
        (Fault.DROP_BEFORE, None, 0),
        (Fault.DROP_AFTER, None, 1),
        (Fault.RATE_LIMIT, 429, 0),
        (Fault.ERROR_BEFORE, 500, 0),
        (Fault.ERROR_AFTER, 500, 1),
    ],
)
def test_a_request_goes_wrong_on_order(
    api: StripeApi, client: sdk.StripeClient, fault: Fault, status: int | None, made: int
) -> None:
    api.fail(fault, "POST /v1/payment_intents")
    with pytest.raises(sdk.StripeError) as failed:
        client.v1.payment_intents.create({"amount": 100, "currency": "cad"})
    assert (failed.value.http_status, len(api.objects.intents)) == (status, made)


def test_a_declined_card_says_why_and_holds_nothing(api: StripeApi, client: sdk.StripeClient) -> None:
    with pytest.raises(sdk.CardError) as declined:
        authorized(client, "pm_card_chargeDeclinedInsufficientFunds")
    assert declined.value.error is not None
    assert declined.value.error.decline_code == "insufficient_funds"
    (intent,) = api.objects.intents.values()
    assert (intent["status"], api.objects.held()) == ("requires_payment_method", 0)


@pytest.mark.parametrize(("success", "status"), [(True, "requires_capture"), (False, "requires_payment_method")])
def test_the_shopper_confirms_at_their_bank_or_does_not(
    api: StripeApi, client: sdk.StripeClient, success: bool, status: str
) -> None:
    intent = authorized(client, "pm_card_authenticationRequired")
    assert (intent.status, api.objects.held()) == ("requires_action", 0)
    api.objects.authenticate(intent.id, success)
    assert client.v1.payment_intents.retrieve(intent.id).status == status


def test_a_card_is_used_once_unless_its_customer_keeps_it(api: StripeApi, client: sdk.StripeClient) -> None:
    once = api.objects.create_method({"type": "card"})["id"]
    authorized(client, once)
    with pytest.raises(sdk.InvalidRequestError):
        authorized(client, once)
    kept = api.objects.create_method({"type": "card"})["id"]
    customer = client.v1.customers.create().id
    authorized(client, kept, customer=customer, setup_future_usage="on_session")
    authorized(client, kept, customer=customer)
    with pytest.raises(sdk.InvalidRequestError):
        authorized(client, kept)


def test_an_authorization_expires(api: StripeApi, client: sdk.StripeClient) -> None:
    intent = authorized(client)
    api.objects.expire(intent.id)
    assert client.v1.payment_intents.retrieve(intent.id).status == "canceled"
    assert api.objects.held() == 0


def test_its_webhooks_are_signed_as_stripes_are(api: StripeApi, client: sdk.StripeClient) -> None:
    authorized(client)
    event = api.objects.events[-1]
    with listening(Service()) as shop:
        assert api.deliver(event, shop.url, "whsec_test") == 200
    ((headers, body),) = shop.received
    assert json.loads(body)["type"] == "payment_intent.amount_capturable_updated"
    sdk.Webhook.construct_event(body, headers["stripe-signature"], "whsec_test")
    old = signature(body.encode(), "whsec_test", at=1)
    with pytest.raises(sdk.SignatureVerificationError):
        sdk.Webhook.construct_event(body, old, "whsec_test")
