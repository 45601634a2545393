"""Bodies of a shipping choice and of an estimate."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from bold.addresses.models import AddressBody
from till.runtime.validation import LenientBody, TextOrNumber


class ShippingLineBody(LenientBody):
    """`index` is the `id` of a listed line, as text or as a number; newer clients add its `code`."""

    index: Annotated[TextOrNumber, StringConstraints(pattern="^[0-9]{1,4}$")]
    code: str | None = None


class ShippingEstimateBody(AddressBody):
    """Where it would go. Only country and province have to be good."""
