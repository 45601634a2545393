"""Bodies of payments. Amounts are integer cents."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StrictBool, StrictInt, StringConstraints

from till.domain.errors import Invalid
from till.domain.money import LARGEST_AMOUNT
from till.domain.payment import GIFT_CARD, Payment
from till.runtime.validation import LenientBody

Text = Annotated[str, StringConstraints(max_length=255)]
Token = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Amount = Annotated[StrictInt, Field(ge=1, le=LARGEST_AMOUNT)]


class TokenBody(LenientBody):
    """Which payment of the order."""

    gateway_public_id: Text
    token: Token


class AmountBody(TokenBody):
    """Only the amount of a payment can change."""

    amount: Amount


class GiftCardPaymentBody(LenientBody):
    """Which payment of the order, by the id that it has among its payments."""

    id: Text


class PaymentBody(TokenBody):
    """`amount` defaults to what is left to pay, `currency` to the order's. At the shop's gift card gateway the token is
    the gift card's code, and the amount defaults to no more than its balance."""

    amount: Amount | None = None
    currency: Text | None = None
    type: Text | None = None
    display_string: Text | None = None
    brand: Text | None = None
    retain: StrictBool | None = None

    def check_currency(self, currency: str) -> None:
        """Raises `Invalid` for another currency than the order's."""
        if self.currency not in (None, currency):
            raise Invalid(f"This order is paid in {currency}.", "currency")

    def payment(self, payment_id: str, currency: str, balance: int) -> Payment:
        """The payment. Raises `Invalid` for another currency, and where nothing is left to pay."""
        self.check_currency(currency)
        if self.type == GIFT_CARD:
            raise Invalid("Gift cards are taken at the shop's gateway for gift cards only.", "type")
        amount = balance if self.amount is None else self.amount
        if amount <= 0:
            raise Invalid("Nothing is left to pay on this order.", "amount")
        return Payment(
            id=payment_id,
            gateway_id=self.gateway_public_id,
            token=self.token,
            amount=amount,
            currency=currency,
            type=self.type or "credit_card",
            display_string=self.display_string or "",
            brand=self.brand or "",
            retain=bool(self.retain),
        )


class WalletBody(LenientBody):
    """A wallet by its kind. What it has to say is its gateway's to read."""

    gateway_type: Text
    gateway_id: StrictInt | None = None
    payment_data: dict[str, Any] | None = None
