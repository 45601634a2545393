"""Bodies of payments and transactions.

Wire format: Elastic Path's carts and orders specification, the data of each payment gateway. What a gateway's own
`options` ask for is passed over: Till sends no receipts, and keys of its own.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictInt, StringConstraints

from till.domain.money import LARGEST_AMOUNT
from till.domain.payment import Payment
from till.runtime.validation import LenientBody

Text = Annotated[str, StringConstraints(max_length=255)]
Amount = Annotated[StrictInt, Field(ge=0, le=LARGEST_AMOUNT)]


class MetaBody(LenientBody):
    """The merchant's own words for a payment."""

    name: Text = ""
    custom_reference: Text = ""


class PaymentData(LenientBody):
    """`gateway` is one of the shop's, by its id or its kind; `payment` is that gateway's token. Without an `amount`
    (minor units) all that is left is paid."""

    gateway: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    method: Literal["authorize", "purchase"]
    amount: Amount | None = None
    payment: Annotated[str, StringConstraints(max_length=500)] = ""
    paymentmethod_meta: MetaBody = Field(default_factory=MetaBody)

    def wanted(self, payment_id: str, gateway_id: str) -> Payment:
        """The payment, before its amount is known."""
        return Payment(
            payment_id,
            gateway_id,
            self.payment,
            amount=0,
            currency="",
            display_string=self.paymentmethod_meta.name,
            is_purchase=self.method == "purchase",
            custom_reference=self.paymentmethod_meta.custom_reference,
        )


class PaymentBody(LenientBody):
    """How an order is paid, in whole or in part."""

    data: PaymentData


class RefundData(LenientBody):
    """How much goes back, in minor units; without it, all."""

    amount: Amount | None = None


class RefundBody(LenientBody):
    """It may be empty."""

    data: RefundData = Field(default_factory=RefundData)


class ReasonData(LenientBody):
    """Why, for the merchant's own eyes."""

    reason: Text = ""


class ReasonBody(LenientBody):
    """It may be empty."""

    data: ReasonData = Field(default_factory=ReasonData)
