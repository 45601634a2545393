"""The sandbox: a gateway that moves no money, acts by token, and keeps a ledger of what it was really asked for.

Token                          What `authorize` does
tok_approve                    AUTHORIZED.
tok_decline, tok_decline_funds DECLINED, for good.
tok_requires_action            REQUIRES_ACTION with a client secret; the same key again is the shopper come back:
                               AUTHORIZED, once.
tok_timeout_after_success      Authorizes and gives no answer; the same key again: AUTHORIZED.
tok_success_after_first_query  Pending: no answer, as often as it is asked, until the key is queried. The first query
                               gives no answer either, but from then on it is AUTHORIZED for query and authorize.
tok_error_before               No answer, and nothing in the ledger; the same key again: AUTHORIZED.
tok_slow                       Authorizes, and answers after a delay; the same key again: AUTHORIZED at once.
any other                      DECLINED: the token is not known.

These authorize as tok_approve does, and then
tok_expired                    the authorization has expired at once.
tok_capture_declined           every capture is refused, for good.
tok_capture_error_before       the first call of a capture gives no answer and captures nothing; again: captured.
tok_capture_timeout_after_success  captures and gives no answer; the same capture again: answered, captured once.
tok_refund_declined            every refund is refused, for good.
tok_refund_timeout_after_success   refunds and gives no answer; the same refund again: answered, refunded once.

An authorization expires after seven days: what is not captured by then never is. "No answer" is
`GatewayUnknownError`. A key that was voided stays VOIDED, whether or not it was ever authorized.

`sandbox_acts` is what goes on without Till: the shopper's bank, or the merchant in the gateway's own dashboard.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import pack, unpack
from till.adapters.dynamodb.items import Item, key, number, text
from till.adapters.dynamodb.writes import ConditionFailed, write
from till.adapters.payments.amounts import check_amount, is_repeated, known
from till.application.gateways import Authorize, GatewayAnswer, GatewayUnknownError
from till.application.ports import Page
from till.domain.errors import Busy, Refused
from till.domain.payment import PaymentState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SLOW_SECONDS = 3.0
EXPIRES_AFTER_SECONDS = 7 * 86_400
_TRIES = 20

_TIMES_OUT, _FAILS_BEFORE, _IS_SLOW = "tok_timeout_after_success", "tok_error_before", "tok_slow"
_IS_EXPIRED = "tok_expired"
_CAPTURE_DECLINED, _CAPTURE_FAILS_BEFORE = "tok_capture_declined", "tok_capture_error_before"
_CAPTURE_TIMES_OUT = "tok_capture_timeout_after_success"
_REFUND_DECLINED, _REFUND_TIMES_OUT = "tok_refund_declined", "tok_refund_timeout_after_success"
_FIRST_STATES = {
    "tok_approve": PaymentState.AUTHORIZED,
    "tok_requires_action": PaymentState.REQUIRES_ACTION,
    _TIMES_OUT: PaymentState.AUTHORIZED,
    "tok_success_after_first_query": PaymentState.PENDING,
    _FAILS_BEFORE: PaymentState.AUTHORIZED,
    _IS_SLOW: PaymentState.AUTHORIZED,
    _IS_EXPIRED: PaymentState.AUTHORIZED,
    _CAPTURE_DECLINED: PaymentState.AUTHORIZED,
    _CAPTURE_FAILS_BEFORE: PaymentState.AUTHORIZED,
    _CAPTURE_TIMES_OUT: PaymentState.AUTHORIZED,
    _REFUND_DECLINED: PaymentState.AUTHORIZED,
    _REFUND_TIMES_OUT: PaymentState.AUTHORIZED,
}
_DECLINES = {
    "tok_requires_action": "Your bank did not confirm this payment. Try another card.",
    "tok_decline": "Your card was declined. Try another card.",
    "tok_decline_funds": "Your card has insufficient funds. Try another card.",
}
_SILENCE = "The sandbox does not answer."
_EXPIRED = "The authorization of this payment has expired."
_REFUSED = "The bank refused to pay. Ask the customer to pay another way."
# Token, amount and currency of a key that was voided before anybody asked to authorize it.
_NEVER_ASKED = ("", 0, "")
_UNKNOWN_TOKEN = "This card token is not known to the sandbox."  # noqa: S105  # a sentence, not a secret


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What the sandbox did under one key. Minor units; `created_at` in Unix seconds.

    `state` is PENDING, AUTHORIZED, DECLINED, REQUIRES_ACTION, VOIDED or UNKNOWN. `calls` counts authorize calls.
    `captures` and `refunds` are amounts by their keys. The sandbox's tokens are no secrets.
    """

    key: str
    token: str
    amount: int
    currency: str
    reference: str
    state: PaymentState
    created_at: int
    captured: int = 0
    refunded: int = 0
    calls: int = 0
    captures: Mapping[str, int] = field(default_factory=dict)
    refunds: Mapping[str, int] = field(default_factory=dict)
    version: int = 0
    order_id: str = ""
    disputed: bool = False


