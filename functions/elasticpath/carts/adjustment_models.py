"""Bodies of what a client of the shop puts on carts by itself: taxes, discounts of its own making, shipping groups."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StrictInt, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from elasticpath.address_models import ShippingAddressBody
from elasticpath.carts.fields import (
    MOST_ADJUSTMENTS,
    AddOptions,
    Amount,
    Date,
    Id,
    Label,
    Text,
    exact,
    listed,
    moment_of,
)
from till.domain.errors import Invalid
from till.domain.money import LARGEST_AMOUNT
from till.domain.tax import MILLION
from till.runtime.validation import LenientBody


class Related(LenientBody):
    """An item of the cart."""

    type: Literal["cart_item", "custom_item"]
    id: Id


class RelatedItem(LenientBody):
    """The item that something is for."""

    data: Related


class ToItem(LenientBody):
    """What something belongs to."""

    item: RelatedItem


class TaxData(LenientBody):
    """A tax of an item: a `rate` (0.2 is 20 %), or an `amount` for all of it. What is not sent stays."""

    type: Literal["tax_item"] = "tax_item"
    name: Label | None = None
    code: Label | None = None
    jurisdiction: Label | None = None
    rate: Annotated[float, Field(strict=True, ge=0, le=10, allow_inf_nan=False), AfterValidator(exact)] | None = None
    amount: Amount | None = None

    @property
    def millionths(self) -> int:
        """The rate."""
        return round((self.rate or 0) * MILLION)


class TaxBody(LenientBody):
    """A tax of the item in the path."""

    data: TaxData


class ListedTax(TaxData):
    """The same of the item that it names."""

    relationships: ToItem


class CartTaxesBody(LenientBody):
    """Taxes of many items."""

    data: Annotated[list[ListedTax], Field(min_length=1, max_length=MOST_ADJUSTMENTS)]
    options: AddOptions = Field(default_factory=AddOptions)


class DiscountAmount(LenientBody):
    """Below zero, in the cart's currency."""

    amount: Annotated[StrictInt, Field(lt=0, ge=-LARGEST_AMOUNT)]
    currency: Annotated[str, StringConstraints(max_length=3)] = ""


AnyAmount = Annotated[
    DiscountAmount,
    BeforeValidator(
        lambda value: value if isinstance(value, dict) else {"amount": value},
        json_schema_input_type=int | DiscountAmount,
    ),
]


class CustomDiscountChanges(LenientBody):
    """A discount of the client's own. What is not sent stays."""

    type: Literal["custom_discount"] = "custom_discount"
    amount: AnyAmount | None = None
    description: Text | None = None
    discount_code: Label | None = None
    discount_engine: Label | None = None
    external_id: Label | None = None


class CustomDiscountChangesBody(LenientBody):
    """A discount changed."""

    data: CustomDiscountChanges


class CustomDiscountData(CustomDiscountChanges):
    """A new discount, of the cart or of the item that it names."""

    amount: AnyAmount
    discount_code: Label
    relationships: ToItem | None = None


class CustomDiscountBody(LenientBody):
    """A discount of the item in the path."""

    data: CustomDiscountData


class CustomDiscountsBody(LenientBody):
    """One discount, or a list of them."""

    data: Annotated[
        list[CustomDiscountData],
        BeforeValidator(listed, json_schema_input_type=CustomDiscountData | list[CustomDiscountData]),
        Field(min_length=1, max_length=MOST_ADJUSTMENTS),
    ]
    options: AddOptions = Field(default_factory=AddOptions)


class ShippingPrice(LenientBody):
    """What sending costs: `total`, or what its parts come to. A discount may be written with or without its sign."""

    total: Amount | None = None
    base: Amount | None = None
    tax: Amount = 0
    fees: Amount = 0
    discount: Annotated[StrictInt, Field(ge=-LARGEST_AMOUNT, le=LARGEST_AMOUNT)] = 0

    def parts(self) -> dict[str, int]:
        """As a shipping group has them. Raises `Invalid` where they do not add up."""
        off = abs(self.discount)
        rest = self.tax + self.fees - off
        base = (self.total or 0) - rest if self.base is None else self.base
        total = base + rest
        if min(base, total) < 0 or self.total not in (None, total):
            raise Invalid("The total must be base, tax and fees less discount", "data.shipping_price.total")
        return {"amount": total, "base": base, "tax": self.tax, "fees": self.fees, "discount": off}


class DeliveryEstimate(LenientBody):
    """When it is to arrive."""

    start: Date = ""
    end: Date = ""

    @model_validator(mode="after")
    def _in_order(self) -> DeliveryEstimate:
        if self.start and self.end and moment_of(self.end) < moment_of(self.start):
            raise PydanticCustomError("dates_reversed", "The start date cannot occur after the end date")
        return self


class ShippingGroupData(LenientBody):
    """A shipping group. What is not sent stays."""

    shipping_type: Label | None = None
    tracking_reference: Label | None = None
    shipping_price: ShippingPrice | None = None
    address: ShippingAddressBody | None = None
    includes_tax: StrictBool | None = None
    delivery_estimate: DeliveryEstimate | None = None


class ShippingGroupBody(LenientBody):
    """A shipping group."""

    data: ShippingGroupData
