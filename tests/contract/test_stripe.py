"""What the Stripe gateway does beyond the contract, with what Stripe alone can do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.contract.faults import interrupted_at
from tests.contract.stripe_account import KEY, REQUEST, a_gateway, gateway, in_the_end, stripe, table
from tests.contract.tables import new_client
from tests.fakes.stripe_api import Fault, StripeApi, running
from till.adapters.payments.stripe.gateway import StripeGateway
from till.application.gateways import GatewayUnknownError
from till.domain.errors import Refused
from till.domain.payment import PaymentState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = ["gateway", "stripe", "table"]  # the fixtures

# What only Stripe can do


def test_the_whole_authorization_is_given_up_with_what_a_capture_leaves(
    stripe: StripeApi, gateway: StripeGateway
) -> None:
    gateway.authorize(REQUEST)
    gateway.capture(KEY, 2000, "capture-1")
    with pytest.raises(Refused):
        gateway.capture(KEY, 620, "capture-2")
    with pytest.raises(Refused):
        gateway.refund(KEY, 2001, "refund-1")
    answer = gateway.query(KEY)
    assert answer is not None
    assert (answer.captured, answer.refunded) == (2000, 0)
    gateway.refund(KEY, 2000, "refund-2")
    assert (stripe.objects.captured(), stripe.objects.refunded(), stripe.objects.held()) == (2000, 2000, 0)


def test_an_authorization_that_expired_cannot_be_captured(stripe: StripeApi, gateway: StripeGateway) -> None:
    gateway.authorize(REQUEST)
    stripe.objects.expire(stripe.objects.intent_of(KEY)["id"])
    with pytest.raises(Refused) as gone:
        gateway.capture(KEY, 2620, "capture-1")
    assert gone.value.problems[0].code == "authorization_expired"
    answer = gateway.query(KEY)
    assert answer is not None
    assert answer.state is PaymentState.VOIDED


def test_a_capture_by_hand_at_stripe_is_a_capture(stripe: StripeApi, gateway: StripeGateway) -> None:
    gateway.authorize(REQUEST)
    stripe.objects.capture_intent(stripe.objects.intent_of(KEY)["id"], {})
    assert gateway.capture(KEY, 2620, "capture-1").captured == 2620
    with pytest.raises(Refused):
        gateway.capture(KEY, 2000, "capture-2")


def test_a_refund_by_hand_at_stripe_leaves_less_to_refund(stripe: StripeApi, gateway: StripeGateway) -> None:
    gateway.authorize(REQUEST)
    gateway.capture(KEY, 2620, "capture-1")
    stripe.objects.create_refund({"payment_intent": stripe.objects.intent_of(KEY)["id"], "amount": "2000"})
    answer = gateway.query(KEY)
    assert answer is not None
    assert (answer.captured, answer.refunded) == (2620, 2000)
    with pytest.raises(Refused):
        gateway.refund(KEY, 621, "refund-1")
    gateway.refund(KEY, 620, "refund-2")
    assert stripe.objects.refunded() == 2620


def test_a_refund_that_the_bank_sent_back_is_no_refund(stripe: StripeApi, gateway: StripeGateway) -> None:
    gateway.authorize(REQUEST)
    gateway.capture(KEY, 2620, "capture-1")
    refunded = gateway.refund(KEY, 2620, "refund-1")
    stripe.objects.fail_refund(refunded.reference)
    with pytest.raises(Refused) as failed:
        gateway.refund(KEY, 2620, "refund-1")
    assert failed.value.problems[0].code == "refund_failed"
    assert gateway.refund(KEY, 2620, "refund-2").refunded == 2620


def test_a_refund_is_found_behind_many_others(stripe: StripeApi, gateway: StripeGateway) -> None:
    gateway.authorize(REQUEST)
    gateway.capture(KEY, 2620, "capture-1")
    first = gateway.refund(KEY, 1, "refund-0")
    intent = stripe.objects.intent_of(KEY)["id"]
    for _ in range(120):
        stripe.objects.create_refund({"payment_intent": intent, "amount": "1"})
    stripe.forget_keys()
    assert gateway.refund(KEY, 1, "refund-0").reference == first.reference
    assert stripe.objects.refunded() == 121


def test_merchants_find_the_order_of_a_payment_at_stripe(stripe: StripeApi, gateway: StripeGateway) -> None:
    gateway.authorize(REQUEST)
    noted = stripe.objects.intent_of(KEY)["metadata"]
    assert noted == {"shop": "acme", "order": "order-1", "key": KEY, "reference": "1001"}


# 3-D Secure


def test_a_shopper_confirms_at_the_bank_and_has_paid(stripe: StripeApi, gateway: StripeGateway) -> None:
    request = replace(REQUEST, token="pm_card_authenticationRequired")
    asked = gateway.authorize(request)
    assert (asked.state, asked.message) == (PaymentState.REQUIRES_ACTION, "Your bank asks you to confirm.")
    intent = stripe.objects.intent_of(KEY)
    assert asked.client_secret == intent["client_secret"]
    stripe.objects.authenticate(intent["id"], success=True)
    assert gateway.authorize(request).state is PaymentState.AUTHORIZED
    assert (stripe.objects.held(), stripe.posts("/confirm")) == (2620, 1)


@pytest.mark.parametrize("told_by", ["authorize", "query"])
def test_a_shopper_who_fails_at_the_bank_cannot_pay_behind_our_back(
    stripe: StripeApi, gateway: StripeGateway, told_by: str
) -> None:
    """Their browser has the intent's secret: with it another card could be tried, for an order that was given up."""
    request = replace(REQUEST, token="pm_card_authenticationRequired")
    gateway.authorize(request)
    intent = stripe.objects.intent_of(KEY)
    stripe.objects.authenticate(intent["id"], success=False)
    answer = gateway.authorize(request) if told_by == "authorize" else gateway.query(KEY)
    assert answer is not None
    assert answer.state is PaymentState.DECLINED
    assert answer.message == "Your bank could not confirm that it is you. Try again, or try another card."
    assert intent["status"] == "canceled"
    assert gateway.authorize(request) == answer


