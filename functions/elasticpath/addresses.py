"""Addresses as Elastic Path's clients read them.

Wire format: Elastic Path's carts and orders specification, BillingAddress and ShippingAddress.
"""

from __future__ import annotations

from elasticpath.money import Json
from till.domain.address import Address


def billing_address(value: Address | None) -> Json:
    """An address; where there is none, all of it is blank."""
    address = value or Address()
    return {
        "first_name": address.first_name,
        "last_name": address.last_name,
        "company_name": address.business_name,
        "line_1": address.address_line_1,
        "line_2": address.address_line_2,
        "city": address.city,
        "county": address.county,
        "region": address.province,
        "postcode": address.postal_code,
        "country": address.country_code,
    }


def shipping_address(value: Address | None) -> Json:
    """The same, with a phone number and instructions."""
    address = value or Address()
    return billing_address(address) | {"phone_number": address.phone_number, "instructions": address.instructions}
