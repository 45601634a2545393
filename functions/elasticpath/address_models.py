"""Addresses as Elastic Path's clients write them.

Wire format: Elastic Path's carts and orders specification, BillingAddress and ShippingAddress. Names, the first line,
postcode and country are required, and a region or a county; what is wrong is said of all fields at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from till.domain.address import Address, flaw, normalise
from till.runtime import wiring
from till.runtime.validation import LenientBody


def _plain(value: object) -> object:
    """Null is blank, and a line break a space."""
    if value is None:
        return ""
    return " ".join(value.split()) if isinstance(value, str) else value


def writable(value: str, info: ValidationInfo) -> str:
    """Raises where it is too long for a label, or holds what nobody can read."""
    if problem := flaw(str(info.field_name).replace("_", " "), value):
        raise PydanticCustomError("format", "{problem}", {"problem": problem})
    return value


def _present(value: str) -> str:
    if not any(char.isprintable() and not char.isspace() for char in value):
        raise PydanticCustomError("missing", "is required")
    return value


def _country(value: str) -> str:
    if wiring.address_book().rules(value) is None:
        raise PydanticCustomError("format", "Must be the code of a country, as in US")
    return value


def _region(value: str, info: ValidationInfo) -> str:
    return value if info.data.get("county", " ") else _present(value)


Blank = Annotated[str, BeforeValidator(_plain, json_schema_input_type=str | None), AfterValidator(writable)]
Present = Annotated[Blank, AfterValidator(_present)]


class BillingAddressBody(LenientBody):
    """Where the bill goes."""

    first_name: Present
    last_name: Present
    company_name: Blank = ""
    line_1: Present
    line_2: Blank = ""
    city: Blank = ""
    county: Blank = ""
    region: Annotated[Blank, AfterValidator(_region)] = Field("", validate_default=True)
    postcode: Present
    country: Annotated[Present, AfterValidator(_country)]

    def address(self) -> Address:
        """As the domain has it. The region stays as it was written, beside its code where it has one."""
        written = Address(
            first_name=self.first_name,
            last_name=self.last_name,
            address_line_1=self.line_1,
            address_line_2=self.line_2,
            city=self.city,
            province=self.region,
            country_code=self.country,
            postal_code=self.postcode,
            business_name=self.company_name,
            county=self.county,
        )
        return replace(normalise(written, wiring.address_book().rules(self.country)), province=self.region)


class ShippingAddressBody(BillingAddressBody):
    """Where the parcel goes."""

    phone_number: Blank = ""
    instructions: Blank = ""

    def address(self) -> Address:
        """The same, with what whoever brings it must know."""
        return replace(super().address(), phone_number=self.phone_number, instructions=self.instructions)
