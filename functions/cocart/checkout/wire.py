"""The checkout and what becomes of it as CoCart's clients read them.

Wire format: CoCart's preview of the checkout: amounts are decimal strings, `product_price` and the values of `totals`
are for people, `instance_id` is text. In another currency than the cart's every amount is converted by itself.
"""

from __future__ import annotations

from calendar import month_name
from datetime import UTC, datetime

from cocart.storefront import Shopper
from cocart.wire import (
    Json,
    billing_address,
    cart_hash,
    item_keys,
    line_amounts,
    needs_payment,
    shipping_address,
    shipping_key,
    totals,
)
from till.adapters.money_formats import formatted
from till.application.placing import Outcome
from till.domain.attempt import AttemptState
from till.domain.basket import LineItem
from till.domain.cart import Cart
from till.domain.currency import currency
from till.domain.exchange import View, view
from till.domain.order import Order, OrderStatus
from till.domain.pricing import price
from till.domain.shop import Gateway, Shop

ORDER_KEY = "wc_order_"
_STATUSES = {
    OrderStatus.OPEN: "pending",
    OrderStatus.PROCESSING: "pending",
    OrderStatus.PARKED: "pending",
    OrderStatus.PLACED: "processing",
    OrderStatus.FULFILLED: "completed",
    OrderStatus.CANCELLED: "cancelled",
}


def checkout(cart: Cart, who: Shopper) -> Json:
    """All that a checkout shows."""
    basket, shop = cart.basket, who.shop
    shown = _view(cart, shop)
    keys, amounts = item_keys(basket.lines), line_amounts(basket)
    rate = shown.rate
    return {
        "cart_key": who.key_of(cart),
        "cart_hash": cart_hash(cart),
        "currency": {
            "code": shown.code,
            "symbol": currency(shown.code).symbol,
            "base_currency": shown.base,
            "exchange_rate": None if rate is None else rate.numerator if rate.is_integer() else float(rate),
        },
        "customer_id": who.customer_id,
        "billing_address": billing_address(basket),
        "shipping_address": shipping_address(basket),
        "cart_contents": {
            keys[line.key]: {
                "key": keys[line.key],
                "product_id": line.variant_number,
                "variation_id": 0,
                "quantity": line.quantity,
                "product_name": line.name,
                "product_title": line.product_title,
                "product_price": formatted(shown.amount(line.unit_price), shown.code, shop.locale),
                "line_total": shown.decimal(amounts[line.key]["total"]),
                "line_subtotal": shown.decimal(amounts[line.key]["subtotal"]),
            }
            for line in basket.lines
        },
        "cart_totals": {name: shown.decimal(amount) for name, amount in totals(basket).items()},
        "shipping_methods": {
            shipping_key(offer): {
                "id": shipping_key(offer),
                "label": offer.description,
                "cost": shown.decimal(offer.amount),
                "method_id": offer.code,
                "instance_id": str(offer.number),
            }
            for offer in basket.shipping_offers(shop)
        },
        "needs_payment": needs_payment(basket),
        "needs_shipping": basket.requires_shipping,
        "payment_method": cart.payment_method,
    }


def payment_method(gateway: Gateway) -> Json:
    """A gateway of the shop. Its money comes back to where it was paid from, and no token is kept."""
    return {
        "id": gateway.id,
        "title": gateway.name,
        "description": "",
        "supports": ["products", "refunds"],
        "has_fields": True,
        "order_button_text": "",
        "method_title": gateway.name,
        "method_description": "",
        "config": {
            "test_mode": gateway.is_test,
            "is_connected": True,
            "supports_tokenization": False,
            "supports_refunds": True,
            "supports_subscriptions": False,
            "requires_billing_address": True,
        },
    }


def payment_context(cart: Cart, gateway: Gateway, client_secret: str) -> Json:
    """What a page prepares a payment with: the amount that is charged. The secret is there while the bank is waited
    for; before that nothing of the payment is."""
    basket = cart.basket
    return {
        "gateway_id": gateway.id,
        "title": gateway.name,
        "cart_total": _charged(basket.currency).decimal(price(basket).total),
        "currency": basket.currency,
        **({"client_secret": client_secret} if client_secret else {}),
        **({"payment_intent_id": client_secret.partition("_secret")[0]} if client_secret else {}),
        **({"public_key": gateway.public_key} if gateway.public_key else {}),
    }


def processed(outcome: Outcome, customer_id: int, cart_key: str, received: str, shop: Shop, note: str = "") -> Json:
    """What became of a checkout. `received` is where its order is shown, `note` is said besides the result."""
    order, is_placed = outcome.order, outcome.attempt.state is AttemptState.PLACED
    return {
        "order_id": order.number,
        "status": status(order),
        "order_key": order_key(order),
        "order_number": str(order.number),
        "payment_result": payment_result(outcome, received, shop, note),
        "customer_id": customer_id,
        "billing_address": billing_address(order.basket),
        "shipping_address": shipping_address(order.basket),
        "cart_key": None if is_placed else cart_key,
    }


