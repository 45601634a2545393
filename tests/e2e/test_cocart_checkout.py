"""CoCart's checkout on the deployed stack: sixteen clicks, one order, one charge."""

from __future__ import annotations

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from scripts.checkout_client import PATIENCE, Json, Merchant, Stack
from tests.e2e.deployment import OVERLOADED, TRY_AGAIN, Sell, eventually, settled, states

CLICKS = 16
SEATTLE = {
    "first_name": "John",
    "last_name": "Doe",
    "email": "john.doe@example.com",
    "address_1": "50 Pike St",
    "city": "Seattle",
    "state": "WA",
    "postcode": "98101",
    "country": "US",
}
# Another click is at it, which is said in CoCart's own status.
BUSY = (409, *TRY_AGAIN, OVERLOADED)


class Guest:
    """A cart of one SKU, and its checkout."""

    def __init__(self, stack: Stack, sku: str, quantity: int) -> None:
        site = f"{stack.cocart_url}/wp-json/cocart"
        self._preview, self._gateway = f"{site}/preview/checkout", stack.gateway
        added = httpx.post(f"{site}/v2/cart/add-item", json={"id": sku, "quantity": str(quantity)}, timeout=PATIENCE)
        self.key: str = added.json()["cart_key"]

    def pay(self, token: str = "tok_approve", key: str = "") -> httpx.Response:  # noqa: S107  # no secret
        """One click."""
        data = [{"key": "token", "value": token}]
        body = {"billing_address": SEATTLE, "payment_method": self._gateway, "payment_data": data}
        headers = {"Cart-Key": self.key} | ({"Idempotency-Key": key} if key else {})
        return httpx.post(self._preview, json=body, headers=headers, timeout=PATIENCE)

    def paid(self, token: str = "tok_approve", key: str = "") -> httpx.Response:  # noqa: S107  # no secret
        """Clicked until it is answered."""
        return eventually(lambda: self.pay(token, key), lambda answer: answer.status_code not in BUSY, 120)


def placed(answers: list[httpx.Response]) -> set[int]:
    """The numbers of the orders that were placed, by all that was answered."""
    bodies: list[Json] = [answer.json() for answer in answers if answer.status_code == 200]
    return {body["order_id"] for body in bodies if body["payment_result"]["payment_status"] == "success"}


def order_of(merchant: Merchant, answers: list[httpx.Response]) -> Json:
    """The order that was placed."""
    body = next(answer.json() for answer in answers if answer.status_code == 200)
    return merchant.order(body["order_key"].removeprefix("wc_order_")[:26])


@pytest.mark.parametrize("same_key", [False, True], ids=["clicks", "repeats"])
def test_a_cart_that_is_paid_sixteen_times_at_once_is_one_order_and_one_charge(
    merchant: Merchant, stack: Stack, sell: Sell, same_key: bool
) -> None:
    sku = sell(on_hand=100)
    guest, key = Guest(stack, sku, quantity=3), f"pay-{uuid.uuid4()}" if same_key else ""

    with ThreadPoolExecutor(CLICKS) as all_at_once:
        answers = list(all_at_once.map(lambda _: guest.pay(key=key), range(CLICKS)))
    last = guest.paid(key=key)

    # Who comes when the order is placed and the cart is gone finds nothing to pay.
    statuses = Counter(answer.status_code for answer in (*answers, last))
    assert statuses.keys() <= {200, 400, *BUSY}, [answer.text for answer in answers]
    codes = {answer.json()["code"] for answer in (*answers, last) if answer.status_code == 400}
    assert codes <= {"cocart_checkout_empty_cart"}
    assert last.status_code == 200 if same_key else statuses[200]
    assert len(placed([*answers, last])) == 1
    order = order_of(merchant, [*answers, last])
    assert order["status"] == "placed"
    assert states(merchant.ledger(stack.gateway, order)) == ["authorized"]
    assert settled(merchant, sku)["allocated"] == 3


def test_a_declined_card_and_a_good_one_afterwards_are_one_order(merchant: Merchant, stack: Stack, sell: Sell) -> None:
    sku = sell(on_hand=5)
    guest = Guest(stack, sku, quantity=5)
    declined = guest.paid("tok_decline").json()
    assert declined["payment_result"]["payment_status"] == "failed"
    assert settled(merchant, sku)["available"] == 5
    paid = guest.paid()
    assert paid.json()["order_id"] == declined["order_id"]
    assert Counter(states(merchant.ledger(stack.gateway, order_of(merchant, [paid])))) == {
        "declined": 1,
        "authorized": 1,
    }
    assert settled(merchant, sku)["allocated"] == 5
