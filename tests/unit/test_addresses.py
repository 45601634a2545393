"""Which addresses a shop accepts, country by country, and how it writes them."""

import re
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from till.adapters.addresses import AddressBook
from till.domain.address import (
    FIELDS,
    MAX_LENGTH,
    Address,
    AddressProblem,
    CountryRules,
    check,
    check_place,
    normalise,
)

BOOK = AddressBook()
BAD_POSTAL_CODE = AddressProblem("postal_code", "The postal code provided is not valid.")
WINNIPEG = Address(
    first_name="Jane",
    last_name="Doe",
    address_line_1="50 Fultz Blvd",
    country="Canada",
    city="Winnipeg",
    province="Manitoba",
    country_code="CA",
    province_code="MB",
    postal_code="R3Y 0L6",
)
LONDON = replace(WINNIPEG, country="United Kingdom", country_code="GB", city="London", province="", province_code="")


def rules_of(country_code: str) -> CountryRules:
    rules = BOOK.rules(country_code)
    assert rules is not None
    return rules


def problems(address: Address, *, phone: bool = False, company: bool = False) -> list[AddressProblem]:
    """What the storefront would be told about the address as a shopper typed it."""
    rules = BOOK.rules(address.country_code)
    return check(normalise(address, rules), rules, phone_required=phone, company_required=company)


def place_problems(**parts: str) -> list[AddressProblem]:
    rules = BOOK.rules(parts.get("country_code", ""))
    return check_place(normalise(Address(**parts), rules), rules)


def written_postal_code(country_code: str, postal_code: str) -> str:
    return normalise(Address(postal_code=postal_code), rules_of(country_code)).postal_code


def accepts(country_code: str, postal_code: str) -> bool:
    return BAD_POSTAL_CODE not in place_problems(country_code=country_code, postal_code=postal_code)


def test_a_complete_address_is_accepted() -> None:
    assert problems(WINNIPEG) == []


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("first_name", "A first name is required."),
        ("last_name", "A last name is required."),
        ("address_line_1", "An address is required."),
        ("city", "A city is required."),
        ("country_code", "A country is required."),
        ("postal_code", "The postal code provided is not valid."),
    ],
)
@pytest.mark.parametrize("blank", ["", "   ", "\u00a0\u2003", "\u200b\u2060"])
def test_a_part_that_a_parcel_needs_must_be_there(field: str, message: str, blank: str) -> None:
    assert problems(replace(WINNIPEG, **{field: blank})) == [AddressProblem(field, message)]


def test_the_second_line_and_the_company_are_the_shoppers_choice() -> None:
    assert problems(replace(WINNIPEG, address_line_2="Unit 4", business_name="Bold")) == []


def test_a_shop_may_ask_for_a_phone_number_and_a_company() -> None:
    assert problems(WINNIPEG, phone=True, company=True) == [
        AddressProblem("business_name", "A company name is required."),
        AddressProblem("phone_number", "A phone number is required."),
    ]
    reachable = replace(WINNIPEG, phone_number="204", business_name="Bold")
    assert problems(reachable, phone=True, company=True) == []


def test_an_empty_address_names_each_missing_part_once() -> None:
    missing = [problem.field for problem in problems(Address(), phone=True, company=True)]
    assert missing == [
        "first_name",
        "last_name",
        "address_line_1",
        "city",
        "country_code",
        "business_name",
        "phone_number",
    ]


@pytest.mark.parametrize("code", ["ZZ", "CAN", "Canada", "12", "🇨🇦"])
def test_an_unknown_country_is_refused(code: str) -> None:
    refused = AddressProblem("country_code", "The country code provided is not valid.")
    assert problems(replace(WINNIPEG, country_code=code)) == [refused]
    assert place_problems(country_code=code) == [refused]


def test_codes_and_spaces_are_put_right() -> None:
    typed = replace(WINNIPEG, first_name=" Jane ", country_code=" ca", province_code="mb ", postal_code="r3y0l6")
    assert normalise(typed, rules_of("CA")) == WINNIPEG