def payment_result(outcome: Outcome, received: str, shop: Shop, note: str = "") -> Json:
    """success, no_payment_required, requires_action with what the page is to do, or failed with why."""
    attempt, order = outcome.attempt, outcome.order
    if attempt.state is AttemptState.PLACED:
        paid = "success" if order.total else "no_payment_required"
        message = "Payment successful" if order.total else "No payment required"
        return {"payment_status": paid, "redirect_url": received, "message": f"{message}. {note}" if note else message}
    if attempt.state is AttemptState.PARKED:
        kind = _kind(order, shop)
        return {
            "payment_status": "requires_action",
            "redirect_url": "",
            "message": "",
            "action_type": f"{kind}_confirm_payment",
            "action_data": {"client_secret": attempt.client_secret, "intent_type": "payment_intent"},
        }
    message = " ".join(problem.message for problem in attempt.problems)
    return {"payment_status": "failed", "redirect_url": "", "message": message}


def order_received(order: Order, shop: Shop, customer_id: int) -> Json:
    """What a thank-you page shows of an order."""
    basket = order.basket
    charged, amounts, lines = _charged(basket.currency), totals(basket), line_amounts(basket)
    method = order.payments[-1].gateway_id if order.payments else ""
    return {
        "order_id": order.number,
        "order_number": str(order.number),
        "order_key": order_key(order),
        "status": status(order),
        "status_name": status(order).replace("-", " ").capitalize(),
        "date_created": _written(order.created_at),
        "date_paid": _written(order.placed_at) if order.placed_at else None,
        "currency": basket.currency,
        "total": charged.decimal(amounts["total"]),
        "subtotal": charged.decimal(amounts["subtotal"]),
        "tax_total": charged.decimal(amounts["total_tax"]),
        "shipping_total": charged.decimal(amounts["shipping_total"]),
        "discount_total": charged.decimal(amounts["discount_total"]),
        "payment_method": method,
        "payment_method_title": next((one.name for one in shop.gateways if one.id == method), ""),
        "customer_id": customer_id,
        "customer_note": order.notes.notes,
        "billing_address": billing_address(basket),
        "shipping_address": shipping_address(basket),
        "items": [_item(number, line, charged, lines[line.key]) for number, line in enumerate(basket.lines, 1)],
        "totals": [
            {"key": key, "label": label, "value": formatted(amounts[name], basket.currency, shop.locale)}
            for key, label, name in _TOTALS
            if amounts[name] or key in ("subtotal", "total")
        ],
        "needs_payment": not order.is_submitted and bool(order.total),
        "needs_shipping": basket.requires_shipping,
        "has_downloads": False,
        "download_url": "",
    }


def status(order: Order) -> str:
    """WooCommerce's word for where an order stands: a draft that was refused its payment has failed."""
    if order.status is OrderStatus.OPEN and order.payments:
        return "failed"
    return _STATUSES[order.status]


def order_key(order: Order) -> str:
    """By which whoever knows it may see the order."""
    return f"{ORDER_KEY}{order.public_id}"


def charged_note(cart: Cart, order: Order) -> str:
    """What a shopper is told who saw prices in another currency than they pay in."""
    if cart.shown_currency in ("", order.basket.currency):
        return ""
    return f"You are charged {_charged(order.basket.currency).decimal(order.total)} {order.basket.currency}."


# key, label, and which of the totals it is
_TOTALS = (
    ("subtotal", "Subtotal", "subtotal"),
    ("discount", "Discount", "discount_total"),
    ("shipping", "Shipping", "shipping_total"),
    ("fees", "Fees", "fee_total"),
    ("tax", "Tax", "total_tax"),
    ("total", "Total", "total"),
)


def _item(number: int, line: LineItem, charged: View, amounts: dict[str, int]) -> Json:
    meta = [{"key": name, "value": value} for name, value in line.properties.items()]
    return {
        "item_id": number,
        "product_id": line.variant_number,
        "variation_id": 0,
        "product_name": line.name,
        "product_image": line.image_url,
        "quantity": line.quantity,
        "subtotal": charged.decimal(amounts["subtotal"]),
        "total": charged.decimal(amounts["total"]),
        "meta_data": meta,
    }


def _view(cart: Cart, shop: Shop) -> View:
    """As the shopper wants it, while the merchant has a rate for it."""
    charged, rates = cart.basket.currency or shop.currency, shop.settings.exchange_rates
    is_known = charged == shop.currency and cart.shown_currency in rates
    return view(cart.shown_currency if is_known else "", charged, shop.currency, rates)


def _charged(code: str) -> View:
    return view("", code, code, {})


def _kind(order: Order, shop: Shop) -> str:
    gateways = {one.id: one.kind for one in shop.gateways}
    return next((gateways[one.gateway_id] for one in reversed(order.payments) if one.gateway_id in gateways), "")


def _written(at: int) -> str:
    """December 15, 2024, 2:20 pm; of UTC."""
    moment = datetime.fromtimestamp(at, UTC)
    clock = f"{moment.hour % 12 or 12}:{moment.minute:02} {'am' if moment.hour < 12 else 'pm'}"
    return f"{month_name[moment.month]} {moment.day}, {moment.year}, {clock}"
