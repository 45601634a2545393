"""Charging: taking the money that was authorized for an order, all at once, in part, or when goods are sent."""

from __future__ import annotations

from dataclasses import replace

from till.domain.errors import Locked, Refused
from till.domain.money import to_decimal
from till.domain.sale import ChargeState, Sale
from till.domain.transaction import Transaction, TransactionKind

_OVER = (ChargeState.CAPTURED, ChargeState.VOIDED)
CAPTURE_PENDING = "A payment of this order is being captured. Try again in a moment."


def charge(sale: Sale, now: int) -> Sale:
    """All that is left to capture, as the charge asks for it. Twice is once."""
    operation = f"{sale.order_id}:charge-{sale.charge_number}"
    return sale.with_new(_captures(sale, operation, None, now))


def capture(sale: Sale, operation: str, amount: int | None, now: int, takes_rest: bool = False) -> Sale:
    """So much of what is left to capture, or all of it; payments in their order.

    With `takes_rest`, a gateway that captures only once captures all that is left of a payment. Raises `Refused` for
    more than there is, `Locked` while another capture is not answered.
    """
    settled(sale)
    if sale.charge is ChargeState.VOIDED:
        raise Refused("The charge of this order was given up.", "order")
    left = sum(sale.uncaptured(payment) for payment in sale.payments)
    if left == 0:
        raise Refused("Nothing of this order is left to capture.", "amount")
    if amount is not None and amount > left:
        currency = sale.payments[0].currency
        raise Refused(f"Only {to_decimal(left, currency)} {currency} are left to capture.", "amount")
    captures = _captures(sale, operation, amount, now)
    return sale.with_new(replace(one, takes_rest=takes_rest) for one in captures)


def again(sale: Sale, now: int) -> Sale:
    """A failed charge begun again; what nobody answered is asked once more. Raises `Refused` where nothing is left."""
    if sale.charge in _OVER and sale.is_settled:
        raise Refused("Nothing of this order is left to charge.", "charge")
    for transaction in sale.pending:
        sale = sale.with_transaction(replace(transaction, tries=0))
    if sale.charge is not ChargeState.FAILED:
        return sale
    return charge(_anew(sale), now)


def answered(sale: Sale, transaction: Transaction) -> Sale:
    """The sale with a transaction's answer, and with what that means for its charge."""
    sale = sale.with_transaction(transaction)
    if transaction.kind is TransactionKind.REFUND:
        return sale
    sale = over(sale)
    captures = [one for one in sale.transactions if one.kind is TransactionKind.CAPTURE]
    if sale.charge in _OVER or any(one.is_pending for one in captures):
        return sale
    left = [payment for payment in sale.payments if sale.uncaptured(payment)]
    last = {one.payment_id: one for one in captures}
    failed = [last[payment.id] for payment in left if payment.id in last and not last[payment.id].counts]
    if failed:
        return sale.to_charge(ChargeState.FAILED, failed[0].message)
    # What failed before was captured after all, by hand; the rest waits for its time.
    is_mended = sale.charge is ChargeState.FAILED and transaction.kind is TransactionKind.CAPTURE
    return _anew(sale) if is_mended else sale


def over(sale: Sale) -> Sale:
    """The sale, with its charge over where nothing is left to capture."""
    is_capturing = any(one.kind is TransactionKind.CAPTURE for one in sale.pending)
    if sale.charge in _OVER or is_capturing or any(sale.uncaptured(payment) for payment in sale.payments):
        return sale
    return sale.to_charge(ChargeState.CAPTURED if sale.total_captured else ChargeState.VOIDED)


def is_asking(sale: Sale) -> bool:
    """Is a capture, a void or a new payment not answered yet?"""
    return any(one.kind is not TransactionKind.REFUND for one in sale.pending)


def settled(sale: Sale) -> None:
    """Raises `Locked` while a capture or a void is not answered."""
    if is_asking(sale):
        raise Locked(CAPTURE_PENDING, "charge")


def _anew(sale: Sale) -> Sale:
    """A failed charge as pending, to be asked for under keys that were not refused."""
    return replace(sale.to_charge(ChargeState.PENDING), charge_number=sale.charge_number + 1)


def _captures(sale: Sale, operation: str, amount: int | None, now: int) -> list[Transaction]:
    captures = []
    for payment in sale.payments:
        left = sale.uncaptured(payment)
        part = left if amount is None else min(left, amount)
        if amount is not None:
            amount -= part
        if part:
            name = f"{operation}:{payment.id}"
            captures.append(Transaction(name, operation, TransactionKind.CAPTURE, payment.id, part, now))
    return captures
