"""Bodies about the cart. Members that mean nothing to us are passed over, as WordPress does."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from cocart.addresses import BillingBody, Blank, ShippingBody
from till.domain.basket import LARGEST_QUANTITY
from till.runtime.validation import LenientBody, Nothing, YesOrNo

MOST_AT_ONCE = 100
# As JSON. However small it is stored, it is answered in full.
LARGEST_DATA = 10_000
_WHOLE = re.compile(r"(-?\d{1,9})(?:\.0*)?", re.ASCII)


def _id(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise PydanticCustomError("cocart_product_id_not_numeric", "Product ID must be numeric!")
    return value.strip()


def _whole(value: object) -> int:
    """Clients send numbers as text, and PHP's as decimals."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e9:
        value = int(value)
    is_number = isinstance(value, int | str) and not isinstance(value, bool)
    found = _WHOLE.fullmatch(str(value).strip()) if is_number else None
    if found is None:
        raise PydanticCustomError("cocart_quantity_not_numeric", "Quantity must be a whole number!")
    return int(found[1])


def _quantity(value: object, least: int) -> int:
    quantity = _whole(value)
    if not least <= quantity <= LARGEST_QUANTITY:
        message = "Quantity must be from {least} to {most}."
        limits = {"least": least, "most": LARGEST_QUANTITY}
        raise PydanticCustomError("cocart_quantity_invalid_amount", message, limits)
    return quantity


def _object(value: object) -> object:
    return {} if value in (None, [], "") else value


def _data(value: object) -> object:
    """What is not text becomes JSON."""
    value = _object(value)
    if not isinstance(value, dict):
        return value
    if len(json.dumps(value)) > LARGEST_DATA:
        raise PydanticCustomError("format", "This is larger than {most} characters.", {"most": LARGEST_DATA})
    return {name: one if isinstance(one, str) else json.dumps(one) for name, one in value.items()}


Number = str | int
# PHP writes an empty object as a list, and WordPress takes an empty text for one.
Empty = Nothing | Literal[""] | None
ProductId = Annotated[
    str, BeforeValidator(_id, json_schema_input_type=Number), StringConstraints(min_length=1, max_length=255)
]
Quantity = Annotated[int, BeforeValidator(lambda value: _quantity(value, 1), json_schema_input_type=Number)]
NewQuantity = Annotated[int, BeforeValidator(lambda value: _quantity(value, 0), json_schema_input_type=Number)]
Data = Annotated[
    dict[Annotated[str, StringConstraints(min_length=1, max_length=255)], str],
    BeforeValidator(_data, json_schema_input_type=dict[str, Any] | Empty),
    Field(max_length=50),
]
Word = Annotated[str, StringConstraints(max_length=255)]
Quantities = Annotated[
    dict[Word, NewQuantity],
    BeforeValidator(_object, json_schema_input_type=dict[str, Number] | Empty),
    Field(max_length=MOST_AT_ONCE),
]


class Wanted(LenientBody):
    """A product by the number of its variant, or by SKU. `item_data` is what makes it unlike others of its kind."""

    id: ProductId
    quantity: Quantity = 1
    item_data: Data = Field(default_factory=dict)


class Contacted(LenientBody):
    """How the shopper is reached."""

    email: Blank = None
    phone: Blank = None


class AddItemBody(Wanted, Contacted):
    """One product, and perhaps how the shopper is reached. `return_item` asks for the item and not for the cart."""

    return_item: YesOrNo = False


class AddItemsBody(Contacted):
    """Many products: all of them, or none."""

    items: Annotated[list[Wanted], Field(min_length=1, max_length=MOST_AT_ONCE)]
    return_items: YesOrNo = False


class UpdateItemBody(LenientBody):
    """Another quantity; 0 takes the item out. `return_status` asks for a sentence and not for the cart."""

    quantity: NewQuantity
    item_data: Data | None = None
    return_status: YesOrNo = False


class ReturnBody(LenientBody):
    """Whether the answer is a sentence or the item in the place of the cart."""

    return_status: YesOrNo = False
    return_item: YesOrNo = False


class ClearBody(LenientBody):
    """Whether what was taken out before can still be restored."""

    keep_removed_items: YesOrNo = False


class CalculateBody(LenientBody):
    """Whether the answer is the totals alone."""

    return_totals: YesOrNo = False


class ListedQuantity(LenientBody):
    """What newer clients send for each item."""

    item_key: Word
    quantity: NewQuantity


class UpdateCartBody(BillingBody):
    """Quantities by item key, or as a list of `items`; or members of addresses: of the billing address plain or after
    `billing_`, of the shipping address after `s_` or `shipping_`."""

    namespace: Word = ""
    quantity: Quantities = Field(default_factory=dict)
    items: Annotated[list[ListedQuantity], Field(max_length=MOST_AT_ONCE)] = Field(default_factory=list)

    def quantities(self) -> dict[str, int]:
        """By item key."""
        return self.quantity | {one.item_key: one.quantity for one in self.items}


class CalculateShippingBody(ShippingBody):
    """Where the parcel would go."""


class CouponBody(LenientBody):
    """A coupon's code, and the address that it may be limited to."""

    code: Word = Field("", validation_alias=AliasChoices("code", "coupon"))
    email: Blank = None


class ShippingMethodBody(LenientBody):
    """A way of shipping by its key."""

    rate_id: Word = Field("", validation_alias=AliasChoices("rate_id", "method_key", "key"))


class LogInBody(LenientBody):
    """A customer's e-mail address and password."""

    username: Word = ""
    password: Annotated[str, StringConstraints(max_length=1_000)] = ""
