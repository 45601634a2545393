"""What a plugin says is in stock. Wire format: docs/plugins.md, after Bold's example plugin (`type`, `items`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from till.application.inventory import INVENTORY_UNKNOWN
from till.application.ports import NoAnswerError, Outbound
from till.domain.errors import Refused
from till.domain.order import Order
from till.domain.shop import Shop


class PluginInventory:
    """The port `InventoryOverrides`. `outbound` is made for orders that have an override."""

    def __init__(self, outbound: Callable[[], Outbound]) -> None:
        self._outbound = outbound

    def available(self, order: Order, shop: Shop, stage: str) -> Mapping[str, int]:
        receiver = shop.inventory_override(order.inventory_override)
        if receiver is None or not order.basket.quantities():
            return {}
        asked, ids = _question(order, stage)
        try:
            return _answer(self._outbound().call(shop.identifier, receiver, asked), stage, ids)
        except (NoAnswerError, ValueError):
            raise Refused.of((INVENTORY_UNKNOWN,)) from None


def _question(order: Order, stage: str) -> tuple[dict[str, object], dict[str, str]]:
    """What is sent, and the variants by the ids that are sent."""
    lines = {line.variant_id: line for line in order.basket.lines if not line.is_custom}
    items: list[dict[str, object]] = [
        {
            "platform_variant_id": lines[variant_id].platform_id,
            "platform_product_id": lines[variant_id].product_platform_id,
            "sku": lines[variant_id].sku,
            "title": lines[variant_id].product_title,
            "quantity": quantity,
        }
        for variant_id, quantity in order.basket.quantities().items()
    ]
    asked: dict[str, object] = {"type": stage, "shop": order.shop, "public_order_id": order.public_id, "items": items}
    return asked, {line.platform_id: variant_id for variant_id, line in lines.items()}


def _answer(answer: Mapping[str, Any], stage: str, ids: dict[str, str]) -> dict[str, int]:
    """Raises ValueError unless it is of what was asked. Items may carry more than is read: plugins send them back."""
    items = answer.get("items")
    if answer.get("type") != stage or not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValueError("no items")
    found: dict[str, int] = {}
    for item in items:
        name, quantity = item.get("platform_variant_id"), item.get("available_quantity")
        if not isinstance(name, str) or name not in ids or ids[name] in found:
            raise ValueError("not an item that was asked about, or one twice")
        if type(quantity) is not int:
            raise ValueError("no whole number")
        found[ids[name]] = quantity
    return found
