"""The books of a shop after anything: what the gateway holds, what the stock keeps, what the orders say of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from tests.builders import a_shop
from tests.integration.deployment import LIVE, Deployment
from tests.integration.input.tables import items
from till.adapters.payments.sandbox import LedgerEntry
from till.domain.order import Order, OrderStatus
from till.domain.pricing import price
from till.domain.sale import Sale
from till.domain.stock import MoveKind, StockLevel
from till.runtime import wiring

AT_REST = frozenset({OrderStatus.OPEN, OrderStatus.PLACED, OrderStatus.FULFILLED, OrderStatus.CANCELLED})


def audit(till: Deployment) -> int:
    """Lets all that is under way end, then holds the books against each other. How many orders were placed."""
    _let_end(till)
    entries = {entry.key: entry for entry in _ledger()}
    used: Counter[str] = Counter()
    sales = []
    for order in _orders():
        check_totals(order)
        attempts = till.attempts(order.id)
        assert order.status in AT_REST
        assert all(attempt.is_final for attempt in attempts)
        placed = sum(attempt.state == "placed" for attempt in attempts)
        sold = wiring.sales().of("acme", [order.id])
        assert placed == len(sold) <= 1
        assert order.is_submitted == bool(sold) or order.status == "cancelled", "one that was never paid is cancelled"
        for sale in sold.values():
            _check_money(order, sale, entries)
            used += _used(sale)
            sales.append(sale)
    paid = {payment.gateway_key for sale in sales for payment in sale.payments}
    for entry in entries.values():
        if entry.key not in paid:
            assert entry.state not in LIVE, f"held for nobody: {entry}"
            assert entry.captured == entry.refunded, f"taken for nobody: {entry}"
    for part, level in _stock().items():
        assert level.held == 0, f"{part}: {level.held} held for nobody"
        assert level.allocated == used[part], f"{part}: orders have {used[part]}, not {level.allocated}"
        assert level.available == level.on_hand - level.allocated
    return len(sales)


def check_totals(order: Order) -> None:
    """The parts are the total, and nobody is owed money."""
    totals = price(order.basket)
    lines = sum(line.unit_price * line.quantity for line in order.basket.lines)
    off = sum(one.amount for one in totals.discounts)
    fees = sum(amount for _, amount in totals.fees)
    assert totals.items == lines
    assert order.total == lines + totals.shipping - off + fees + totals.tax - totals.tax_included >= 0


def _check_money(order: Order, sale: Sale, entries: dict[str, LedgerEntry]) -> None:
    if not order.agreement:
        assert order.paid == order.total
    assert sale.total_captured <= order.total
    for payment in sale.payments:
        refunded = sale.refunded(payment)
        assert 0 <= refunded <= sale.captured(payment) <= payment.amount
        if payment.gateway_key and not payment.is_gift_card:
            entry = entries[payment.gateway_key]
            unsure = any(one.is_pending and one.payment_id == payment.id for one in sale.transactions)
            assert entry.amount == payment.amount
            assert unsure or (entry.captured, entry.refunded) == (sale.captured(payment), refunded)


def _used(sale: Sale) -> Counter[str]:
    """What is sold and still here, and what is paid by gift cards, by part."""
    used = Counter(sale.allocated)
    for move in sale.stock_moves:
        if move.is_done and move.kind is not MoveKind.RESTOCK:
            used.subtract(move.parts)
    for payment in sale.payments:
        if payment.is_gift_card:
            used[payment.part] += payment.amount - sale.refunded(payment)
    return used


def _let_end(till: Deployment) -> None:
    for _ in range(4):
        till.deliver_streams()
        till.clock.pass_(minutes=70)
        for execution in till.fulfilment.executions.values():
            if execution.status == "RUNNING":
                till.fulfilment.run(execution)
        assert not till.reap().failed
        till.undoing().retry_due()
    till.deliver_streams()


def _orders() -> Iterator[Order]:
    for owner, name in items("orderstable"):
        if name == "ORDER" and "#ORDER#" in owner:
            order = wiring.orders().get("acme", owner.rpartition("#")[2])
            assert order
            yield order


def _ledger() -> Iterator[LedgerEntry]:
    cursor = "first"
    while cursor:
        page = wiring.gateways().ledger(a_shop(), "sandbox-1", 100, cursor.removeprefix("first"))
        yield from page.data
        cursor = page.next_cursor


def _stock() -> Mapping[str, StockLevel]:
    parts = [owner.partition("#STOCK#")[2] for owner, name in items("stocktable") if name == "STOCK"]
    return wiring.stock().levels("acme", parts)
