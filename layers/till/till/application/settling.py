"""Settling a sale: its charge is begun when it is time, and what is written down is carried out, once.

Only a payment function settles. Whatever is lost on the way is found pending and asked again under its own key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum

from till.application.gateways import Gateways, GatewayUnknownError, PaymentGateway
from till.application.identifiers import ulid
from till.application.ports import Catalog, GiftCards, Sales, Stock
from till.application.repaying import WAIT_SECONDS, Repaying, given_up_at
from till.domain import charging, repaying
from till.domain.errors import Busy, Conflict, Locked, NotFound, Refused, TillError
from till.domain.gift_card import Movement, MovementKind
from till.domain.money import to_decimal
from till.domain.order import Order
from till.domain.payment import Payment, PaymentState
from till.domain.sale import ChargeState, PushState, Sale
from till.domain.shop import CaptureMode, Shop
from till.domain.transaction import MOST_TRIES, Transaction, TransactionKind, TransactionState

DAY_SECONDS = 86_400
# Card networks keep an authorization for a week, few of them for a month: the merchant is warned in time.
WARN_AFTER_SECONDS = 5 * DAY_SECONDS
CAPTURE_AFTER_SECONDS = 6 * DAY_SECONDS
LOOK_AFTER_SECONDS = 7 * DAY_SECONDS + 3600
GIVE_UP_AFTER_SECONDS = 31 * DAY_SECONDS
FIRST_PAUSE_SECONDS = 30
LONGEST_PAUSE_SECONDS = 3600
_TRIES_ON_CONFLICT = 5
NO_ANSWER = "The payment gateway has not answered for hours. The money may or may not have moved: ask again."
EXPIRED = "The authorization of this payment has expired. Send the customer a new payment link."
CHARGE_EVENTS = {ChargeState.CAPTURED: "order.charged", ChargeState.FAILED: "order.charge_failed"}
_NOTHING: Mapping[str, str] = {}
_UNANSWERED = {
    TransactionKind.CAPTURE: "order.charge_failed",
    TransactionKind.REFUND: "order.refund_unanswered",
    TransactionKind.VOID: "order.void_unanswered",
}


class Next(StrEnum):
    """DONE: nothing is left to do. WAIT: look again. PUSH: tell the platform. FAILED: somebody must look."""

    DONE = "done"
    WAIT = "wait"
    PUSH = "push"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Settled:
    """Where the fulfilment workflow goes, and in how many seconds."""

    next: Next
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Settling:
    """Settles sales. `clock` is Unix milliseconds."""

    sales: Sales
    catalog: Catalog
    gateways: Gateways
    stock: Stock
    gift_cards: GiftCards
    repaying: Repaying
    clock: Callable[[], int]

    def settle(self, shop: str, order_id: str) -> Settled:
        """Do all that can be done now. Twice is once; beside another call, each effect is had once."""
        for _ in range(_TRIES_ON_CONFLICT):
            with suppress(Conflict):
                return self._settle(*self.sales.get(shop, order_id))
        raise Conflict("The order is being changed by others.", "order")

    def _settle(self, order: Order, sale: Sale) -> Settled:
        shop = self.catalog.shop(sale.shop)
        sale = self._begun(sale, shop)
        for waiting in repaying.waiting(sale):
            with suppress(GatewayUnknownError, Locked, NotFound, Refused):  # the next look asks again
                sale = self.repaying.look(sale, waiting, shop)
        done: set[str] = set()
        while due := [one for one in sale.pending if one.id not in done and one.kind is not TransactionKind.AUTHORIZE]:
            # Those that were asked least often first: where the time runs out, none is left out for ever. A new payment
            # is its shopper's own to go on with.
            transaction = min(due, key=lambda one: one.tries)
            done.add(transaction.id)
            sale = self._carried_out(order, sale, transaction, shop)
        for move in sale.due_moves:
            self.stock.move(sale.shop, move)
            sale = self.sales.save(sale.with_move(replace(move, is_done=True)))
        return self._verdict(sale, shop)

    # The charge

    def _begun(self, sale: Sale, shop: Shop) -> Sale:
        """The charge begun, if it is time; the merchant warned, or told that it is too late."""
        if sale.charge is not ChargeState.PENDING or charging.is_asking(sale):
            return sale
        if sale.owed and not sale.authorized:  # it waits until somebody pays, or it is cancelled
            return sale
        lasting, early = _lasting(shop), shop.settings.capture_before_expiry
        age = sale.age(self._now, lasting)
        if sale.capture_mode is CaptureMode.ASYNC or (early and age >= CAPTURE_AFTER_SECONDS):
            aging = [payment for payment in sale.payments if payment.gateway_id not in lasting]
            begun = charging.over(charging.charge(sale, self._now, aging))
            return sale if begun == sale else self.sales.save(begun)
        if age >= LOOK_AFTER_SECONDS and (age >= GIVE_UP_AFTER_SECONDS or self._is_expired(sale, shop)):
            failed = sale.to_charge(ChargeState.FAILED, EXPIRED)
            return self._save(failed, "charge", "expired", "order.charge_failed", {"message": EXPIRED})
        if age >= WARN_AFTER_SECONDS and not (early or sale.warned_at):
            warned = replace(sale, warned_at=self._now)
            return self._save(warned, "charge", "expires_soon", "order.authorization_expiring")
        return sale

    def _is_expired(self, sale: Sale, shop: Shop) -> bool:
        for payment in sale.payments:
            if sale.uncaptured(payment):
                with suppress(GatewayUnknownError, NotFound, Refused):  # it is asked again tomorrow
                    answer = self.gateways.of(shop, payment.gateway_id).query(payment.gateway_key)
                    if answer is None or answer.state is not PaymentState.AUTHORIZED:
                        return True
        return False

    # Transactions

    def _carried_out(self, order: Order, sale: Sale, transaction: Transaction, shop: Shop) -> Sale:
        payment, started = sale.payment(transaction.payment_id), self.clock()
        try:
            gateway = None if payment.is_gift_card else self.gateways.of(shop, payment.gateway_id)
        except (NotFound, Refused) as gone:
            # It said nothing: what it was asked before it went may be done. Asking is no use until it is set up again.
            return self._unanswered(sale, transaction, MOST_TRIES, gone.problems[0].message)
        if gateway and transaction.takes_rest and not gateway.captures_in_parts:
            # The same however often it is asked: nothing else is captured or given up meanwhile.
            transaction = replace(transaction, amount=transaction.amount + sale.uncaptured(payment))
        try:
            if gateway:
                answered = _ask(gateway, payment, transaction)
            else:
                answered = self._onto_gift_card(order, payment, transaction)
        except GatewayUnknownError:
            return self._unanswered(sale, transaction, transaction.tries + 1, NO_ANSWER)
        except Busy:
            raise
        except TillError as refused:
            problem = refused.problems[0]
            answered = replace(transaction.to(TransactionState.FAILED), message=problem.message, code=problem.code)
        return self._answered(sale, payment, answered, self.clock() - started)

    def _answered(self, sale: Sale, payment: Payment, answered: Transaction, milliseconds: int) -> Sale:
        after = charging.answered(sale, answered)
        type_ = _event_type(sale, after, answered)
        amount = to_decimal(answered.amount, payment.currency)
        detail = {"payment": payment.id, "amount": amount, "currency": payment.currency}
        told = {"operation": answered.operation}
        if answered.message:
            detail["message"] = told["message"] = answered.message
        if answered.reference:
            detail["reference"] = answered.reference
        return self._save(after, answered.kind, answered.state, type_, told, milliseconds, **detail)

    def _unanswered(self, sale: Sale, transaction: Transaction, tries: int, problem: str) -> Sale:
        """Unknown is unknown: it stays pending, and after so many tries somebody is told, once."""
        asked = replace(transaction, tries=tries)
        sale = sale.with_transaction(asked)
        if transaction.is_stuck or not asked.is_stuck:
            return self.sales.save(sale)
        if asked.kind is TransactionKind.CAPTURE and sale.charge is ChargeState.PENDING:
            sale = sale.to_charge(ChargeState.FAILED, problem)
        told = {"operation": asked.operation, "message": problem}
        return self._save(sale, asked.kind, "unknown", _UNANSWERED[asked.kind], told, message=problem)

    def _onto_gift_card(self, order: Order, payment: Payment, transaction: Transaction) -> Transaction:
        # Movements sort by their ids: this one is always the same, and comes after those of its second.
        id_ = ulid(transaction.at * 1000 + 999, hashlib.sha256(transaction.id.encode()).digest()[:10])
        movement = Movement(id_, MovementKind.REFUNDED, transaction.amount, self._now, order.id, order.number)
        self.gift_cards.give_back(order.shop, payment.token, movement)
        return replace(transaction.to(TransactionState.SUCCEEDED), reference=id_)

    # What was done

    def _save(
        self,
        sale: Sale,
        what: str,
        outcome: str,
        event_type: str,
        told: Mapping[str, str] = _NOTHING,
        milliseconds: int = 0,
        /,
        **detail: str,
    ) -> Sale:
        noted = sale.noted(self.clock() - milliseconds, what, outcome, milliseconds, **detail)
        if not event_type:
            return self.sales.save(noted)
        noted, event = noted.with_event(event_type, self._now, **told)
        return self.sales.save(noted, [event])

    def _verdict(self, sale: Sale, shop: Shop) -> Settled:
        money = self._verdict_on_money(sale, _lasting(shop))
        if sale.push is not PushState.PENDING:
            return money
        left = sale.push_due_at - self._now
        return Settled(Next.WAIT, min(left, money.seconds or left)) if left > 0 else Settled(Next.PUSH)

    def _verdict_on_money(self, sale: Sale, lasting: Collection[str]) -> Settled:
        seconds = [_pause(one) for one in sale.pending if one.tries and not one.is_stuck]
        for waiting in repaying.waiting(sale):
            left = given_up_at(waiting) - self._now
            seconds.append(left if left > 0 else WAIT_SECONDS)
        if seconds:
            return Settled(Next.WAIT, min(seconds))
        if sale.needs_help:
            return Settled(Next.FAILED)
        if sale.charge is not ChargeState.PENDING or (sale.owed and not sale.authorized):
            return Settled(Next.DONE)
        if sale.capture_mode is CaptureMode.ASYNC:  # a part was captured by hand: the rest follows
            return Settled(Next.WAIT, FIRST_PAUSE_SECONDS)
        if not any(sale.uncaptured(one) for one in sale.payments if one.gateway_id not in lasting):
            return Settled(Next.DONE)  # what is promised waits until the merchant says that it came
        age = sale.age(self._now, lasting)
        ahead = [at - age for at in (WARN_AFTER_SECONDS, CAPTURE_AFTER_SECONDS, LOOK_AFTER_SECONDS) if at > age]
        return Settled(Next.WAIT, ahead[0] if ahead else DAY_SECONDS)

    @property
    def _now(self) -> int:
        return self.clock() // 1000


def _lasting(shop: Shop) -> Collection[str]:
    """Gateways at which nothing expires, and nothing is taken before the merchant says so: the money moves outside."""
    return {one.id for one in shop.gateways if one.is_manual}


def _pause(unanswered: Transaction) -> int:
    return min(FIRST_PAUSE_SECONDS << (unanswered.tries - 1), LONGEST_PAUSE_SECONDS)


def _ask(gateway: PaymentGateway, payment: Payment, transaction: Transaction) -> Transaction:
    key, amount = payment.gateway_key, transaction.amount
    if transaction.kind is TransactionKind.CAPTURE:
        answer = gateway.capture(key, amount, transaction.id)
        captured = replace(transaction, is_last=not gateway.captures_in_parts)
        return replace(captured.to(TransactionState.SUCCEEDED), reference=answer.reference)
    if transaction.kind is TransactionKind.REFUND:
        answer = gateway.refund(key, amount, transaction.id)
    else:
        answer = gateway.void(key)
    return replace(transaction.to(TransactionState.SUCCEEDED), reference=answer.reference)


def _event_type(before: Sale, after: Sale, answered: Transaction) -> str:
    """What the answer means to the outside, if anything."""
    if after.charge is not before.charge:
        return CHARGE_EVENTS.get(after.charge, "")
    if answered.kind is TransactionKind.VOID and not answered.counts:
        return "order.void_failed"
    if answered.kind is TransactionKind.REFUND and not any(
        one.is_pending and one.operation == answered.operation for one in after.transactions
    ):
        failed = any(not one.counts and one.operation == answered.operation for one in after.transactions)
        return "order.refund_failed" if failed else "order.refunded"
    return ""
