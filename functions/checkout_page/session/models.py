"""The body of a session: all of it may be left out."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from till.runtime.validation import LenientBody

Text = Annotated[str, StringConstraints(max_length=4096)]


class SessionBody(LenientBody):
    """`auth_token` is a customer session token, `public_order_id` the order that the shopper comes back to."""

    auth_token: Text | None = None
    public_order_id: Text | None = None
