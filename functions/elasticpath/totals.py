"""`display_price` of carts, orders, their items and promotions. Whatever a discount takes off is negative.

Wire format: Elastic Path's carts and orders specification, CartItemsMeta and OrderMeta. In each block with_tax is
without_tax and tax, and it is without_discount and all discounts. A unit is what one of an item comes to, rounded.
"""

from __future__ import annotations

from elasticpath.money import Json, amount
from till.domain.basket import Basket
from till.domain.discounting import Reduction
from till.domain.line_totals import LineTotals, line_totals
from till.domain.money import divide
from till.domain.pricing import price


def display_price(basket: Basket, locale: str) -> Json:
    """What a cart comes to: each member `{amount, currency, formatted}`."""
    totals = price(basket)
    off_shipping = sum(one.shipping for one in totals.discounts)
    off_items = sum(one.amount for one in totals.discounts) - off_shipping
    amounts = {
        "with_tax": totals.total,
        "without_tax": totals.total - totals.tax,
        "tax": totals.tax,
        "discount": -off_items,
        "without_discount": totals.total + off_items + off_shipping,
        "shipping": totals.shipping,
        "shipping_discount": -off_shipping,
    }
    return _block(amounts, basket.currency, locale)


def order_display_price(basket: Basket, locale: str, paid: int, authorized: int, balance_owing: int) -> Json:
    """What an order comes to, and what of it is paid, authorized and neither (minor units)."""
    amounts = {"paid": paid, "authorized": authorized, "balance_owing": balance_owing}
    return display_price(basket, locale) | _block(amounts, basket.currency, locale)


def items_display_price(basket: Basket, locale: str) -> dict[str, Json]:
    """What each line comes to, by its key: each member `{unit, value}`."""
    totals = line_totals(basket)
    return {line.key: _item(totals[line.key], line.quantity, basket.currency, locale) for line in basket.lines}


def promotion_display_price(one: Reduction, currency: str, locale: str) -> Json:
    """What a promotion comes to, as the item that carts show it as."""
    return _item(LineTotals(-one.amount, 0, 0), 1, currency, locale)


def _item(line: LineTotals, quantity: int, currency: str, locale: str) -> Json:
    def each(value: int) -> int:
        return divide(abs(value), quantity) * (-1 if value < 0 else 1)

    unit = LineTotals(each(line.total), each(line.tax), each(line.discount))
    units, values = (_block(_parts(one), currency, locale) for one in (unit, line))
    return {name: {"unit": units[name], "value": values[name]} for name in values}


def _parts(line: LineTotals) -> dict[str, int]:
    return {
        "with_tax": line.total,
        "without_tax": line.before_tax,
        "tax": line.tax,
        "discount": -line.discount,
        "without_discount": line.before_discounts,
    }


def _block(amounts: dict[str, int], currency: str, locale: str) -> Json:
    return {name: amount(value, currency, locale) for name, value in amounts.items()}
