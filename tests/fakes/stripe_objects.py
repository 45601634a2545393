"""What Stripe keeps, and how it changes: payment intents, payment methods, customers, refunds and events.

As https://docs.stripe.com/api and https://docs.stripe.com/testing describe them; of their members only those that a
checkout reads. Amounts are in Stripe's own units.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

type Params = Mapping[str, str]
type Json = dict[str, Any]

# Test payment methods: what happens to them on confirm.
APPROVED = {"pm_card_visa", "pm_card_mastercard", "pm_card_amex"}
DECLINED = {
    "pm_card_chargeDeclined": "generic_decline",
    "pm_card_visa_chargeDeclined": "generic_decline",
    "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_visa_chargeDeclinedLostCard": "lost_card",
    "pm_card_visa_chargeDeclinedStolenCard": "stolen_card",
    "pm_card_chargeDeclinedFraudulent": "fraudulent",
    "pm_card_radarBlock": "fraudulent",
    "pm_card_chargeDeclinedExpiredCard": "expired_card",
    "pm_card_chargeDeclinedIncorrectCvc": "incorrect_cvc",
    "pm_card_chargeDeclinedProcessingError": "processing_error",
}
# Declines that are error codes of their own; all others are card_declined with a decline code.
OWN_CODES = {"expired_card", "incorrect_cvc", "processing_error"}
MUST_CONFIRM = {"pm_card_authenticationRequired", "pm_card_threeDSecure2Required", "pm_card_threeDSecureRequired"}
TEST_METHODS = APPROVED | set(DECLINED) | MUST_CONFIRM
CANCELLABLE = {"requires_payment_method", "requires_confirmation", "requires_action", "requires_capture"}
LEAST = {"usd": 50, "eur": 50, "cad": 50, "gbp": 30, "jpy": 50, "mxn": 1000, "huf": 17500}


class Problem(Exception):
    """What Stripe answers with an error."""

    def __init__(
        self, status: int, code: str = "", message: str = "", kind: str = "invalid_request_error", **more: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message} | ({"code": code} if code else {}) | more}


def unexpected(intent: Json, doing: str) -> Problem:
    message = f"This PaymentIntent could not be {doing} because it has a status of {intent['status']}."
    return Problem(400, "payment_intent_unexpected_state", message, payment_intent=intent)


def missing(kind: str, wanted: str, param: str) -> Problem:
    return Problem(404 if param == "id" else 400, "resource_missing", f"No such {kind}: '{wanted}'", param=param)


@dataclass
class StripeObjects:
    """All of one account."""

    now: Callable[[], float] = time.time
    intents: dict[str, Json] = field(default_factory=dict)
    methods: dict[str, Json] = field(default_factory=dict)
    customers: dict[str, Json] = field(default_factory=dict)
    refunds: dict[str, Json] = field(default_factory=dict)
    events: list[Json] = field(default_factory=list)

    # What a test asks

    def intent_of(self, key: str) -> Json:
        """The one intent of a key of Till's that ever left its first state."""
        (found,) = (each for each in self.intents.values() if each["metadata"].get("key") == key)
        return found

    def held(self) -> int:
        """What is authorized and neither captured nor given up."""
        return sum(each["amount_capturable"] for each in self.intents.values())

    def captured(self) -> int:
        return sum(each["amount_received"] for each in self.intents.values())

    def refunded(self) -> int:
        """Of what was captured."""
        charges = [each["latest_charge"] for each in self.intents.values() if each["status"] == "succeeded"]
        return sum(each["amount_refunded"] - each["amount"] + each["amount_captured"] for each in charges)

    # Payment methods and customers

    def create_method(self, params: Params) -> Json:
        """From one of Stripe's test tokens, such as tok_visa, or as the browser makes it, of any card number."""
        if params.get("type") != "card":
            raise Problem(400, "parameter_missing", "Missing required param: type.", param="type")
        token = params.get("card[token]", "tok_visa")
        return self._method(token.replace("tok_", "pm_card_"))

    def method(self, method_id: str, param: str = "id") -> Json:
        """A test payment method stands for a new one each time."""
        if method_id in TEST_METHODS:
            return self._method(method_id)
        if method_id not in self.methods:
            raise missing("PaymentMethod", method_id, param)
        return self.methods[method_id]

    def _method(self, acts_like: str) -> Json:
        made: Json = {
            "id": self._id("pm"),
            "object": "payment_method",
            "type": "card",
            "customer": None,
            "card": {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2034},
            "_acts_like": acts_like,
            "_is_used": False,
        }
        self.methods[made["id"]] = made
        return made

    def detach_method(self, method_id: str) -> Json:
        method = self.method(method_id)
        method |= {"customer": None, "_is_used": True}
        return method

    def create_customer(self, params: Params) -> Json:
        made: Json = {"id": self._id("cus"), "object": "customer", "metadata": metadata(params)}
        self.customers[made["id"]] = made
        return made

    def customer(self, customer_id: str, param: str = "id") -> Json:
        if customer_id not in self.customers:
            raise missing("customer", customer_id, param)
        return self.customers[customer_id]

    def delete_customer(self, customer_id: str) -> Json:
        self.customer(customer_id)
        del self.customers[customer_id]
        for method in self.methods.values():
            if method["customer"] == customer_id:
                method |= {"customer": None, "_is_used": True}
        return {"id": customer_id, "object": "customer", "deleted": True}

    # Payment intents

    def create_intent(self, params: Params) -> Json:
        amount, currency = whole(params, "amount"), params.get("currency", "")
        if not currency:
            raise Problem(400, "parameter_missing", "Missing required param: currency.", param="currency")
        if amount < LEAST.get(currency, 1):
            raise Problem(400, "amount_too_small", "Amount must be at least the minimum.", param="amount")
        customer = params.get("customer")
        if customer:
            self.customer(customer, "customer")
        method = params.get("payment_method")
        if method:
            method = self.usable(self.method(method, "payment_method"), customer)["id"]
        intent_id = self._id("pi")
        intent = {
            "id": intent_id,
            "object": "payment_intent",
            "amount": amount,
            "amount_capturable": 0,
            "amount_received": 0,
            "cancellation_reason": None,
            "capture_method": params.get("capture_method", "automatic_async"),
            "client_secret": f"{intent_id}_secret_{secrets.token_hex(12)}",
            "currency": currency,
            "customer": customer,
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": False,
            "metadata": metadata(params),
            "next_action": None,
            "payment_method": method,
            "setup_future_usage": params.get("setup_future_usage"),
            "status": "requires_confirmation" if method else "requires_payment_method",
        }
        self.intents[intent_id] = intent
        self._event("payment_intent.created", intent)
        return self.confirm_intent(intent_id, params) if params.get("confirm") == "true" else intent

    def usable(self, method: Json, customer: str | None) -> Json:
        """A payment method that was used without a customer is used up; one with a customer goes only with it."""
        if method["customer"] and method["customer"] != customer:
            raise Problem(400, "", "The payment method belongs to a Customer. Include it.", param="payment_method")
        if method["_is_used"] and not method["customer"]:
            message = "The provided PaymentMethod was previously used without Customer attachment. It may not be again."
            raise Problem(400, "", message, param="payment_method")
        return method

    def intent(self, intent_id: str) -> Json:
        if intent_id not in self.intents:
            raise missing("payment_intent", intent_id, "id")
        return self.intents[intent_id]

    def update_intent(self, intent_id: str, params: Params) -> Json:
        intent = self.intent(intent_id)
        intent["metadata"] |= metadata(params)
        if "amount" in params:
            if intent["status"] not in CANCELLABLE - {"requires_capture"}:
                raise unexpected(intent, "updated")
            intent["amount"] = whole(params, "amount")
        return intent

    def confirm_intent(self, intent_id: str, params: Params) -> Json:
        intent = self.intent(intent_id)
        if params.get("payment_method"):
            found = self.method(params["payment_method"], "payment_method")
            intent["payment_method"] = self.usable(found, intent["customer"])["id"]
        elif intent["status"] not in ("requires_confirmation", "requires_action"):
            raise unexpected(intent, "confirmed")
        if not intent["payment_method"] or intent["status"] not in CANCELLABLE - {"requires_capture"}:
            raise unexpected(intent, "confirmed")
        acts_like = self.methods[intent["payment_method"]]["_acts_like"]
        if acts_like in DECLINED:
            raise self._declined(intent, DECLINED[acts_like])
        if acts_like in MUST_CONFIRM:
            # A bank's own page, with an address to come back to, or what Stripe's script handles.
            if params.get("use_stripe_sdk") != "true":
                message = "You must provide a return_url, or set use_stripe_sdk."
                raise Problem(400, "parameter_missing", message, param="return_url")
            intent |= {"status": "requires_action", "next_action": {"type": "use_stripe_sdk", "use_stripe_sdk": {}}}
            self._event("payment_intent.requires_action", intent)
            return intent
        return self._authorized(intent)

    def authenticate(self, intent_id: str, success: bool) -> Json:
        """What the shopper's browser and bank do with 3-D Secure."""
        intent = self.intent(intent_id)
        if intent["status"] != "requires_action":
            raise unexpected(intent, "authenticated")
        intent["next_action"] = None
        if success:
            return self._authorized(intent)
        self._failed(
            intent,
            {
                "type": "invalid_request_error",
                "code": "payment_intent_authentication_failure",
                "message": "The provided PaymentMethod has failed authentication.",
            },
        )
        return intent

    def cancel_intent(self, intent_id: str, params: Params, reason: str | None = None) -> Json:
        intent = self.intent(intent_id)
        if intent["status"] not in CANCELLABLE:
            raise unexpected(intent, "canceled")
        reason = reason or params.get("cancellation_reason")
        intent |= {"status": "canceled", "amount_capturable": 0, "next_action": None, "cancellation_reason": reason}
        if intent["latest_charge"]:
            intent["latest_charge"] |= {"amount_refunded": intent["amount"], "refunded": True}
        self._event("payment_intent.canceled", intent)
        return intent

    def expire(self, intent_id: str) -> Json:
        """Seven days have passed: Stripe gives an authorization up by itself."""
        return self.cancel_intent(intent_id, {}, "automatic")

    def capture_intent(self, intent_id: str, params: Params) -> Json:
        intent = self.intent(intent_id)
        if intent["status"] != "requires_capture":
            raise unexpected(intent, "captured")
        amount = whole(params, "amount_to_capture") if "amount_to_capture" in params else intent["amount_capturable"]
        if amount > intent["amount_capturable"]:
            message = "The requested amount to capture is greater than the amount you can capture."
            raise Problem(400, "amount_too_large", message, param="amount_to_capture")
        intent["metadata"] |= metadata(params)
        intent |= {"status": "succeeded", "amount_capturable": 0, "amount_received": amount}
        intent["latest_charge"] |= {"captured": True, "amount_captured": amount}
        if left := intent["amount"] - amount:
            self._refund(intent, left, {})  # what is given up is listed as a refund
        self._event("payment_intent.succeeded", intent)
        return intent

    # Refunds

    def create_refund(self, params: Params) -> Json:
        intent = self.intent(params.get("payment_intent", ""))
        charge = intent["latest_charge"]
        if intent["status"] != "succeeded":
            raise Problem(400, "", "This PaymentIntent does not have a successful charge to refund.")
        left = intent["amount"] - charge["amount_refunded"]
        amount = whole(params, "amount") if "amount" in params else left
        if not left:
            raise Problem(400, "charge_already_refunded", "The charge has already been refunded.")
        if amount > left:
            raise Problem(400, "", "The refund amount is greater than the unrefunded amount.", param="amount")
        made = self._refund(intent, amount, metadata(params))
        self._event("refund.created", made)
        self._event("charge.refunded", charge)
        return made

    def _refund(self, intent: Json, amount: int, noted: dict[str, str]) -> Json:
        made: Json = {
            "id": self._id("re"),
            "object": "refund",
            "amount": amount,
            "created": int(self.now()),
            "currency": intent["currency"],
            "metadata": noted,
            "payment_intent": intent["id"],
            "status": "succeeded",
        }
        self.refunds[made["id"]] = made
        intent["latest_charge"]["amount_refunded"] += amount
        return made

    def fail_refund(self, refund_id: str) -> Json:
        """The bank sends it back: the money is the merchant's again."""
        refund = self.refunds[refund_id]
        refund["status"] = "failed"
        self.intent(refund["payment_intent"])["latest_charge"]["amount_refunded"] -= refund["amount"]
        self._event("refund.failed", refund)
        return refund

    def dispute(self, intent_id: str) -> Json:
        """The shopper asks their bank for the money."""
        charge: Json = self.intent(intent_id)["latest_charge"]
        charge["disputed"] = True
        about = {"id": self._id("dp"), "object": "dispute", "charge": charge["id"], "payment_intent": intent_id}
        self._event("charge.dispute.created", about)
        return charge

    def list_refunds(self, params: Params) -> Json:
        """Newest first, in pages of `limit`."""
        newest_first = list(reversed(self.refunds.values()))
        mine = [each for each in newest_first if each["payment_intent"] == params["payment_intent"]]
        if after := params.get("starting_after"):
            mine = mine[[each["id"] for each in mine].index(after) + 1 :]
        limit = int(params.get("limit", 10))
        return {"object": "list", "url": "/v1/refunds", "data": mine[:limit], "has_more": len(mine) > limit}

    # What the others share

    def _authorized(self, intent: Json) -> Json:
        charge = {
            "id": self._id("ch"),
            "object": "charge",
            "amount": intent["amount"],
            "amount_captured": 0,
            "amount_refunded": 0,
            "captured": False,
            "currency": intent["currency"],
            "metadata": dict(intent["metadata"]),
            "payment_intent": intent["id"],
            "refunded": False,
        }
        intent |= {"latest_charge": charge, "last_payment_error": None, "next_action": None}
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
        method = self.methods[intent["payment_method"]]
        method["_is_used"] = True
        if intent["setup_future_usage"] and intent["customer"]:
            method["customer"] = intent["customer"]
        self._event("payment_intent.amount_capturable_updated", intent)
        if intent["capture_method"] != "manual":
            return self.capture_intent(intent["id"], {})
        return intent

    def _declined(self, intent: Json, why: str) -> Problem:
        code = why if why in OWN_CODES else "card_declined"
        message = "Your card was declined."
        self._failed(intent, {"type": "card_error", "code": code, "decline_code": why, "message": message})
        return Problem(402, code, message, "card_error", decline_code=why, payment_intent=intent)

    def _failed(self, intent: Json, error: Json) -> None:
        intent |= {"status": "requires_payment_method", "payment_method": None, "last_payment_error": error}
        self._event("payment_intent.payment_failed", intent)

    def _event(self, kind: str, about: Json) -> None:
        shown = {name: value for name, value in about.items() if not name.startswith("_")}
        if isinstance(shown.get("latest_charge"), dict):
            shown["latest_charge"] = shown["latest_charge"]["id"]
        self.events.append(
            {
                "id": self._id("evt"),
                "object": "event",
                "created": int(self.now()),
                "data": {"object": shown},
                "livemode": False,
                "type": kind,
            }
        )

    def _id(self, prefix: str) -> str:
        return f"{prefix}_{secrets.token_hex(12)}"


def metadata(params: Params) -> dict[str, str]:
    """Of a form: metadata[order]=... to {"order": ...}. What is empty is not kept."""
    return {name[9:-1]: value for name, value in params.items() if name.startswith("metadata[") and value}


def whole(params: Params, name: str) -> int:
    text = params.get(name, "")
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise Problem(400, "parameter_invalid_integer", f"Invalid integer: {text}", param=name)
    return int(text)
