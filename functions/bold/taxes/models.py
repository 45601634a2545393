"""The body of an estimate."""

from __future__ import annotations

from bold.addresses.models import AddressBody


class TaxEstimateBody(AddressBody):
    """Where it would go. Only country and province have to be good."""
