"""A real browser on the page of a storefront that the shop lists, and on one that it does not."""

from __future__ import annotations

import json
import uuid

import httpx
import pytest

from scripts.checkout_client import GUEST, Json, Stack, good
from tests.clients.browser import InBrowser

CALLS: list[Json] = [
    {"method": "GET", "path": "/refresh"},
    {"method": "POST", "path": "/customer/guest", "body": json.dumps(GUEST)},
    {"method": "PUT", "path": "/customer/guest", "body": json.dumps(GUEST | {"email_address": "nobody"})},
    {"method": "DELETE", "path": "/customer"},
    {"method": "GET", "path": "/refresh", "jwt": "expired"},
]


@pytest.fixture(scope="module")
def seen(http: httpx.Client, stack: Stack, in_browser: InBrowser) -> Json:
    """What the pages got, and the shop's list."""
    identifier = f"cors-{uuid.uuid4().hex[:8]}"
    body = {"identifier": identifier, "name": "Cors", "currency": "USD", "country": "US"}
    good(http.post("/merchant/shops", json=body, headers={"Authorization": f"Bearer {stack.merchant_token}"}))
    return in_browser(
        "cors.cjs", {"api": stack.api_url, "shop": identifier, "token": stack.merchant_token, "calls": CALLS}
    )


def test_the_page_of_a_listed_storefront_reads_every_answer(seen: Json) -> None:
    (listed,) = seen["listed"]
    assert listed["domain"].startswith("http://127.0.0.1:")
    assert [answer.get("status") for answer in seen["allowed"]] == [200, 200, 422, 200, 401], seen["allowed"]
    refresh, created, refused, deleted, turned_away = (answer["body"] for answer in seen["allowed"])
    assert refresh["data"]["application_state"]["customer"] == deleted["data"]["customer"] == []
    assert created["data"]["customer"]["email_address"] == GUEST["email_address"]
    assert refused["errors"][0]["field"] == "email_address"
    assert turned_away["errors"][0]["type"] == "authorization.invalid_jwt"


def test_a_page_reads_what_is_said_in_headers(seen: Json) -> None:
    assert [answer["deprecation"] for answer in seen["allowed"]] == [None, None, "@1640995200", None, None]


def test_the_page_of_any_other_storefront_gets_nowhere(seen: Json) -> None:
    assert seen["foreign"] == [{"error": "TypeError"}] * len(CALLS)
