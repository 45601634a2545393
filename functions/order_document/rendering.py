"""Orders as the merchant reads them, in their API and on their platform. Amounts are integer minor units, times Unix
seconds."""

from __future__ import annotations

from dataclasses import asdict

from order_document import sale_rendering
from order_document.sale_rendering import Json
from till.domain.basket import LineItem
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


def document(order: Order, sale: Sale | None) -> Json:
    """An order with all that is known of it but its history. A `sale` there is once the order is placed."""
    basket, totals = order.basket, price(order.basket)
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
