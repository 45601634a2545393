"""A sale: what becomes of an order once it is placed. Money is taken and given back, goods are sent and come back.

The order itself does not change any more, but for its status: whatever differs later is a transaction, a fulfilment or
a refund here, for everybody to see.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from till.domain.basket import LineItem
from till.domain.errors import NotFound, Refused
from till.domain.event import Event, TimelineEntry
from till.domain.payment import Payment
from till.domain.shop import CaptureMode
from till.domain.stock import StockMove
from till.domain.transaction import Transaction, TransactionKind, TransactionState

MOST_TRANSACTIONS = 300


class ChargeState(StrEnum):
    """Is the money there? For the merchant to see.

    PENDING: not all authorized money is captured yet, or some of an agreed order is still to be paid. FAILED: some of
    it cannot be captured, and somebody must look. VOIDED: the order was cancelled, and what was not captured is given
    up.
    """

    PENDING = "pending"
    CAPTURED = "captured"
    FAILED = "failed"
    VOIDED = "voided"


class PushState(StrEnum):
    """Does the merchant's platform know the order? FAILED: it was given up, and somebody must look."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


TRANSITIONS: dict[ChargeState, frozenset[ChargeState]] = {
    ChargeState.PENDING: frozenset({ChargeState.CAPTURED, ChargeState.FAILED, ChargeState.VOIDED}),
    ChargeState.FAILED: frozenset({ChargeState.PENDING, ChargeState.CAPTURED, ChargeState.VOIDED}),
    ChargeState.CAPTURED: frozenset(),
    ChargeState.VOIDED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Tracking:
    """Where a parcel is."""

    carrier: str = ""
    number: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """Goods that were sent: units by line key. Unix seconds."""

    id: str
    at: int
    lines: tuple[tuple[str, int], ...]
    tracking: Tracking = Tracking()


@dataclass(frozen=True, slots=True)
class RefundLine:
    """Units of a line that are given back, and whether they can be sold again. `unsent` of them were never sent.

    `value` is what was paid for them, in minor units, whatever is given back.
    """

    key: str
    quantity: int
    restock: bool = False
    unsent: int = 0
    value: int = 0


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back, by transactions whose operation is its id. Minor units, Unix seconds.

    Of `amount`, what was not captured yet is not given back but waived.
    """

    id: str
    at: int
    amount: int
    lines: tuple[RefundLine, ...] = ()
    shipping: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sale:
    """Everything after placing. `allocated` is what the order's hold sold, by part, gift cards left out.

    `payments` are those of the order as placed, and what was paid later; none of these was authorized before
    `authorized_at`. `charge_number` counts how often the charge was begun. `events` is the sequence of the order's last
    event. `total` is what an agreed order comes to: it may be paid in parts, and 0 is any other order. `number` is the
    order's. `note` and `tags` are the merchant's own. Unix seconds.

    Where the shop has a platform there is a `push`. While it is pending its next try is due at `push_due_at`; its tries
    are counted when they begin. `push_reference` is what the platform calls the order.
    """

    order_id: str
    shop: str
    placed_at: int
    capture_mode: CaptureMode
    payments: tuple[Payment, ...]
    allocated: Mapping[str, int]
    charge: ChargeState = ChargeState.PENDING
    charge_problem: str = ""
    charge_number: int = 1
    warned_at: int = 0
    transactions: tuple[Transaction, ...] = ()
    fulfilments: tuple[Fulfilment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    stock_moves: tuple[StockMove, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    events: int = 1
    authorized_at: int = 0
    version: int = 0
    total: int = 0
    number: int = 0
    note: str = ""
    tags: tuple[str, ...] = ()
    push: PushState | None = None
    push_tries: int = 0
    push_due_at: int = 0
    push_reference: str = ""

    # Money

    def payment(self, payment_id: str) -> Payment:
        """Raises `NotFound`."""
        for payment in self.payments:
            if payment.id == payment_id:
                return payment
        raise NotFound("This order has no payment with this id.", "payments")

    def captured(self, payment: Payment) -> int:
        """What was taken of a payment. A gift card paid when the order was placed."""
        return payment.amount if payment.is_gift_card else self._sum(payment, TransactionKind.CAPTURE)

    def uncaptured(self, payment: Payment) -> int:
        """What is authorized and can still be captured, and is not being captured right now."""
        if payment.is_gift_card or self._is_closed(payment):
            return 0
        gone = self._sum(payment, TransactionKind.CAPTURE, pending=True) + self._sum(payment, TransactionKind.WAIVE)
        return max(0, payment.amount - gone)

    def refunded(self, payment: Payment, pending: bool = False) -> int:
        """What was given back of a payment; with `pending` also what is on its way."""
        return self._sum(payment, TransactionKind.REFUND, pending) - self._sum(payment, TransactionKind.BOUNCE)

    def refundable(self, payment: Payment) -> int:
        """What can still be given back of it."""
        return self.captured(payment) - self.refunded(payment, pending=True)

    @property
    def authorized(self) -> int:
        """What is authorized and not taken yet, whether or not it is being captured right now."""
        return sum(self.uncaptured(payment) for payment in self.payments) + self.asked(TransactionKind.CAPTURE)

    @property
    def owed(self) -> int:
        """What of an agreed order is not taken yet. What a refund gave up is owed no more."""
        refunds = {one.id for one in self.refunds}
        given_up = (TransactionKind.VOID, TransactionKind.WAIVE)
        waived = (one for one in self.transactions if one.kind in given_up and one.counts and one.operation in refunds)
        return max(0, self.total - self.total_captured - sum(one.amount for one in waived))

    @property
    def balance(self) -> int:
        """What of an agreed order nobody has paid or promised to pay yet."""
        return max(0, self.owed - self.authorized)

    def asked(self, kind: TransactionKind) -> int:
        """What nobody has answered yet, in minor units."""
        return sum(one.amount for one in self.pending if one.kind is kind)

    @property
    def pending(self) -> tuple[Transaction, ...]:
        """What is still to be answered."""
        return tuple(one for one in self.transactions if one.is_pending)

    @property
    def is_settled(self) -> bool:
        """Is nothing left to be done that was written down?"""
        return not self.pending and not self.due_moves

    def state(self, refund: Refund) -> TransactionState:
        """PENDING until all of it is answered; FAILED where any of its transactions is."""
        states = {one.state for one in self.transactions if one.operation == refund.id}
        for state in (TransactionState.PENDING, TransactionState.FAILED):
            if state in states:
                return state
        return TransactionState.SUCCEEDED

    def counts(self, refund: Refund) -> bool:
        """Did any of it happen, or may it still? What failed in whole is as if it had never been."""
        made = [one.counts for one in self.transactions if one.operation == refund.id]
        return any(made) or not made

    @property
    def needs_help(self) -> bool:
        """Must somebody look? Money cannot be taken or given up, or nobody knows whether it was taken or came back."""
        return self.charge is ChargeState.FAILED or any(one.is_stuck or self._is_kept(one) for one in self.transactions)

    @property
    def late(self) -> tuple[str, ...]:
        """What was not had when it was first asked for, or waits for somebody: of `charge` and `push`."""
        money = self.needs_help or any(one.tries for one in self.pending)
        push = self.push is PushState.FAILED or (self.push is PushState.PENDING and self.push_tries > 1)
        return ("charge",) * money + ("push",) * push

    @property
    def is_forsaken(self) -> bool:
        """Is nothing of an agreed order paid, promised or asked for, while it keeps its stock?"""
        is_open = bool(self.total) and self.charge is ChargeState.PENDING
        return is_open and not (self.total_captured or self.authorized or self.pending)

    def age(self, now: int, lasting: Collection[str] = ()) -> int:
        """Seconds for which money that is still to be captured has been authorized, at most; 0 where there is none.
        What is authorized at one of the gateways `lasting`, by id, does not get old."""
        later = {one.payment_id: one.at for one in self.transactions if one.kind is TransactionKind.AUTHORIZE}
        first = self.authorized_at or self.placed_at
        aging = (one for one in self.payments if self.uncaptured(one) and one.gateway_id not in lasting)
        return now - min((later.get(payment.id, first) for payment in aging), default=now)

    @property
    def total_captured(self) -> int:
        """All money taken, gift cards with it."""
        return sum(self.captured(payment) for payment in self.payments)

    @property
    def total_refunded(self) -> int:
        """All money given back."""
        return sum(self.refunded(payment) for payment in self.payments)

    @property
    def total_expected(self) -> int:
        """All money taken, being taken, or still to be had."""
        to_be_paid = 0 if self.charge is ChargeState.VOIDED else self.balance
        return self.total_captured + self.authorized + to_be_paid

    def to_charge(self, state: ChargeState, problem: str = "") -> Sale:
        """The charge's next state. Raises `Refused` for one that the table does not allow."""
        if state is not self.charge and state not in TRANSITIONS[self.charge]:
            raise Refused(f"A charge that is {self.charge} cannot become {state}.", "charge")
        return replace(self, charge=state, charge_problem=problem)

    def with_transaction(self, transaction: Transaction) -> Sale:
        """The transaction in the place of the one with its id."""
        changed = tuple(transaction if old.id == transaction.id else old for old in self.transactions)
        return replace(self, transactions=changed)

    def with_new(self, transactions: Iterable[Transaction]) -> Sale:
        """Transactions to be carried out, those left out that are there already. Raises `Refused` for too many."""
        known = {old.id for old in self.transactions}
        changed = (*self.transactions, *(one for one in transactions if one.id not in known))
        if len(changed) > MOST_TRANSACTIONS:
            raise Refused(f"An order has at most {MOST_TRANSACTIONS} transactions.", "order")
        return replace(self, transactions=changed)

    # Goods

    def returned(self, line_key: str) -> tuple[RefundLine, ...]:
        """What was given back of a line, sent or not."""
        refunds = (one for one in self.refunds if self.counts(one))
        return tuple(line for one in refunds for line in one.lines if line.key == line_key)

    def sent(self, line_key: str) -> int:
        """Units of a line that were sent."""
        return sum(units for one in self.fulfilments for key, units in one.lines if key == line_key)

    def to_send(self, line: LineItem) -> int:
        """Units of a line that are still to be sent."""
        return line.quantity - self.sent(line.key) - sum(back.unsent for back in self.returned(line.key))

    def is_sent(self, lines: Iterable[LineItem]) -> bool:
        """Were goods sent, and is nothing left to be sent?"""
        return bool(self.fulfilments) and not any(self.to_send(line) for line in lines)

    @property
    def due_moves(self) -> tuple[StockMove, ...]:
        """Stock moves to be made now. Those of a refund wait for its money, and are never made where it failed."""
        waiting = {one.id for one in self.refunds if self.state(one) is TransactionState.PENDING}
        waiting |= {one.id for one in self.refunds if not self.counts(one)}
        return tuple(move for move in self.stock_moves if not move.is_done and move.operation not in waiting)

    def with_move(self, move: StockMove) -> Sale:
        """A stock move to be made, or in the place of the one with its id."""
        if all(old.id != move.id for old in self.stock_moves):
            return replace(self, stock_moves=(*self.stock_moves, move))
        return replace(self, stock_moves=tuple(move if old.id == move.id else old for old in self.stock_moves))

    # Both

    def noted(self, at: int, what: str, outcome: str, milliseconds: int = 0, /, **detail: str) -> Sale:
        """One more line of the history; `at` in Unix milliseconds."""
        return replace(self, timeline=(*self.timeline, TimelineEntry(at, what, outcome, milliseconds, detail)))

    def annotated(self, note: str | None, tags: Iterable[str] | None) -> Sale:
        """With another note of the merchant's, or other tags, each once; None is as before."""
        changed = self.tags if tags is None else tuple(dict.fromkeys(tags))
        return replace(self, note=self.note if note is None else note, tags=changed)

    def with_event(self, type_: str, now: int, **detail: object) -> tuple[Sale, Event]:
        """The sale, and the next event of its order."""
        sequence = self.events + 1
        event = Event(f"{self.order_id}-{sequence}", type_, self.shop, self.order_id, sequence, now, detail)
        return replace(self, events=sequence), event

    def _is_kept(self, one: Transaction) -> bool:
        """Was it not to be given up, having been taken by hand at the gateway, and does the sale not know that yet?"""
        refused = one.kind is TransactionKind.VOID and one.state is TransactionState.FAILED
        return refused and not self.captured(self.payment(one.payment_id))

    def _is_closed(self, payment: Payment) -> bool:
        """Is nothing of its authorization left to capture, whatever it came to? Or is it not authorized at all?"""
        return any(
            (one.counts and (one.kind is TransactionKind.VOID or one.is_last))
            or (one.kind is TransactionKind.AUTHORIZE and one.state is not TransactionState.SUCCEEDED)
            for one in self.transactions
            if one.payment_id == payment.id
        )

    def _sum(self, payment: Payment, kind: TransactionKind, pending: bool = False) -> int:
        return sum(
            one.amount
            for one in self.transactions
            if one.payment_id == payment.id
            and one.kind is kind
            and (one.state is TransactionState.SUCCEEDED or (pending and one.is_pending))
        )
