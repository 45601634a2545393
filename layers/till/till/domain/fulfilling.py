"""Fulfilling: goods are sent, all at once or in parcels, once their money is certain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from till.domain.errors import Invalid, Refused
from till.domain.order import Order, OrderStatus
from till.domain.refunding import line_value, shipping_value
from till.domain.sale import ChargeState, Fulfilment, Sale, Tracking
from till.domain.stock import MoveKind, StockMove


def parcel(order: Order, sale: Sale, lines: Sequence[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Units by line key to be sent now: those named, or all that are left.

    Raises `Refused` where the order is not to be sent, `Invalid` for more than is left of a line.
    """
    if order.status is not OrderStatus.PLACED:
        raise Refused(f"This order is {order.status}.", "order")
    if sale.charge is ChargeState.FAILED:
        raise Refused(f"The payment of this order failed: {sale.charge_problem}", "charge", "payment_failed")
    left = {line.key: sale.to_send(line) for line in order.basket.lines}
    chosen: dict[str, int] = {}
    for index, (key, units) in enumerate(lines):
        if key not in left:
            raise Invalid("There is no line item with this key.", f"lines.{index}.key")
        chosen[key] = chosen.get(key, 0) + units
        if units < 1 or chosen[key] > left[key]:
            raise Invalid(f"Of this line, {left[key]} can be sent.", f"lines.{index}.quantity")
    chosen = chosen or {key: units for key, units in left.items() if units}
    if not chosen:
        raise Refused("Nothing of this order is left to be sent.", "lines")
    return tuple(chosen.items())


def parcel_value(order: Order, sale: Sale, lines: Sequence[tuple[str, int]]) -> int | None:
    """What is to be captured for a parcel: shipping with the first, and None, all that is left, with the last."""
    if all(sale.to_send(line) == dict(lines).get(line.key, 0) for line in order.basket.lines):
        return None
    value = 0 if sale.fulfilments else shipping_value(order)
    for key, units in lines:
        line = order.basket.line(key)
        value += line_value(order, key, units, line.quantity - sale.to_send(line))
    left = sum(sale.uncaptured(payment) for payment in sale.payments)
    return min(value, left)


def fulfil(
    order: Order, sale: Sale, lines: tuple[tuple[str, int], ...], tracking: Tracking, name: str, now: int
) -> tuple[Order, Sale]:
    """The parcel sent: its stock is gone, and with the last one the order is fulfilled."""
    sale = replace(sale, fulfilments=(*sale.fulfilments, Fulfilment(name, now, lines, tracking)))
    parts: dict[str, int] = {}
    for key, units in lines:
        variant_id = order.basket.line(key).variant_id
        if variant_id in sale.allocated:
            parts[variant_id] = parts.get(variant_id, 0) + units
    if parts:
        sale = sale.with_move(StockMove(f"{name}:stock", MoveKind.SHIP, parts))
    is_last = not any(sale.to_send(line) for line in order.basket.lines)
    return (order.to(OrderStatus.FULFILLED) if is_last else order), sale
