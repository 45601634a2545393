"""Addresses as clients send them: null for what is blank, and members that mean nothing to us."""

from __future__ import annotations

from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field

from till.runtime.validation import LenientBody

Blank = Annotated[str, BeforeValidator(lambda value: "" if value is None else value, json_schema_input_type=str | None)]


class AddressBody(LenientBody):
    """All members of an address; what is left out is blank."""

    first_name: Blank = ""
    last_name: Blank = ""
    address_line_1: Blank = ""
    address_line_2: Blank = ""
    country: Blank = ""
    city: Blank = ""
    province: Blank = ""
    country_code: Blank = ""
    province_code: Blank = ""
    postal_code: Blank = ""
    business_name: Blank = ""
    phone_number: Blank = ""


class AddressQuery(AddressBody):
    """The same in a query, where names are spelled as Bold documents them or as its clients do."""

    first_name: Blank = Field("", validation_alias=AliasChoices("first_name", "firstName"))
    last_name: Blank = Field("", validation_alias=AliasChoices("last_name", "lastName"))
