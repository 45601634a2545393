"""The body of a shipping choice."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from till.runtime.validation import LenientBody, TextOrNumber


class ShippingLineBody(LenientBody):
    """`index` is the `id` of a listed line, as text or as a number; newer clients add its `code`."""

    index: Annotated[TextOrNumber, StringConstraints(pattern="^[0-9]{1,4}$")]
    code: str | None = None
