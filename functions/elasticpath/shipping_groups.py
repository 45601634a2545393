"""Shipping groups of carts and orders as clients read them.

Wire format: Elastic Path's carts and orders specification, ShippingGroupResponse.
"""

from __future__ import annotations

from elasticpath.addresses import shipping_address
from elasticpath.ids import item_id, uuid_of
from elasticpath.money import Json, amount
from elasticpath.timestamps import timestamp
from till.domain.agreement import ShippingGroup
from till.domain.basket import Basket
from till.domain.shop import Shop


def shipping_group(group: ShippingGroup, relation: str, owner: str, basket: Basket, shop: Shop) -> Json:
    """`relation` says whose it is, cart or order, and `owner` is the id of that. Its items are lines of `basket`."""
    prices = {
        "total": group.amount,
        "base": group.base,
        "tax": group.tax,
        "fees": group.fees,
        "discount": -group.discount,
    }
    told = {name: amount(value, basket.currency, shop.locale) for name, value in prices.items()}
    of = {line.key: "custom_item" if line.is_custom else "cart_item" for line in basket.lines}
    items = [{"type": of[key], "id": item_id(owner, key)} for key in group.lines if key in of]
    estimate = {"start": group.starts_on, "end": group.ends_on}
    return {
        "id": uuid_of(group.id),
        "type": "shipping_group",
        "relation": relation,
        f"{relation}_id": owner,
        "shipping_type": group.shipping_type,
        "tracking_reference": group.tracking_reference,
        "includes_tax": group.includes_tax,
        "address": shipping_address(group.address) if group.address else {},
        "delivery_estimate": {name: date for name, date in estimate.items() if date},
        "created_at": timestamp(group.created_at),
        "updated_at": timestamp(group.updated_at),
        "relationships": {relation: {"data": {"type": relation, "id": owner}}, "items": {"data": items}},
        "meta": {"shipping_display_price": told},
    }
