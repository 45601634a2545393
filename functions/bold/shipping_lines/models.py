"""The body of a shipping choice."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, StringConstraints

from till.runtime.validation import LenientBody


def _text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class ShippingLineBody(LenientBody):
    """`index` is the `id` of a listed line, as text or as a number; newer clients add its `code`."""

    index: Annotated[str, BeforeValidator(_text), StringConstraints(pattern="^[0-9]{1,4}$")]
    code: str | None = None
