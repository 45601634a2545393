"""What a shopper says of themselves bit by bit, and the address that it adds up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from till.domain.address import PLACE_FIELDS, Address, CountryRules, check, normalise


@dataclass(frozen=True, slots=True)
class Said:
    """An e-mail address in its normal form, or "" for none, and parts of an address by name: "" takes one back."""

    email: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CustomerSession:
    """What somebody's shop told of them before they came, to be kept for a day under an id that nobody can guess.

    `expires_at` in Unix seconds.
    """

    id: str
    shop: str
    email: str
    address: Address
    expires_at: int

    @property
    def said(self) -> Said:
        """The same, as they would have said it."""
        parts = {name: getattr(self.address, name) for name in Address.__slots__}
        return Said(self.email, {name: part for name, part in parts.items() if part})


def country_of(before: Address, said: Said) -> str:
    """The country that the parts are of once they are put together."""
    return said.parts.get("country_code", before.country_code).strip().upper()


def together(before: Address, said: Said, rules: CountryRules | None) -> Address:
    """The address with the parts that are said now. Another country keeps nothing of the place that was in the first.

    `rules` are those of `country_of` it.
    """
    gone: tuple[str, ...] = ("country",)
    if before.country_code and country_of(before, said) != before.country_code:
        gone = PLACE_FIELDS
    elif "province_code" in said.parts:
        gone = ("country", "province")
    return normalise(replace(before, **(dict.fromkeys(gone, "") | dict(said.parts))), rules)


@dataclass(frozen=True, slots=True)
class Flaws:
    """What keeps an address from being shipped to: parts that are wrong, by name and why; and are any missing?"""

    wrong: Mapping[str, str]
    is_incomplete: bool


def flaws(address: Address, rules: CountryRules | None, *, phone_required: bool) -> Flaws:
    """Of an address that is still being told. A company is never asked for: not every dialect has a place for it."""
    found = check(address, rules, phone_required=phone_required, company_required=False)
    wrong = {one.field: one.message for one in found if _is_there(address, one.field)}
    return Flaws(wrong, len(wrong) < len(found))


def _is_there(address: Address, name: str) -> bool:
    said = address.province_code or address.province if name == "province" else getattr(address, name)
    return bool(said.strip())
