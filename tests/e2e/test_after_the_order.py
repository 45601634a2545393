"""What a merchant has of an order, whatever storefront it came through: the money, their platform, their services and
their customer are told, and they can see what happened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from scripts.checkout_client import Json, Stack, good
from tests.e2e.deployment import aws, eventually
from tests.e2e.dialects import MADE, PAID, Everywhere
from tests.fakes.outbound import Service, running

TOLD = {"order.placed", "order.charged", "order.pushed"}
# By kind and what, in the flight recorder.
SEEN = {
    "step process",
    "sale capture",
    "sale push",
    "event order.placed",
    "webhook order.placed",
    "webhook order.charged",
    "webhook order.pushed",
    "mail order.placed",
}


@pytest.fixture(scope="module")
def shop(http: httpx.Client, stack: Stack) -> Everywhere:
    shop = Everywhere.opened(http, stack)
    aws(stack, "sesv2").create_email_identity(EmailIdentity="orders@posters.example")
    mail = {"sender": "orders@posters.example", "subject": f"{shop.owner.shop} ${{number}}"}
    shop.owner.ask("PATCH", "", {"settings": {"mail": mail}})
    return shop


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """The merchant's platform, and where they are told of events."""
    with running(Service()) as service:
        yield service


@pytest.fixture(scope="module")
def secrets(shop: Everywhere, service: Service) -> dict[str, str]:
    service.answer = lambda told: {"id": "P-1"} if told["type"] == "order.push" else {}
    platform = shop.owner.ask("PUT", "/platform", {"url": service.url})["data"]
    endpoint = shop.owner.ask("POST", "/webhook_endpoints", {"url": service.url, "types": sorted(TOLD)})["data"]
    return {"platform": platform["secret"], "endpoint": endpoint["secret"]}


@pytest.mark.parametrize("dialect", list(MADE))
def test_an_order_is_charged_pushed_mailed_and_told_of_and_all_of_it_is_seen(
    dialect: str, shop: Everywhere, service: Service, secrets: dict[str, str]
) -> None:
    order_id = PAID[dialect](shop, MADE[dialect](shop))

    timeline = eventually(lambda: recorded(shop, order_id), lambda seen: what(seen) >= SEEN)
    assert what(timeline) >= SEEN
    assert "was charged" in timeline["summary"]
    order = shop.owner.order(order_id)
    assert (order["status"], order["charge"], order["push"]) == ("placed", "captured", "delivered")
    assert order["push_reference"] == "P-1"

    (pushed,) = heard(service, secrets["platform"], order_id, {"order.push"})
    assert (pushed["data"]["number"], pushed["data"]["total"]) == (order["number"], order["total"])
    told = heard(service, secrets["endpoint"], order_id, TOLD)
    assert sorted(one["type"] for one in told) == sorted(TOLD)

    (mail,) = mails(shop.stack, f"{shop.owner.shop} {order['number']}")
    assert mail["To"] == [order["email"]]

    explained = shop.owner.ask("GET", f"/orders/{order_id}/totals/explain")["data"]
    assert sum(step["amount"] for step in explained["steps"]) == explained["total"] == order["total"]
    assert timeline["summary"] in till(shop, "orders", "timeline", str(order["number"]))


def recorded(shop: Everywhere, order_id: str) -> Json:
    timeline: Json = shop.owner.ask("GET", f"/orders/{order_id}/timeline")["data"]
    return timeline


def what(timeline: Json) -> set[str]:
    """All that was done, and not only tried."""
    done = (one for one in timeline["entries"] if one["outcome"] not in {"due", "pending", "waiting"})
    return {f"{one['kind']} {one['what']}" for one in done}


def heard(service: Service, secret: str, order_id: str, types: set[str]) -> list[Any]:
    """What was said of the order in messages of these types, their signatures checked."""
    said = [(headers, text, json.loads(text)) for headers, text in service.received]
    wanted = [
        (headers, text)
        for headers, text, body in said
        if body["type"] in types and order_id in (body["data"].get("order_id"), body["data"]["id"])
    ]
    return [Webhook(secret).verify(text, headers) for headers, text in wanted]


def mails(stack: Stack, subject: str) -> list[Json]:
    """What the embedded SES has sent under this subject."""
    kept = good(httpx.get(f"{stack.aws_endpoint_url}/_ministack/ses/messages"))["messages"]
    return [mail for of_account in kept.values() for mail in of_account if mail["Subject"] == subject]


def till(shop: Everywhere, *words: str) -> str:
    """What the installed command prints of the shop."""
    own = {"TILL_URL": shop.stack.api_url, "TILL_SHOP": shop.owner.shop, "TILL_TOKEN": shop.stack.merchant_token}
    return subprocess.run(
        [Path(sys.executable).with_name("till"), *words],
        env=os.environ | own | {"COLUMNS": "1000"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout
