"""Every endpoint of each dialect over HTTP, its answer held against the dialect's document.

The requests are those of events/; what they must find done is done over HTTP, too.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from scripts.checkout_client import Json, Stack, good
from scripts.event import Events
from tests.e2e.shops import answered, shop_of_events
from tests.integration import dialect_document
from tests.integration.test_events import NAMES, REFUSED, function

CUSTOMERS = "elasticpath/customers/"
# What is done once for all endpoints: a cart or an order is each one's own, and so is the customer who is changed.
FOR_ALL = ("merchant/settings/", "merchant/catalog/", "merchant/customers/", "elasticpath/tokens/", CUSTOMERS)
OF_DIALECTS = [name for name in NAMES if name.partition("/")[0] in dialect_document.FILES]


@pytest.fixture(scope="module")
def known(http: httpx.Client, stack: Stack, dns: None) -> Iterator[dict[str, str]]:
    """The names of a shop of its own, with a plugin beside it and the mail domain of the events known."""
    with shop_of_events(http, stack) as names:
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
    before = Events(lambda _, event: good(answered(http, event)), known, {} if is_apart else dict(done))
    event = before.fill(name)
    if not is_apart:
        done |= {made: answer for made, answer in before.answers.items() if made.startswith(FOR_ALL)}
    answer = answered(http, event)
    assert answer.is_success or answer.status_code == REFUSED.get(name), answer.text[:1000]
    route = dialect_document.route_of(function(name).app, event)
    dialect, (sent, query) = name.partition("/")[0], dialect_document.asked(event)
    content_type = answer.headers.get("Content-Type", "")
    dialect_document.check(dialect, route, sent, query, answer.status_code, content_type, answer.text)
