"""The page itself: the files of `page/` put together, and the headers that keep it in its place.

Every gateway kind is a module of its own there: `{kind}.html`, its choices, and `{kind}.js`, which defines what
`frame.js` asks of a gateway (see docs/payment-iframe.md). The scripts and the style sheet are allowed by their hashes;
what the storefront styles goes through the browser's style sheet objects and never stands in the markup.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from till.application.idempotency import Answer
from till.runtime import cors
from till.runtime.app import Request
from till.runtime.settings import environment

STRIPE = "stripe"

# What the scripts of a kind may load, call and embed beside our own API: directives of the page's policy.
KINDS: Mapping[str, Mapping[str, str]] = {
    "sandbox": {},
    # As https://docs.stripe.com/security/guide#content-security-policy has it, without the maps of its Address Element.
    STRIPE: {
        "script-src": "https://js.stripe.com https://*.js.stripe.com",
        "frame-src": "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com",
        "connect-src": "https://api.stripe.com",
    },
}

_FILES = Path(__file__).parent / "page"
_PROBLEM = "problem"
_NO_SESSION = 401


def page(request: Request, answer: Answer) -> Answer:
    """The answer as a page: what a gateway of that kind needs, or what is wrong. It may be embedded by the shop."""
    origins = cors.allowed_origins(request.path.get("shop", ""))
    facts: dict[str, Any] = dict(answer.body)
    kind = facts["gateway"]["kind"] if "gateway" in facts else _PROBLEM
    message = "" if kind in KINDS else _said(answer.status, facts["errors"][0]["message"])
    script = _file("frame.js") if kind == _PROBLEM else f"{_file(f'{kind}.js')}\n{_file('frame.js')}"
    gift_card = _file("gift_card.html") if facts.get("gift_card") else ""
    html = Template(_file("page.html")).substitute(
        language=escape(facts.get("language", "en")),
        style=_file("page.css"),
        content=Template(_file(f"{kind}.html")).substitute(message=escape(message)) + gift_card,
        facts=_json({"origins": origins, "words": json.loads(_file("words.json")), **facts}),
        script=script,
    )
    headers = {
        "Content-Security-Policy": _policy(script, origins, _sources(kind)),
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return replace(answer, html=html, headers={**answer.headers, **headers})


def _said(status: int, message: str) -> str:
    """What is wrong, for a shopper; what it is called is for whoever built the storefront."""
    return f"Your session has ended. Please reload the page. ({message})" if status == _NO_SESSION else message


def _sources(kind: str) -> Mapping[str, str]:
    sources = KINDS.get(kind, {})
    stand_in = environment().stripe_stand_in if kind == STRIPE else ""
    return dict.fromkeys(sources, stand_in) if stand_in else sources


def _policy(script: str, origins: tuple[str, ...], more: Mapping[str, str]) -> str:
    directives = {
        "default-src": "'none'",
        "script-src": _hash(script),
        "style-src": _hash(_file("page.css")),
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": " ".join(origins) or "'none'",
    }
    for name, sources in more.items():
        directives[name] = f"{directives.get(name, '')} {sources}".strip()
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _json(value: object) -> str:
    """JSON that ends no script element, whatever is in it."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


@functools.cache
def _file(name: str) -> str:
    return (_FILES / name).read_text("utf-8")
