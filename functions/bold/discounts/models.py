"""The body of a discount code."""

from __future__ import annotations

from till.runtime.validation import LenientBody, TextOrNumber


class DiscountBody(LenientBody):
    """A code, in any case."""

    code: TextOrNumber
