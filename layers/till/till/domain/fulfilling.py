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
    if order.status is OrderStatus.CANCELLED:
        raise Refused("This order is cancelled.", "order")
    if sale.charge is ChargeState.FAILED:
        raise Refused(f"The payment of this order failed: {sale.charge_problem}", "charge", "payment_failed")
    if order.agreement and sale.charge is not ChargeState.CAPTURED:
        raise Refused("This order is not paid yet.", "charge", "not_paid")
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


def parcel_value(order: Order, sale: Sale, lines: Sequence[tuple[str, int]]) -> int:
    """What is to be captured before a parcel is sent: what all parcels come to with it, shipping with the first, less
    what is captured. With the last one it is all that is left."""
    left = sum(sale.uncaptured(payment) for payment in sale.payments)
    units = dict(lines)
    if all(sale.to_send(line) == units.get(line.key, 0) for line in order.basket.lines):
        return left
    sent = ((line.key, sale.sent(line.key) + units.get(line.key, 0)) for line in order.basket.lines)
    value = shipping_value(order) + sum(line_value(order, key, count) for key, count in sent)
    return max(0, min(value - sale.total_captured, left))


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
        sale = sale.with_move(StockMove(name, MoveKind.SHIP, parts))
    if order.status is OrderStatus.PLACED and sale.is_sent(order.basket.lines):
        order = order.to(OrderStatus.FULFILLED)
    return order.touched(now), sale
