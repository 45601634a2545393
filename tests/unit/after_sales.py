"""Placed orders and their sales as values, and gateways that say yes to everything at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from tests.builders import NOON, a_basket, a_line, a_payment, a_sale, an_order
from till.domain import charging
from till.domain.basket import Basket, LineItem
from till.domain.errors import Problem, TillError
from till.domain.order import Order, OrderStatus
from till.domain.payment import GIFT_CARD, Payment
from till.domain.sale import ChargeState, Sale
from till.domain.shop import CaptureMode
from till.domain.transaction import TransactionState

MUGS = a_line(key="mugs", variant_id="MUG", platform_id="67", sku="MUG", unit_price=999, quantity=3)
BREWER = a_line(key="brewer", variant_id="BREWER")


def a_card(name: str, amount: int) -> Payment:
    return a_payment(id=name, amount=amount, gateway_key=f"attempt:{name}")


def a_gift(amount: int) -> Payment:
    return a_payment(id="gift", amount=amount, type=GIFT_CARD, token="gift-1")


def sold(
    *lines: LineItem,
    basket: Basket | None = None,
    payments: Iterable[Payment] | None = None,
    mode: CaptureMode = CaptureMode.ASYNC,
) -> tuple[Order, Sale]:
    """An order as it is right after it was placed; one card pays for all of it unless others are given."""
    basket = basket or a_basket(lines=lines or (BREWER, MUGS))
    order = an_order(basket=basket, status=OrderStatus.PLACED, placed_at=NOON)
    if payments is None:
        payments = (a_card("card", order.total),) if order.total else ()
    payments = tuple(payments)
    charge = ChargeState.PENDING if any(not one.is_gift_card for one in payments) else ChargeState.CAPTURED
    order = replace(order, payments=payments)
    sale = a_sale(payments=payments, allocated=basket.quantities(), capture_mode=mode, charge=charge)
    return order, sale


def charged(
    *lines: LineItem, basket: Basket | None = None, payments: Iterable[Payment] | None = None
) -> tuple[Order, Sale]:
    """The same, with all money taken."""
    order, sale = sold(*lines, basket=basket, payments=payments)
    return order, answered(charging.charge(sale, NOON))


def answered(sale: Sale, yes: bool = True) -> Sale:
    """Whatever is pending is done, or refused; stock moves that are due are made."""
    state = TransactionState.SUCCEEDED if yes else TransactionState.FAILED
    for one in sale.pending:
        sale = charging.answered(sale, replace(one.to(state), message="" if yes else "No."))
    for move in sale.due_moves:
        sale = sale.with_move(replace(move, is_done=True))
    return sale


def stock_of(sale: Sale) -> dict[str, tuple[int, int, int]]:
    """By part: on_hand, allocated and available, where just what was sold had been there."""
    found = {part: [units, units, 0] for part, units in sale.allocated.items()}
    by_kind = {"give_back": (0, -1, 1), "ship": (-1, -1, 0), "restock": (1, 0, 1)}
    for move in sale.stock_moves:
        if move.is_done:
            for part, units in move.parts.items():
                for i, sign in enumerate(by_kind[move.kind]):
                    found[part][i] += sign * units
    return {part: (on_hand, allocated, available) for part, (on_hand, allocated, available) in found.items()}


def refusal(call: Callable[[], object]) -> Problem:
    """Why it is not done."""
    with pytest.raises(TillError) as raised:
        call()
    return raised.value.problems[0]