# What is not as it should be


def test_an_amount_that_was_changed_at_stripe_is_never_held(stripe: StripeApi, gateway: StripeGateway) -> None:
    stripe.fail(Fault.DROP_BEFORE, "/confirm")
    with pytest.raises(GatewayUnknownError):
        gateway.authorize(REQUEST)
    stripe.objects.update_intent(stripe.objects.intent_of(KEY)["id"], {"amount": "50"})
    answer = gateway.authorize(REQUEST)
    assert answer.state is PaymentState.DECLINED
    assert "not for the amount" in answer.message
    assert (stripe.objects.held(), stripe.objects.intent_of(KEY)["status"]) == (0, "canceled")


def test_an_amount_that_was_changed_while_the_shopper_was_at_the_bank_is_given_up(
    stripe: StripeApi, gateway: StripeGateway
) -> None:
    request = replace(REQUEST, token="pm_card_authenticationRequired")
    gateway.authorize(request)
    intent = stripe.objects.intent_of(KEY)
    intent["amount"] = 50
    stripe.objects.authenticate(intent["id"], success=True)
    assert gateway.authorize(request).state is PaymentState.DECLINED
    assert stripe.objects.held() == 0


@pytest.mark.parametrize("token", ["pm_unknown", "tok_of_the_sandbox", ""])
def test_a_card_that_stripe_does_not_know_must_be_entered_again(
    stripe: StripeApi, gateway: StripeGateway, token: str
) -> None:
    answer = gateway.authorize(replace(REQUEST, token=token))
    assert (answer.state, answer.message) == (PaymentState.DECLINED, "Your card must be entered again.")
    assert gateway.query(KEY) is None


def test_a_card_is_used_up_by_its_first_payment(stripe: StripeApi, gateway: StripeGateway) -> None:
    card = stripe.objects.create_method({"type": "card"})["id"]
    gateway.authorize(replace(REQUEST, token=card))
    gateway.void(KEY)
    again = gateway.authorize(replace(REQUEST, key="another:payment", token=card))
    assert (again.state, again.message) == (PaymentState.DECLINED, "Your card must be entered again.")


def test_keys_that_are_no_good_take_no_money_and_say_nothing_of_a_card(
    stripe: StripeApi, table: DynamoDBClient
) -> None:
    with pytest.raises(GatewayUnknownError):
        a_gateway(stripe, table, key="sk_test_revoked").authorize(REQUEST)
    assert stripe.objects.intents == {}


