"""What a plugin may do to an order. Each twice is once: a hook may be dispatched again."""

from __future__ import annotations

from dataclasses import replace

from till.domain.discount import Discount, DiscountSource
from till.domain.errors import Invalid
from till.domain.fee import Fee
from till.domain.order import Order

MOST_DISCOUNTS = 20


def add_fee(order: Order, fee: Fee) -> Order:
    """The fee, in the place of the plugin's own of the same id. Raises `Invalid` for a line that is not there."""
    if fee.line_key and all(line.key != fee.line_key for line in order.basket.lines):
        raise Invalid("There is no line item with this key.", "line_item_key")
    rest = remove_fee(order, fee.plugin_id, fee.id)
    return rest.with_basket(rest.basket.with_fees((*rest.basket.fees, fee)))


def remove_fee(order: Order, plugin_id: str, fee_id: str) -> Order:
    """Without the plugin's fee. Those of other plugins are not its business."""
    fees = (fee for fee in order.basket.fees if (fee.plugin_id, fee.id) != (plugin_id, fee_id))
    return order.with_basket(order.basket.with_fees(fees))


def add_discount(order: Order, discount: Discount) -> Order:
    """The discount, in the place of the one with its id. Raises `Invalid` for one too many."""
    rest = remove_discount(order, discount.id)
    discounts = (*rest.basket.discounts, discount)
    if sum(one.source is DiscountSource.PLUGIN for one in discounts) > MOST_DISCOUNTS:
        raise Invalid(f"Plugins give at most {MOST_DISCOUNTS} discounts.", "discounts")
    return rest.with_basket(rest.basket.with_discounts(discounts))


def remove_discount(order: Order, discount_id: str) -> Order:
    """Without the discount of that id."""
    rest = (one for one in order.basket.discounts if one.id != discount_id)
    return order.with_basket(order.basket.with_discounts(rest))


def discount_id(plugin_id: str, own_id: str) -> str:
    """The id of a plugin's discount: nobody else's, and never a code's."""
    return f"{plugin_id}/{own_id}"


def add_note(order: Order, note: str) -> Order:
    """A further line of the order's note. Raises `Invalid` beyond the limits."""
    lines = order.notes.notes.split("\n") if order.notes.notes else []
    if note in lines:
        return order
    return replace(order, notes=replace(order.notes, notes="\n".join((*lines, note))).check())
