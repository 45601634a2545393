"""Requests about orders that are placed. Amounts are decimal strings in the order's currency."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, StrictBool, StrictInt, StringConstraints

from till.domain.basket import LARGEST_QUANTITY, MOST_LINES
from till.domain.errors import Invalid
from till.domain.money import from_decimal
from till.domain.order import MOST_PAYMENTS
from till.domain.refunding import Wanted, WantedLine
from till.domain.sale import Tracking
from till.runtime.validation import Body

Amount = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,14}(\.[0-9]{1,4})?$")]
# true is all of it, false is none.
_ALL = "all"
AllOrAmount = Annotated[
    str,
    StringConstraints(pattern=r"^(all|[0-9]{1,14}(\.[0-9]{1,4})?)$"),
    BeforeValidator(
        lambda value: (_ALL if value else "0") if isinstance(value, bool) else value,
        json_schema_input_type=str | bool,
    ),
]
Key = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Text = Annotated[str, StringConstraints(max_length=255)]
Url = Annotated[str, StringConstraints(pattern=r"^(https?://[^\s]+)?$", max_length=2000)]
Reason = Annotated[str, StringConstraints(max_length=500)]
Quantity = Annotated[StrictInt, Field(ge=1, le=LARGEST_QUANTITY)]


class CaptureBody(Body):
    """Without an `amount`, all that is left."""

    amount: Amount | None = None

    def minor_units(self, currency: str) -> int | None:
        """Raises `Invalid`."""
        if self.amount is None:
            return None
        if amount := from_decimal(self.amount, currency, "amount"):
            return amount
        raise Invalid("The amount must be above zero.", "amount")


class CancelBody(Body):
    """Why, for the merchant's own eyes."""

    reason: Reason = ""


class RefundLineBody(Body):
    """Units of a line that are given back; restocked, they are for sale again. `unsent` of them were never sent: as
    many as there are, unless it is said."""

    key: Key
    quantity: Quantity
    restock: StrictBool = False
    unsent: Annotated[StrictInt, Field(ge=0, le=LARGEST_QUANTITY)] | None = None


class RefundPaymentBody(Body):
    """How much goes back to one payment."""

    id: Key
    amount: Amount


class RefundBody(Body):
    """Lines, shipping, or an amount; nothing is all that is left. `amount` takes the place of what lines come to.

    `shipping` is true for all that is left of it, or an amount. Without `payments` the last card gets back first.
    """

    amount: Amount | None = None
    lines: list[RefundLineBody] = Field(default_factory=list, max_length=MOST_LINES)
    shipping: AllOrAmount = "0"
    payments: list[RefundPaymentBody] = Field(default_factory=list, max_length=MOST_PAYMENTS)
    reason: Reason = ""

    def wanted(self, currency: str) -> Wanted:
        """As the use case has it. Raises `Invalid`."""
        return Wanted(
            amount=None if self.amount is None else from_decimal(self.amount, currency, "amount"),
            lines=tuple(WantedLine(line.key, line.quantity, line.restock, line.unsent) for line in self.lines),
            shipping=None if self.shipping == _ALL else from_decimal(self.shipping, currency, "shipping"),
            payments=tuple(
                (payment.id, from_decimal(payment.amount, currency, f"payments.{index}.amount"))
                for index, payment in enumerate(self.payments)
            ),
            reason=self.reason,
        )


class FulfilLineBody(Body):
    """Units of a line that are sent."""

    key: Key
    quantity: Quantity


class TrackingBody(Body):
    """Where the parcel is."""

    carrier: Text = ""
    number: Text = ""
    url: Url = ""


class FulfilBody(Body):
    """Without `lines`, all that is left."""

    lines: list[FulfilLineBody] = Field(default_factory=list, max_length=MOST_LINES)
    tracking: TrackingBody = Field(default_factory=TrackingBody)

    def parcel(self) -> tuple[tuple[str, int], ...]:
        """Units by line key."""
        return tuple((line.key, line.quantity) for line in self.lines)

    def sent_by(self) -> Tracking:
        """As it is kept."""
        return Tracking(self.tracking.carrier, self.tracking.number, self.tracking.url)
