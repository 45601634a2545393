"""Run by test_layers, with Stripe's SDK as its layer has it: every request that the gateway makes."""

import sys
from pathlib import Path

import stripe

from tests.fakes.stripe_api import StripeApi, running
from till.adapters.payments.stripe.api import Api, Rejected
from till.adapters.payments.stripe.transport import within

with running(StripeApi()) as stand_in, within(20):
    api, objects = Api("sk_test_1", stand_in.url), stand_in.objects
    card = objects.create_method({"type": "card"})["id"]
    bought = {"amount": 2620, "currency": "cad", "capture_method": "manual", "payment_method": card}
    customer = api.create_customer({"shop": "acme"})
    intent = api.create(bought | {"customer": customer, "setup_future_usage": "on_session"}, "key")
    intent = api.confirm(intent.id)
    held = objects.held()
    intent = api.capture(intent.id, 2000, "capture")
    api.refund(intent.id, 500, "refund")
    for refusal in ({"payment_method": "pm_card_chargeDeclined"}, {"payment_method": "nothing"}):
        try:
            api.confirm(api.create(bought | refusal, f"{refusal}").id)
        except Rejected:
            api.owner(refusal["payment_method"])
    api.cancel(api.create(bought | {"payment_method": "pm_card_visa"}, "another").id)
    if api.owner(card) != customer or api.refunds(intent.id)[0].key != "refund" or api.intent(intent.id) != intent:
        sys.exit("an answer was not read")

print(Path(stripe.__file__).parent)
print(f"{held} held, {objects.captured()} captured, {objects.refunded()} back")
