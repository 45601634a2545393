"""Every endpoint of each dialect over HTTP, its answer held against the dialect's document.

The requests are those of events/; what they must find done is done over HTTP, too.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import httpx
import pytest

from scripts.checkout_client import Json, Merchant, Stack, good
from scripts.event import Events
from tests.fakes.outbound import Service, running
from tests.integration import dialect_document
from tests.integration.test_events import NAMES, REFUSED, function

CUSTOMERS = "elasticpath/customers/"
# What is done once for all endpoints: a cart or an order is each one's own, and so is the customer who is changed.
FOR_ALL = ("merchant/settings/", "merchant/catalog/", "merchant/customers/", "elasticpath/tokens/", CUSTOMERS)
OF_DIALECTS = [name for name in NAMES if name.partition("/")[0] in dialect_document.FILES]


@pytest.fixture(scope="module")
def known(http: httpx.Client, stack: Stack, dns: None) -> Iterator[dict[str, str]]:
    """The names of a shop of its own, with a plugin beside it and the mail domain of the events known."""
    shop = f"wire-{uuid.uuid4().hex[:12]}"
    owner = Merchant(http.request, shop, stack.merchant_token)
    headers = {"Authorization": f"Bearer {stack.merchant_token}"}
    body = {"identifier": shop, "name": "Brewers", "currency": "CAD", "country": "CA"}
    good(http.post("/merchant/shops", json=body, headers=headers))
    rates = [{"code": "standard", "description": "Standard", "amount": "5.00"}]
    owner.ask("PUT", "/shipping_zones/canada", {"name": "Canada", "regions": [{"country": "CA"}], "rates": rates})
    owner.ask("PUT", "/gateways/test", {"kind": "sandbox", "name": "Sandbox"})
    variants = [{"platform_id": "66", "sku": "ABS", "prices": {"CAD": "225.00"}, "weight_grams": 1000}]
    owner.ask("PUT", "/products", {"handle": "abs", "title": "Brewer", "variants": variants})
    owner.ask("PUT", "/stock/ABS", {"on_hand": 1000})
    with running(Service(lambda _: {"success": True, "actions": []})) as plugin:
        names = {"gateway": "test", "variant": "66", "new": uuid.uuid4().hex[:8], "plugin_url": plugin.url}
        names |= {"shop": shop, "merchant_token": stack.merchant_token}
        # Functions keep what they know of a shop for a moment: all of it is there before the first of them asks.
        before = Events(lambda _, event: good(_sent(http, event)), names)
        for name in ("merchant/settings/set_gift_card_gateway", "merchant/settings/set_plugin"):
            good(_sent(http, before.fill(name)))
        yield names


@pytest.fixture(scope="module")
def done() -> dict[str, Json]:
    """What was done for all endpoints, by event."""
    return {}


@pytest.mark.parametrize("name", OF_DIALECTS)
def test_an_endpoint_answers_over_http_as_its_document_says(
    name: str, known: dict[str, str], done: dict[str, Json], http: httpx.Client
) -> None:
    is_apart = name.startswith(CUSTOMERS)
    before = Events(lambda _, event: good(_sent(http, event)), known, {} if is_apart else dict(done))
    event = before.fill(name)
    if not is_apart:
        done |= {made: answer for made, answer in before.answers.items() if made.startswith(FOR_ALL)}
    answer = _sent(http, event)
    assert answer.is_success or answer.status_code == REFUSED.get(name), answer.text[:1000]
    route = dialect_document.route_of(function(name).app, event)
    dialect, (sent, query) = name.partition("/")[0], dialect_document.asked(event)
    content_type = answer.headers.get("Content-Type", "")
    dialect_document.check(dialect, route, sent, query, answer.status_code, content_type, answer.text)


def _sent(http: httpx.Client, event: Json) -> httpx.Response:
    query, headers = event["queryStringParameters"], event["headers"]
    return http.request(event["httpMethod"], event["path"], headers=headers, params=query, content=event["body"])
