"""Generates the layer's formats of money from Babel, which has them from Unicode's CLDR.

Babel is for development only: it is 30 MB, what Till needs of it is one JSON file. A row is [positive, negative,
decimal sign, grouping sign, digits of the first group, of those above it, {currency: symbol}], with "¤" for the symbol
and "0" for the number. A row has only the symbols that are not in the row of the locale that its name begins with ("de"
for "de-at"), or in the root's; a locale that has nothing of its own has no row. No symbol: the currency's code.

The output depends on Babel alone, and is committed: a test regenerates and compares it.
"""

import json
from collections.abc import Iterator

from babel import Locale, UnknownLocaleError
from babel.localedata import locale_identifiers

from till.adapters.money_formats import DATA, ROOT, lineage
from till.domain.currency import all_currencies


def build() -> dict[str, bytes]:
    """File name -> content."""
    whole = {name: (_format(locale), _symbols(locale)) for name, locale in locales()}
    rows = {ROOT: [*whole[ROOT][0], {code: symbol for code, symbol in whole[ROOT][1].items() if symbol != code}]}
    for name, (written, symbols) in sorted(whole.items()):
        above = whole[next(other for other in lineage(name) if (other != name and other in whole) or other == ROOT)]
        own = {code: symbol for code, symbol in symbols.items() if symbol != above[1][code]}
        if own or written != above[0]:
            rows[name] = [*written, own]
    written_rows = (
        f"{json.dumps(name)}:{json.dumps(row, ensure_ascii=False, separators=(',', ':'))}" for name, row in rows.items()
    )
    return {"formats.json": ("{\n" + ",\n".join(written_rows) + "\n}\n").encode()}


def locales() -> Iterator[tuple[str, Locale]]:
    """Every locale of CLDR by its name in small letters, "zh-hant-tw" also as "zh-tw"."""
    yield ROOT, Locale("root")
    for identifier in locale_identifiers():
        locale = Locale.parse(identifier)
        yield identifier.replace("_", "-").lower(), locale
        if locale.script and locale.territory:
            short = f"{locale.language}_{locale.territory}"
            try:
                is_meant = Locale.parse(short) == locale
            except UnknownLocaleError:
                continue
            if is_meant:
                yield short.replace("_", "-").lower(), locale


def _format(locale: Locale) -> list[object]:
    pattern, signs = locale.currency_formats["standard"], locale.number_symbols["latn"]
    texts = (f"{prefix}0{suffix}" for prefix, suffix in zip(pattern.prefix, pattern.suffix, strict=True))
    return [*texts, signs["decimal"], signs["group"], *pattern.grouping]


def _symbols(locale: Locale) -> dict[str, str]:
    return {currency.code: locale.currency_symbols.get(currency.code, currency.code) for currency in all_currencies()}


def main() -> None:
    DATA.mkdir(parents=True, exist_ok=True)
    for name, content in build().items():
        (DATA / name).write_bytes(content)
        print(f"{name}: {len(content) / 1000:.1f} kB")


if __name__ == "__main__":
    main()
