"""Orders of the Elastic Path dialect are paid on the deployed stack: in parts, by many at once, and never too much."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import httpx
import pytest

from elasticpath.ids import ulid_of
from scripts.checkout_client import Json, Merchant, Stack, good
from tests.e2e.deployment import Sell, eventually, settled
from tests.e2e.test_elasticpath_access import token

LINE_1 = {"first_name": "John", "last_name": "Doe", "line_1": "1 Main St", "city": "Anaheim"}
ANAHEIM = LINE_1 | {"region": "CA", "county": "Orange", "postcode": "92802", "country": "US"}


@dataclass
class Ordered:
    """An order that was checked out, by its UUID, and what it comes to."""

    http: httpx.Client
    shopper: dict[str, str]
    backend: dict[str, str]
    merchant: Merchant
    id: str
    total: int

    def pay(self, key: str = "", **data: object) -> httpx.Response:
        """At the sandbox, at once."""
        body = {"data": {"gateway": "sandbox", "method": "purchase", "payment": "tok_approve"} | data}
        headers = self.shopper | ({"Idempotency-Key": key} if key else {})
        return self.http.post(f"/v2/orders/{self.id}/payments", json=body, headers=headers)

    def do(self, what: str, transaction: str, body: Json | None = None) -> Json:
        path = f"/v2/orders/{self.id}/transactions/{transaction}/{what}"
        done: Json = good(self.http.post(path, json=body, headers=self.backend))["data"]
        return done

    def seen(self) -> Json:
        """As the merchant sees it."""
        return self.merchant.order(ulid_of(self.id))

    def taken(self, gateway: str) -> Counter[str]:
        """What the sandbox holds, took and gave back, in minor units."""
        entries = [one for one in self.merchant.ledger(gateway, self.seen()) if one["state"] == "authorized"]
        found: Counter[str] = Counter()
        for one in entries:
            found.update(held=one["amount"] - one["captured"], captured=one["captured"], refunded=one["refunded"])
        return found


@pytest.fixture(scope="module")
def tokens(http: httpx.Client, merchant: Merchant) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Of a shopper and of the merchant's backend."""
    made = merchant.ask("POST", "/clients", {"name": "e2e payments"})["data"]
    yield token(http, made), token(http, made, client_secret=made["client_secret"])
    merchant.call("DELETE", f"/clients/{made['client_id']}")


@pytest.fixture
def order(
    http: httpx.Client, tokens: tuple[dict[str, str], dict[str, str]], merchant: Merchant
) -> Callable[[str], Ordered]:
    """Checks out one unit of a SKU."""
    shopper, backend = tokens

    def ordered(sku: str) -> Ordered:
        cart = f"/v2/carts/{uuid.uuid4()}"
        item = {"data": {"type": "cart_item", "sku": sku, "quantity": 1}}
        good(http.post(f"{cart}/items", json=item, headers=shopper))
        customer = {"name": "John Doe", "email": "john@example.com"}
        body = {"data": {"customer": customer, "billing_address": ANAHEIM, "shipping_address": ANAHEIM}}
        made = good(http.post(f"{cart}/checkout", json=body, headers=shopper))["data"]
        total = made["meta"]["display_price"]["with_tax"]["amount"]
        return Ordered(http, shopper, backend, merchant, made["id"], total)

    return ordered


def status_of(call: Callable[[], httpx.Response]) -> int:
    return call().status_code


def test_an_order_is_paid_in_parts_captured_and_refunded(
    merchant: Merchant, stack: Stack, sell: Sell, order: Callable[[str], Ordered]
) -> None:
    sku = sell(on_hand=3)
    ordered = order(sku)
    part = ordered.total * 2 // 5
    first = good(ordered.pay(method="authorize", amount=part))["data"]
    assert settled(merchant, sku)["allocated"] == 1
    good(ordered.pay())
    assert ordered.do("capture", first["id"])["transaction_type"] == "capture"
    assert ordered.taken(stack.gateway) == Counter(held=0, captured=ordered.total, refunded=0)
    assert ordered.seen()["charge"] == "captured"
    assert ordered.do("refund", first["id"], {"data": {}})["refunded_amount"] == part
    assert ordered.taken(stack.gateway)["refunded"] == part
    assert settled(merchant, sku)["allocated"] == 1


def test_a_part_that_is_cancelled_is_paid_another_way(
    stack: Stack, sell: Sell, order: Callable[[str], Ordered]
) -> None:
    ordered = order(sell())
    first = good(ordered.pay(method="authorize"))["data"]
    assert ordered.do("cancel", first["id"], {"data": {"reason": "requested_by_customer"}})["status"] == "cancelled"
    waiting = good(ordered.pay(payment="tok_requires_action"))["data"]
    assert (waiting["status"], bool(waiting["client_parameters"]["secret"])) == ("pending", True)
    assert ordered.do("confirm", waiting["id"], {"data": {}})["status"] == "complete"
    assert ordered.taken(stack.gateway) == Counter(held=0, captured=ordered.total, refunded=0)


@pytest.mark.parametrize("same_key", [False, True], ids=["clicks", "repeats"])
def test_ten_payments_at_once_take_the_money_once(
    merchant: Merchant, stack: Stack, sell: Sell, order: Callable[[str], Ordered], same_key: bool
) -> None:
    sku = sell(on_hand=20)
    ordered = order(sku)
    for amount in (ordered.total // 2, None):  # the first part, then what is left
        key = uuid.uuid4().hex if same_key else ""
        asked = {} if amount is None else {"amount": amount}
        with ThreadPoolExecutor(10) as all_at_once:
            futures = [all_at_once.submit(ordered.pay, key, **asked) for _ in range(10)]
        statuses = Counter(future.result().status_code for future in futures)
        assert statuses.keys() <= {200, 409, 422, 503}
        if amount is None or same_key:
            wanted = 200 if same_key else 422
            again = partial(ordered.pay, key, **asked)
            eventually(partial(status_of, again), wanted.__eq__)
        taken = ordered.taken(stack.gateway)
        assert taken["captured"] <= ordered.total
        assert taken["held"] == 0
    assert ordered.taken(stack.gateway)["captured"] == ordered.total
    assert (ordered.seen()["balance"], ordered.seen()["charge"]) == (0, "captured")
    assert settled(merchant, sku)["allocated"] == 1


def test_the_last_unit_is_whose_who_pays_first(
    merchant: Merchant, stack: Stack, sell: Sell, order: Callable[[str], Ordered]
) -> None:
    sku = sell(on_hand=1)
    orders = [order(sku) for _ in range(5)]
    with ThreadPoolExecutor(5) as all_at_once:
        answers = list(all_at_once.map(lambda one: one.pay(), orders))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: 4}
    refused = [error for answer in answers if answer.status_code == 400 for error in answer.json()["errors"]]
    assert {(error["title"], error["meta"]["sku"]) for error in refused} == {("Insufficient stock", sku)}
    assert sum(one.taken(stack.gateway)["captured"] for one in orders) == orders[0].total
    assert settled(merchant, sku)["available"] == 0
