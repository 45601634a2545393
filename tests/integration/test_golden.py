"""What each endpoint of a dialect answers in full: reviewed by eye, compared on every run.

The requests are those of events/. After a change that is meant, `TILL_WRITE_GOLDEN=1` writes the files anew.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.dialect_openapi import Dialect, described, dialects
from tests.builders import a_variant
from tests.fakes.outbound import Service, running
from tests.integration import dialect_document
from tests.integration.deployment import Deployment, deployed
from tests.integration.gift_cards import a_gift_card
from tests.integration.test_events import NAMES, events, function, invoke
from till.runtime import wiring

GOLDEN = Path(__file__).parents[1] / "golden"
# By the file of its answer: the event.
CASES = {
    f"{one.name}/{Path(name).name}": name for one in dialects() for name in NAMES if name.startswith(f"{one.name}/")
}
# What has to be asked for first, so that there is something to see.
FIRST = {
    "cocart/list_payment_methods": "merchant/settings/set_gift_card_gateway",
    "bold/list_discounts": "bold/discounts/add_discount_code",
    "elasticpath/get_cart": "elasticpath/carts/add_cart_items",
    "elasticpath/list_cart_items": "elasticpath/carts/add_cart_items",
    "elasticpath/list_carts": "elasticpath/carts/associate_cart_with_customers",
    "elasticpath/list_orders": "elasticpath/orders/check_out_cart",
    "elasticpath/list_shipping_groups": "elasticpath/carts/create_shipping_group",
}
# What shows whatever there is, and so must find nothing of other cases.
ALONE = ("elasticpath/list_orders",)
# Shown by its last characters, which would otherwise be others each time.
GIFT_CARD = "GOLD-ENGI-FTCA-7QXM"
FEE = {"id": "age", "line_text": "Age check", "fee_type": "fixed", "value": 150, "taxable": False}
PLUGIN = Service(lambda _: {"success": True, "actions": [{"type": "ADD_FEE", "data": FEE}]})
# In a page's policy: the hashes of scripts and styles.
HASH = re.compile(r"(?<='sha256-)[^']+")
# What is another one each time: tokens, an order's public id and its number, ids, times, a client and its secret, a
# cart's key.
PASSING = re.compile(
    r"eyJ[\w-]+\.[\w-]+\.[\w-]+|(?<![A-Za-z0-9])[0-9A-HJKMNP-TV-Z]{26}(?:[A-Za-z0-9]{38})?\b"
    r"|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(?:\.[0-9]+)?Z"
    r"|\bt_[0-9a-f]{30}\b|\b[0-9a-f]{32}(?:[0-9a-f]{32})?\b|(?<=client_secret=)[^\"]+"
    r"|(?<=\"expires\": )[0-9]{10}|(?<=\")[1-9][0-9]{9}(?=\")"
    r"|(?<=\"order_id\": )[0-9]+|(?<=\"order_number\": \")[0-9]+|(?<=order-received/)[0-9]+"
    r"|[A-Z][a-z]+ [0-9]{1,2}, 20[0-9]{2}, [0-9]{1,2}:[0-9]{2} [ap]m"
)


@pytest.fixture(scope="module")
def till() -> Iterator[Deployment]:
    """One stack for all of them: each makes its own order."""
    with pytest.MonkeyPatch.context() as patch, deployed(patch) as deployment, running(PLUGIN):
        deployment.lift_limits()
        a_gift_card(deployment, 5000, code=GIFT_CARD)
        wiring.stock().set_on_hand("acme", a_variant().id, 100)
        yield deployment


@pytest.mark.parametrize("case", CASES)
def test_an_endpoint_answers_as_it_always_did(case: str, till: Deployment) -> None:
    name = CASES[case]
    if case in ALONE:
        till.forget_orders()
    shopper = events(gift_card_code=GIFT_CARD, plugin_url=PLUGIN.url)
    if case in FIRST:
        invoke(FIRST[case], shopper.fill(FIRST[case]))
    event = shopper.fill(name)
    answer = function(name).handler(event, None)
    headers = {header: values[0] for header, values in answer["multiValueHeaders"].items()}
    dialect_document.check_event(case.partition("/")[0], function(name).app, event, answer)
    seen = {
        "request": {
            "method": event["httpMethod"],
            "path": event["path"],
            "query": event["queryStringParameters"],
            "body": _sent(event["body"] or "null"),
        },
        "answer": {
            "status": answer["statusCode"],
            "headers": {header: HASH.sub("…", value) for header, value in headers.items()},
            "body": _shown(answer, headers["Content-Type"]),
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
    assert {f"{file.parent.name}/{file.stem}" for file in GOLDEN.glob("*/*")} == CASES.keys()


@pytest.mark.parametrize("dialect", dialects(), ids=lambda one: one.name)
def test_nothing_is_written_down_of_a_route_that_is_gone(dialect: Dialect) -> None:
    assert dialect.answers.keys() == {one.route.summary for one in described(dialect)}


def test_the_41_endpoints_of_bolds_documents_are_all_there() -> None:
    [bold] = [one for one in dialects() if one.name == "bold"]
    documented = bold.written["operations"].keys()
    there = {one["summary"] for path in dialect_document.document("bold")["paths"].values() for one in path.values()}
    assert len(documented) == 41
    assert documented <= there


def _named(text: str) -> str:
    """The same values have the same names, in the order in which they are seen."""
    names: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        value = found[0]
        if value.isdigit():
            return "0"
        if ":" in value:
            return "<time>"
        kind = "token" if value.startswith("eyJ") else "order" if len(value) == 64 else "id"
        return names.setdefault(value, f"<{kind} {len(names) + 1}>")

    return PASSING.sub(name, text)


def _shown(answer: Any, content_type: str) -> Any:
    """The body: JSON, the lines of a page, or that it is an image, which differs with the ids in it."""
    if answer["body"] and content_type.startswith("image/"):
        return f"<{content_type}>"
    is_json = content_type.startswith("application/json")
    return _without_most_countries(json.loads(answer["body"] or "null")) if is_json else _page(answer["body"])


def _sent(body: str) -> Any:
    """JSON as what it says, a form as it is."""
    return json.loads(body) if body[0] in "{[n" else body


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
