"""The page as one document: the files of `files/` put together, and the headers that keep it in its place.

The script is ES modules, which browsers and editors read as they are. They are sent as one, since each of them would be
a request of its own; so no name is given twice at the top of two modules. Script and style sheet are allowed by their
hashes.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from checkout_page.page.colours import background, of_frame, variables
from till.application.idempotency import Answer
from till.domain.currency import all_currencies
from till.runtime.app import Request

FILES = Path(__file__).parent / "files"
# Each after those that it needs while it is loaded.
MODULES = (
    "facts",
    "elements",
    "announce",
    "api",
    "session",
    "order",
    "form",
    "address",
    "details",
    "shipping",
    "frame",
    "shortage",
    "payment",
    "summary",
    "confirmation",
    "main",
)
# What comes later has the last word.
STYLE_SHEETS = ("steps", "forms", "order")
_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)
_DECIMALS = 2


def page(request: Request, answer: Answer) -> Answer:  # noqa: ARG001  # as `App.route` calls it
    """The answer as a page; refusals are pages, too."""
    facts: dict[str, Any] = dict(answer.body)
    language, words = _words(facts.get("language", "en"))
    look: Mapping[str, str] = facts.pop("look", {})
    style = _style(look)
    if answer.status == 200:
        script = joined()
        told = {"language": language, "words": words, "exponents": _exponents(), "frame": of_frame(look)}
        html = Template(_file("page.html")).substitute(
            **_escaped(words, "skip", "summary", "loading", "noscript", "offline"),
            language=escape(language),
            title=escape(f"{words['checkout']} · {facts['shop']}"),
            background=background(look),
            brand=_brand(facts["shop"], look),
            style=style,
            facts=_json(facts | _links(look) | told),
            script=script,
        )
    else:
        script = ""
        said = {"title": escape(words["problem"]), "message": escape(facts["errors"][0]["message"])}
        html = Template(_file("problem.html")).substitute(said, language=escape(language), style=style)
    headers = {
        "Content-Security-Policy": _policy(script, style),
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }
    return replace(answer, html=html, headers={**answer.headers, **headers})


@functools.cache
def joined() -> str:
    """All modules as one."""
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", _file(f"{name}.js"))) for name in MODULES)


def _words(locale: str) -> tuple[str, dict[str, str]]:
    """The page's language and its words: the shop's if the page speaks it, else English."""
    known = json.loads(_file("words.json"))
    language = locale.partition("-")[0].lower()
    return (locale, known["en"] | known[language]) if language in known else ("en", known["en"])


def _escaped(words: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: escape(words[name]) for name in names}


def _brand(shop: str, look: Mapping[str, str]) -> str:
    logo = look.get("logo_url")
    return f'<img src="{escape(logo)}" alt="{escape(shop)}" height="40">' if logo else f"<p>{escape(shop)}</p>"


def _links(look: Mapping[str, str]) -> dict[str, str]:
    return {name: look.get(name, "") for name in ("terms_url", "privacy_url")}


def _exponents() -> dict[str, int]:
    """How many decimals a currency has, where it is not two."""
    return {one.code: one.exponent for one in all_currencies() if one.exponent != _DECIMALS}


def _style(look: Mapping[str, str]) -> str:
    own = "".join(f"{name}:{value};" for name, value in variables(look).items())
    sheets = "\n".join(_file(f"{name}.css") for name in STYLE_SHEETS)
    return f":root{{{own}}}\n{sheets}"


def _policy(script: str, style: str) -> str:
    directives = {
        "default-src": "'none'",
        "script-src": _hash(script) if script else "'none'",
        "style-src": _hash(style),
        # The shop's logo, and products' pictures, wherever the merchant keeps them.
        "img-src": "'self' https: data:",
        "connect-src": "'self'",
        "frame-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _json(value: object) -> str:
    """JSON that ends no script element, whatever is in it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")


@functools.cache
def _file(name: str) -> str:
    return (FILES / name).read_text("utf-8")
