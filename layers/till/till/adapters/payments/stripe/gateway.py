"""Stripe as a payment gateway: one PaymentIntent for each key, captured by hand.

An intent moves in one direction only, and Stripe sees to it that it holds, takes and gives up its money at most once.
So every question is answered alike: find the intent of the key, look at its state, ask for the next one, look again.
What Stripe calls `requires_capture` is AUTHORIZED, and stays so when it is captured, as the port has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from botocore.exceptions import BotoCoreError, ClientError

from till.adapters.payments.stripe import amounts, declines
from till.adapters.payments.stripe.api import Api, Intent, Refund, Rejected
from till.adapters.payments.stripe.records import Record, Records
from till.adapters.payments.stripe.transport import BUDGET_SECONDS, within
from till.application.gateways import Authorize, GatewayAnswer, GatewayUnknownError
from till.domain.errors import Busy, Invalid, Refused
from till.domain.payment import PaymentState

_NEVER_HEARD_OF = "There is no payment with this key."
_OTHER_PAYMENT = "This key belongs to another payment."
_GIVEN_UP = GatewayAnswer(PaymentState.VOIDED, message=declines.VOIDED)


class StripeGateway:
    """The port `PaymentGateway`, for one gateway of a shop."""

    captures_in_parts = False

    def __init__(self, api: Api, records: Records, shop: str, budget_seconds: float = BUDGET_SECONDS) -> None:
        self._api, self._records, self._shop, self._budget = api, records, shop, budget_seconds

    def check(self, amount: int, currency: str) -> None:
        amounts.check(amount, currency)

    def wrong(self) -> str:
        """What keeps Stripe from answering; nothing where it does."""
        with self._asking():
            return self._api.wrong()

    def authorize(self, request: Authorize) -> GatewayAnswer:
        _above_zero(request.amount)
        with self._asking():
            found = self._found(request)
            if found is None:
                try:
                    made = self._made(request)
                except Rejected as rejected:
                    message = declines.refusal(rejected.code, rejected.param)
                    return GatewayAnswer(PaymentState.DECLINED, message=message)
                found = self._recorded(request, made)
            record, intent = found
            if intent is None:
                return _GIVEN_UP
            if intent.status == "requires_confirmation" and _is_as_asked(intent, record):
                intent = self._confirmed(intent)
            return self._final(intent, record)

    def query(self, key: str) -> GatewayAnswer | None:
        with self._asking():
            record = self._records.get(key)
            if record is None:
                return None
            if not record.intent:
                return _GIVEN_UP
            intent = self._api.intent(record.intent)
            if intent.status == "requires_confirmation":
                return GatewayAnswer(PaymentState.PENDING, intent.id)
            return self._final(intent, record)

    def void(self, key: str) -> GatewayAnswer:
        with self._asking():
            record = self._records.get(key) or self._records.keep(Record(key))
            if not record.intent:
                return _GIVEN_UP
            intent = self._api.intent(record.intent)
            if intent.status not in ("canceled", "succeeded"):
                intent = self._cancelled(intent)
            if intent.status == "succeeded":
                raise Refused("This payment was captured: it can only be refunded.", "payment")
            return GatewayAnswer(PaymentState.VOIDED, intent.id)

    def capture(self, key: str, amount: int, capture_key: str) -> GatewayAnswer:
        """AUTHORIZED. What it leaves of the authorization is given up."""
        _above_zero(amount)
        with self._asking():
            intent, record = self._known(key)
            units = amounts.to_stripe(amount, record.currency)
            if intent.status == "requires_capture":
                if units > intent.capturable:
                    raise Refused("This is more than was authorized.", "amount")
                intent = self._captured(intent, units, capture_key)
            _check_captured(intent, units, capture_key)
            return self._authorized(intent, record, intent.charge)

    def refund(self, key: str, amount: int, refund_key: str) -> GatewayAnswer:
        """AUTHORIZED. Stripe forgets keys after a day, so the refunds that there are are looked at first."""
        _above_zero(amount)
        with self._asking():
            intent, record = self._known(key)
            units = amounts.to_stripe(amount, record.currency)
            refunds = self._api.refunds(intent.id) if intent.received else []
            refund = next((one for one in refunds if one.key == refund_key), None)
            if refund is None:
                if units > intent.received - _given_back(intent, refunds):
                    raise Refused("This is more than was captured.", "amount")
                try:
                    refund = self._api.refund(intent.id, units, refund_key)
                except Rejected as rejected:
                    raise Refused(str(rejected), "amount", code=rejected.code) from None
                refunds = [refund, *refunds]
            if refund.amount != units:
                raise Refused("This key belongs to another amount.", "amount")
            if refund.has_failed:
                raise Refused("The bank did not take this refund: the money is still yours.", code="refund_failed")
            return _holding(intent, record, refund.id, _given_back(intent, refunds))

    def noted(self, intent_id: str) -> Mapping[str, str]:
        """What was noted on an intent of the account; nothing on what is not there."""
        with self._asking():
            try:
                return self._api.intent(intent_id).metadata
            except Rejected:
                return {}

    # An intent and its record

    def _found(self, request: Authorize) -> tuple[Record, Intent | None] | None:
        """The key's record, and its intent as it is now. Raises `Refused` where they are of another payment."""
        record = self._records.get(request.key)
        if record is None or not record.intent:
            return (record, None) if record else None
        if (record.token, record.amount, record.currency) != (request.token, request.amount, request.currency):
            raise Refused(_OTHER_PAYMENT, "amount")
        return record, self._api.intent(record.intent)

    def _made(self, request: Authorize) -> Intent:
        """A new intent, which holds nothing. Raises `Rejected`: then nothing was made."""
        params = {
            "amount": amounts.to_stripe(request.amount, request.currency),
            "currency": request.currency.lower(),
            "capture_method": "manual",
            "payment_method_types": ["card"],
            "payment_method": request.token,
            "metadata": {
                "shop": self._shop,
                "order": request.order_id,
                "key": request.key,
                "reference": request.reference,
            },
        } | self._customer(request)
        try:
            return self._api.create(params, f"{request.key}:{params.get('customer', '')}")
        except Rejected as rejected:
            if rejected.param != "customer":
                raise
            self._records.forget_customer(request.customer)
            raise GatewayUnknownError("Stripe does not know this customer any more.") from None

    def _recorded(self, request: Authorize, intent: Intent) -> tuple[Record, Intent | None]:
        """The key's record from now on, and its intent: this one, unless another was first."""
        mine = Record(request.key, request.token, request.amount, request.currency, intent.id)
        if self._records.keep(mine) == mine:
            return mine, intent
        with suppress(Rejected):  # without a record it never holds anything
            self._api.cancel(intent.id)
        found = self._found(request)
        assert found is not None, "records are never deleted"
        return found

    def _customer(self, request: Authorize) -> dict[str, str]:
        """With whom a token is used, which is for ever when it is to be kept. Nobody uses a card kept for another."""
        if not request.customer:
            return {}
        known, owner = self._records.customer(request.customer), self._api.owner(request.token)
        if owner:
            if owner != known:
                raise Rejected("", "payment_method", "This card was kept for somebody else.")
            return {"customer": owner}
        if not request.retain:
            return {}
        if not known:
            made = self._api.create_customer({"shop": self._shop, "customer": request.customer})
            known = self._records.keep_customer(request.customer, made)
        return {"customer": known, "setup_future_usage": "on_session"}

    def _known(self, key: str) -> tuple[Intent, Record]:
        """The intent of a key under which something was asked for. Raises `Refused`."""
        record = self._records.get(key)
        if record is None or not record.intent:
            raise Refused(_NEVER_HEARD_OF, "payment")
        intent = self._api.intent(record.intent)
        if not _is_as_asked(intent, record):
            raise Refused(_OTHER_PAYMENT, "payment")
        return intent, record

    def _confirmed(self, intent: Intent) -> Intent:
        """What became of it: authorized, declined, or with the shopper's bank; or moved by somebody who was first."""
        try:
            return self._api.confirm(intent.id)
        except Rejected:
            return self._api.intent(intent.id)

    def _captured(self, intent: Intent, units: int, capture_key: str) -> Intent:
        """It, captured, perhaps by somebody who was first, or gone. Raises `Refused`."""
        try:
            return self._api.capture(intent.id, units, capture_key)
        except Rejected as rejected:
            intent = self._api.intent(intent.id)
            if intent.status == "requires_capture":
                raise Refused(str(rejected), "payment", code=rejected.code) from None
            return intent

    def _cancelled(self, intent: Intent) -> Intent:
        """It will never hold money again; or it was captured by somebody who was first."""
        try:
            return self._api.cancel(intent.id)
        except Rejected:
            intent = self._api.intent(intent.id)
            if intent.status not in ("canceled", "succeeded"):
                raise GatewayUnknownError("Stripe did not cancel this payment.") from None
            return intent

    def _final(self, intent: Intent, record: Record) -> GatewayAnswer:
        """The port's answer. What was declined is cancelled: a browser that has its secret could try another card."""
        if not _is_as_asked(intent, record):
            if intent.status != "canceled" and self._cancelled(intent).status != "canceled":
                raise GatewayUnknownError("Stripe holds another amount than was asked for. Somebody must look.")
            return GatewayAnswer(PaymentState.DECLINED, intent.id, declines.MISMATCH)
        if intent.status in ("requires_capture", "succeeded"):
            return self._authorized(intent, record, intent.id)
        if intent.status == "requires_action":
            return GatewayAnswer(PaymentState.REQUIRES_ACTION, intent.id, declines.MUST_CONFIRM, intent.client_secret)
        if intent.status in ("requires_payment_method", "requires_confirmation"):
            error, intent = intent.error, self._cancelled(intent)
            if intent.status == "succeeded":
                return self._authorized(intent, record, intent.id)
            return GatewayAnswer(PaymentState.DECLINED, intent.id, declines.sentence(error))
        if intent.status == "canceled":
            if intent.error:
                return GatewayAnswer(PaymentState.DECLINED, intent.id, declines.sentence(intent.error))
            return GatewayAnswer(PaymentState.VOIDED, intent.id, declines.VOIDED)
        raise GatewayUnknownError(f"Stripe has not decided: {intent.status}.")

    def _authorized(self, intent: Intent, record: Record, reference: str) -> GatewayAnswer:
        """With what it took, and gave back, by now."""
        given_back = _given_back(intent, self._api.refunds(intent.id)) if intent.received else 0
        return _holding(intent, record, reference, given_back)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """One question, within its time. Whatever breaks on the way, nobody knows what was done."""
        try:
            with within(self._budget):
                yield
        except Rejected as rejected:
            raise GatewayUnknownError(str(rejected)) from rejected
        except (BotoCoreError, ClientError, Busy) as error:
            raise GatewayUnknownError(str(error)) from error