def test_names_follow_from_the_codes() -> None:
    typed = replace(WINNIPEG, country="", province="")
    assert normalise(typed, rules_of("CA")) == WINNIPEG
    contradictory = replace(WINNIPEG, country="United States", province="Ontario")
    assert normalise(contradictory, rules_of("CA")) == WINNIPEG


@pytest.mark.parametrize(
    ("country", "written", "code", "name"),
    [
        ("CA", "manitoba", "MB", "Manitoba"),
        ("CA", "MB", "MB", "Manitoba"),
        ("CA", "Québec", "QC", "Quebec"),
        ("CA", "Colombie-Britannique", "BC", "British Columbia"),
        ("US", "new york", "NY", "New York"),
        ("BR", "sao paulo", "SP", "São Paulo"),
        ("JP", "東京都", "13", "Tokyo"),
        ("HK", "九龍", "KL", "Kowloon"),
        ("AE", "دبي", "DU", "Dubai"),
        ("IN", "Chhattisgarh", "CG", "Chhattisgarh"),
        ("BS", "grand bahama", "Grand Bahama", "Grand Bahama"),
    ],
)
def test_the_code_follows_from_the_name(country: str, written: str, code: str, name: str) -> None:
    for typed in (Address(province=written), Address(province_code=written)):
        address = normalise(typed, rules_of(country))
        assert (address.province_code, address.province) == (code, name)


def test_a_code_that_iso_has_replaced_is_still_understood() -> None:
    assert normalise(Address(province_code="CT"), rules_of("IN")).province_code == "CG"


def test_a_province_of_another_country_is_refused() -> None:
    refused = [AddressProblem("province", "The province provided is not valid.")]
    assert problems(replace(WINNIPEG, province_code="CA", province="California")) == refused
    assert problems(replace(WINNIPEG, province_code="", province="California")) == refused
    us = replace(WINNIPEG, country_code="US", postal_code="95014")
    assert problems(us) == [AddressProblem("province", "The state provided is not valid.")]


def test_a_province_is_required_where_mail_needs_one() -> None:
    nowhere = replace(WINNIPEG, province="", province_code="")
    assert problems(nowhere) == [AddressProblem("province", "The province is required.")]
    us = replace(nowhere, country_code="US", postal_code="95014")
    assert problems(us) == [AddressProblem("province", "The state is required.")]


def test_an_optional_province_may_be_left_out_or_named_freely_but_not_by_a_wrong_code() -> None:
    dublin = replace(WINNIPEG, country_code="IE", city="Dublin", postal_code="", province="", province_code="")
    assert problems(dublin) == []
    assert problems(replace(dublin, province="Dublin")) == []
    assert normalise(replace(dublin, province="Co Dublin"), rules_of("IE")).province_code == "D"
    assert problems(replace(dublin, province_code="MB")) == [
        AddressProblem("province", "The county provided is not valid.")
    ]


def test_a_country_without_provinces_takes_what_the_shopper_writes() -> None:
    england = replace(LONDON, postal_code="EC1Y 8SY", province="England", province_code="eng")
    assert problems(england) == []
    assert normalise(england, rules_of("GB")).province == "England"


def test_a_city_is_not_asked_for_where_addresses_have_none() -> None:
    singapore = replace(LONDON, country_code="SG", city="", postal_code="546080")
    assert problems(singapore) == []


