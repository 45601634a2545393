"""What merchants and shoppers write is text wherever a page shows it, and no address of theirs is called unseen."""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pydantic import BaseModel

from checkout_page.page.app import app as page_app
from tests.builders import a_shop
from tests.integration.api import Api, Reply
from tests.integration.deployment import Deployment
from tests.integration.merchant_api import MerchantApi, api
from tests.integration.payment_page import BROWSER, change_shop, facts, page, policy
from tests.integration.shopper import JOHN, WINNIPEG, Shopper, card
from tests.integration.test_merchant_customers import A_SHOP
from tests.integration.test_payment_link import Customer
from tests.proof import Guarantee, Proof, proves

__all__ = ["api"]  # the fixture

ROOT = Path(__file__).parents[2]
ACME = "/merchant/shops/acme"
# Ends an attribute, an element, a comment, a script or a style, and begins what runs.
MARK = "zq7"
HOSTILE = [
    f"<script>{MARK}()</script>",
    f"</script><script>{MARK}()</script>",
    f"</title><img src=x onerror={MARK}()>",
    f'"><svg onload={MARK}()>',
    f"' onmouseover='{MARK}()",
    f"--><b onclick={MARK}()>",
    f"</style><style>@import '//{MARK}.example'</style>",
    f"${{{MARK}}} $facts {{{{{MARK}}}}}",
    f"\u2028{MARK}()//",
    f"<!--<script>{MARK}",
]