class Ledger(Protocol):
    """Where entries are kept, by gateway and key."""

    def get(self, gateway_id: str, payment_key: str) -> LedgerEntry | None:
        """One consistent read."""

    def put(self, gateway_id: str, entry: LedgerEntry) -> bool:
        """Stores it as its next version; False where another was first."""

    def is_first_sight(self, gateway_id: str, payment_key: str) -> bool:
        """Was the key never seen before? It is now; that is no entry."""


class SandboxLedger:
    """The ledger in DynamoDB."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table

    def get(self, gateway_id: str, payment_key: str) -> LedgerEntry | None:
        found = self._client.get_item(
            TableName=self._table, Key=_entry_key(gateway_id, payment_key), ConsistentRead=True
        )
        return _entry(found["Item"]) if "Item" in found else None

    def put(self, gateway_id: str, entry: LedgerEntry) -> bool:
        item = _entry_key(gateway_id, entry.key) | {
            "version": number(entry.version + 1),
            "body": {"B": pack(replace(entry, version=entry.version + 1))},
        }
        try:
            write(
                lambda: self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression="attribute_not_exists(pk) OR version = :before",
                    ExpressionAttributeValues={":before": number(entry.version)},
                )
            )
        except ConditionFailed:
            return False
        return True

    def is_first_sight(self, gateway_id: str, payment_key: str) -> bool:
        item = key(keys.gateway(gateway_id), f"SEEN#{payment_key}")
        try:
            write(
                lambda: self._client.put_item(
                    TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(pk)"
                )
            )
        except ConditionFailed:
            return False
        return True

    def entries(self, gateway_id: str, limit: int, cursor: str = "") -> Page[LedgerEntry]:
        """For the merchant: newest first, since Till's keys sort by time. A cursor is a page's last key."""
        start: Any = {"ExclusiveStartKey": _entry_key(gateway_id, cursor)} if cursor else {}
        found = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={":pk": text(keys.gateway(gateway_id)), ":prefix": text("KEY#")},
            ScanIndexForward=False,
            Limit=limit,
            **start,
        )
        page = tuple(_entry(item) for item in found["Items"])
        return Page(page, page[-1].key if "LastEvaluatedKey" in found else "")


class SandboxGateway:
    """The port `PaymentGateway`. Every change is a compare and swap of one ledger entry."""

    def __init__(
        self,
        ledger: Ledger,
        gateway_id: str,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        slow_seconds: float = SLOW_SECONDS,
    ) -> None:
        self._ledger, self._gateway_id = ledger, gateway_id
        self._now, self._sleep, self._slow_seconds = now, sleep, slow_seconds

    captures_in_parts = True

    def check(self, amount: int, currency: str) -> None:
        """It takes every amount in every currency."""

    def authorize(self, request: Authorize) -> GatewayAnswer:
        check_amount(request.amount)
        entry = self.change(request.key, partial(self._authorized, request))
        at_first = entry.calls == 1 and entry.state is PaymentState.AUTHORIZED
        if entry.state is PaymentState.PENDING or (at_first and request.token == _TIMES_OUT):
            raise GatewayUnknownError(_SILENCE)
        if at_first and request.token == _IS_SLOW:
            self._sleep(self._slow_seconds)
        return _answer(entry)

    def query(self, key: str) -> GatewayAnswer | None:
        with _unknown_if_broken():
            entry = self._ledger.get(self._gateway_id, key)
        if entry is None:
            return None
        if entry.state is PaymentState.PENDING:
            self.change(key, _arrived)
            raise GatewayUnknownError(_SILENCE)
        if self._is_expired(entry):
            return replace(_answer(entry), state=PaymentState.VOIDED, message=_EXPIRED)
        return _answer(entry)

    def void(self, key: str) -> GatewayAnswer:
        def voided(entry: LedgerEntry | None) -> LedgerEntry:
            if entry is None:
                return self._entry(Authorize(key, *_NEVER_ASKED, reference=""), PaymentState.VOIDED)
            if entry.captured:
                raise Refused("This payment was captured: it can only be refunded.", "payment")
            return entry if entry.state is PaymentState.DECLINED else replace(entry, state=PaymentState.VOIDED)

        self.change(key, voided)
        return GatewayAnswer(PaymentState.VOIDED, _reference(key))

    def capture(self, key: str, amount: int, capture_key: str) -> GatewayAnswer:
        """AUTHORIZED, with the reference of the capture. Raises `Refused` above what was authorized."""
        check_amount(amount)

        def captured(entry: LedgerEntry | None) -> LedgerEntry:
            entry = known(entry)
            if is_repeated(entry.captures, capture_key, amount):
                return entry
            if entry.state is not PaymentState.AUTHORIZED:
                raise Refused("This payment is not authorized.", "payment")
            if self._is_expired(entry):
                raise Refused(_EXPIRED, "payment", "authorization_expired")
            if entry.token == _CAPTURE_DECLINED:
                raise Refused(_REFUSED, "payment", "capture_declined")
            if entry.token == _CAPTURE_FAILS_BEFORE and self._is_first_sight(capture_key):
                raise GatewayUnknownError(_SILENCE)
            if entry.captured + amount > entry.amount:
                raise Refused("This is more than was authorized.", "amount")
            captures = {**entry.captures, capture_key: amount}
            return replace(entry, captured=entry.captured + amount, captures=captures)

        if self.change(key, captured).token == _CAPTURE_TIMES_OUT and self._is_first_sight(capture_key):
            raise GatewayUnknownError(_SILENCE)
        return GatewayAnswer(PaymentState.AUTHORIZED, _reference(capture_key))

    def refund(self, key: str, amount: int, refund_key: str) -> GatewayAnswer:
        """AUTHORIZED, with the reference of the refund."""
        check_amount(amount)

        def refunded(entry: LedgerEntry | None) -> LedgerEntry:
            entry = known(entry)
            if is_repeated(entry.refunds, refund_key, amount):
                return entry
            if entry.token == _REFUND_DECLINED:
                raise Refused("The bank did not take the money back.", "payment", "refund_declined")
            if entry.refunded + amount > entry.captured:
                raise Refused("This is more than was captured.", "amount")
            return replace(entry, refunded=entry.refunded + amount, refunds={**entry.refunds, refund_key: amount})

        if self.change(key, refunded).token == _REFUND_TIMES_OUT and self._is_first_sight(refund_key):
            raise GatewayUnknownError(_SILENCE)
        return GatewayAnswer(PaymentState.AUTHORIZED, _reference(refund_key))

    def change(self, key: str, change: Callable[[LedgerEntry | None], LedgerEntry]) -> LedgerEntry:
        """Compare and swap: the entry after the change. Raises what the change raises, and `GatewayUnknownError`."""
        with _unknown_if_broken():
            for _ in range(_TRIES):
                before = self._ledger.get(self._gateway_id, key)
                after = change(before)
                if after == before or self._ledger.put(self._gateway_id, after):
                    return after
        raise GatewayUnknownError("The sandbox is busy.")

    def _authorized(self, request: Authorize, entry: LedgerEntry | None) -> LedgerEntry:
        if entry is None:
            if request.token == _FAILS_BEFORE and self._is_first_sight(request.key):
                raise GatewayUnknownError(_SILENCE)
            return self._entry(request, _FIRST_STATES.get(request.token, PaymentState.DECLINED), calls=1)
        asked = (request.token, request.amount, request.currency)
        if (entry.token, entry.amount, entry.currency) not in (asked, _NEVER_ASKED):
            raise Refused("This key belongs to another payment.", "amount")
        came_back = entry.state is PaymentState.REQUIRES_ACTION
        return replace(entry, state=PaymentState.AUTHORIZED if came_back else entry.state, calls=entry.calls + 1)

    def _entry(self, request: Authorize, state: PaymentState, calls: int = 0) -> LedgerEntry:
        return LedgerEntry(
            key=request.key,
            token=request.token,
            amount=request.amount,
            currency=request.currency,
            reference=request.reference,
            state=state,
            created_at=int(self._now()),
            calls=calls,
            order_id=request.order_id,
        )

    def _is_expired(self, entry: LedgerEntry) -> bool:
        """Is what was not captured given up?"""
        lives = 0 if entry.token == _IS_EXPIRED else EXPIRES_AFTER_SECONDS
        is_open = entry.state is PaymentState.AUTHORIZED and entry.captured < entry.amount
        return is_open and self._now() >= entry.created_at + lives

    def _is_first_sight(self, key: str) -> bool:
        with _unknown_if_broken():
            return self._ledger.is_first_sight(self._gateway_id, key)


@contextmanager
def _unknown_if_broken() -> Iterator[None]:
    """Whatever breaks on the way to a gateway, nobody knows what it did."""
    try:
        yield
    except (BotoCoreError, ClientError, Busy) as error:
        raise GatewayUnknownError(str(error)) from error


def _answer(entry: LedgerEntry) -> GatewayAnswer:
    reference = _reference(entry.key)
    if entry.state is PaymentState.DECLINED:
        return GatewayAnswer(entry.state, reference, _DECLINES.get(entry.token, _UNKNOWN_TOKEN))
    if entry.state is PaymentState.VOIDED:
        return GatewayAnswer(entry.state, reference, "This payment was cancelled. Try again.")
    if entry.state is PaymentState.REQUIRES_ACTION:
        return GatewayAnswer(entry.state, reference, "Your bank asks you to confirm.", f"{reference}_secret")
    return GatewayAnswer(
        entry.state, reference, captured=entry.captured, refunded=entry.refunded, disputed=entry.disputed
    )


def _arrived(entry: LedgerEntry | None) -> LedgerEntry:
    entry = known(entry)
    return replace(entry, state=PaymentState.AUTHORIZED) if entry.state is PaymentState.PENDING else entry


def _reference(key: str) -> str:
    return f"sandbox_{key}"


def _entry(item: Mapping[str, Any]) -> LedgerEntry:
    return unpack(LedgerEntry, item["body"]["B"])


def _entry_key(gateway_id: str, payment_key: str) -> Item:
    return key(keys.gateway(gateway_id), f"KEY#{payment_key}")
