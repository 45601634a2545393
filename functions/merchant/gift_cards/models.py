"""Requests about gift cards. Amounts are decimal strings, times Unix seconds."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StrictBool, StrictInt, StringConstraints

from till.application.gift_cards import Issue
from till.domain.errors import Invalid
from till.domain.money import from_decimal
from till.runtime.validation import Body

Amount = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,14}(\.[0-9]{1,4})?$")]
SignedAmount = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,14}(\.[0-9]{1,4})?$")]
Code = Annotated[str, StringConstraints(max_length=128)]
Note = Annotated[str, StringConstraints(max_length=255)]
Time = Annotated[StrictInt, Field(ge=1, le=10**11)]


class IssueBody(Body):
    """A new gift card. Without a `code` one is made; without `expires_at` it never ends."""

    amount: Amount
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    code: Code | None = None
    expires_at: Time | None = None
    note: Note = ""

    def wanted(self, currency: str, now: int) -> Issue:
        """As the use case has it; `currency` is the shop's. Raises `Invalid`."""
        if self.expires_at is not None and self.expires_at <= now:
            raise Invalid("A gift card expires in the future.", "expires_at")
        currency = self.currency or currency
        amount = from_decimal(self.amount, currency, "amount")
        if not amount:
            raise Invalid("A gift card is worth something.", "amount")
        return Issue(amount, currency, self.code, self.expires_at or 0, self.note)


class GiftCardBody(Body):
    """Members of a gift card to set; the rest stay. An `expires_at` of null never comes."""

    disabled: StrictBool = False
    expires_at: Time | None = None
    note: Note = ""

    def changes(self) -> dict[str, Any]:
        """Only what was sent."""
        sent = self.model_dump(exclude_unset=True)
        return sent | ({"expires_at": self.expires_at or 0} if "expires_at" in sent else {})


class AdjustBody(Body):
    """Money more, or less."""

    by: SignedAmount
    note: Note = ""

    def amount(self, currency: str) -> int:
        """Minor units. Raises `Invalid`."""
        amount = from_decimal(self.by.removeprefix("-"), currency, "by")
        if not amount:
            raise Invalid("Nothing would change.", "by")
        return -amount if self.by.startswith("-") else amount
