"""The requests that are made of Stripe, each once, and what its errors mean.

Three outcomes: an answer; `Rejected`, which Stripe says is for good and had no effect; or nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import stripe

from till.adapters.log import logger
from till.adapters.payments.stripe.transport import Transport
from till.application.gateways import GatewayUnknownError

stripe.enable_telemetry = False  # it would write files, and measure each request for Stripe


# Bad requests, declined cards, what is not there. A key that is no good (401, 403) is set right by the merchant, and a
# conflict (409) or too many requests (429) by time.
_FOR_GOOD = frozenset({400, 402, 404})
_WHOLE = ["latest_charge"]  # members that come whole, and not as an id


class Rejected(Exception):
    """Stripe says no, and did nothing. `code` and `param` are Stripe's, and may be empty."""

    def __init__(self, code: str, param: str, message: str) -> None:
        super().__init__(message)
        self.code, self.param = code, param


@dataclass(frozen=True, slots=True)
class Intent:
    """What Till reads of a PaymentIntent. Stripe's units; `error` is why its last try failed."""

    id: str
    status: str
    amount: int
    currency: str
    client_secret: str
    metadata: Mapping[str, str]
    error: Mapping[str, Any]
    capturable: int = 0
    received: int = 0
    charge: str = ""
    is_disputed: bool = False


@dataclass(frozen=True, slots=True)
class Refund:
    """What Till reads of a refund. Stripe's units; `key` is empty where Till did not ask for it."""

    id: str
    amount: int
    key: str
    has_failed: bool


class Api:
    """One account. `base` is where its API stands, Stripe itself where it is empty."""

    def __init__(self, secret_key: str, base: str = "") -> None:
        self._client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": base} if base else {},
            http_client=Transport(),
            max_network_retries=0,
        )

    def create(self, params: Mapping[str, Any], key: str) -> Intent:
        """A new intent that holds nothing yet. The key saves a second one from being made for nothing."""
        with _answered("create"):
            made: Any = params
            return _intent(self._client.v1.payment_intents.create(made, {"idempotency_key": key}))

    def intent(self, intent_id: str) -> Intent:
        """As it is now."""
        with _answered("retrieve"):
            return _intent(self._client.v1.payment_intents.retrieve(intent_id, {"expand": _WHOLE}))

    def confirm(self, intent_id: str) -> Intent:
        """Ask the bank. An intent holds money at most once, whatever is asked twice. The bank's question to the shopper
        is one that Stripe's script on the payment page handles."""
        asked: Any = {"use_stripe_sdk": True, "expand": _WHOLE}
        with _answered("confirm"):
            return _intent(self._client.v1.payment_intents.confirm(intent_id, asked))

    def capture(self, intent_id: str, amount: int, key: str) -> Intent:
        """Take the money, and note under which key: an intent is captured once, and by one key."""
        with _answered("capture"):
            return _intent(
                self._client.v1.payment_intents.capture(
                    intent_id, {"amount_to_capture": amount, "metadata": {"capture": key}, "expand": _WHOLE}
                )
            )

    def cancel(self, intent_id: str) -> Intent:
        """Give up what it holds."""
        with _answered("cancel"):
            return _intent(self._client.v1.payment_intents.cancel(intent_id, {"expand": _WHOLE}))

    def refund(self, intent_id: str, amount: int, key: str) -> Refund:
        """Give money back, and note under which key."""
        with _answered("refund"):
            made = self._client.v1.refunds.create(
                {"payment_intent": intent_id, "amount": amount, "metadata": {"refund": key}}, {"idempotency_key": key}
            )
            return _refund(made)

    def refunds(self, intent_id: str) -> list[Refund]:
        """Of an intent, newest first, however long ago and whoever asked for them."""
        with _answered("list refunds"):
            listed = self._client.v1.refunds.list({"payment_intent": intent_id, "limit": 100})
            return [_refund(refund) for refund in listed.auto_paging_iter()]

    def owner(self, payment_method: str) -> str:
        """The customer that a payment method is attached to; empty where it is to none, or is not known."""
        with suppress(Rejected), _answered("retrieve payment method"):
            found = self._client.v1.payment_methods.retrieve(payment_method).to_dict()
            return str(found.get("customer") or "")
        return ""

    def wrong(self) -> str:
        """What is wrong with the key. It is asked for an intent that nobody made, and is to say that there is none."""
        try:
            self._client.v1.payment_intents.retrieve("pi_none")
        except stripe.AuthenticationError:
            return "Stripe does not know its secret key."
        except stripe.PermissionError:
            return "Its restricted key may not read payment intents."
        except stripe.InvalidRequestError:
            return ""
        except stripe.StripeError:
            return "Stripe does not answer."
        return ""

    def create_customer(self, metadata: Mapping[str, str]) -> str:
        """A new customer: its id."""
        with _answered("create customer"):
            return self._client.v1.customers.create({"metadata": dict(metadata)}).id


@contextmanager
def _answered(what: str) -> Iterator[None]:
    try:
        yield
    except stripe.StripeError as error:
        param = str(getattr(error, "param", None) or "")
        code = error.code or ""
        facts = {"asked": what, "status": error.http_status, "code": code, "request": error.request_id}
        if error.http_status in _FOR_GOOD:
            # A declined card is no news; what the merchant must set right at Stripe is.
            if not isinstance(error, stripe.CardError):
                logger.warning("stripe refused", extra=facts)
            raise Rejected(code, param, error.user_message or "") from None
        logger.warning("no answer of stripe", extra=facts)
        raise GatewayUnknownError(f"Stripe did not answer: {what}.") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        logger.warning("stripe's answer cannot be read", exc_info=True, extra={"asked": what})
        raise GatewayUnknownError(f"Stripe's answer cannot be read: {what}.") from error


def _intent(found: stripe.PaymentIntent) -> Intent:
    members = found.to_dict()
    charge = members.get("latest_charge") or {}
    return Intent(
        id=members["id"],
        status=members["status"],
        amount=members["amount"],
        currency=members["currency"].upper(),
        client_secret=members.get("client_secret") or "",
        metadata=members.get("metadata") or {},
        error=members.get("last_payment_error") or {},
        capturable=members.get("amount_capturable") or 0,
        received=members.get("amount_received") or 0,
        charge=charge.get("id") or "",
        is_disputed=bool(charge.get("disputed")),
    )


def _refund(found: stripe.Refund) -> Refund:
    noted = found.to_dict().get("metadata") or {}
    return Refund(found.id, found.amount, noted.get("refund", ""), found.status in ("failed", "canceled"))
