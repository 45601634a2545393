"""Giving money back: what units of a line were paid with, and which payments it goes back to.

A refund names lines, shipping, or just an amount; with nothing named it is all that is left. Money goes back in the
reverse of how it came: the last card first, gift cards last, unless the merchant names the payments.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from till.domain.discounting import discounted, reductions
from till.domain.errors import Invalid, Refused
from till.domain.money import divide, to_decimal
from till.domain.order import Order, OrderStatus
from till.domain.payment import Payment
from till.domain.sale import Refund, RefundLine, Sale
from till.domain.stock import MoveKind, StockMove
from till.domain.transaction import Transaction, TransactionKind

MOST_REASON = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be given back. Minor units.

    `amount` alone is that much; with lines or shipping it takes the place of what they come to. `shipping` None is all
    that is left of it. `payments` says how much goes to which payment, by id.
    """

    amount: int | None = None
    lines: tuple[RefundLine, ...] = ()
    shipping: int | None = 0
    payments: tuple[tuple[str, int], ...] = ()
    reason: str = ""


def refund(order: Order, sale: Sale, wanted: Wanted, refund_id: str, now: int) -> Sale:
    """The sale with the refund, its transactions and its stock moves, all still to be carried out.

    Raises `Invalid` and `Refused`, naming the field, for more than was sold or taken.
    """
    if order.status is OrderStatus.CANCELLED:
        raise Refused("This order is cancelled: everything was given back.", "order")
    lines = tuple(_line(order, sale, line, index) for index, line in enumerate(wanted.lines))
    _no_line_twice(lines)
    shipping = _shipping(order, sale, wanted.shipping)
    amount = _amount(order, sale, wanted, lines, shipping)
    transactions = [
        Transaction(f"{refund_id}:{payment.id}", refund_id, TransactionKind.REFUND, payment.id, part, now)
        for payment, part in _split(sale, amount, wanted.payments)
    ]
    done = Refund(refund_id, now, amount, lines, shipping, wanted.reason)
    sale = replace(sale.with_new(transactions), refunds=(*sale.refunds, done))
    return _with_moves(order, sale, done)


def line_value(order: Order, line_key: str, units: int, before: int = 0) -> int:
    """What was paid for so many units of a line, discounts and taxes worked in, `before` of them given back earlier.

    All units of a line come to what the line did, however they are given back.
    """
    line = order.basket.line(line_key)
    quote = order.basket.taxes
    whole = discounted(order.basket, reductions(order.basket))[line_key]
    if quote and not quote.included:
        whole += sum(tax.amount for key, taxes in quote.lines if key == line_key for tax in taxes)
    return divide(whole * (before + units), line.quantity) - divide(whole * before, line.quantity)


def shipping_value(order: Order) -> int:
    """What was paid for shipping."""
    basket = order.basket
    if basket.shipping is None:
        return 0
    tax = 0 if basket.taxes is None or basket.taxes.included else sum(one.amount for one in basket.taxes.shipping)
    return basket.shipping.amount - sum(one.shipping for one in reductions(basket)) + tax


def _line(order: Order, sale: Sale, asked: RefundLine, index: int) -> RefundLine:
    line = next((line for line in order.basket.lines if line.key == asked.key), None)
    if line is None:
        raise Invalid("There is no line item with this key.", f"lines.{index}.key")
    left = line.quantity - sale.returned(line.key)
    if not 1 <= asked.quantity <= left:
        raise Invalid(f"Of this line, {left} can be refunded.", f"lines.{index}.quantity")
    return replace(asked, unsent=min(asked.quantity, sale.to_send(line)))


def _no_line_twice(lines: tuple[RefundLine, ...]) -> None:
    keys = [line.key for line in lines]
    for index, key in enumerate(keys):
        if key in keys[:index]:
            raise Invalid("This line is named twice.", f"lines.{index}.key")


def _shipping(order: Order, sale: Sale, asked: int | None) -> int:
    left = shipping_value(order) - sum(one.shipping for one in sale.refunds)
    if asked is not None and asked > left:
        raise Invalid(f"Of the shipping, {_said(left, order)} can be refunded.", "shipping")
    return left if asked is None else asked


def _amount(order: Order, sale: Sale, wanted: Wanted, lines: tuple[RefundLine, ...], shipping: int) -> int:
    left = sum(sale.refundable(payment) for payment in sale.payments)
    amount = wanted.amount
    if amount is None and not lines and not shipping:
        amount = left
    if amount is None:
        values = (line_value(order, line.key, line.quantity, sale.returned(line.key)) for line in lines)
        amount = shipping + sum(values)
    if amount > left:
        raise Refused(f"Only {_said(left, order)} can be refunded.", "amount")
    if amount <= 0 and not lines:
        raise Refused("Nothing of this order can be refunded.", "amount")
    return amount


def _split(sale: Sale, amount: int, named: tuple[tuple[str, int], ...]) -> list[tuple[Payment, int]]:
    if named:
        return _as_named(sale, amount, named)
    parts = []
    latest_first = tuple(reversed(sale.payments))
    for payment in sorted(latest_first, key=lambda payment: payment.is_gift_card):
        part = min(amount, sale.refundable(payment))
        amount -= part
        if part:
            parts.append((payment, part))
    return parts


def _as_named(sale: Sale, amount: int, named: tuple[tuple[str, int], ...]) -> list[tuple[Payment, int]]:
    parts: list[tuple[Payment, int]] = []
    for index, (payment_id, part) in enumerate(named):
        payment = sale.payment(payment_id)
        if any(payment is one for one, _ in parts):
            raise Invalid("This payment is named twice.", f"payments.{index}.id")
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
        if units and variant_id in sale.allocated:
            moved = parts.setdefault(kind, {})
            moved[variant_id] = moved.get(variant_id, 0) + units

    for back in done.lines:
        variant_id = order.basket.line(back.key).variant_id
        add(MoveKind.GIVE_BACK if back.restock else MoveKind.SHIP, variant_id, back.unsent)
        if back.restock:
            add(MoveKind.RESTOCK, variant_id, back.quantity - back.unsent)
    for kind, moved in parts.items():
        sale = sale.with_move(StockMove(f"{done.id}:{kind}", kind, moved))
    return sale


def _said(amount: int, order: Order) -> str:
    return f"{to_decimal(amount, order.basket.currency)} {order.basket.currency}"
