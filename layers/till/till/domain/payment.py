"""Payments of an order, and the states an authorization can be in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from till.domain.errors import Refused

GIFT_CARD = "gift_card"


def part_of(gift_card_id: str) -> str:
    """What the money on a gift card is kept and held under."""
    return f"GIFT#{gift_card_id}"


class PaymentState(StrEnum):
    """Where the money of one authorization stands."""

    PENDING = "pending"
    AUTHORIZING = "authorizing"
    REQUIRES_ACTION = "requires_action"
    AUTHORIZED = "authorized"
    DECLINED = "declined"
    UNKNOWN = "unknown"
    VOID_PENDING = "void_pending"
    VOIDED = "voided"


# UNKNOWN: the gateway did not answer, and is asked again. VOID_PENDING: a void that is retried until it is done.
TRANSITIONS: dict[PaymentState, frozenset[PaymentState]] = {
    PaymentState.PENDING: frozenset({PaymentState.AUTHORIZING, PaymentState.VOIDED}),
    PaymentState.AUTHORIZING: frozenset(
        {
            PaymentState.AUTHORIZED,
            PaymentState.REQUIRES_ACTION,
            PaymentState.DECLINED,
            PaymentState.UNKNOWN,
            PaymentState.VOIDED,
            PaymentState.VOID_PENDING,
        }
    ),
    PaymentState.REQUIRES_ACTION: frozenset(
        {PaymentState.AUTHORIZING, PaymentState.VOIDED, PaymentState.VOID_PENDING, PaymentState.UNKNOWN}
    ),
    PaymentState.UNKNOWN: frozenset(
        {PaymentState.AUTHORIZING, PaymentState.VOIDED, PaymentState.VOID_PENDING, PaymentState.DECLINED}
    ),
    PaymentState.AUTHORIZED: frozenset({PaymentState.VOIDED, PaymentState.VOID_PENDING}),
    PaymentState.VOID_PENDING: frozenset({PaymentState.VOIDED}),
    PaymentState.DECLINED: frozenset(),
    PaymentState.VOIDED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Payment:
    """How the shopper means to pay: a gateway, its token, and how much of the total (minor units).

    `gateway_key` and `reference` are set when the order is placed: the authorization to capture or void. The money of
    a purchase is taken as soon as it is authorized. `custom_reference` is the merchant's own.
    """

    id: str
    gateway_id: str
    token: str
    amount: int
    currency: str
    type: str = "credit_card"
    display_string: str = ""
    brand: str = ""
    retain: bool = False
    gateway_key: str = ""
    reference: str = ""
    is_purchase: bool = False
    custom_reference: str = ""

    @property
    def is_gift_card(self) -> bool:
        """Is it paid from a balance that Till keeps? Its token is then the gift card's id, never its code."""
        return self.type == GIFT_CARD

    def is_same(self, other: Payment) -> bool:
        """Are both the one card, as the gateway knows it?"""
        return (self.gateway_id, self.token) == (other.gateway_id, other.token)

    @property
    def part(self) -> str:
        """What an attempt holds of a gift card, instead of an authorization."""
        return part_of(self.token)


@dataclass(frozen=True, slots=True)
class Authorization:
    """What one attempt did with one payment. `key` is ours and the gateway's idempotency key."""

    payment_id: str
    gateway_id: str
    key: str
    amount: int
    currency: str
    state: PaymentState = PaymentState.PENDING
    reference: str = ""

    def to(self, state: PaymentState, reference: str = "") -> Authorization:
        """The next state. Raises `Refused` for one that the table does not allow."""
        if state is not self.state and state not in TRANSITIONS[self.state]:
            raise Refused(f"A payment that is {self.state} cannot become {state}.", "payment")
        return replace(self, state=state, reference=reference or self.reference)


@dataclass(frozen=True, slots=True)
class PendingVoid:
    """Money that an undone attempt may still hold: asked for, and voided, until that is certain. Unix seconds.

    UNKNOWN is what the gateway has not heard of, or not said: it is asked at 2, 15 and 60 minutes, and then given up.
    """

    shop: str
    order_id: str
    attempt_id: str
    authorization: Authorization
    tries: int
    due_at: int
