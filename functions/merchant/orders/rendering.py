"""Orders and carts as the merchant reads them. Amounts are integer minor units, times Unix seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from operator import itemgetter

from merchant.orders import sale_rendering
from merchant.wire import Json
from till.adapters.payments.sandbox import LedgerEntry
from till.domain.attempt import Attempt
from till.domain.basket import LineItem
from till.domain.cart import Cart
from till.domain.money import to_decimal
from till.domain.order import Order
from till.domain.payment import Payment
from till.domain.pricing import price
from till.domain.sale import Sale


def summary(order: Order) -> Json:
    """An order in a list."""
    customer = order.basket.customer
    return {
        "id": order.id,
        "public_order_id": order.public_id,
        "number": order.number or None,
        "status": order.status,
        "currency": order.basket.currency,
        "total": order.total,
        "email": customer.email if customer else None,
        "created_at": order.created_at,
        "placed_at": order.placed_at or None,
    }


def detail(order: Order, attempts: Sequence[Attempt], sale: Sale | None) -> Json:
    """An order with all that is known of it. `timeline` says what happened, in the order of time; a `sale` there is
    once the order is placed."""
    basket, totals = order.basket, price(order.basket)
    entries = [entry for attempt in attempts for entry in _timeline(attempt)]
    entries += [sale_rendering.entry(one) for one in sale.timeline] if sale else []
    payments = sale.payments if sale else order.payments
    return summary(order) | {
        "totals": {
            "items": totals.items,
            "shipping": totals.shipping,
            "tax": totals.tax,
            "tax_included": totals.tax_included,
            "total": totals.total,
            "steps": [asdict(step) for step in totals.steps],
        },
        "line_items": [line_item(line) for line in basket.lines],
        "discounts": [
            {"code": one.discount.code, "text": one.discount.text, "source": one.discount.source, "amount": one.amount}
            for one in totals.discounts
        ],
        "fees": [{"id": fee.id, "text": fee.text, "amount": amount} for fee, amount in totals.fees],
        "customer": asdict(basket.customer) if basket.customer else None,
        "shipping_address": asdict(basket.shipping_address) if basket.shipping_address else None,
        "billing_address": asdict(basket.billing_address) if basket.billing_address else None,
        "taxes_from": {"provider": basket.taxes.provider, "reference": basket.taxes.reference}
        if basket.taxes
        else None,
        "shipping_line": asdict(basket.shipping) if basket.shipping else None,
        "payments": [
            _payment(payment) | (sale_rendering.payment(sale, payment) if sale else {}) for payment in payments
        ],
        "agreement": asdict(order.agreement) if order.agreement else None,
        "anonymized": order.anonymized,
        "notes": asdict(order.notes),
        **(sale_rendering.sale(order, sale) if sale else {}),
        "timeline": sorted(entries, key=itemgetter("at")),
    }


def cart(value: Cart) -> Json:
    """A cart; its id begins a checkout."""
    return {
        "id": value.id,
        "number": value.number,
        "currency": value.basket.currency,
        "total": value.basket.items_total,
        "line_items": [line_item(line) for line in value.basket.lines],
        "created_at": value.created_at,
        "expires_at": value.expires_at,
    }


FORSAKEN = "Nothing of this order is paid any more, and it keeps its stock. Cancel it, or have it paid."


def failed_charge(sale: Sale) -> Json:
    """An order at which somebody must look. `unanswered` is what the gateway did not answer to for hours."""
    return {
        "order_id": sale.order_id,
        "charge": sale.charge,
        "problem": sale.charge_problem or (FORSAKEN if sale.is_forsaken else None),
        "unanswered": [one.kind for one in sale.transactions if one.is_stuck],
        "placed_at": sale.placed_at,
    }


def ledger_entry(entry: LedgerEntry) -> Json:
    """What the sandbox really holds under one key."""
    return {
        "key": entry.key,
        "token": entry.token,
        "amount": entry.amount,
        "currency": entry.currency,
        "reference": entry.reference,
        "state": entry.state,
        "captured": entry.captured,
        "refunded": entry.refunded,
        "captures": dict(entry.captures),
        "refunds": dict(entry.refunds),
        "disputed": entry.disputed,
        "calls": entry.calls,
        "created_at": entry.created_at,
    }


def line_item(line: LineItem) -> Json:
    """A line item; a custom one is of nothing in the catalogue, and so has neither variant nor product."""
    return {
        "key": line.key,
        "variant_id": line.variant_id or None,
        "platform_id": line.platform_id or None,
        "sku": line.sku,
        "title": line.title,
        "product_title": line.product_title,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "subtotal": line.subtotal,
        "properties": dict(line.properties),
        "gift_of": line.gift_of or None,
    }


def _payment(payment: Payment) -> Json:
    """A payment without its token, which is the gateway's business. A gift card's is its id in this API."""
    return {
        "id": payment.id,
        "gateway_public_id": payment.gateway_id,
        "type": payment.type,
        "display_string": payment.display_string,
        "amount": payment.amount,
        "currency": payment.currency,
        "gateway_key": payment.gateway_key or None,
        "reference": payment.reference or None,
        "gift_card_id": payment.token if payment.is_gift_card else None,
    }


def _timeline(attempt: Attempt) -> list[Json]:
    entries = [sale_rendering.entry(one, attempt.id) for one in attempt.timeline]
    asked = attempt.authorizations
    for entry in entries:
        if asked and entry["what"] == "authorize":
            total, currency = sum(one.amount for one in asked), asked[0].currency
            entry["detail"] = {"amount": to_decimal(total, currency), "currency": currency}
    if entries and attempt.problems:
        entries[-1]["problems"] = [
            {"code": problem.code, "message": problem.message, "field": problem.field} for problem in attempt.problems
        ]
    return entries
