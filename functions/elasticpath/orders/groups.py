"""The shipping groups of an order, which are those that its cart had.

Wire format: Elastic Path's carts and orders specification, ShippingGroupResponse.
"""

from __future__ import annotations

from elasticpath.ids import ulid_of, uuid_of
from elasticpath.money import Json
from elasticpath.shipping_groups import shipping_group
from till.domain.errors import NotFound
from till.domain.order import Order
from till.domain.shop import Shop


def shipping_groups(order: Order, shop: Shop) -> list[Json]:
    """All of them."""
    groups = order.agreement.shipping_groups if order.agreement else ()
    return [shipping_group(group, "order", uuid_of(order.id), order.basket, shop) for group in groups]


def one_shipping_group(order: Order, shop: Shop, group_id: str) -> Json:
    """The one with that id. Raises `NotFound`."""
    wanted = ulid_of(group_id)
    for group in order.agreement.shipping_groups if order.agreement else ():
        if group.id == wanted:
            return shipping_group(group, "order", uuid_of(order.id), order.basket, shop)
    raise NotFound("Shipping group not found", "group_id")
