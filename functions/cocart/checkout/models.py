"""Bodies of the checkout.

Wire format: CoCart's preview of the checkout and its successor, Plus 2.0. What is null counts as not sent.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from cocart.addresses import BillingBody, ShippingBody
from till.runtime.validation import LenientBody, TextOrNumber, YesOrNo

# What gateways' own scripts call the token of a card, without case and punctuation.
_TOKENS = frozenset(
    {
        "token",
        "paymenttoken",
        "paymentmethod",
        "paymentmethodid",
        "stripesource",
        "stripetoken",
        "wcstripepaymentmethod",
        "wcstripepaymenttoken",
    }
)
_CODES = frozenset({"code", "giftcard", "giftcardcode", "giftcardnumber"})

Text = Annotated[
    str,
    BeforeValidator(lambda value: "" if value is None else value, json_schema_input_type=str | None),
    StringConstraints(max_length=500, strip_whitespace=True),
]
Note = Annotated[Text, StringConstraints(max_length=2000)]
CurrencyCode = Annotated[Text, StringConstraints(pattern=r"^([A-Z]{3})?$")]
Value = Annotated[
    str,
    BeforeValidator(
        lambda value: str(value) if value is None or isinstance(value, (bool, int, float)) else value,
        json_schema_input_type=str | bool | float | None,
    ),
    StringConstraints(max_length=1000),
]


class PaymentDatum(LenientBody):
    """One member of what a payment method needs."""

    key: TextOrNumber
    value: Value = ""


class UpdateBody(LenientBody):
    """What is not sent stays as it is."""

    billing_address: BillingBody | None = None
    shipping_address: ShippingBody | None = None
    payment_method: Text = ""
    shipping_method: Text = ""
    currency: CurrencyCode = ""


class PaymentBody(LenientBody):
    """How to pay: a gateway of the shop by its id, or its kind where there is one of it, and its token."""

    payment_method: Text = ""
    payment_data: Annotated[list[PaymentDatum], Field(max_length=50)] | None = None

    @property
    def token(self) -> str:
        """A card's."""
        return self._value(_TOKENS)

    @property
    def gift_card(self) -> str:
        """A gift card's code."""
        return self._value(_CODES)

    def _value(self, names: frozenset[str]) -> str:
        found = (one for one in self.payment_data or () if "".join(filter(str.isalnum, one.key)).lower() in names)
        return next((one.value.strip() for one in found), "")


class ProcessBody(PaymentBody):
    """A checkout. Where `use_different_billing` is not true, the parcel goes where the bill does."""

    billing_address: BillingBody
    shipping_address: ShippingBody | None = None
    use_different_billing: YesOrNo = True
    shipping_method: Text = ""
    currency: CurrencyCode = ""
    create_account: YesOrNo = False
    customer_password: Annotated[str, StringConstraints(max_length=256)] | None = None
    customer_note: Note = ""


class ContextBody(LenientBody):
    """Which payment method is being prepared."""

    payment_method: Text = ""


class PayBody(PaymentBody):
    """How an order is paid that waits for it."""

    order_key: Text = ""
