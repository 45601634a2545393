"""Bodies of line items. A price is not a member: prices come from the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import Field, StrictInt, StringConstraints

from till.application.line_items import WantedItem
from till.domain.errors import Invalid
from till.runtime.validation import Body, LenientBody, TextOrNumber

Key = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Id = Annotated[str, StringConstraints(max_length=255)]
PlatformId = Annotated[TextOrNumber, StringConstraints(max_length=255)]


class LineItemBody(Body):
    """`platform_id` or `sku` names the variant; the documents also spell the first `platorm_id`."""

    platform_id: PlatformId | None = None
    platorm_id: PlatformId | None = None
    sku: Id | None = None
    quantity: StrictInt
    line_item_key: Key | None = None
    line_item_properties: dict[Id, Id] | None = Field(default=None, max_length=50)

    def item(self, new_key: Callable[[], str]) -> WantedItem:
        """What is wanted. Raises `Invalid` where no variant is named."""
        platform_id = self.platform_id or self.platorm_id or ""
        if not platform_id and not self.sku:
            raise Invalid("A line item names its product by platform_id or sku.", "platform_id")
        return WantedItem(
            key=self.line_item_key or new_key(),
            platform_id=platform_id,
            sku=self.sku or "",
            quantity=self.quantity,
            properties=self.line_item_properties or {},
        )


class LineItemQuantityBody(LenientBody):
    """Quantity 0 removes the line."""

    line_item_key: Key
    quantity: StrictInt


class LineItemKeyBody(LenientBody):
    """Clients also send a quantity; the line is deleted whatever it says."""

    line_item_key: Key
