"""All that a shop keeps of one person, as it is told to them, and what became of it when it was erased."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from merchant.customers import rendering
from merchant.orders.rendering import cart as cart_summary
from merchant.orders.rendering import detail
from merchant.wire import Json
from till.application.forgetting import Kept
from till.domain.address import Address
from till.domain.cart import Cart
from till.domain.order import Order
from till.domain.people import PersonKind

# What one answer has room for. The others are named, and had one by one.
MOST_IN_FULL = 200
NOBODY = Kept((), (), (), {}, (), (), (), (), (), ())


def export(kept: Kept) -> Json:
    """Everything, newest orders first."""
    of_kind = {kind: [one for one in kept.people if one.kind is kind] for kind in PersonKind}
    return {
        "customers": [rendering.customer(one) for one in of_kind[PersonKind.CUSTOMER]],
        "members": [rendering.member(one) for one in of_kind[PersonKind.MEMBER]],
        "accounts": [rendering.account(one) for one in kept.accounts],
        "order_ids": [one.id for one in kept.orders],
        "orders": [detail(one, (), kept.sales.get(one.id)) for one in kept.orders[:MOST_IN_FULL]],
        "carts": [_cart(one) for one in kept.carts],
        "shared_cart_ids": [one.id for one in kept.shared],
        "sessions": [
            {"email": one.email, "address": asdict(one.address), "expires_at": one.expires_at} for one in kept.sessions
        ],
        "platform_ids": list(kept.platform_ids),
        "saved_payments": [
            {"id": one.id, "gateway": one.gateway_id, "type": one.type, "display_string": one.display_string}
            for one in kept.payments
        ],
    }


def erased(kept: Kept, needed: Sequence[Order]) -> Json:
    """How much of each, and the orders that still need a name."""
    return {
        "people": 0 if needed else len(kept.people),
        "orders": len(kept.orders) - len(needed),
        "carts": len(kept.carts),
        "shared_carts": len(kept.shared),
        "sessions": len(kept.sessions),
        "saved_payments": len(kept.payments),
        "kept": [{"order_id": one.id, "status": one.status} for one in needed],
    }


def _cart(cart: Cart) -> Json:
    basket = cart.basket
    return cart_summary(cart) | {
        "contact": dict(cart.contact),
        "customer": asdict(basket.customer) if basket.customer else None,
        "shipping_address": _address(basket.shipping_address),
        "billing_address": _address(basket.billing_address),
        "attributes": dict(cart.attributes),
    }


def _address(address: Address | None) -> Json | None:
    return asdict(address) if address else None
