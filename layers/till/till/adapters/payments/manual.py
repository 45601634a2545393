"""The manual gateway: money that moves outside of Till, by bank transfer or in cash. It is counted here, not moved.

Whoever owes is believed: an authorization is a promise, a capture says that the money came, a refund that it was given
back. What was said is kept in the orders table, one item for each key, so that it is said once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import pack, unpack
from till.adapters.dynamodb.items import Item, key, number
from till.adapters.dynamodb.writes import ConditionFailed, write
from till.adapters.payments.amounts import check_amount, is_repeated, known
from till.application.gateways import Authorize, GatewayAnswer, GatewayUnknownError
from till.domain.errors import Busy, Refused
from till.domain.payment import PaymentState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REFERENCE = "manual"
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Promise:
    """What was said under one key. Minor units; `captures` and `refunds` are amounts by their keys."""

    key: str
    amount: int = 0
    currency: str = ""
    is_void: bool = False
    captures: Mapping[str, int] = field(default_factory=dict)
    refunds: Mapping[str, int] = field(default_factory=dict)
    version: int = 0

    @property
    def captured(self) -> int:
        """All that came."""
        return sum(self.captures.values())

    @property
    def refunded(self) -> int:
        """All that was given back."""
        return sum(self.refunds.values())


class ManualGateway:
    """The port `PaymentGateway`. Every change is a compare and swap of one item."""

    captures_in_parts = True

    def __init__(self, client: DynamoDBClient, table: str, shop: str, gateway_id: str) -> None:
        self._client, self._table, self._shop, self._gateway_id = client, table, shop, gateway_id

    def check(self, amount: int, currency: str) -> None:
        """It takes every amount in every currency."""

    def authorize(self, request: Authorize) -> GatewayAnswer:
        check_amount(request.amount)

        def promised(found: Promise | None) -> Promise:
            if found is None:
                return Promise(request.key, request.amount, request.currency)
            if (found.amount, found.currency) not in ((request.amount, request.currency), (0, "")):
                raise Refused("This key belongs to another payment.", "amount")
            return found

        return _answer(self._change(request.key, promised))

    def query(self, key: str) -> GatewayAnswer | None:
        try:
            found = self._get(key)
        except (BotoCoreError, ClientError) as error:
            raise GatewayUnknownError(str(error)) from error
        return _answer(found) if found else None

    def void(self, key: str) -> GatewayAnswer:
        def voided(found: Promise | None) -> Promise:
            if found and found.captures:
                raise Refused("This payment was captured: it can only be refunded.", "payment")
            return replace(found or Promise(key), is_void=True)

        return _answer(self._change(key, voided))

    def capture(self, key: str, amount: int, capture_key: str) -> GatewayAnswer:
        check_amount(amount)

        def captured(found: Promise | None) -> Promise:
            promise = known(found)
            if is_repeated(promise.captures, capture_key, amount):
                return promise
            if promise.is_void:
                raise Refused("This payment is not authorized.", "payment")
            if promise.captured + amount > promise.amount:
                raise Refused("This is more than was authorized.", "amount")
            return replace(promise, captures={**promise.captures, capture_key: amount})

        self._change(key, captured)
        return GatewayAnswer(PaymentState.AUTHORIZED, REFERENCE)

    def refund(self, key: str, amount: int, refund_key: str) -> GatewayAnswer:
        check_amount(amount)

        def refunded(found: Promise | None) -> Promise:
            promise = known(found)
            if is_repeated(promise.refunds, refund_key, amount):
                return promise
            if promise.refunded + amount > promise.captured:
                raise Refused("This is more than was captured.", "amount")
            return replace(promise, refunds={**promise.refunds, refund_key: amount})

        self._change(key, refunded)
        return GatewayAnswer(PaymentState.AUTHORIZED, REFERENCE)

    def _change(self, payment_key: str, change: Callable[[Promise | None], Promise]) -> Promise:
        """Compare and swap: the promise after the change. Raises what the change raises, and `GatewayUnknownError`."""
        try:
            for _ in range(_TRIES):
                before = self._get(payment_key)
                after = change(before)
                if after == before or self._put(after):
                    return after
        except (BotoCoreError, ClientError, Busy) as error:
            raise GatewayUnknownError(str(error)) from error
        raise GatewayUnknownError("This payment is being changed by others.")

    def _get(self, payment_key: str) -> Promise | None:
        item = self._client.get_item(TableName=self._table, Key=self._key(payment_key), ConsistentRead=True).get("Item")
        return unpack(Promise, item["body"]["B"]) if item else None

    def _put(self, promise: Promise) -> bool:
        saved = replace(promise, version=promise.version + 1)
        item = self._key(promise.key) | {"v": number(saved.version), "body": {"B": pack(saved)}}
        try:
            write(
                lambda: self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression="attribute_not_exists(pk) OR v = :before",
                    ExpressionAttributeValues={":before": number(promise.version)},
                )
            )
        except ConditionFailed:
            return False
        return True

    def _key(self, payment_key: str) -> Item:
        return key(keys.intent(self._shop, self._gateway_id, payment_key), "PROMISE")


def _answer(promise: Promise) -> GatewayAnswer:
    if promise.is_void:
        return GatewayAnswer(PaymentState.VOIDED, REFERENCE, "This payment was cancelled. Try again.")
    return GatewayAnswer(PaymentState.AUTHORIZED, REFERENCE, captured=promise.captured, refunded=promise.refunded)
