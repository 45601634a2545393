"""The checkout page as a browser gets it: how it looks, what it may do, and how much of it there is."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import subprocess
from dataclasses import replace
from typing import Any

import pytest

from checkout_page.page.app import app
from checkout_page.page.colours import contrast, variables
from checkout_page.page.document import FILES, MODULES, joined
from tests.builders import a_shop
from tests.integration.api import Api, Reply
from tests.integration.deployment import Deployment
from tests.integration.payment_page import BROWSER, change_shop, facts, policy
from till.adapters import aws

CART = "/checkout/01JZ8S3M0T4Y2R8QH6D5F1ABCD"
MOST_HTML, MOST_SCRIPT = 30_000, 40_000


@pytest.fixture
def page(till: Deployment) -> Reply:
    return opened()


def opened(path: str = f"{CART}?shop=acme") -> Reply:
    return Api([app]).call("GET", path, headers=BROWSER)


def everything_stored() -> str:
    client = aws.client("dynamodb")
    return str([client.scan(TableName=table)["Items"] for table in client.list_tables()["TableNames"]])


def compressed(text: str) -> int:
    return len(gzip.compress(text.encode(), 6))


def look(till: Deployment, **page: str) -> Reply:
    """The page of a shop that looks so."""
    change_shop(till, settings=replace(a_shop().settings, page=page))
    return opened()


def test_the_page_has_the_shops_name_and_language_and_nothing_of_a_cart(page: Reply) -> None:
    assert page.status == 200
    assert '<html lang="en-CA">' in page.raw
    assert "<p>Acme Coffee</p>" in page.raw
    assert {name: facts(page)[name] for name in ("shop", "country", "language")} == {
        "shop": "Acme Coffee",
        "country": "CA",
        "language": "en-CA",
    }
    assert opened("/checkout/another?shop=acme").raw == page.raw


def test_whoever_looks_at_the_page_makes_nothing(till: Deployment) -> None:
    before = everything_stored()
    opened()
    assert everything_stored() == before


def test_html_is_below_30_kb_and_script_below_40_kb_as_they_are_sent(page: Reply) -> None:
    assert compressed(page.raw) < MOST_HTML
    assert compressed(joined()) < MOST_SCRIPT
    assert joined() in page.raw


def test_the_page_runs_its_own_script_and_style_only(page: Reply) -> None:
    allowed = policy(page)
    for element, directive in (("script", "script-src"), ("style", "style-src")):
        (content,) = re.findall(rf'<{element}(?: type="module")?>(.*?)</{element}>', page.raw, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert allowed.pop(directive) == f"'sha256-{digest}'"
    assert allowed == {
        "default-src": "'none'",
        "img-src": "'self' https: data:",
        "connect-src": "'self'",
        "frame-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert not re.search(r"\sstyle=|\son[a-z]+=|javascript:", re.sub(r"<script.*?</script>", "", page.raw, flags=re.S))


def test_a_shops_name_is_text_wherever_it_stands(till: Deployment) -> None:
    change_shop(till, name="<script>alert(1)</script>\u2028$title")
    page = opened()
    assert "<script>alert" not in page.raw
    assert facts(page)["shop"] == "<script>alert(1)</script>\u2028$title"
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.raw


def test_the_page_has_the_shops_colours_logo_and_terms(till: Deployment) -> None:
    page = look(
        till, accent="#7a2e8e", logo_url="https://cdn.example/logo.svg?a=1&b=2", terms_url="https://shop.example/t"
    )
    assert "--accent:#7a2e8e;--on-accent:#ffffff;--link:#7a2e8e" in page.raw
    assert '<img src="https://cdn.example/logo.svg?a=1&amp;b=2" alt="Acme Coffee" height="40">' in page.raw
    assert facts(page)["terms_url"] == "https://shop.example/t"


@pytest.mark.parametrize("accent", ["#ffe14d", "#7a2e8e", "#000000", "#ffffff", "#777777"])
def test_whatever_the_accent_is_all_texts_can_be_read(accent: str) -> None:
    colours = variables({"accent": accent, "background": accent})
    assert contrast(colours["--on-accent"], colours["--accent"]) >= 4.4
    assert contrast(colours["--link"], "#ffffff") >= 4.5
    assert contrast(colours["--background"], "#586272") >= 4.5


def test_a_shop_that_is_not_there_is_a_page_that_says_so(till: Deployment) -> None:
    page = opened(f"{CART}?shop=nobody")
    assert page.status == 404
    assert "There is no such shop." in page.raw
    assert policy(page)["script-src"] == "'none'"


def test_the_page_knows_how_many_decimals_each_currency_has(page: Reply) -> None:
    assert {code: facts(page)["exponents"].get(code, 2) for code in ("JPY", "USD", "KWD", "CLF")} == {
        "JPY": 0,
        "USD": 2,
        "KWD": 3,
        "CLF": 4,
    }


def test_every_module_is_sent_and_all_of_them_are_one_script_that_can_be_read() -> None:
    assert sorted(MODULES) == sorted(path.stem for path in FILES.glob("*.js"))
    checked = subprocess.run(
        ["node", "--check", "--input-type=module", "-"], input=joined(), capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_every_module_imports_only_what_another_exports() -> None:
    texts = {path.stem: path.read_text() for path in FILES.glob("*.js")}
    exported = {
        name: set(re.findall(r"^export (?:async )?(?:function|const|class) (\w+)", text, re.M))
        for name, text in texts.items()
    }
    for name, text in texts.items():
        assert len(text.splitlines()) < 400, name
        assert max(map(len, text.splitlines())) <= 120, name
        for names, module in re.findall(r"^import \{([^}]*)\} from '\./(\w+)\.js';", text, re.M):
            wanted = {one.strip() for one in names.split(",")}
            assert wanted <= exported[module], (name, module)
            assert all(re.search(rf"\b{one}\b", text.split("from", 1)[1]) for one in wanted), (name, wanted)


def _words() -> Any:
    return json.loads((FILES / "words.json").read_text())


def test_every_word_that_the_page_says_is_in_the_message_file() -> None:
    said = {word for path in FILES.glob("*.js") for word in re.findall(r"word\('(\w+)'", path.read_text())}
    assert said <= _words()["en"].keys()


@pytest.mark.parametrize("language", sorted(_words()))
def test_every_language_says_everything_with_the_same_gaps(language: str) -> None:
    english, other = _words()["en"], _words()[language]
    gaps = {name: sorted(re.findall(r"{\w+}", text)) for name, text in english.items()}
    assert {name: sorted(re.findall(r"{\w+}", other[name])) for name in gaps} == gaps
