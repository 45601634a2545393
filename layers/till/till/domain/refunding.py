"""Giving money back: what units of a line were paid with, and which payments it goes back to.

A refund names lines, shipping, or just an amount; with nothing named it is all that was captured. Money goes back in
the reverse of how it came: the last card first, gift cards last, unless the merchant names the payments. Where lines or
shipping are given back whose money was not captured yet, it is waived instead: it never will be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from till.domain.basket import LineItem
from till.domain.charging import over, settled
from till.domain.discounting import reductions
from till.domain.errors import Invalid, Problem, Refused
from till.domain.line_totals import line_totals
from till.domain.money import divide, to_decimal
from till.domain.order import Order, OrderStatus
from till.domain.payment import Payment
from till.domain.sale import ChargeState, Refund, RefundLine, Sale
from till.domain.stock import MoveKind, StockMove
from till.domain.transaction import Transaction, TransactionKind, TransactionState


@dataclass(frozen=True, slots=True)
class WantedLine:
    """Units of a line to be given back. `unsent` of them were never sent; None for as many as there are."""

    key: str
    quantity: int
    restock: bool = False
    unsent: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be given back. Minor units.

    `amount` alone is that much; with lines or shipping it takes the place of what they come to. `shipping` None is all
    that is left of it. `payments` says how much goes to which payment, by id.
    """

    amount: int | None = None
    lines: tuple[WantedLine, ...] = ()
    shipping: int | None = 0
    payments: tuple[tuple[str, int], ...] = ()
    reason: str = ""


def refund(order: Order, sale: Sale, wanted: Wanted, refund_id: str, now: int) -> tuple[Order, Sale]:
    """The sale with the refund, its transactions and its stock moves, all still to be carried out. The order is
    fulfilled where that leaves nothing to be sent of an order whose other goods were.

    Raises `Invalid` and `Refused`, naming the field, for more than was sold or taken, and `Locked` where that depends
    on a capture that is not answered.
    """
    if order.status is OrderStatus.CANCELLED and (wanted.lines or not _refundable(sale)):
        raise Refused("This order is cancelled: everything was given back.", "order")
    lines = _lines(order, sale, wanted.lines)
    shipping = _shipping(order, sale, wanted.shipping)
    amount = _amount(sale, wanted, lines, shipping)
    waived = _waived(sale, amount, lines, shipping)
    _check_captured(order, sale, amount, waived)
    given_back = _split(sale, amount - waived, wanted.payments)
    transactions = [
        Transaction(f"{refund_id}:{payment.id}", refund_id, TransactionKind.REFUND, payment.id, part, now)
        for payment, part in given_back
    ]
    transactions += give_up(sale, waived, refund_id, now)
    done = Refund(refund_id, now, amount, lines, shipping, wanted.reason)
    after = _with_moves(order, replace(sale.with_new(transactions), refunds=(*sale.refunds, done)), done)
    if order.status is OrderStatus.PLACED and after.is_sent(order.basket.lines):
        order = order.to(OrderStatus.FULFILLED)
    return order, over(after) if waived else after


def of_payment(order: Order, sale: Sale, payment_id: str, amount: int | None) -> Wanted:
    """What an agreed order gives back to one payment: so much, or all that was taken of it.

    Raises `Refused` while the order is neither paid nor cancelled, and `Invalid` for more than there is.
    """
    payment = sale.payment(payment_id)
    if order.status is not OrderStatus.CANCELLED and sale.charge is not ChargeState.CAPTURED:
        raise Refused("This order is neither paid nor cancelled.", "order", "not_paid")
    left = sale.refundable(payment)
    if not left:
        raise Refused("Nothing of this payment can be refunded.", "amount")
    if amount is not None and not 0 < amount <= left:
        raise Invalid(f"Of this payment, {_said(left, order)} can be refunded.", "amount")
    wanted = left if amount is None else amount
    return Wanted(amount=wanted, payments=((payment_id, wanted),))


def give_up(sale: Sale, amount: int, operation: str, now: int) -> list[Transaction]:
    """So much of what is left to capture is never to be. An authorization of which all is given up is voided."""
    transactions = []
    for payment, part in _last_first(sale, amount, sale.uncaptured):
        name = f"{operation}:{payment.id}:waived"
        if part == sale.uncaptured(payment) and not sale.captured(payment):
            transactions.append(Transaction(name, operation, TransactionKind.VOID, payment.id, part, now))
        else:
            waived = Transaction(name, operation, TransactionKind.WAIVE, payment.id, part, now)
            transactions.append(waived.to(TransactionState.SUCCEEDED))
    return transactions


def line_value(order: Order, line_key: str, units: int, before: int = 0) -> int:
    """What was paid for so many units of a line, discounts and taxes worked in, `before` of them having been counted.

    All units of a line come to what the line did, however they are counted.
    """
    line = order.basket.line(line_key)
    whole = line_totals(order.basket)[line_key].total
    return divide(whole * (before + units), line.quantity) - divide(whole * before, line.quantity)


def shipping_value(order: Order) -> int:
    """What was paid for shipping."""
    basket = order.basket
    if basket.shipping is None:
        return 0
    tax = 0 if basket.taxes is None or basket.taxes.included else sum(one.amount for one in basket.taxes.shipping)
    return basket.shipping.amount - sum(one.shipping for one in reductions(basket)) + tax


