"""Stripe's webhooks, signed as Stripe signs them, with a Stripe of the tests' own to ask whether it is so."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.fakes.stripe_api import Fault, StripeApi, running, signature
from tests.integration.api import Reply
from tests.integration.deployment import Deployment, forget
from tests.integration.placed import Placed
from tests.integration.shopper import Shopper
from till.domain.sale import ChargeState, Sale
from till.domain.shop import CaptureMode, Gateway, GatewaySecret
from till.runtime import wiring

GATEWAY = Gateway("stripe-1", "stripe", "Cards", is_test=True, public_key="pk_test_51public")
SECRET = "whsec_signing_51"
ASKS_THE_BANK = "pm_card_threeDSecure2Required"


@pytest.fixture
def stripe(till: Deployment, monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeApi]:
    """The shop takes cards with Stripe, and captures when it is asked to."""
    with running(StripeApi()) as api:
        monkeypatch.setenv("TILL_STRIPE_STAND_IN", api.url)
        forget()
        till.change_shop(gateways=(GATEWAY,))
        till.change_settings(capture_mode=CaptureMode.ON_REQUEST)
        wiring.gateway_secrets().keep("acme", "stripe-1", GatewaySecret.SECRET_KEY, "sk_test_51secret")
        wiring.gateway_secrets().keep("acme", "stripe-1", GatewaySecret.WEBHOOK_SECRET, SECRET)
        yield api


def ready(till: Deployment, card: str = "pm_card_visa") -> Shopper:
    shopper = Shopper.ready(till, "")
    paid = {"gateway_public_id": "stripe-1", "token": card, "amount": 26200}
    assert shopper.post("/payments", paid).status == 200
    return shopper


def asked_by_the_bank(till: Deployment) -> Shopper:
    shopper = ready(till, ASKS_THE_BANK)
    assert shopper.process().status == 202
    return shopper


def post(till: Deployment, event: Any, signed: str | None = None, secret: str = SECRET, shop: str = "acme") -> Reply:
    """The event as Stripe sends it; `signed` takes the place of its signature."""
    body = json.dumps(event).encode()
    headers = {"Stripe-Signature": signature(body, secret) if signed is None else signed}
    return till.around.call("POST", f"/webhooks/stripe-1?shop={shop}", body, headers)


def outcome(reply: Reply) -> str:
    said: str = reply.data["outcome"]
    return said


def last(stripe: StripeApi, kind: str) -> Any:
    """The newest event of a type."""
    return [event for event in stripe.objects.events if event["type"] == kind][-1]


def intent(stripe: StripeApi) -> str:
    """The id of the only payment there is."""
    (found,) = stripe.objects.intents
    return found


def sale_of(till: Deployment, shopper: Shopper) -> Sale:
    return wiring.sales().get("acme", shopper.order_id)[1]


def made(sale: Sale) -> list[tuple[str, int]]:
    return [(one.kind, one.amount) for one in sale.transactions if one.is_done]


# Who sent it


@pytest.mark.parametrize(
    "forged",
    [
        {"secret": "whsec_another_51"},
        {"signed": ""},
        {"signed": "t=1,v1=00"},
        {"signed": "v1=00"},
        {"signed": "nonsense"},
        {"signed": "t=1,v1=\u00e9"},
        {"shop": "other"},
    ],
    ids=str,
)
def test_a_forged_webhook_is_401_and_changes_nothing(
    till: Deployment, stripe: StripeApi, forged: dict[str, str]
) -> None:
    shopper = asked_by_the_bank(till)
    stripe.objects.authenticate(intent(stripe), success=True)
    before = till.stored(shopper.order_id)
    assert post(till, stripe.objects.events[-1], **forged).status == 401
    assert till.stored(shopper.order_id) == before


def test_an_old_signature_is_401(till: Deployment, stripe: StripeApi) -> None:
    asked_by_the_bank(till)
    event = stripe.objects.events[-1]
    for age, status in ((301, 401), (290, 200)):
        old = signature(json.dumps(event).encode(), SECRET, at=till.clock.seconds() - age)
        assert post(till, event, signed=old).status == status


def test_a_webhook_of_the_other_mode_is_401(till: Deployment, stripe: StripeApi) -> None:
    shopper = asked_by_the_bank(till)
    stripe.objects.authenticate(intent(stripe), success=True)
    assert post(till, stripe.objects.events[-1] | {"livemode": True}).status == 401
    assert till.order(shopper.order_id).status == "parked"


def test_a_gateway_without_a_webhook_secret_believes_nothing(till: Deployment, stripe: StripeApi) -> None:
    till.change_shop(gateways=(GATEWAY, replace(GATEWAY, id="stripe-2")))
    event = json.dumps({"id": "evt_1", "type": "payment_intent.succeeded"}).encode()
    for secret in ("", SECRET):
        signed = {"Stripe-Signature": signature(event, secret)}
        assert till.around.call("POST", "/webhooks/stripe-2?shop=acme", event, signed).status == 401


@pytest.mark.parametrize("kind", ["customer.created", "payout.paid", "payment_intent.created", "unheard.of"])
def test_other_events_are_none_of_ours(till: Deployment, stripe: StripeApi, kind: str) -> None:
    asked_by_the_bank(till)
    assert outcome(post(till, stripe.objects.events[-1] | {"type": kind})) == "ignored"


@pytest.mark.parametrize("noted", [{}, {"shop": "other", "order": "o", "key": "k"}, {"shop": "acme", "order": "o"}])
def test_other_payments_of_the_same_account_are_none_of_ours(
    till: Deployment, stripe: StripeApi, noted: dict[str, str]
) -> None:
    """Another shop, or another system, takes money with the same account: its endpoint gets those events as well."""
    asked_by_the_bank(till)
    event = json.loads(json.dumps(stripe.objects.events[-1])) | {"type": "payment_intent.succeeded"}
    event["data"]["object"] |= {"id": "pi_of_others", "metadata": noted}
    assert outcome(post(till, event)) == "ignored"


def test_a_signed_webhook_that_lies_about_the_payment_changes_nothing(till: Deployment, stripe: StripeApi) -> None:
    """Even with the secret, nobody can say that money is there which is not."""
    shopper = asked_by_the_bank(till)
    event = json.loads(json.dumps(stripe.objects.events[-1])) | {"type": "payment_intent.succeeded"}
    event["data"]["object"] |= {"status": "succeeded", "amount_received": 26200}
    assert outcome(post(till, event)) == "left"
    assert till.order(shopper.order_id).status == "parked"


# What it leads to


def test_a_shopper_who_never_returns_still_gets_the_order(till: Deployment, stripe: StripeApi) -> None:
    shopper = asked_by_the_bank(till)
    stripe.objects.authenticate(intent(stripe), success=True)
    event = last(stripe, "payment_intent.amount_capturable_updated")
    assert [outcome(post(till, event)) for _ in range(2)] == ["continued", "unchanged"]
    assert till.order(shopper.order_id).status == "placed"
    assert stripe.objects.held() == 26200
    assert shopper.process().state["is_processed"] is True


def test_a_shopper_whose_bank_says_no_is_told_when_they_return(till: Deployment, stripe: StripeApi) -> None:
    shopper = asked_by_the_bank(till)
    stripe.objects.authenticate(intent(stripe), success=False)
    assert outcome(post(till, last(stripe, "payment_intent.payment_failed"))) == "left"
    assert shopper.process().status == 422
    assert stripe.objects.held() == 0


def test_a_stripe_that_does_not_answer_sends_its_webhook_again(till: Deployment, stripe: StripeApi) -> None:
    shopper = asked_by_the_bank(till)
    stripe.objects.authenticate(intent(stripe), success=True)
    stripe.fail(Fault.DROP_BEFORE, "GET")
    refused = post(till, stripe.objects.events[-1])
    assert (refused.status, refused.headers["Retry-After"]) == (503, "30")
    assert outcome(post(till, stripe.objects.events[-1])) == "continued"
    assert till.order(shopper.order_id).status == "placed"


def test_a_late_success_that_cannot_be_voided_now_is_voided_later(till: Deployment, stripe: StripeApi) -> None:
    """Nobody knew whether it was authorized; when that is known, Stripe hangs up once more."""
    shopper = ready(till)
    stripe.fail(Fault.DROP_BEFORE, "/confirm", times=3)
    stripe.fail(Fault.DROP_BEFORE, "/cancel")
    assert shopper.process().status == 422
    stripe.objects.confirm_intent(intent(stripe), {})
    event = last(stripe, "payment_intent.amount_capturable_updated")
    stripe.fail(Fault.DROP_BEFORE, "/cancel")
    assert outcome(post(till, event)) == "left"
    assert stripe.objects.held() == 26200
    till.clock.pass_(minutes=2)
    assert till.undoing().retry_due() == 0
    assert stripe.objects.held() == 0
    assert outcome(post(till, event)) == "unchanged"


def test_a_capture_in_the_dashboard_is_the_only_one(till: Deployment, stripe: StripeApi) -> None:
    """Stripe captures once: what it left is given up."""
    shopper = ready(till)
    shopper.process()
    stripe.objects.capture_intent(intent(stripe), {"amount_to_capture": "20000"})
    assert outcome(post(till, last(stripe, "payment_intent.succeeded"))) == "recorded"
    sale = sale_of(till, shopper)
    assert (made(sale), sale.charge) == ([("capture", 20000)], ChargeState.CAPTURED)
    assert Placed(till, shopper.order_id).post("capture", {}).status in (200, 409)
    assert stripe.objects.captured() == 20000


def test_a_refund_in_the_dashboard_and_one_that_bounces(till: Deployment, stripe: StripeApi) -> None:
    """Their events carry nothing of ours: the intent is asked for."""
    shopper = ready(till)
    shopper.process()
    assert Placed(till, shopper.order_id).post("capture", {}).status == 200
    refund = stripe.objects.create_refund({"payment_intent": intent(stripe), "amount": "1200"})
    assert outcome(post(till, last(stripe, "charge.refunded"))) == "recorded"
    assert made(sale_of(till, shopper)) == [("capture", 26200), ("refund", 1200)]
    stripe.objects.fail_refund(refund["id"])
    assert outcome(post(till, last(stripe, "refund.failed"))) == "recorded"
    sale = sale_of(till, shopper)
    assert made(sale)[2:] == [("bounce", 1200)]
    assert sale.refundable(sale.payments[0]) == 26200


def test_a_refund_of_ours_that_bounces_later_can_be_made_again(till: Deployment, stripe: StripeApi) -> None:
    shopper = ready(till)
    shopper.process()
    order = Placed(till, shopper.order_id)
    assert order.post("capture", {}).status == 200
    assert order.refund(amount="262.00").status == 200
    assert outcome(post(till, last(stripe, "charge.refunded"))) == "unchanged"
    stripe.objects.fail_refund(next(iter(stripe.objects.refunds)))
    assert outcome(post(till, last(stripe, "refund.failed"))) == "recorded"
    assert order.refund(amount="262.00").status == 200
    assert stripe.objects.refunded() == 26200


def test_a_dispute_is_told_once(till: Deployment, stripe: StripeApi) -> None:
    shopper = ready(till)
    shopper.process()
    assert Placed(till, shopper.order_id).post("capture", {}).status == 200
    stripe.objects.dispute(intent(stripe))
    event = last(stripe, "charge.dispute.created")
    assert [outcome(post(till, event)) for _ in range(2)] == ["recorded", "unchanged"]
    assert [one.what for one in sale_of(till, shopper).timeline].count("dispute") == 1


def test_an_authorization_that_expired_at_stripe_fails_the_charge(till: Deployment, stripe: StripeApi) -> None:
    shopper = ready(till)
    shopper.process()
    stripe.objects.expire(intent(stripe))
    assert outcome(post(till, last(stripe, "payment_intent.canceled"))) == "recorded"
    assert sale_of(till, shopper).charge is ChargeState.FAILED


def test_the_webhook_of_our_own_capture_is_no_news_even_before_stripe_answered(
    till: Deployment, stripe: StripeApi
) -> None:
    shopper = ready(till)
    shopper.process()
    stripe.fail(Fault.DROP_AFTER, "/capture")
    assert Placed(till, shopper.order_id).post("capture", {}).status == 202
    assert outcome(post(till, last(stripe, "payment_intent.succeeded"))) == "unchanged"
    assert made(sale_of(till, shopper)) == [("capture", 26200)]
    assert stripe.posts("/capture") == 1


EVENTS = (
    "payment_intent.amount_capturable_updated",
    "payment_intent.succeeded",
    "charge.refunded",
    "charge.dispute.created",
)


@pytest.mark.parametrize("arrival", list(itertools.permutations(EVENTS)), ids=lambda arrival: arrival[0])
def test_webhooks_in_any_order_and_twice_end_the_same(
    till: Deployment, stripe: StripeApi, arrival: tuple[str, ...]
) -> None:
    """All of it happened at Stripe before the first of them came."""
    shopper = asked_by_the_bank(till)
    stripe.objects.authenticate(intent(stripe), success=True)
    stripe.objects.capture_intent(intent(stripe), {})
    stripe.objects.create_refund({"payment_intent": intent(stripe), "amount": "2000"})
    stripe.objects.dispute(intent(stripe))
    for kind in arrival:
        for _ in range(2):
            assert post(till, last(stripe, kind)).status == 200
    sale = sale_of(till, shopper)
    assert till.order(shopper.order_id).status == "placed"
    assert (made(sale), sale.charge) == ([("capture", 26200), ("refund", 2000)], ChargeState.CAPTURED)
    assert [(one.what, one.outcome) for one in sale.timeline] == [
        ("capture", "outside"),
        ("refund", "outside"),
        ("dispute", "opened"),
    ]


def test_a_gateway_that_has_no_key_yet_has_its_webhooks_sent_again(till: Deployment, stripe: StripeApi) -> None:
    shopper = asked_by_the_bank(till)
    stripe.objects.authenticate(intent(stripe), success=True)
    event = stripe.objects.events[-1]
    wiring.gateway_secrets().delete("acme", "stripe-1")
    wiring.gateway_secrets().keep("acme", "stripe-1", GatewaySecret.WEBHOOK_SECRET, SECRET)
    forget()
    refused = post(till, event)
    assert (refused.status, refused.headers["Retry-After"]) == (503, "30")
    wiring.gateway_secrets().keep("acme", "stripe-1", GatewaySecret.SECRET_KEY, "sk_test_51secret")
    assert outcome(post(till, event)) == "continued"
    assert till.order(shopper.order_id).status == "placed"