@pytest.mark.parametrize(
    ("country", "typed", "written"),
    [
        ("CA", "R3Y 0L6", "R3Y 0L6"),
        ("CA", "r3y0l6", "R3Y 0L6"),
        ("CA", " r3y  0l6 ", "R3Y 0L6"),
        ("CA", "R3Y-0L6", "R3Y 0L6"),
        ("US", "95014", "95014"),
        ("US", "95014-", "95014"),
        ("US", "22162-1010", "22162-1010"),
        ("US", "221621010", "22162-1010"),
        ("US", "22162 1010", "22162 1010"),
        ("IE", "D02 AF30", "D02 AF30"),
        ("IE", "d02af30", "D02 AF30"),
        ("GB", "SW1A 1AA", "SW1A 1AA"),
        ("GB", "sw1a1aa", "SW1A 1AA"),
        ("GB", "m25bq", "M2 5BQ"),
        ("GB", "CR02YR", "CR0 2YR"),
        ("GB", "bfpo61", "BFPO 61"),
        ("GB", "GIR0AA", "GIR 0AA"),
        ("FR", "75008", "75008"),
        ("FR", "75 008", "75 008"),
        ("SG", "546080", "546080"),
        ("DE", "10115", "10115"),
        ("NL", "1234ab", "1234 AB"),
        ("NL", "1234 AB", "1234 AB"),
        ("JP", "1540023", "154-0023"),
        ("JP", "１５４－００２３", "154-0023"),  # noqa: RUF001 - full-width, as Japanese keyboards write
        ("BR", "40301110", "40301-110"),
        ("BR", "40301-110", "40301-110"),
        ("PT", "2725 079", "2725-079"),
        ("PL", "00950", "00-950"),
        ("SE", "114 55", "114 55"),
        ("LV", "1073", "1073"),
        ("LV", "lv1073", "LV-1073"),
        ("LT", "LT-01103", "LT-01103"),
        ("IR", "۱۱۹۳۶۱۲۳۴۵", "11936-12345"),  # Persian digits
        ("HK", "999077", "999077"),
        ("AE", "", ""),
    ],
)
def test_good_postal_codes_are_accepted_and_written_as_the_country_does(country: str, typed: str, written: str) -> None:
    assert accepts(country, typed)
    assert written_postal_code(country, typed) == written


@pytest.mark.parametrize(
    ("country", "typed"),
    [
        ("CA", "R3Y 0L"),
        ("CA", "D3Y 0L6"),
        ("CA", "R3Y 0L6 R3Y 0L6"),
        ("CA", "95014"),
        ("CA", "R3Y 0L6\nX"),
        ("US", "9501"),
        ("US", "95014-10100"),
        ("US", "R3Y 0L6"),
        ("IE", "D02"),
        ("IE", "D02-AF3"),
        ("GB", "SW1A"),
        ("GB", "QQ1 1AA"),
        ("GB", "SW1A 1CI"),
        ("FR", "7500"),
        ("FR", "750080"),
        ("FR", "2A004"),
        ("SG", "54608"),
        ("SG", "ABCDEF"),
        ("DE", "1011"),
        ("DE", "10115-1"),
        ("NL", "0234 AB"),
        ("NL", "1234 SS"),
        ("JP", "154-002"),
        ("BR", "4030-111"),
        ("PL", "0095"),
        ("CA", "x" * 100_000),
    ],
)
def test_bad_postal_codes_are_refused_and_left_as_written(country: str, typed: str) -> None:
    assert not accepts(country, typed)
    assert written_postal_code(country, typed) == typed


@pytest.mark.parametrize("country", ["CA", "US", "GB", "FR", "SG", "DE", "NL", "JP", "BR"])
def test_a_postal_code_cannot_be_left_out_where_mail_needs_one(country: str) -> None:
    assert not accepts(country, "")


@pytest.mark.parametrize("country", ["IE", "HK", "AE", "PA"])
def test_a_postal_code_can_be_left_out_elsewhere(country: str) -> None:
    assert accepts(country, "")


def test_a_place_alone_is_checked_without_name_street_or_phone() -> None:
    manitoba = {
        "country": "Canada",
        "country_code": "CA",
        "province": "Manitoba",
        "province_code": "MB",
        "postal_code": "R3Y 0L6",
    }
    assert place_problems(**manitoba) == []
    assert place_problems(**manitoba | {"postal_code": "123"}) == [BAD_POSTAL_CODE]
    assert place_problems(country_code="CA") == [
        AddressProblem("province", "The province is required."),
        BAD_POSTAL_CODE,
    ]
    assert place_problems() == [AddressProblem("country_code", "A country is required.")]