def test_an_account_that_does_not_know_the_intent_says_nothing_of_it(
    stripe: StripeApi, gateway: StripeGateway, table: DynamoDBClient
) -> None:
    gateway.authorize(REQUEST)
    with running(StripeApi()) as another:
        moved = a_gateway(another, table)
        asks: list[Callable[[], object]] = [
            lambda: moved.authorize(REQUEST),
            lambda: moved.query(KEY),
            lambda: moved.void(KEY),
        ]
        for ask in asks:
            with pytest.raises(GatewayUnknownError):
                ask()
    assert stripe.objects.held() == 2620


# Cards that are kept

ANNA = replace(REQUEST, customer="anna", retain=True)


def a_card(stripe: StripeApi) -> str:
    return str(stripe.objects.create_method({"type": "card"})["id"])


def test_a_card_that_is_kept_can_be_used_again_by_its_customer(stripe: StripeApi, gateway: StripeGateway) -> None:
    card = a_card(stripe)
    for number, retain in enumerate((True, False, True)):
        request = replace(ANNA, key=f"attempt-{number}", token=card, retain=retain)
        assert gateway.authorize(request).state is PaymentState.AUTHORIZED
    (customer,) = stripe.objects.customers.values()
    assert customer["metadata"] == {"shop": "acme", "customer": "anna"}
    assert {intent["customer"] for intent in stripe.objects.intents.values()} == {customer["id"]}


def test_all_cards_of_a_customer_belong_to_one_customer_at_stripe(stripe: StripeApi, gateway: StripeGateway) -> None:
    cards = [a_card(stripe), a_card(stripe)]
    for card in cards:
        gateway.authorize(replace(ANNA, key=card, token=card))
    assert len(stripe.objects.customers) == 1
    assert len({stripe.objects.methods[card]["customer"] for card in cards}) == 1


@pytest.mark.parametrize("customer", ["bob", ""])
def test_nobody_pays_with_a_card_kept_for_somebody_else(
    stripe: StripeApi, gateway: StripeGateway, customer: str
) -> None:
    card = a_card(stripe)
    gateway.authorize(replace(ANNA, token=card))
    held = stripe.objects.held()
    answer = gateway.authorize(replace(REQUEST, key="bob:payment", token=card, customer=customer, retain=True))
    assert (answer.state, answer.message) == (PaymentState.DECLINED, "Your card must be entered again.")
    assert stripe.objects.held() == held


def test_a_guests_card_is_not_kept(stripe: StripeApi, gateway: StripeGateway) -> None:
    gateway.authorize(replace(REQUEST, retain=True))
    gateway.authorize(replace(REQUEST, key="anna:payment", customer="anna"))
    assert stripe.objects.customers == {}
    assert [intent["setup_future_usage"] for intent in stripe.objects.intents.values()] == [None, None]


def test_a_customer_that_was_deleted_at_stripe_is_made_again(stripe: StripeApi, gateway: StripeGateway) -> None:
    gateway.authorize(replace(ANNA, token=a_card(stripe)))
    (customer,) = stripe.objects.customers
    stripe.objects.delete_customer(customer)
    card = a_card(stripe)
    again = in_the_end(lambda: gateway.authorize(replace(ANNA, key="again:payment", token=card)))
    assert again.state is PaymentState.AUTHORIZED
    assert len(stripe.objects.customers) == 1


def test_one_customer_is_kept_where_two_are_made_at_once(
    stripe: StripeApi, gateway: StripeGateway, table: DynamoDBClient
) -> None:
    def another_is_first() -> None:
        a_gateway(stripe, new_client()).authorize(replace(ANNA, key="first:payment", token=a_card(stripe)))

    with interrupted_at(table, 2, another_is_first, after=False):
        gateway.authorize(replace(ANNA, token=a_card(stripe)))
    assert len({intent["customer"] for intent in stripe.objects.intents.values()}) == 1


def test_a_key_is_looked_at_without_touching_money(stripe: StripeApi, table: DynamoDBClient) -> None:
    assert a_gateway(stripe, table).wrong() == ""
    assert "does not know" in a_gateway(stripe, table, "sk_test_another").wrong()
    stripe.fail(Fault.DROP_BEFORE)
    assert "does not answer" in a_gateway(stripe, table).wrong()
    assert stripe.posts("") == 0
