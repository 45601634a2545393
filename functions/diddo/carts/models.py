"""What the bodies about carts are made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, StrictInt, StringConstraints

from diddo.bodies import CartId, DiddoBody
from till.domain.basket import LARGEST_QUANTITY
from till.runtime.validation import TextOrNumber

Text = Annotated[TextOrNumber, StringConstraints(max_length=255)]
VariantId = Annotated[TextOrNumber, StringConstraints(min_length=1, max_length=255)]
Quantity = Annotated[StrictInt, Field(ge=0, le=LARGEST_QUANTITY)]


class CustomizationBody(DiddoBody):
    """What a product is to bear: one of the values that there are for it, or a text of the buyer's own."""

    key: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    value: Text | None = None
    text_value: Text | None = None


Customizations = Annotated[
    list[CustomizationBody],
    Field(max_length=50),
    BeforeValidator(
        lambda value: [] if value is None else value, json_schema_input_type=list[CustomizationBody] | None
    ),
]


class Item(DiddoBody):
    """A variant, by its ULID, its UUID or the merchant's id. Quantity 0 takes it out."""

    variant_id: VariantId
    quantity: Quantity
    customizations: Customizations = Field(default_factory=list)

    @property
    def properties(self) -> dict[str, str]:
        """The customizations as lines keep them."""
        return {one.key: one.text_value or one.value or "" for one in self.customizations}


class ItemBody(DiddoBody):
    """An item for a cart."""

    cart_id: CartId = ""
    item: Item


class RemovedBody(DiddoBody):
    """A variant that is to be taken out, however many there are."""

    cart_id: CartId = ""
    variant_id: VariantId