@pytest.mark.parametrize("field", FIELDS)
def test_a_part_that_no_label_holds_is_refused_by_its_own_name(field: str) -> None:
    address = replace(WINNIPEG, **{field: "x" * (MAX_LENGTH + 1)})
    found = check(address, rules_of("CA"), phone_required=False, company_required=False)
    assert field in {problem.field for problem in found}


def test_a_part_that_is_too_long_is_told_so() -> None:
    message = "The address line 1 is longer than 255 characters."
    assert problems(replace(WINNIPEG, address_line_1="x" * 256)) == [AddressProblem("address_line_1", message)]


def test_a_part_of_255_characters_is_accepted() -> None:
    assert problems(replace(WINNIPEG, address_line_2="é" * MAX_LENGTH)) == []


@pytest.mark.parametrize("char", ["\x00", "\n", "\t", "\x7f", "\x85", "\u2028", "\u2029", "\ud800"])
def test_control_characters_and_broken_text_are_refused(char: str) -> None:
    message = "The city contains characters that are not allowed."
    assert problems(replace(WINNIPEG, city=f"Winni{char}peg")) == [AddressProblem("city", message)]


@pytest.mark.parametrize(
    "name", ["Zoë", "李小龍", "محمد", "דָּוִד", "नरेन्द्र", "👩🏽‍🚀 Ng", "می‌خواهم", "Ὀδυσσεύς", "O'Neil"]
)
def test_names_of_every_script_are_welcome(name: str) -> None:
    assert problems(replace(WINNIPEG, first_name=name, address_line_1=name, city=name)) == []


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=300)
ANY_ADDRESS = st.builds(Address, **dict.fromkeys(FIELDS, ANY_TEXT))
ANY_COUNTRY = st.sampled_from(BOOK.countries())


@given(ANY_ADDRESS, st.none() | ANY_COUNTRY, st.booleans(), st.booleans())
def test_no_text_breaks_the_checks(address: Address, rules: CountryRules | None, phone: bool, company: bool) -> None:
    for checked in (address, normalise(address, rules)):
        found = check(checked, rules, phone_required=phone, company_required=company)
        fields = [problem.field for problem in found]
        assert fields == [field for field in FIELDS if field in fields]
        assert {problem.field for problem in check_place(checked, rules)} <= set(fields)


@given(ANY_ADDRESS, st.none() | ANY_COUNTRY)
def test_normalising_twice_changes_nothing(address: Address, rules: CountryRules | None) -> None:
    once = normalise(address, rules)
    assert normalise(once, rules) == once


@given(st.data(), ANY_COUNTRY.filter(lambda rules: rules.postal_code_pattern))
def test_every_code_of_a_countrys_own_pattern_is_accepted_however_it_is_cased(
    data: st.DataObject, rules: CountryRules
) -> None:
    pattern = re.compile(rules.postal_code_pattern, re.ASCII)
    code = data.draw(st.from_regex(pattern, fullmatch=True))
    written = normalise(Address(postal_code=code.lower()), rules).postal_code
    assert rules.accepts_postal_code(written)
    assert [char for char in written if char.isalnum()] == [char for char in code if char.isalnum()]


@given(ANY_TEXT, ANY_COUNTRY)
def test_whatever_is_accepted_as_a_postal_code_is_plain_ascii(text: str, rules: CountryRules) -> None:
    written = normalise(Address(postal_code=text), rules).postal_code
    assert written.isascii() or not rules.postal_code_pattern or not rules.accepts_postal_code(written)


@given(ANY_COUNTRY, st.data())
def test_an_address_built_from_a_countrys_own_rules_is_accepted(rules: CountryRules, data: st.DataObject) -> None:
    province = data.draw(st.sampled_from(rules.provinces)) if rules.provinces else None
    examples = rules.postal_code_examples or ("",)
    address = replace(
        WINNIPEG,
        country_code=rules.code.lower(),
        province="",
        province_code=province.code if province else "",
        postal_code=data.draw(st.sampled_from(examples)),
    )
    assert problems(address) == []
    normal = normalise(address, rules)
    assert asdict(normal) == asdict(normal) | {
        "country": rules.name,
        "country_code": rules.code,
        "province": province.name if province else "",
    }
