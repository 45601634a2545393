"""The world's address rules, from the files that `make data` generates into `address_data/`."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from till.domain.address import CountryRules, Province

DATA = Path(__file__).parent / "address_data"


class AddressBook:
    """Reads each file once per process and when first needed: what asks for no address pays for none."""

    def rules(self, country_code: str) -> CountryRules | None:
        """The rules of an ISO 3166-1 alpha-2 code in any case, None where there is no such country."""
        code = country_code.strip().upper()
        return _rules(code) if code in _read("countries.json") else None

    def countries(self) -> Sequence[CountryRules]:
        """Every country, by code."""
        return _countries()


@cache
def _countries() -> tuple[CountryRules, ...]:
    return tuple(map(_rules, _read("countries.json")))


@cache  # only ever called with codes of the file
def _rules(code: str) -> CountryRules:
    country = _read("countries.json")[code]
    rows = _read("provinces.json")[code] if "province_label" in country else ()
    provinces = tuple(Province(row[0], row[1], tuple(row[2:])) for row in rows)
    examples = tuple(country.get("postal_code_examples", ()))
    return CountryRules(code=code, **(country | {"provinces": provinces, "postal_code_examples": examples}))


@cache
def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DATA / name).read_text("utf-8"))
    return content