def _lines(order: Order, sale: Sale, asked: tuple[WantedLine, ...]) -> tuple[RefundLine, ...]:
    by_key = {line.key: line for line in order.basket.lines}
    problems, lines = [], []
    for index, wanted in enumerate(asked):
        line = by_key.pop(wanted.key, None)
        if line is None:
            is_twice = any(wanted.key == one.key for one in asked[:index])
            said = "This line is named twice." if is_twice else "There is no line item with this key."
            problems.append(Problem(Invalid.code, said, f"lines.{index}.key"))
            continue
        try:
            lines.append(_line(order, sale, line, wanted, f"lines.{index}"))
        except Invalid as invalid:
            problems += invalid.problems
    if problems:
        raise Invalid.of(problems)
    return tuple(lines)


def _line(order: Order, sale: Sale, line: LineItem, wanted: WantedLine, field: str) -> RefundLine:
    earlier = sale.returned(line.key)
    units, to_send = sum(one.quantity for one in earlier), sale.to_send(line)
    left = line.quantity - units
    if not 1 <= wanted.quantity <= left:
        raise Invalid(f"Of this line, {left} can be refunded.", f"{field}.quantity")
    unsent = min(wanted.quantity, to_send) if wanted.unsent is None else wanted.unsent
    if not max(0, wanted.quantity - (left - to_send)) <= unsent <= min(wanted.quantity, to_send):
        raise Invalid(f"Of this line, {to_send} were not sent.", f"{field}.unsent")
    # What was given back before, and not what those units would come to now: the last ones make up the whole.
    value = line_value(order, line.key, units + wanted.quantity) - sum(one.value for one in earlier)
    return RefundLine(line.key, wanted.quantity, wanted.restock, unsent, max(0, value))


def _shipping(order: Order, sale: Sale, asked: int | None) -> int:
    left = max(0, shipping_value(order) - sum(one.shipping for one in sale.refunds if sale.counts(one)))
    if asked is not None and asked > left:
        raise Refused(f"Of the shipping, {_said(left, order)} can be refunded.", "shipping")
    return left if asked is None else asked


def _amount(sale: Sale, wanted: Wanted, lines: tuple[RefundLine, ...], shipping: int) -> int:
    amount = wanted.amount
    if amount is None:
        amount = sum(line.value for line in lines) + shipping if lines or wanted.shipping != 0 else _refundable(sale)
    if amount == 0 and not lines:
        raise Refused("Nothing of this order can be refunded.", "amount")
    return amount


def _waived(sale: Sale, amount: int, lines: tuple[RefundLine, ...], shipping: int) -> int:
    """What of the amount was not captured yet, and is for goods that were not sent, or that nobody paid yet."""
    if not (lines or shipping):
        return 0
    unsent = sum(divide(line.value * line.unsent, line.quantity) for line in lines)
    if not sale.fulfilments:
        unsent += shipping
    left = sum(sale.uncaptured(payment) for payment in sale.payments)
    return min(left, max(min(unsent, amount), amount - _refundable(sale)))


def _check_captured(order: Order, sale: Sale, amount: int, waived: int) -> None:
    left = _refundable(sale)
    if waived or amount > left:
        settled(sale)
    if amount - waived > left:
        raise Refused(f"Only {_said(left, order)} can be refunded.", "amount")


def _refundable(sale: Sale) -> int:
    return sum(sale.refundable(payment) for payment in sale.payments)


def _split(sale: Sale, amount: int, named: tuple[tuple[str, int], ...]) -> Iterable[tuple[Payment, int]]:
    return _as_named(sale, amount, named) if named else _last_first(sale, amount, sale.refundable)


def _last_first(sale: Sale, amount: int, left: Callable[[Payment], int]) -> list[tuple[Payment, int]]:
    cards = [payment for payment in sale.payments if not payment.is_gift_card]
    gift_cards = [payment for payment in sale.payments if payment.is_gift_card]
    parts = []
    for payment in reversed(gift_cards + cards):
        part = min(amount, left(payment))
        amount -= part
        if part:
            parts.append((payment, part))
    return parts


def _as_named(sale: Sale, amount: int, named: tuple[tuple[str, int], ...]) -> list[tuple[Payment, int]]:
    payments = {payment.id: payment for payment in sale.payments}
    parts: list[tuple[Payment, int]] = []
    for index, (payment_id, part) in enumerate(named):
        payment = payments.pop(payment_id, None)
        if payment is None:
            raise Invalid("This order has no such payment, or it is named twice.", f"payments.{index}.id")
        if not 0 < part <= sale.refundable(payment):
            left = to_decimal(sale.refundable(payment), payment.currency)
            raise Refused(f"Of this payment, {left} {payment.currency} can be refunded.", f"payments.{index}.amount")
        parts.append((payment, part))
    if sum(part for _, part in parts) != amount:
        raise Invalid("What the payments get back does not add up to the refund.", "payments")
    return parts


def _with_moves(order: Order, sale: Sale, done: Refund) -> Sale:
    """Units that were never sent are for sale again, or written off; sent ones come back on the shelf, or do not."""
    parts: dict[MoveKind, dict[str, int]] = {}

    def add(kind: MoveKind, variant_id: str, units: int) -> None:
        # What Till did not sell from its own stock is not given back to it.
        if units and variant_id in sale.allocated:
            moved = parts.setdefault(kind, {})
            moved[variant_id] = moved.get(variant_id, 0) + units

    for back in done.lines:
        variant_id = order.basket.line(back.key).variant_id
        add(MoveKind.GIVE_BACK if back.restock else MoveKind.SHIP, variant_id, back.unsent)
        if back.restock:
            add(MoveKind.RESTOCK, variant_id, back.quantity - back.unsent)
    for kind, moved in parts.items():
        sale = sale.with_move(StockMove(done.id, kind, moved))
    return sale


def _said(amount: int, order: Order) -> str:
    return f"{to_decimal(amount, order.basket.currency)} {order.basket.currency}"
