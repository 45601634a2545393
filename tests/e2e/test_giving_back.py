"""Requests to give money back that come at once, on the deployed stack."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

from scripts.checkout_client import Json, Merchant, Stack
from tests.e2e.deployment import Begin, Sell, eventually, submitted


def charged(merchant: Merchant, order_id: str) -> Json:
    """The order once its money is there."""
    return eventually(lambda: merchant.order(order_id), lambda order: order["charge"] == "captured")


def is_settled(order: Json) -> bool:
    return all(one["state"] != "pending" for one in order["transactions"])


def test_one_request_sent_four_times_at_once_gives_back_once(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin
) -> None:
    cart = begin(sell(), pay_with="tok_approve")
    submitted(cart)
    order, headers = charged(merchant, cart.order), {"Idempotency-Key": uuid.uuid4().hex}
    path, body = f"/orders/{order['id']}/refund", {"amount": "1.00"}

    with ThreadPoolExecutor(4) as all_at_once:
        asked = [all_at_once.submit(merchant.call, "POST", path, body, headers=headers) for _ in range(4)]
        statuses = {one.result().status_code for one in asked}

    assert statuses <= {200, 503}
    order = eventually(lambda: merchant.order(order["id"]), lambda now: now["refunds"] and is_settled(now))
    (entry,) = merchant.ledger(stack.gateway, order)
    assert (list(entry["refunds"].values()), len(order["refunds"])) == ([100], 1)


def test_different_refunds_at_once_never_give_back_more_than_was_taken(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin
) -> None:
    cart = begin(sell(), pay_with="tok_approve")
    submitted(cart)
    order = charged(merchant, cart.order)

    def refund(_: int) -> int:
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        return merchant.call("POST", f"/orders/{order['id']}/refund", {"amount": "8.00"}, headers=headers).status_code

    with ThreadPoolExecutor(4) as all_at_once:
        statuses = list(all_at_once.map(refund, range(4)))

    assert set(statuses) <= {200, 202, 409, 503}
    order = eventually(lambda: merchant.order(order["id"]), is_settled)
    (entry,) = merchant.ledger(stack.gateway, order)
    assert entry["refunded"] == sum(one["amount"] for one in order["refunds"]) <= entry["captured"]
    assert entry["refunded"] == 800 * len(order["refunds"])
