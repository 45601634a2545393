"""The generated address data: reproducible, small, and consistent with itself."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import addresses as generator
from till.adapters.addresses import DATA, AddressBook
from till.domain.address import Address, CountryRules, normalise

BOOK = AddressBook()
COUNTRIES = BOOK.countries()
WITH_POSTAL_CODES = [rules for rules in COUNTRIES if rules.postal_code_pattern]
WITH_PROVINCES = [rules for rules in COUNTRIES if rules.provinces]


def _code(rules: CountryRules) -> str:
    return rules.code


def test_the_committed_files_are_what_the_generator_makes() -> None:
    assert {path.name: path.read_bytes() for path in DATA.iterdir()} == generator.build()


def test_the_data_is_small_enough_to_read_at_a_cold_start() -> None:
    sizes = {path.name: path.stat().st_size for path in DATA.iterdir()}
    assert sizes["countries.json"] < 40_000
    assert sum(sizes.values()) < 100_000


def test_a_function_that_touches_no_address_reads_no_file() -> None:
    program = (
        "import sys\n"
        "opened = []\n"
        "sys.addaudithook(lambda event, args: event == 'open' and opened.append(str(args[0])))\n"
        "from till.adapters.addresses import AddressBook\n"
        "book = AddressBook()\n"
        "def read(): return sorted({name.rsplit('/')[-1] for name in opened if name.endswith('.json')})\n"
        "print(read(), end=' ')\n"
        "book.rules('DE'); print(read(), end=' ')\n"
        "book.rules('CA'); book.rules('US'); book.rules('CA'); print(read(), end=' ')\n"
        "print(sum(name.endswith('.json') for name in opened))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(DATA.parents[2])}
    run = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout == "[] ['countries.json'] ['countries.json', 'provinces.json'] 2\n"


def test_every_country_of_the_world_is_known() -> None:
    codes = [rules.code for rules in COUNTRIES]
    assert len(codes) == 250
    assert codes == sorted(set(codes))
    assert all(re.fullmatch("[A-Z]{2}", code) for code in codes)
    assert all(rules.name for rules in COUNTRIES)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("BO", "Bolivia"),
        ("CA", "Canada"),
        ("CD", "The Democratic Republic of the Congo"),
        ("FM", "Federated States of Micronesia"),
        ("GB", "United Kingdom"),
        ("KR", "South Korea"),
        ("SH", "Saint Helena, Ascension and Tristan da Cunha"),
        ("TW", "Taiwan"),
        ("US", "United States"),
        ("VG", "British Virgin Islands"),
        ("XK", "Kosovo"),
    ],
)
def test_countries_have_their_everyday_names(code: str, name: str) -> None:
    rules = BOOK.rules(code)
    assert rules is not None
    assert rules.name == name


@pytest.mark.parametrize("code", ["", "  ", "ZZ", "CAN", "Canada", "C\x00", "\ud800", "ﬀ"])
def test_what_is_no_country_has_no_rules(code: str) -> None:
    assert BOOK.rules(code) is None


def test_a_country_code_is_understood_in_any_case() -> None:
    assert BOOK.rules(" ca ") is BOOK.rules("CA") is not None


@pytest.mark.parametrize("rules", WITH_POSTAL_CODES, ids=_code)
def test_every_example_of_a_postal_code_is_valid_and_already_in_its_layout(rules: CountryRules) -> None:
    assert rules.postal_code_examples
    for example in rules.postal_code_examples:
        assert rules.accepts_postal_code(example)
        assert normalise(Address(postal_code=example), rules).postal_code == example
        assert not rules.accepts_postal_code(example + "!")


@pytest.mark.parametrize("rules", WITH_PROVINCES, ids=_code)
def test_every_province_is_found_by_its_code_its_name_and_its_other_names(rules: CountryRules) -> None:
    codes = [province.code for province in rules.provinces]
    assert len(codes) == len({code.upper() for code in codes})
    for province in rules.provinces:
        assert province.code.isascii()
        assert rules.province(province.code) == rules.province(province.code.lower()) == province
        for name in (province.name, *province.aliases):
            assert rules.province(name) == province or (rules.code, name) in AMBIGUOUS


AMBIGUOUS = {("UZ", "Toshkent")}  # the city and the region around it


def test_a_name_that_two_provinces_share_is_not_guessed() -> None:
    uzbekistan = BOOK.rules("UZ")
    assert uzbekistan is not None
    assert uzbekistan.province("Toshkent") is None


def test_a_country_that_needs_a_province_has_provinces_to_choose_from() -> None:
    assert all(rules.provinces for rules in COUNTRIES if rules.province_required)
    assert {"AU", "BR", "CA", "ES", "HK", "IN", "IT", "JP", "MX", "US"} <= {
        rules.code for rules in COUNTRIES if rules.province_required
    }


@pytest.mark.parametrize(
    ("country", "label", "required", "count", "code", "name"),
    [
        ("CA", "province", True, 13, "MB", "Manitoba"),
        ("US", "state", True, 62, "DC", "District of Columbia"),
        ("US", "state", True, 62, "AE", "Armed Forces (AE)"),
        ("JP", "prefecture", True, 47, "13", "Tokyo"),
        ("AE", "emirate", True, 7, "DU", "Dubai"),
        ("IE", "county", False, 26, "D", "Co. Dublin"),
        ("CN", "province", True, 34, "GX", "Guangxi Zhuangzuzizhiqu"),
        ("HK", "area", True, 3, "KL", "Kowloon"),
        ("ES", "province", True, 52, "S", "Cantabria"),
        ("IN", "state", True, 36, "CG", "Chhattisgarh"),
        ("TW", "county", True, 22, "KIN", "Kinmen County"),
        ("RO", "province", False, 42, "B", "București"),
    ],
)
def test_provinces_carry_iso_codes_and_names_in_latin_letters(
    country: str, label: str, required: bool, count: int, code: str, name: str
) -> None:
    rules = BOOK.rules(country)
    assert rules is not None
    assert (rules.province_label, rules.province_required, len(rules.provinces)) == (label, required, count)
    assert next(province.name for province in rules.provinces if province.code == code) == name


@pytest.mark.parametrize("code", ["DE", "FR", "GB", "NL", "SG"])
def test_countries_whose_addresses_name_no_province_offer_none(code: str) -> None:
    rules = BOOK.rules(code)
    assert rules is not None
    assert rules.provinces == ()


@pytest.mark.parametrize("code", ["AE", "HK", "QA", "ZW"])
def test_countries_without_postal_codes_ask_for_none(code: str) -> None:
    rules = BOOK.rules(code)
    assert rules is not None
    assert (rules.postal_code_pattern, rules.postal_code_required) == ("", False)


def test_the_files_are_plain_json_with_one_country_per_line() -> None:
    for path in Path(DATA).glob("*.json"):
        assert len(path.read_text("utf-8").splitlines()) == len(json.loads(path.read_bytes())) + 2
