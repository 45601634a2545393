"""Bodies of changes of orders, of carts that a merchant's backend makes, and of what happens at the sandbox."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictInt, StringConstraints

from till.adapters.payments.sandbox_acts import Act
from till.application.line_items import WantedItem
from till.domain.basket import MOST_LINES
from till.domain.notes import LONGEST_TAG, LONGEST_VALUE, MOST_TAGS
from till.runtime.validation import Body

Text = Annotated[str, StringConstraints(max_length=255)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TAG)]


class OrderChanges(Body):
    """The merchant's own note and tags; what is not sent stays."""

    note: Annotated[str, StringConstraints(max_length=LONGEST_VALUE)] | None = None
    tags: Annotated[list[Tag], Field(max_length=MOST_TAGS)] | None = None


class CartItemBody(Body):
    """`platform_id` or `sku` names the variant; prices come from the catalogue."""

    platform_id: Text = ""
    sku: Text = ""
    quantity: StrictInt
    key: Text = ""
    properties: dict[Text, Text] = Field(default_factory=dict, max_length=50)


class CartBody(Body):
    """A cart lives seven days."""

    items: Annotated[list[CartItemBody], Field(min_length=1, max_length=MOST_LINES)]

    def wanted(self) -> list[WantedItem]:
        """The items; those without a key are keyed by their place."""
        return [
            WantedItem(item.key or f"line-{index}", item.platform_id, item.sku, item.quantity, item.properties)
            for index, item in enumerate(self.items, 1)
        ]


class ActBody(Body):
    """What happens at the sandbox without Till. `amount` in minor units; without it, all that is left."""

    event: Act
    amount: Annotated[StrictInt, Field(gt=0)] | None = None