class Markup(HTMLParser):
    """The elements of a page that could run something, and where hostile text became more than text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.scripts, self.live = 0, list[str]()
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.live += [f"<{tag} {name}>" for name, _ in attributes if name.startswith("on") or name == "style"]
        self.live += [f"<{tag} {name}={value}>" for name, value in attributes if "script:" in (value or "").lower()]
        if tag in ("iframe", "object", "embed", "base", "svg", "form") and MARK in str(attributes):
            self.live.append(tag)
        self.live += [f"<{tag} {name}>" for name, _ in attributes if MARK in name]


def harm(reply: Reply, like: Reply) -> list[str]:
    """Why a page with hostile text is not what it is without."""
    markup, before = Markup(reply.raw), Markup(like.raw)
    problems = list(markup.live)
    if markup.scripts != before.scripts:
        problems.append(f"{markup.scripts} scripts")
    allowed = reply.headers["Content-Security-Policy"]
    if policy(reply)["script-src"] != policy(like)["script-src"] or "unsafe" in allowed:
        problems.append(allowed)
    facts(reply)
    return problems


@proves(Guarantee.STRANGERS)
def test_a_shops_name_is_text_on_every_page(till: Deployment, proof: Proof) -> None:
    shopper, customer = Shopper.ready(till), Customer(till)
    link = customer.link()
    checkout = Api([page_app])

    def pages() -> list[Reply]:
        found = [
            page(till, shopper),
            customer.open(link),
            checkout.call("GET", "/checkout/01JZ8S3M0T4Y2R8QH6D5F1ABCD?shop=acme", headers=BROWSER),
        ]
        assert [reply.status for reply in found] == [200] * 3
        return found

    before = pages()
    problems = []
    for text in HOSTILE:
        change_shop(till, name=text, settings=replace(a_shop().settings, page={"logo_url": "https://x.example/a.png"}))
        problems += [one for reply, like in zip(pages(), before, strict=True) for one in harm(reply, like)]
    tried = f"{len(HOSTILE)} hostile names of a shop on the frame, the link page and the checkout page"
    proof.saw(tried, f"{len(problems)} became markup")
    assert problems == []


@proves(Guarantee.STRANGERS)
def test_what_a_shopper_writes_is_text_on_the_payment_page(till: Deployment, proof: Proof) -> None:
    shopper = Shopper.ready(till)
    before = page(till, shopper)
    taken, problems = [], []
    for number, text in enumerate(HOSTILE):
        other = card(f"tok_{number}", amount=1, currency="CAD", display_string=text, brand=text, type=text)
        hostile = {name: text if name[0] in "afl" else at for name, at in WINNIPEG.items()}
        bodies: list[tuple[str, str, dict[str, Any]]] = [
            ("PUT", "/customer/guest", JOHN | {"first_name": text, "last_name": text}),
            ("PUT", "/addresses/billing", hostile),
            ("POST", "/meta_data", {"notes": text, "cart_parameters": {text: text}, "note_attributes": {}, "tags": []}),
            ("POST", "/payments", other),
            ("POST", "/payments/styles", {"css_rules": [{"cssText": f"a{{color:{text}}}"}], "media_rules": []}),
        ]
        taken += [shopper.call(method, path, body).status < 300 for method, path, body in bodies]
        problems += harm(page(till, shopper), before)
        problems += Markup(page(till, shopper, gateway=quote(text)).raw).live
        assert shopper.call("DELETE", "/payments", other).status in (200, 404)
    proof.saw(
        f"{len(HOSTILE)} hostile texts as a shopper's name, address, notes, payment and styles",
        f"{sum(taken)} of {len(taken)} taken as text; {len(problems)} became markup",
    )
    assert problems == []


def settings_models() -> Iterator[tuple[str, str, str]]:
    """Every URL that a request of any API may bring: module, model, field."""
    for file in sorted((ROOT / "functions").rglob("*models.py")):
        name = ".".join(file.relative_to(ROOT / "functions").with_suffix("").parts)
        module = importlib.import_module(name)
        for model in vars(module).values():
            if isinstance(model, type) and issubclass(model, BaseModel) and model.__module__ == name:
                for field in model.model_fields:
                    if re.search(r"url|link|uri|href|webhook|domain", field):
                        yield name, model.__name__, field


# What is called goes through `HttpsOutbound`, which looks at every address. The rest is shown, or compared, or is a
# file of the merchant's for a browser to load: Till never connects to it.
CALLED = {
    ("merchant.settings.models", "ReceiverBody", "url"),
    ("merchant.settings.models", "PluginBody", "url"),
    ("merchant.settings.models", "PluginBody", "inventory_url"),
    ("merchant.webhooks.models", "NewEndpointBody", "url"),
    ("merchant.webhooks.models", "EndpointBody", "url"),
}


@proves(Guarantee.STRANGERS)
def test_nothing_connects_to_an_address_but_what_looks_at_it_first(proof: Proof) -> None:
    networking = {"socket", "ssl", "http.client", "urllib.request", "urllib3", "requests", "httpx", "smtplib", "dns"}
    found = set()
    for file in [*(ROOT / "layers" / "till" / "till").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name == one or name.startswith(f"{one}.") for name in names for one in networking):
                found.add(str(file.relative_to(ROOT / "layers" / "till" / "till")))
    urls = set(settings_models())
    tried = f"{len(urls)} URLs in the models of all APIs"
    proof.saw(tried, f"{len(CALLED & urls)} are called; {len(found)} modules open connections")
    assert urls >= CALLED
    assert found == MODULES


# A name server is asked for MX records, and Stripe's SDK has its host from Till.
MODULES = {"adapters/outbound.py", "adapters/mail_domains.py", "adapters/payments/stripe/transport.py"}
METHODS = {ACME: "PATCH", f"{ACME}/webhook_endpoints": "POST"}
INSIDE = [
    "https://169.254.169.254/latest/meta-data/",
    "https://[fd00:ec2::254]/latest/meta-data/",
    "https://127.0.0.1/",
    "https://localhost/",
    "https://10.0.0.1/",
    "https://[::ffff:169.254.169.254]/",
    "https://user@shop.example/",
    "https://shop.example:8080/",
    "http://shop.example/",
    "file:///etc/passwd",
    "gopher://shop.example/",
    "javascript:alert(1)",
]


@proves(Guarantee.STRANGERS)
def test_no_address_of_the_inside_is_registered_on_a_real_stage(
    api: MerchantApi, monkeypatch: pytest.MonkeyPatch, proof: Proof
) -> None:
    from tests.integration.merchant_api import forget

    assert api.post("/merchant/shops", A_SHOP).status == 201
    monkeypatch.setenv("TILL_STAGE", "prod")
    forget()
    plugin = f"{ACME}/plugins/93225ea4-d701-41f9-a30a-bfe66f5d0479"
    good = {"name": "P", "url": "https://plugin.example/", "events": []}
    seen = []
    for url in INSIDE:
        for path, body in [
            (f"{ACME}/tax_provider", {"url": url}),
            (f"{ACME}/webhook_endpoints", {"url": url}),
            (plugin, good | {"url": url}),
            (plugin, good | {"inventory_url": url}),
            (ACME, {"settings": {"page": {"logo_url": url}}}),
        ]:
            reply = api.call(METHODS.get(path, "PUT"), path, body)
            if reply.status < 300 and "page" not in json.dumps(body):
                seen.append((url, body))
            assert reply.status < 500
    proof.saw(f"{len(INSIDE)} addresses of the inside as {len(CALLED)} URLs that are called", f"{len(seen)} registered")
    assert seen == []
