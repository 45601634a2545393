"""Addresses, and what makes one good enough to ship to.

Rules come from data (`CountryRules`), one set per country; what a country does not use is never asked for.
Normalise first, then check: `check` takes an address as it stands.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

MAX_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Address:
    """Every part is text, "" where there is none. Codes are ISO 3166: "CA", and "MB" of CA-MB.

    `county` is one below the province, where people write both. `instructions` are for whoever brings the parcel.
    """

    first_name: str = ""
    last_name: str = ""
    address_line_1: str = ""
    address_line_2: str = ""
    country: str = ""
    city: str = ""
    province: str = ""
    country_code: str = ""
    province_code: str = ""
    postal_code: str = ""
    business_name: str = ""
    phone_number: str = ""
    county: str = ""
    instructions: str = ""


@dataclass(frozen=True, slots=True)
class SavedAddress(Address):
    """One that the merchant keeps for a customer; `id` is the merchant's."""

    id: str = ""


FIELDS = tuple(field.name for field in fields(Address))
# What only some dialects have.
EXTRA_FIELDS = ("county", "instructions")
PLACE_FIELDS = ("country", "country_code", "province", "province_code", "postal_code")


@dataclass(frozen=True, slots=True)
class AddressProblem:
    """What is wrong with one field, as a sentence for the shopper."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Province:
    """A state, province, county...; `aliases` are its names in other languages and codes in other lists."""

    code: str
    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CountryRules:
    """How addresses are written in a country. No provinces or no pattern: its addresses have no such part."""

    code: str
    name: str
    city_required: bool = True
    province_label: str = "province"
    province_required: bool = False
    provinces: tuple[Province, ...] = ()
    postal_code_required: bool = False
    postal_code_pattern: str = ""
    postal_code_examples: tuple[str, ...] = ()

    def province(self, wanted: str) -> Province | None:
        """The one province with this code, or else with this name or alias whatever its case and accents."""
        code = wanted.upper()
        for province in self.provinces:
            if province.code.upper() == code:
                return province
        name = _fold(wanted)
        found = [p for p in self.provinces if name and name in map(_fold, (p.name, *p.aliases))]
        return found[0] if len(found) == 1 else None

    def accepts_postal_code(self, postal_code: str) -> bool:
        return re.fullmatch(self.postal_code_pattern, postal_code, re.ASCII) is not None


def normalise(address: Address, rules: CountryRules | None) -> Address:
    """Trims, upper-cases codes, names country and province, and lays out the postal code.

    What cannot be understood stays as it was written, for `check` to name. Normalising twice changes nothing.
    """
    address = Address(*(getattr(address, name).strip() for name in FIELDS))
    address = replace(address, instructions=" ".join(address.instructions.split()))
    if rules is None:
        return replace(address, country_code=address.country_code.upper())
    address = replace(
        address,
        country=rules.name,
        country_code=rules.code,
        postal_code=_formatted_postal_code(address.postal_code, rules),
    )
    if province := rules.province(address.province_code or address.province):
        return replace(address, province=province.name, province_code=province.code)
    return replace(address, province_code=address.province_code.upper())


def check(
    address: Address, rules: CountryRules | None, *, phone_required: bool, company_required: bool
) -> list[AddressProblem]:
    """Everything that keeps a parcel or an invoice from being sent here: at most one problem per field."""
    problems = _unwritable(address, FIELDS)
    required = {
        "first_name": "A first name is required.",
        "last_name": "A last name is required.",
        "address_line_1": "An address is required.",
    }
    if rules is None or rules.city_required:
        required["city"] = "A city is required."
    if phone_required:
        required["phone_number"] = "A phone number is required."
    if company_required:
        required["business_name"] = "A company name is required."
    for field, message in required.items():
        if _is_blank(getattr(address, field)):
            problems.setdefault(field, message)
    return _listed(problems | _place_problems(address, rules))


def check_place(address: Address, rules: CountryRules | None) -> list[AddressProblem]:
    """Only country, province and postal code: for an address that is still being typed."""
    return _listed(_unwritable(address, PLACE_FIELDS) | _place_problems(address, rules))


def _place_problems(address: Address, rules: CountryRules | None) -> dict[str, str]:
    if rules is None:
        if _is_blank(address.country_code):
            return {"country_code": "A country is required."}
        return {"country_code": "The country code provided is not valid."}
    problems = {}
    if rules.provinces and not _is_blank(address.province_code):
        if address.province_code not in {province.code for province in rules.provinces}:
            problems["province"] = f"The {rules.province_label} provided is not valid."
    # Without a code an optional province may be the shopper's own words, such as "Dublin".
    elif rules.province_required and _is_blank(address.province):
        problems["province"] = f"The {rules.province_label} is required."
    elif rules.province_required:
        problems["province"] = f"The {rules.province_label} provided is not valid."
    if rules.postal_code_pattern:
        if _is_blank(address.postal_code):
            acceptable = not rules.postal_code_required
        else:
            acceptable = rules.accepts_postal_code(address.postal_code)
        if not acceptable:
            problems["postal_code"] = "The postal code provided is not valid."
    return problems


def _unwritable(address: Address, names: Iterable[str]) -> dict[str, str]:
    flaws = {name: flaw(_words(name), getattr(address, name)) for name in names}
    return {name: message for name, message in flaws.items() if message}


def flaw(what: str, text: str) -> str:
    """What is wrong with a text that is too long, or holds what no label can show and no store can encode."""
    if len(text) > MAX_LENGTH:
        return f"The {what} is longer than {MAX_LENGTH} characters."
    # Controls, lone surrogates, and the line and paragraph separators.
    if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in text):
        return f"The {what} contains characters that are not allowed."
    return ""


def _listed(problems: dict[str, str]) -> list[AddressProblem]:
    return [AddressProblem(name, problems[name]) for name in FIELDS if name in problems]


def _formatted_postal_code(written: str, rules: CountryRules) -> str:
    """`written` in the country's layout: "r3y0l6" is "R3Y 0L6" in CA. Unchanged where it fits no layout."""
    if not rules.postal_code_pattern or len(written) > MAX_LENGTH:
        return written
    # Japanese keyboards write full-width digits, Arabic and Hindi ones their own.
    plain = " ".join(unicodedata.normalize("NFKC", written).upper().split())
    plain = "".join(str(int(char)) if char.isdecimal() else char for char in plain)
    letters = "".join(filter(str.isalnum, plain))
    separated = plain != letters and rules.accepts_postal_code(plain)
    layouts = [] if separated else [_laid_out(letters, example) for example in rules.postal_code_examples]
    return next(filter(rules.accepts_postal_code, [*layouts, plain]), written)


def _laid_out(letters: str, example: str) -> str:
    """`letters` with the separators where `example` has them; "" where it has another number of letters."""
    if len(letters) != sum(map(str.isalnum, example)):
        return ""
    rest = iter(letters)
    return "".join(next(rest) if char.isalnum() else char for char in example)


def _fold(text: str) -> str:
    """Letters and digits alone, without case and accents."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text).casefold()))


def _is_blank(text: str) -> bool:
    """Nothing to see: empty, or only spaces and invisible characters."""
    return not any(char.isprintable() and not char.isspace() for char in text)


def _words(name: str) -> str:
    return name.replace("_", " ")