def _is_as_asked(intent: Intent, record: Record) -> bool:
    asked = (record.intent, amounts.to_stripe(record.amount, record.currency), record.currency)
    return (intent.id, intent.amount, intent.currency) == asked


def _check_captured(intent: Intent, units: int, capture_key: str) -> None:
    """Was it captured as asked? By hand at Stripe, without a key, is as good. Raises `Refused`."""
    if intent.status == "canceled":
        raise Refused("This authorization is gone: it was voided, or has expired.", code="authorization_expired")
    if intent.status != "succeeded":
        raise Refused("This payment is not authorized.", "payment")
    if intent.metadata.get("capture", capture_key) != capture_key:
        raise Refused("This payment was captured before. Stripe captures once.", "payment")
    if intent.received != units:
        raise Refused("This payment was captured with another amount.", "amount")


def _given_back(intent: Intent, refunds: Sequence[Refund]) -> int:
    """By whom ever. What a capture leaves is listed as a refund, too, the first: it was never the merchant's money."""
    left = intent.amount - intent.received
    if left and refunds and (refunds[-1].amount, refunds[-1].key) == (left, ""):
        refunds = refunds[:-1]
    return sum(refund.amount for refund in refunds if not refund.has_failed)


def _holding(intent: Intent, record: Record, reference: str, given_back: int) -> GatewayAnswer:
    captured, refunded = (amounts.from_stripe(units, record.currency) for units in (intent.received, given_back))
    return GatewayAnswer(
        PaymentState.AUTHORIZED, reference, captured=captured, refunded=refunded, disputed=intent.is_disputed
    )


def _above_zero(amount: int) -> None:
    if amount <= 0:
        raise Invalid("The amount must be above zero.", "amount")
