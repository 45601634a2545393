"""Charging: taking the money that was authorized for an order, all at once, in part, or when goods are sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from till.domain.errors import Locked, Refused
from till.domain.money import to_decimal
from till.domain.payment import Payment
from till.domain.sale import ChargeState, Sale
from till.domain.transaction import Transaction, TransactionKind, TransactionState

_OVER = (ChargeState.CAPTURED, ChargeState.VOIDED)
CAPTURE_PENDING = "A payment of this order is being captured. Try again in a moment."


def charge(sale: Sale, now: int, payments: Sequence[Payment] | None = None) -> Sale:
    """All that is left to capture, as the charge asks for it, or of these payments alone. Twice is once."""
    operation = f"{sale.order_id}:charge-{sale.charge_number}"
    return sale.with_new(_captures(sale, operation, None, now, sale.payments if payments is None else payments))


def purchase(sale: Sale, now: int) -> Sale:
    """The money of purchases, as soon as it is authorized. Twice is once."""
    purchases = [payment for payment in sale.payments if payment.is_purchase]
    return sale.with_new(_captures(sale, f"{sale.order_id}:purchase", None, now, purchases))


def capture(
    sale: Sale, operation: str, amount: int | None, now: int, takes_rest: bool = False, payment_id: str = ""
) -> Sale:
    """So much of what is left to capture, or all of it; of one payment, or of all of them in their order.

    With `takes_rest`, a gateway that captures only once captures all that is left of a payment. Raises `Refused` for
    more than there is, `Locked` while another capture is not answered.
    """
    settled(sale, payment_id)
    if sale.charge is ChargeState.VOIDED:
        raise Refused("The charge of this order was given up.", "order")
    payments = [sale.payment(payment_id)] if payment_id else sale.payments
    left = sum(sale.uncaptured(payment) for payment in payments)
    if left == 0:
        raise Refused(f"Nothing of this {'payment' if payment_id else 'order'} is left to capture.", "amount")
    if amount is not None and amount > left:
        currency = sale.payments[0].currency
        raise Refused(f"Only {to_decimal(left, currency)} {currency} are left to capture.", "amount")
    captures = _captures(sale, operation, amount, now, payments)
    return sale.with_new(replace(one, takes_rest=takes_rest) for one in captures)


def void(sale: Sale, operation: str, payment_id: str, now: int) -> Sale:
    """What is authorized of one payment given up: an agreed order can be paid another way.

    Raises `Refused` where nothing is left to give up, `Locked` while something of it is not answered.
    """
    settled(sale, payment_id)
    payment = sale.payment(payment_id)
    left = sale.uncaptured(payment)
    if not left:
        raise Refused("Nothing of this payment is left to cancel.", "payment")
    name = f"{operation}:{payment_id}"
    if sale.captured(payment):
        waived = Transaction(name, operation, TransactionKind.WAIVE, payment_id, left, now)
        return over(sale.with_new([waived.to(TransactionState.SUCCEEDED)]))
    return sale.with_new([Transaction(name, operation, TransactionKind.VOID, payment_id, left, now)])


def again(sale: Sale, now: int) -> Sale:
    """A failed charge begun again; what nobody answered is asked once more. Of an agreed order it is what was refused:
    the rest waits to be asked for. Raises `Refused` where nothing is left."""
    if sale.charge in _OVER and sale.is_settled:
        raise Refused("Nothing of this order is left to charge.", "charge")
    for transaction in sale.pending:
        sale = sale.with_transaction(replace(transaction, tries=0))
    if sale.charge is not ChargeState.FAILED:
        return sale
    refused = {one.payment_id for one in _refused(sale)} if sale.total else set()
    payments = [payment for payment in sale.payments if payment.id in refused]
    return charge(_anew(sale), now, payments or None)


def answered(sale: Sale, transaction: Transaction) -> Sale:
    """The sale with a transaction's answer, and with what that means for its charge."""
    sale = sale.with_transaction(transaction)
    if transaction.kind is TransactionKind.REFUND:
        return sale
    sale = over(_without_failed_purchase(sale, transaction))
    captures = [one for one in sale.transactions if one.kind is TransactionKind.CAPTURE]
    if sale.charge in _OVER or any(one.is_pending for one in captures):
        return sale
    if failed := _refused(sale):
        return sale.to_charge(ChargeState.FAILED, failed[0].message)
    # What failed before was captured after all, by hand; the rest waits for its time.
    mends = transaction.kind is TransactionKind.CAPTURE or (sale.total and transaction.kind is TransactionKind.VOID)
    return _anew(sale) if mends and sale.charge is ChargeState.FAILED else sale


def over(sale: Sale) -> Sale:
    """The sale, with its charge over where nothing is left to capture or to be paid."""
    if sale.charge in _OVER or sale.authorized or sale.owed:
        return sale
    return sale.to_charge(ChargeState.CAPTURED if sale.total_captured else ChargeState.VOIDED)


def is_asking(sale: Sale, payment_id: str = "") -> bool:
    """Is a capture, a void or a new payment not answered yet, of one payment or of any?"""
    asked = (one for one in sale.pending if one.kind is not TransactionKind.REFUND)
    return any(payment_id in ("", one.payment_id) for one in asked)


def settled(sale: Sale, payment_id: str = "") -> None:
    """Raises `Locked` while a capture or a void is not answered."""
    if is_asking(sale, payment_id):
        raise Locked(CAPTURE_PENDING, "charge")


def _without_failed_purchase(sale: Sale, transaction: Transaction) -> Sale:
    """A purchase of which nothing was to be had holds no money either: it is to be paid another way."""
    payment = sale.payment(transaction.payment_id)
    if transaction.counts or transaction.kind is not TransactionKind.CAPTURE or not payment.is_purchase:
        return sale
    if sale.captured(payment) or not sale.uncaptured(payment) or is_asking(sale, payment.id):
        return sale
    return void(sale, f"{transaction.id}:given-up", payment.id, transaction.at)


def _refused(sale: Sale) -> list[Transaction]:
    """The last capture of each payment of which something is left, where that was refused."""
    last = {one.payment_id: one for one in sale.transactions if one.kind is TransactionKind.CAPTURE}
    left = [last[payment.id] for payment in sale.payments if payment.id in last and sale.uncaptured(payment)]
    return [one for one in left if not one.counts]


def _anew(sale: Sale) -> Sale:
    """A failed charge as pending, to be asked for under keys that were not refused."""
    return replace(sale.to_charge(ChargeState.PENDING), charge_number=sale.charge_number + 1)


def _captures(
    sale: Sale, operation: str, amount: int | None, now: int, payments: Sequence[Payment]
) -> list[Transaction]:
    captures = []
    for payment in payments:
        left = sale.uncaptured(payment)
        part = left if amount is None else min(left, amount)
        if amount is not None:
            amount -= part
        if part:
            name = f"{operation}:{payment.id}"
            captures.append(Transaction(name, operation, TransactionKind.CAPTURE, payment.id, part, now))
    return captures
