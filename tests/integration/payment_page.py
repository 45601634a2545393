"""The payment page, as an iframe asks for it, and what is in it."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.integration.api import Reply
from tests.integration.deployment import Deployment
from tests.integration.shopper import Shopper
from till.runtime import wiring

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "Content-Type": ""}


def page(till: Deployment, shopper: Shopper, token: str | None = None, **query: str) -> Reply:
    """As an iframe asks for it."""
    wanted = {"token": shopper.token if token is None else token} | query
    path = f"/checkout/storefront/acme/{shopper.order_id}/payments/iframe"
    parameters = "&".join(f"{name}={value}" for name, value in wanted.items() if value)
    reply = till.api.call("GET", f"{path}?{parameters}", headers=BROWSER)
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert reply.raw.startswith("<!doctype html>")
    return reply


def facts(reply: Reply) -> Any:
    """What the page's scripts are told."""
    (found,) = re.findall(r'<script type="application/json" id="facts">(.*?)</script>', reply.raw)
    return json.loads(found)


def policy(reply: Reply) -> dict[str, str]:
    """The Content-Security-Policy by directive."""
    directives = reply.headers["Content-Security-Policy"].split("; ")
    return dict(directive.split(" ", 1) for directive in directives)


def markup(reply: Reply) -> str:
    """The page without its scripts and styles."""
    return re.sub(r"<(script|style).*?</\1>", "", reply.raw, flags=re.DOTALL)


def change_shop(till: Deployment, **changes: Any) -> None:
    """The merchant changes the shop, and it is so much later that every function knows."""
    till.change_shop(**changes)
    wiring.catalog.cache_clear()


def refused(reply: Reply, status: int, said: str) -> None:
    """A page, as strict as the real one, that says so and does nothing."""
    assert reply.status == status
    assert said in reply.raw
    assert "tok_" not in markup(reply)
    assert policy(reply)["default-src"] == "'none'"
    assert reply.headers["Cache-Control"] == "no-store"
    assert "gateway" not in facts(reply)
