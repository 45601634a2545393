"""What the page of a payment link sends."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from till.domain.payment import Payment
from till.runtime.validation import LenientBody

Text = Annotated[str, StringConstraints(max_length=255)]


class PayBody(LenientBody):
    """The gateway's token for a card. The amount is what is missing, whatever the page says."""

    gateway_public_id: Text
    token: Annotated[str, Field(min_length=1, max_length=500)]
    display_string: Text = ""
    brand: Text = ""

    def payment(self, payment_id: str) -> Payment:
        """The payment, before it has an amount."""
        return Payment(
            payment_id,
            self.gateway_public_id,
            self.token,
            amount=0,
            currency="",
            display_string=self.display_string,
            brand=self.brand,
        )
