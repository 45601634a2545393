"""Transactions as Elastic Path's clients read them: one for each payment of an order.

Wire format: Elastic Path's documentation of payments and transactions. `transaction_type` is what has become of the
payment so far; it is also sent with a hyphen, since the documents show both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from elasticpath.ids import uuid_of
from elasticpath.money import Json, amount
from elasticpath.timestamps import made_at, timestamp
from till.domain.payment import Payment
from till.domain.shop import MANUAL, Shop

if TYPE_CHECKING:
    from till.application.paying import Paid
    from till.domain.sale import Sale
    from till.domain.transaction import Transaction

# What the documents call gateways that take their money at Stripe.
STRIPES = ("stripe", "stripe_payment_intents", "elastic_path_payments_stripe")


def transaction(paid: Paid, shop: Shop, kind: str = "") -> Json:
    """`kind` is what was just done, where that is not what has become of it."""
    order, payment, sale = paid.order, paid.payment, paid.sale
    so_far, status = _stage(sale, payment) if sale else _before_sale(paid)
    refunded = sale.refunded(payment, pending=True) if sale else 0
    currency, locale = order.basket.currency, shop.locale
    said: Json = {
        "id": uuid_of(payment.id),
        "type": "transaction",
        "reference": _reference(sale, payment),
        "gateway": _gateway(shop, payment),
        "amount": payment.amount,
        "refunded_amount": refunded,
        "currency": currency,
        "transaction_type": kind or so_far,
        "transaction-type": kind or so_far,
        "status": status,
        "relationships": {"order": {"data": {"type": "order", "id": uuid_of(order.id)}}},
        "meta": {
            "display_price": amount(payment.amount, currency, locale),
            "display_refunded_amount": {"total": amount(refunded, currency, locale)},
            "timestamps": _timestamps(paid),
        },
    }
    if payment.display_string:
        said["name"] = payment.display_string
    if payment.custom_reference:
        said["custom_reference"] = payment.custom_reference
    if kind == "refund":
        said["refund_mechanism"] = "manual" if said["gateway"] == MANUAL else "automatic"
    if paid.client_secret:
        token = paid.client_secret.partition("_secret")[0]
        said["client_parameters"] = {"token": token, "secret": paid.client_secret}
        said["payment_intent"] = {"client_secret": paid.client_secret, "status": "requires_action"}
    return said


def _before_sale(paid: Paid) -> tuple[str, str]:
    is_there = any(one.id == paid.payment.id for one in paid.order.payments)
    return _meant(paid.payment), "pending" if is_there else "cancelled"


def _stage(sale: Sale, payment: Payment) -> tuple[str, str]:
    from till.domain.repaying import GIVEN_UP

    part = _part(sale, payment)
    meant = _meant(payment)
    if part and not part.is_done:
        unpaid = "cancelled" if part.code == GIVEN_UP else "failed"
        return meant, "pending" if part.is_pending else unpaid
    if sale.captured(payment):
        return "purchase" if payment.is_purchase else "capture", "complete"
    if any(one.payment_id == payment.id for one in sale.pending):
        return meant, "pending"
    if sale.uncaptured(payment) or not payment.amount:
        return meant, "complete"
    return meant, "failed" if payment.is_purchase else "cancelled"


def _part(sale: Sale, payment: Payment) -> Transaction | None:
    # Loaded here: an order that nobody has begun to pay has no parts.
    from till.domain.repaying import part

    return part(sale, payment.id)


def _meant(payment: Payment) -> str:
    return "purchase" if payment.is_purchase else "authorize"


def _reference(sale: Sale | None, payment: Payment) -> str:
    part = _part(sale, payment) if sale else None
    return part.reference if part else payment.reference


def _gateway(shop: Shop, payment: Payment) -> str:
    """Its kind, as clients know it; its id where the shop does not have it any more."""
    return next((one.kind for one in shop.gateways if one.id == payment.gateway_id), payment.gateway_id)


def _timestamps(paid: Paid) -> Json:
    moves = [one for one in paid.sale.transactions if one.payment_id == paid.payment.id] if paid.sale else []
    part = _part(paid.sale, paid.payment) if paid.sale else None
    made = (part and part.at) or paid.order.placed_at or made_at(paid.order.attempt_id, paid.order.created_at)
    changed = max([made, *(one.at for one in moves)])
    return {"created_at": timestamp(made), "updated_at": timestamp(changed)}
