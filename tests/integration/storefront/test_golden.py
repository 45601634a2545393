"""What each endpoint of the Bold dialect answers in full: reviewed by eye, compared on every run.

The requests are those of events/bold. After a change that is meant, `TILL_WRITE_GOLDEN=1` writes the files anew.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.bold_openapi import ANSWERS
from tests.fakes.outbound import Service, running
from tests.integration import bold_document
from tests.integration.deployment import Deployment, deployed
from tests.integration.gift_cards import a_gift_card
from tests.integration.test_events import NAMES, events, function, invoke
from till.runtime.app import Route

GOLDEN = Path(__file__).parents[2] / "golden" / "bold"
CASES = {Path(name).name: name for name in NAMES if name.startswith("bold/")}
# What has to be asked for first, so that there is something to see.
FIRST = {"list_discounts": "bold/discounts/add_discount_code"}
# Shown by its last characters, which would otherwise be others each time.
GIFT_CARD = "GOLD-ENGI-FTCA-7QXM"
FEE = {"id": "age", "line_text": "Age check", "fee_type": "fixed", "value": 150, "taxable": False}
PLUGIN = Service(lambda _: {"success": True, "actions": [{"type": "ADD_FEE", "data": FEE}]})
# In a page's policy: the hashes of scripts and styles.
HASH = re.compile(r"(?<='sha256-)[^']+")
# What is another one each time: tokens, an order's public id, ids.
PASSING = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+|\b[0-9A-HJKMNP-TV-Z]{26}(?:[A-Za-z0-9]{38})?\b")

type Json = dict[str, Any]


@pytest.fixture(scope="module")
def till() -> Iterator[Deployment]:
    """One stack for all of them: each makes its own order."""
    with pytest.MonkeyPatch.context() as patch, deployed(patch) as deployment, running(PLUGIN):
        a_gift_card(deployment, 5000, code=GIFT_CARD)
        yield deployment


@pytest.mark.parametrize("case", CASES)
def test_an_endpoint_answers_as_it_always_did(case: str, till: Deployment) -> None:
    name = CASES[case]
    shopper = events(gift_card_code=GIFT_CARD, plugin_url=PLUGIN.url)
    if case in FIRST:
        invoke(FIRST[case], shopper.fill(FIRST[case]))
    event = shopper.fill(name)
    answer = function(name).handler(event, None)
    headers = {header: values[0] for header, values in answer["multiValueHeaders"].items()}
    _hold(name, event, answer["statusCode"], headers["Content-Type"], answer["body"])
    is_json = headers["Content-Type"].startswith("application/json")
    seen = {
        "request": {
            "method": event["httpMethod"],
            "path": event["path"],
            "query": event["queryStringParameters"],
            "body": json.loads(event["body"] or "null"),
        },
        "answer": {
            "status": answer["statusCode"],
            "headers": {header: HASH.sub("…", value) for header, value in headers.items()},
            "body": _without_most_countries(json.loads(answer["body"])) if is_json else _page(answer["body"]),
        },
    }
    text = _named(json.dumps(seen, indent=2, ensure_ascii=False)) + "\n"
    file = GOLDEN / f"{case}.json"
    if "TILL_WRITE_GOLDEN" in os.environ:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    assert file.exists(), "review what it answers, then run with TILL_WRITE_GOLDEN=1"
    assert text == file.read_text("utf-8"), "review the change, then run with TILL_WRITE_GOLDEN=1"


def test_no_file_is_left_of_an_endpoint_that_is_gone() -> None:
    assert {file.stem for file in GOLDEN.glob("*")} == CASES.keys()


def test_the_41_endpoints_of_the_documents_are_all_there() -> None:
    documented = yaml.safe_load(ANSWERS.read_text())["operations"].keys()
    there = {one["summary"] for path in bold_document.document()["paths"].values() for one in path.values()}
    assert len(documented) == 41
    assert documented <= there


def _named(text: str) -> str:
    """The same values have the same names, in the order in which they are seen."""
    names: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        value = found[0]
        kind = "token" if value.startswith("eyJ") else "order" if len(value) > 26 else "id"
        return names.setdefault(value, f"<{kind} {len(names) + 1}>")

    return PASSING.sub(name, text)


def _without_most_countries(body: Any) -> Any:
    """Those that the shop ships to tell enough."""
    if not isinstance(body, dict) or "initial_data" not in body.get("data", {}):
        return body
    countries = body["data"]["initial_data"]["country_info"]
    shown = [one for one in countries if one["valid_for_shipping"]]
    data = body["data"] | {
        "initial_data": body["data"]["initial_data"]
        | {"country_info": [*shown, f"<and {len(countries) - len(shown)} more>"]}
    }
    return body | {"data": data}


def _page(html: str) -> list[str]:
    """Its lines, without the scripts and styles."""
    return re.sub(r"(<(style|script)[^>]*>).*?(?=</\2>)", r"\1…", html, flags=re.DOTALL).splitlines()


def _hold(name: str, event: Json, status: int, content_type: str, body: str) -> None:
    """Against the dialect's document."""
    [route] = [one for one in function(name).app.routes if _is(one, event)]
    asked = set(event["queryStringParameters"] or ())
    bold_document.check(route, (event["body"] or "").encode(), asked, status, content_type, body)


def _is(route: Route, event: Json) -> bool:
    return (route.method, route.path) == (event["httpMethod"], event["resource"])
