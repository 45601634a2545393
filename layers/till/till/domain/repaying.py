"""Paying once more: where the charge of a placed order failed, the shopper pays what is missing another way."""

from __future__ import annotations

from dataclasses import replace

from till.domain.charging import again
from till.domain.errors import Refused
from till.domain.payment import Payment
from till.domain.refunding import give_up
from till.domain.sale import ChargeState, Sale
from till.domain.transaction import Transaction, TransactionKind, TransactionState

NOTHING_DUE = "Nothing of this order is left to pay."


def due(sale: Sale) -> int:
    """What a failed charge lacks, in minor units. What nobody answered may be there: it is not asked for twice."""
    if sale.charge is not ChargeState.FAILED:
        return 0
    return sum(sale.uncaptured(payment) for payment in sale.payments)


def payable(sale: Sale) -> int:
    """What of an agreed order can be paid now, in minor units. What nobody answered yet may be there: neither a new
    payment nor what is being given up is counted before that is certain."""
    return max(0, sale.balance - sale.asked(TransactionKind.AUTHORIZE) - sale.asked(TransactionKind.VOID))


def waiting(sale: Sale) -> Transaction | None:
    """The authorization of a new payment that is not answered yet, or waits for the shopper's bank."""
    return next((one for one in sale.pending if one.kind is TransactionKind.AUTHORIZE), None)


def is_paid_by(sale: Sale, payment: Payment) -> bool:
    """Was what had failed paid with this very token?"""
    if sale.charge is ChargeState.FAILED:
        return False
    came = {one.payment_id for one in sale.transactions if one.kind is TransactionKind.AUTHORIZE and one.is_done}
    return any(one.id in came and one.is_same(payment) for one in sale.payments)


def asked(sale: Sale, payment: Payment, now: int) -> Sale:
    """The sale with a payment that is to be authorized. Its key is made here; the same payment again gets another.

    Raises `Refused` where nothing is due.
    """
    amount = due(sale)
    if not amount:
        raise Refused(NOTHING_DUE, "order")
    tried = sum(one.kind is TransactionKind.AUTHORIZE for one in sale.transactions)
    operation = f"{sale.order_id}:link-{tried + 1}"
    key = f"{operation}:{payment.id}"
    payment = replace(payment, amount=amount, currency=sale.payments[0].currency, gateway_key=key)
    wanted = Transaction(key, operation, TransactionKind.AUTHORIZE, payment.id, amount, now)
    return replace(sale.with_new([wanted]), payments=(*sale.payments, payment))


def authorized(sale: Sale, transaction: Transaction, reference: str, now: int) -> Sale:
    """The charge begun again with the new payment; what it stands in for is given up."""
    done = replace(transaction.to(TransactionState.SUCCEEDED), reference=reference)
    replaced = give_up(sale, due(sale), done.operation, now)
    return again(sale.with_transaction(done).with_new(replaced), now)


def given_up(sale: Sale, transaction: Transaction, message: str) -> Sale:
    """The new payment did not come about: the charge is still failed."""
    return sale.with_transaction(replace(transaction.to(TransactionState.FAILED), message=message))
