"""Bold's own browser library, its shopper's whole way through `sam local start-api`: each function in a container."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from scripts.checkout_client import PATIENCE, Merchant, Stack
from tests.clients.bold_library import Open
from tests.e2e.deployment import Sell
from tests.sam_local.sam import started


@pytest.fixture(scope="session")
def http(image: str, reached: None) -> Iterator[httpx.Client]:
    with started("start-api", image) as url, httpx.Client(base_url=url, timeout=PATIENCE) as client:
        yield client


def test_a_shopper_pays_for_what_a_merchant_sells(
    open_library: Open, http: httpx.Client, merchant: Merchant, sell: Sell, stack: Stack
) -> None:
    library = open_library(sell(price="225.00"), url=str(http.base_url).rstrip("/"))
    library.fill(stack.gateway, "tok_decline")
    assert library.call("processOrder", 5).fields == ["payment"]
    library.do("deletePayment", {"gateway_public_id": stack.gateway, "token": "tok_decline"})
    library.do("addPayment", {"gateway_public_id": stack.gateway, "token": "tok_approve"})
    library.do("processOrder", 5)
    assert library.state["is_processed"] is True
    ledger = merchant.ledger(stack.gateway, merchant.order(library.order))
    assert [(entry["amount"], entry["calls"]) for entry in ledger if entry["state"] != "declined"] == [(26200, 1)]
