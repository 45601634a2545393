"""The order: one aggregate, one visible table of states."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from enum import StrEnum

from till.domain.address import Address
from till.domain.agreement import Agreement
from till.domain.basket import Basket
from till.domain.errors import AlreadyPlaced, Invalid, Locked, NotFound, Refused
from till.domain.notes import NO_NOTES, Notes
from till.domain.payment import Payment
from till.domain.plugin import InventoryOverride
from till.domain.pricing import price
from till.domain.style_sheet import PLAIN, StyleSheet

# They are authorized in series within one step's time, and undone in one transaction.
MOST_PAYMENTS = 10
PLACED_MESSAGE = "This order has already been processed."


class OrderStatus(StrEnum):
    """Where an order stands."""

    OPEN = "open"
    PROCESSING = "processing"
    PARKED = "parked"
    PLACED = "placed"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"


# PARKED waits for the shopper (3-D Secure, or pre-process) with stock held and money authorized. What is cancelled
# while it is OPEN was checked out, and never paid.
TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.OPEN: frozenset({OrderStatus.PROCESSING, OrderStatus.CANCELLED}),
    OrderStatus.PROCESSING: frozenset({OrderStatus.OPEN, OrderStatus.PARKED, OrderStatus.PLACED}),
    OrderStatus.PARKED: frozenset({OrderStatus.OPEN, OrderStatus.PROCESSING}),
    OrderStatus.PLACED: frozenset({OrderStatus.FULFILLED, OrderStatus.CANCELLED}),
    OrderStatus.FULFILLED: frozenset(),
    OrderStatus.CANCELLED: frozenset(),
}
SUBMITTED = frozenset({OrderStatus.PLACED, OrderStatus.FULFILLED, OrderStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class Order:
    """An order from its first line to its end.

    `id` is a ULID; `public_id` begins with it and is not guessable. `attempt_id` names the attempt that is at
    the order, or placed it. `number` is drawn before money moves. `expires_at` ends an order that is never submitted.
    `style_sheet` is for its payment page. `agreement` is there where it was checked out before it is paid, and
    `anonymized` says that nobody's name is in it any more. `cart_id` is the cart that it was begun from; `is_session`
    says that it was begun as a checkout session, whose events are told: `events` is the
    sequence of the last before it was placed. `is_draft` says that the cart was placed at once, with no session:
    whoever has its public id may see it. `unfinished_address` is what a shopper said of theirs that is not enough
    to ship to. `last_edit` tells an edit from another that came to the same. `holds` says how many attempts began
    within a window of time: which window, and how many. Times are Unix seconds.
    """

    id: str
    public_id: str
    shop: str
    basket: Basket
    created_at: int
    status: OrderStatus = OrderStatus.OPEN
    version: int = 0
    payments: tuple[Payment, ...] = ()
    attempt_id: str = ""
    number: int = 0
    placed_at: int = 0
    notes: Notes = NO_NOTES
    resumable_link: str = ""
    flow_id: str = ""
    expires_at: int = 0
    style_sheet: StyleSheet = PLAIN
    inventory_override: InventoryOverride | None = None
    agreement: Agreement | None = None
    anonymized: bool = False
    cart_id: str = ""
    is_session: bool = False
    is_draft: bool = False
    events: int = 0
    unfinished_address: Address | None = None
    last_edit: str = ""
    holds: tuple[int, int] = (0, 0)

    @property
    def total(self) -> int:
        """What the order comes to, in minor units."""
        return price(self.basket).total

    @property
    def paid(self) -> int:
        """What payments are there for, in minor units."""
        return sum(payment.amount for payment in self.payments)

    @property
    def balance(self) -> int:
        """What no payment covers yet; negative where payments exceed the total."""
        return self.total - self.paid

    def is_public_as(self, given: str) -> bool:
        """Is it the order's public id? Takes as long for a near miss as for any other."""
        return hmac.compare_digest(self.public_id.encode(), given.encode("utf-8", "surrogatepass"))

    @property
    def is_submitted(self) -> bool:
        """Was it placed, whatever came after?"""
        return self.status in SUBMITTED

    @property
    def ordered_at(self) -> int:
        """When the shopper said yes to it; 0 while that is to come."""
        return self.agreement.at if self.agreement else self.placed_at

    @property
    def updated_at(self) -> int:
        """When it last changed, as far as it says."""
        return max(self.created_at, self.placed_at, self.agreement.updated_at if self.agreement else 0)

    def touched(self, now: int) -> Order:
        """Changed now; only what was checked out says so."""
        return replace(self, agreement=replace(self.agreement, updated_at=now)) if self.agreement else self

    @property
    def buyers(self) -> tuple[str, ...]:
        """The ULIDs of the customer and the account whose order it is; none where a guest bought."""
        customer = self.basket.customer
        known = customer.id if customer and not customer.is_guest else ""
        return tuple(filter(None, (known, self.agreement.account_id if self.agreement else "")))

    def to(self, status: OrderStatus) -> Order:
        """The next state. Raises `Refused` for one that the table does not allow."""
        if status not in TRANSITIONS[self.status]:
            raise Refused(f"An order that is {self.status} cannot become {status}.", "order")
        return replace(self, status=status)

    def editable(self) -> None:
        """Raises `AlreadyPlaced` for an order that is submitted or was checked out, `Locked` while it is processed."""
        if self.is_submitted or self.agreement:
            raise AlreadyPlaced(PLACED_MESSAGE, "is_processed")
        if self.status is OrderStatus.PROCESSING:
            raise Locked("This order is being processed. Try again in a moment.", "order")

    def with_basket(self, basket: Basket) -> Order:
        """Another basket."""
        return replace(self, basket=basket)

    def with_payment(self, payment: Payment) -> Order:
        """The payment added, or put in the place of the one with its id. Raises `Invalid` for one too many."""
        if all(old.id != payment.id for old in self.payments):
            if len(self.payments) >= MOST_PAYMENTS:
                raise Invalid(f"An order has at most {MOST_PAYMENTS} payments.", "payments")
            return replace(self, payments=(*self.payments, payment))
        return replace(self, payments=tuple(payment if old.id == payment.id else old for old in self.payments))

    def without_payment(self, payment: Payment) -> Order:
        """The payment taken off."""
        return replace(self, payments=tuple(old for old in self.payments if old.id != payment.id))

    def payment(self, gateway_id: str, token: str) -> Payment:
        """The payment made with that token at that gateway. Raises `NotFound`."""
        for payment in self.payments:
            if payment.gateway_id == gateway_id and payment.token == token:
                return payment
        raise NotFound("There is no payment with this token.", "token")
