"""Bodies about carts and what is in them. Members that mean nothing to us are passed over, as the original does."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictInt

from elasticpath.carts.fields import (
    MOST_AT_ONCE,
    AddOptions,
    Amount,
    CartId,
    CustomInputs,
    Date,
    Email,
    Id,
    Label,
    Name,
    NewQuantity,
    Quantity,
    Text,
    listed,
)
from till.runtime.validation import LenientBody

ITEM_TYPES = frozenset({"cart_item", "custom_item", "promotion_item", "order_items", "cart_items"})


class DiscountSettings(LenientBody):
    """`custom_discounts_enabled` takes discounts of the merchant's own making, and no promotion codes."""

    custom_discounts_enabled: StrictBool | None = None


class Contact(LenientBody):
    """Who shops as a guest."""

    email: Email = ""


class CustomAttribute(LenientBody):
    """One thing that the client says of a cart."""

    type: Literal["string", "integer", "boolean", "float"]
    value: str | bool | int | float


class CartData(LenientBody):
    """Members of a cart. What is not sent stays."""

    id: CartId | None = None
    name: Name | None = None
    description: Text | None = None
    discount_settings: DiscountSettings | None = None
    contact: Contact | None = None
    custom_attributes: Annotated[dict[Id, CustomAttribute], Field(max_length=20)] | None = None
    snapshot_date: Date | None = None


class CartBody(LenientBody):
    """A cart."""

    data: CartData = Field(default_factory=CartData)


class PriceBody(LenientBody):
    """Of one unit. Tax is in it unless it says otherwise."""

    amount: Amount
    includes_tax: StrictBool = True


class CartItemBody(LenientBody):
    """A product by `id` or `sku`."""

    type: Literal["cart_item"]
    id: Id | None = None
    sku: Id | None = None
    quantity: Quantity
    custom_inputs: CustomInputs | None = None
    shipping_group_id: Id | None = None


class CustomItemBody(LenientBody):
    """Something of nobody's catalogue."""

    type: Literal["custom_item"]
    name: Name
    sku: Label = ""
    description: Text = ""
    quantity: Quantity
    price: PriceBody
    custom_inputs: CustomInputs | None = None
    shipping_group_id: Id | None = None


class PromotionItemBody(LenientBody):
    """A promotion's code."""

    type: Literal["promotion_item"]
    code: Id


class OrderItemsBody(LenientBody):
    """All products of an earlier order."""

    type: Literal["order_items"]
    order_id: Id


class CartItemsBody(LenientBody):
    """All items of another cart."""

    type: Literal["cart_items"]
    cart_id: CartId


AnyItem = Annotated[
    CartItemBody | CustomItemBody | PromotionItemBody | OrderItemsBody | CartItemsBody, Field(discriminator="type")
]


class ItemsBody(LenientBody):
    """One item, or a list of them."""

    data: Annotated[
        list[AnyItem],
        BeforeValidator(listed, json_schema_input_type=AnyItem | list[AnyItem]),
        Field(min_length=1, max_length=MOST_AT_ONCE),
    ]
    options: AddOptions = Field(default_factory=AddOptions)


class ItemChanges(LenientBody):
    """What becomes of an item. Quantity 0 takes it out; no shipping group, out of its group."""

    quantity: NewQuantity | None = None
    custom_inputs: CustomInputs | None = None
    shipping_group_id: Label | None = None


class ItemBody(LenientBody):
    """One item changed."""

    data: ItemChanges


class ListedChanges(ItemChanges):
    """The same of the item with that id."""

    id: Id


class UpdateOptions(LenientBody):
    """Is one that cannot be changed reason to change none?"""

    update_all_or_nothing: StrictBool = True


class ItemUpdatesBody(LenientBody):
    """Many items changed."""

    data: Annotated[list[ListedChanges], Field(min_length=1, max_length=MOST_AT_ONCE)]
    options: UpdateOptions = Field(default_factory=UpdateOptions)


class DefaultDiscounts(LenientBody):
    """What new carts begin with."""

    custom_discounts_enabled: StrictBool | None = None


class CartSettingsData(LenientBody):
    """What is not sent stays."""

    cart_expiry_days: Annotated[StrictInt, Field(ge=1, le=365)] | None = None
    discounts: DefaultDiscounts | None = None

    def changes(self) -> dict[str, Any]:
        """Members of the shop's settings."""
        sent: dict[str, Any] = {"cart_expiry_days": self.cart_expiry_days}
        if self.discounts:
            sent["custom_discounts_enabled"] = self.discounts.custom_discounts_enabled
        return {name: value for name, value in sent.items() if value is not None}


class CartSettingsBody(LenientBody):
    """Settings of carts."""

    data: CartSettingsData


class Association(LenientBody):
    """A customer or an account."""

    type: Id
    id: Id


class AssociationsBody(LenientBody):
    """Whose the cart is to be."""

    data: Annotated[list[Association], Field(min_length=1, max_length=10)]
