"""The place of an estimate: wallets tell a country, a province and often only the beginning of a postal code."""

from __future__ import annotations

from bold.addresses.models import AddressBody
from till.domain.address import Address, check_place, normalise
from till.domain.errors import Invalid, Problem
from till.runtime import wiring
from till.runtime.validation import parse

_DECISIVE = ("country", "country_code", "province", "province_code")


def place(body: object) -> Address:
    """The address in a body. Raises `Invalid` where the country or province is not clear."""
    address = Address(**parse(AddressBody, body).model_dump())
    rules = wiring.address_book().rules(address.country_code)
    written = normalise(address, rules)
    problems = [problem for problem in check_place(written, rules) if problem.field in _DECISIVE]
    if problems:
        raise Invalid.of([Problem("address", problem.message, problem.field) for problem in problems])
    return written
