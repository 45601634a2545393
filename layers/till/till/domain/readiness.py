"""What an order lacks before it can be processed."""

from __future__ import annotations

from till.domain.discounting import unmet
from till.domain.errors import Problem
from till.domain.order import Order
from till.domain.payment import Authorization, Payment
from till.domain.pricing import price
from till.domain.shop import Shop

INSUFFICIENT_PAYMENTS = "There are insufficient payments to cover this order"
TAXES_MISSING = "There was an error calculating the taxes"


def missing(order: Order, shop: Shop) -> tuple[Problem, ...]:
    """Every reason why this order cannot be processed yet; none when it can.

    An agreed order has all it needs but a payment, which need not cover it.
    """
    if order.agreement:
        return () if order.payments else (Problem("insufficient_payments", INSUFFICIENT_PAYMENTS, "payment"),)
    return (*_missing_goods(order), *_missing_delivery(order, shop), *_missing_money(order))


def _missing_goods(order: Order) -> list[Problem]:
    problems = []
    if not order.basket.lines:
        problems.append(Problem("cart_empty", "The order has no line items.", "line_items"))
    if order.basket.customer is None:
        problems.append(Problem("customer_missing", "The order has no customer.", "customer"))
    return problems


def _missing_delivery(order: Order, shop: Shop) -> list[Problem]:
    basket = order.basket
    if not basket.requires_shipping:
        return []
    if basket.shipping_address is None:
        return [Problem("shipping_address_missing", "The order has no shipping address.", "shipping_address")]
    if not basket.shipping_offers(shop):
        return [Problem("no_shipping_to_address", "The shop does not ship to this address.", "country_code")]
    if basket.shipping is None:
        return [Problem("shipping_line_missing", "No shipping method is selected.", "shipping_lines")]
    return []


def _missing_money(order: Order) -> list[Problem]:
    problems = list(unmet(price(order.basket).discounts))
    if order.basket.taxes is None:
        problems.append(Problem("taxes_missing", TAXES_MISSING, "tax"))
    if order.balance > 0:
        problems.append(Problem("insufficient_payments", INSUFFICIENT_PAYMENTS, "payment"))
    return problems


def authorizations(order: Order, attempt_id: str) -> tuple[Authorization, ...]:
    """What an attempt will authorize."""
    return tuple(
        Authorization(payment.id, payment.gateway_id, f"{attempt_id}:{payment.id}", amount, payment.currency)
        for payment, amount in shares(order)
        if not payment.is_gift_card
    )


def shares(order: Order) -> tuple[tuple[Payment, int], ...]:
    """What each payment pays, in minor units: never more than the total together. Gift cards first, the rest in order.

    A payment that nothing is left for is not in it.
    """
    rest = order.total
    found = []
    for payment in sorted(order.payments, key=lambda payment: not payment.is_gift_card):
        amount = min(payment.amount, rest)
        rest -= amount
        if amount > 0:
            found.append((payment, amount))
    return tuple(found)


def parts_to_hold(order: Order, with_stock: bool) -> dict[str, int]:
    """All that an attempt holds until it ends: units of variants, money on gift cards, uses of codes."""
    parts = order.basket.quantities() if with_stock else {}
    for payment, amount in shares(order):
        if payment.is_gift_card:
            parts[payment.part] = parts.get(payment.part, 0) + amount
    return parts | {part: 1 for discount in order.basket.discounts for part in discount.limits(order.basket.buyer)}


def customer_limits(order: Order) -> dict[str, int]:
    """How often this customer may use the order's codes, by part. Nobody counts them before they are used."""
    found: dict[str, int] = {}
    for discount in order.basket.discounts:
        found |= discount.customer_limits(order.basket.buyer)
    return found
