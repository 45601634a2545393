"""Paying once more: where the charge of a placed order failed, the shopper pays what is missing another way; and where
an order may be paid in parts, the parts that come after the first.
"""

from __future__ import annotations

from dataclasses import replace

from till.domain.charging import again, purchase
from till.domain.errors import Invalid, Locked, Refused
from till.domain.money import to_decimal
from till.domain.payment import Payment
from till.domain.refunding import give_up
from till.domain.sale import ChargeState, Sale
from till.domain.transaction import Transaction, TransactionKind, TransactionState

NOTHING_DUE = "Nothing of this order is left to pay."
# The code of a new payment that was not declined, but is not wanted any more.
GIVEN_UP = "given_up"
_PART = ":part"
# What is taken of them, given up and refunded has to find its place beside them on the sale.
MOST_PARTS = 50


def due(sale: Sale) -> int:
    """What a failed charge lacks, in minor units. What nobody answered may be there: it is not asked for twice."""
    if sale.charge is not ChargeState.FAILED:
        return 0
    return sum(sale.uncaptured(payment) for payment in sale.payments)


def payable(sale: Sale) -> int:
    """What of an agreed order can be paid now, in minor units. What nobody answered yet may be there: neither a new
    payment nor what is being given up is counted before that is certain."""
    return max(0, sale.balance - sale.asked(TransactionKind.AUTHORIZE) - sale.asked(TransactionKind.VOID))


def waiting(sale: Sale) -> tuple[Transaction, ...]:
    """Authorizations of new payments that are not answered yet, or wait for the shopper's bank."""
    return tuple(one for one in sale.pending if one.kind is TransactionKind.AUTHORIZE)


def is_paid_by(sale: Sale, payment: Payment) -> bool:
    """Was what had failed paid with this very token?"""
    if sale.charge is ChargeState.FAILED:
        return False
    came = {one.payment_id for one in sale.transactions if one.kind is TransactionKind.AUTHORIZE and one.is_done}
    return any(one.id in came and one.is_same(payment) for one in sale.payments)


def is_begun(sale: Sale, payment: Payment) -> bool:
    """Does the link's payment with this very token wait for its answer or its bank, or has it paid?"""
    return is_paid_by(sale, payment) or any(sale.payment(one.payment_id).is_same(payment) for one in waiting(sale)[:1])


def asked(sale: Sale, payment: Payment, now: int) -> Sale:
    """The sale with a payment that is to be authorized. Its key is made here; the same payment again gets another.

    Raises `Refused` where nothing is due.
    """
    amount = due(sale)
    if not amount:
        raise Refused(NOTHING_DUE, "order")
    tried = sum(one.kind is TransactionKind.AUTHORIZE for one in sale.transactions)
    payment = replace(payment, amount=amount, currency=sale.payments[0].currency)
    return _with_new(sale, payment, f"{sale.order_id}:link-{tried + 1}", now)


def authorized(sale: Sale, transaction: Transaction, reference: str, now: int) -> Sale:
    """The charge begun again with the new payment; what it stands in for is given up."""
    done = replace(transaction.to(TransactionState.SUCCEEDED), reference=reference)
    replaced = give_up(sale, due(sale), done.operation, now)
    return again(sale.with_transaction(done).with_new(replaced), now)


def given_up(sale: Sale, transaction: Transaction, message: str, code: str = "") -> Sale:
    """The new payment did not come about: the charge is still failed, or as much is still to be paid."""
    return sale.with_transaction(replace(transaction.to(TransactionState.FAILED), message=message, code=code))


# Parts


def part(sale: Sale, payment_id: str) -> Transaction | None:
    """The authorization of a later part; None where there is none, as of the part that the order was placed with."""
    by_id = (one for one in sale.transactions if one.payment_id == payment_id)
    return next((one for one in by_id if one.kind is TransactionKind.AUTHORIZE), None)


def is_part(transaction: Transaction) -> bool:
    """Is it the authorization of a later part, and not of a payment link's?"""
    return transaction.operation.endswith(_PART)


def amount_of(asked: int | None, left: int, currency: str) -> int:
    """What a payment is to be of, in minor units: so much, or all that is left.

    Raises `Invalid`, naming the field, and `Refused` where nothing is left.
    """
    if not left:
        raise Refused(NOTHING_DUE, "order")
    if asked is not None and not 0 < asked <= left:
        raise Invalid(f"Of this order, {to_decimal(left, currency)} {currency} are left to pay.", "amount")
    return left if asked is None else asked


def part_asked(sale: Sale, payment: Payment, now: int) -> Sale:
    """The sale with a part that is to be authorized.

    Raises as `amount_of` does for more than is left to pay, `Locked` where that depends on what is not answered yet,
    and `Refused` for one part too many, declined ones counted.
    """
    if len(sale.payments) >= MOST_PARTS:
        raise Refused(f"An order is paid in at most {MOST_PARTS} parts.", "order")
    if amount_of(payment.amount, sale.balance, payment.currency) > payable(sale):
        raise Locked("Another payment of this order is not answered yet. Try again in a moment.", "amount")
    return _with_new(sale, payment, f"{sale.order_id}{_PART}", now)


def part_authorized(sale: Sale, transaction: Transaction, reference: str, now: int) -> Sale:
    """The part is there. The money of a purchase is taken at once, any other when that is asked for."""
    done = replace(transaction.to(TransactionState.SUCCEEDED), reference=reference)
    return purchase(sale.with_transaction(done), now)


def _with_new(sale: Sale, payment: Payment, operation: str, now: int) -> Sale:
    payment = replace(payment, gateway_key=f"{operation}:{payment.id}")
    kind = TransactionKind.AUTHORIZE
    wanted = Transaction(payment.gateway_key, operation, kind, payment.id, payment.amount, now)
    return replace(sale.with_new([wanted]), payments=(*sale.payments, payment))
