"""The page itself: the files of `files/` put together, and the headers that keep it in its place.

Every gateway kind is a module of its own there: `{kind}.html`, its choices, and `{kind}.js`, which defines what
`frame.js` and `link.js` ask of a gateway (see docs/payment-iframe.md). The scripts and the style sheet are allowed by
their hashes; what the storefront styles goes through the browser's style sheet objects and never stands in the markup.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from till.application.idempotency import Answer
from till.domain.shop import STRIPE
from till.runtime import cors
from till.runtime.app import Request
from till.runtime.settings import environment

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

_FILES = Path(__file__).parent / "files"
_PROBLEM = "problem"
_ENDED = 401


def framed(request: Request, answer: Answer) -> Answer:
    """The answer as a page for a storefront's frame: a gateway's fields, or what is wrong. The shop may embed it."""
    origins = cors.allowed_origins(request.path.get("shop", ""))
    gift_card = _file("gift_card.html") if answer.body.get("gift_card") else ""
    ended = "Your session has ended. Please reload the page."
    # Our own checkout page embeds it, too.
    ancestors = ("'self'", *origins)
    return _page(answer, "frame.js", {"origins": origins}, lambda fields: fields + gift_card, ended, ancestors)


def linked(request: Request, answer: Answer) -> Answer:  # noqa: ARG001  # as `App.route` calls it
    """The answer as a page of its own, which a payment link opens. Nobody may embed it."""

    def content(fields: str) -> str:
        named = {name: escape(str(answer.body.get(name, ""))) for name in ("shop", "number")}
        return Template(_file("link.html")).substitute(named, fields=fields)

    ended = "This link has ended. Please ask the shop for a new one."
    return _page(answer, "link.js", {}, content, ended, ())


def _page(
    answer: Answer,
    script_name: str,
    more: Mapping[str, object],
    content: Callable[[str], str],
    ended: str,
    ancestors: tuple[str, ...],
) -> Answer:
    facts: dict[str, Any] = dict(answer.body)
    kind = facts["gateway"]["kind"] if "gateway" in facts else _PROBLEM
    message = "" if kind in KINDS else _said(answer.status, facts["errors"][0]["message"], ended)
    own = [_file("common.js"), _file(script_name)]
    script = "\n".join(own if kind == _PROBLEM else [_file(f"{kind}.js"), *own])
    fields = Template(_file(f"{kind}.html")).substitute(message=escape(message))
    html = Template(_file("page.html")).substitute(
        language=escape(facts.get("language", "en")),
        style=_file("page.css"),
        content=fields if kind == _PROBLEM else content(fields),
        facts=_json({"words": json.loads(_file("words.json")), **more, **facts}),
        script=script,
    )
    headers = {
        "Content-Security-Policy": _policy(script, ancestors, _sources(kind)),
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return replace(answer, html=html, headers={**answer.headers, **headers})


def _said(status: int, message: str, ended: str) -> str:
    """What is wrong, for a shopper; what it is called is for whoever built the storefront."""
    return f"{ended} ({message})" if status == _ENDED else message


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
