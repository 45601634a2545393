"""A cart as a storefront fills it, and products to fill it with."""

from __future__ import annotations

from typing import Any

from elasticpath.ids import uuid_of
from tests.builders import a_product, a_variant
from tests.integration.api import Reply
from tests.integration.deployment import Deployment
from tests.integration.elasticpath.storefront import Storefront
from till.domain.product import Variant
from till.runtime import wiring


def sell(till: Deployment, sku: str, on_hand: int = 10, **changes: Any) -> Variant:
    """A product of one variant, for 4.00 USD and 5.00 CAD unless said otherwise."""
    [number] = wiring.catalog().next_numbers("acme", "VARIANT", 1)
    facts: dict[str, Any] = {
        "id": wiring.new_id(),
        "number": 1000 + number,
        "sku": sku,
        "platform_id": sku,
        "prices": {"USD": 400, "CAD": 500},
        "product_id": wiring.new_id(),
        "product_platform_id": sku,
        "product_title": sku.title(),
    }
    variant = a_variant(**(facts | changes))
    product = a_product(
        id=variant.product_id, platform_id=sku, handle=sku, title=variant.product_title, variants=(variant,)
    )
    till.sell(product, on_hand)
    return variant


class Cart:
    """One cart of a storefront. The shop's currency is CAD; here it is shopped in USD unless said otherwise."""

    def __init__(self, front: Storefront, cart_id: str = "my-cart", currency: str = "USD") -> None:
        self.front, self.id, self.currency = front, cart_id, currency

    def call(self, method: str, path: str = "", body: Any = None, **headers: str) -> Reply:
        """Of the cart, or of what is under it. `body` is sent as it is."""
        sent = {"Authorization": f"Bearer {self.front.token}", "X-MOLTIN-CURRENCY": self.currency}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.front.till.elasticpath.call(method, f"/v2/carts/{self.id}{path}", body, sent)

    def add(self, *items: dict[str, Any], **options: bool) -> Reply:
        """One item, or a list of them."""
        body: dict[str, Any] = {"data": items[0] if len(items) == 1 else list(items)}
        return self.call("POST", "/items", body | ({"options": options} if options else {}))

    def put(self, path: str = "", **data: Any) -> Reply:
        """Change the cart, or something of it."""
        return self.call("PUT", path, {"data": data})

    @property
    def data(self) -> Any:
        """The cart."""
        reply = self.call("GET")
        assert reply.status == 200, reply.raw
        return reply.body["data"]

    @property
    def items(self) -> list[Any]:
        """All that is in it."""
        reply = self.call("GET", "/items")
        assert reply.status == 200, reply.raw
        found: list[Any] = reply.body["data"]
        return found

    @property
    def total(self) -> int:
        """What is to be paid."""
        amount: int = self.data["meta"]["display_price"]["with_tax"]["amount"]
        return amount

    @property
    def quantities(self) -> dict[str, int]:
        """By SKU."""
        return {item["sku"]: item["quantity"] for item in self.items}


def product(variant: Variant | str, quantity: int = 1, **more: Any) -> dict[str, Any]:
    """A product to be added, by its id, or by SKU where it is text."""
    named = {"sku": variant} if isinstance(variant, str) else {"id": uuid_of(variant.id)}
    return {"type": "cart_item", "quantity": quantity} | named | more


def custom(name: str = "Wrapping", amount: int = 500, quantity: int = 1, **more: Any) -> dict[str, Any]:
    """A custom item to be added."""
    return {"type": "custom_item", "name": name, "quantity": quantity, "price": {"amount": amount}} | more


def code(text: str = "SAVE10") -> dict[str, Any]:
    """A promotion code to be added."""
    return {"type": "promotion_item", "code": text}


def refusal(reply: Reply) -> tuple[int, str, str]:
    """Status, title and detail of the one thing that is refused."""
    [error] = reply.body["errors"]
    assert error["status"] == reply.status
    return reply.status, error["title"], error.get("detail", "")
