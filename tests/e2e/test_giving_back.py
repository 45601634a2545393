"""What comes after placing, on the deployed stack: charged, partly refunded, sent; another order cancelled."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from scripts.checkout_client import Json, Merchant, Stack
from scripts.demo_shop import GIFT_CARD_GATEWAY
from tests.e2e.deployment import Begin, Sell, eventually, settled, submitted

NO_CARD = [("loaded", "4.00"), ("spent", "-4.00")]


def issued(merchant: Merchant) -> Json:
    """A gift card with 4.00 on it."""
    card: Json = merchant.ask("POST", "/gift_cards", {"amount": "4.00"})["data"]
    return card


def offered(merchant: Merchant) -> str:
    """A code for ten percent off that can be used once."""
    code = f"ONCE{uuid.uuid4().hex[:8].upper()}"
    body = {"kind": "percentage", "percent": "10", "most_uses": 1}
    merchant.ask("PUT", f"/discounts/{code}", body)
    return code


def placed(begin: Begin, stack: Stack, sku: str, card: Json, code: str) -> str:
    """Three units with the code, paid by the gift card and the rest by card."""
    cart = begin(sku, quantity=3, pay_with="tok_approve")
    for payment in cart.state["payments"]:
        cart.ask("DELETE", "/payments", {name: payment[name] for name in ("gateway_public_id", "token")})
    cart.ask("POST", "/discounts", {"code": code})
    cart.ask("POST", "/taxes")
    cart.pay(GIFT_CARD_GATEWAY, card["code"])
    cart.pay(stack.gateway, "tok_approve")
    assert submitted(cart).status_code == httpx.codes.OK
    return cart.order


def charged(merchant: Merchant, order_id: str) -> Json:
    """The order once its money is there."""
    return eventually(lambda: merchant.order(order_id), lambda order: order["charge"] == "captured")


def done(merchant: Merchant, order: Json, what: str, body: Any, key: str = "") -> Json:
    """What a merchant does with an order, when it is carried out; sent again while the machine is too busy."""
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    answer = eventually(
        lambda: merchant.call("POST", f"/orders/{order['id']}/{what}", body, headers=headers),
        lambda answer: answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR,
    )
    assert answer.status_code in (httpx.codes.OK, httpx.codes.ACCEPTED), answer.text
    return eventually(lambda: merchant.order(order["id"]), lambda now: is_settled(now))


def is_settled(order: Json) -> bool:
    return all(one["state"] != "pending" for one in order["transactions"])


def movements(merchant: Merchant, card: Json) -> list[tuple[str, str]]:
    shown = merchant.ask("GET", f"/gift_cards/{card['id']}")["data"]
    return [(one["kind"], one["amount"]) for one in shown["movements"]]


def history(order: Json) -> list[str]:
    return [f"{one['what']} {one['outcome']}" for one in order["timeline"]]


def test_an_order_is_charged_partly_refunded_and_sent(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin
) -> None:
    sku, card, code = sell(10), issued(merchant), offered(merchant)
    order = charged(merchant, placed(begin, stack, sku, card, code))
    key, body = uuid.uuid4().hex, {"lines": [{"key": sku, "quantity": 1, "restock": True}], "reason": "A dent."}
    order = done(merchant, order, "refund", body, key)
    order = done(merchant, order, "refund", body, key)
    order = done(merchant, order, "fulfil", {"tracking": {"carrier": "Post", "number": "1Z"}})

    (refund,) = order["refunds"]
    assert refund["state"] == "succeeded"
    assert order["status"] == "fulfilled"
    assert order["net_total"] == order["total"] - refund["amount"]
    (entry,) = merchant.ledger(stack.gateway, order)
    assert list(entry["captures"].values()) == [order["total"] - 400]
    assert list(entry["refunds"].values()) == [refund["amount"]]
    assert movements(merchant, card) == NO_CARD, "gift cards come last"
    level = eventually(lambda: settled(merchant, sku), lambda level: not level["allocated"])
    assert (level["on_hand"], level["available"]) == (8, 8)
    assert history(order) == [
        "pre_process passed",
        "check_inventory held",
        "authorize authorized",
        "gift_card spent",
        "process placed",
        "capture succeeded",
        "refund requested",
        "refund succeeded",
        "fulfil requested",
    ]


def test_a_cancelled_order_leaves_everything_as_it_was(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin
) -> None:
    sku, card, code = sell(10), issued(merchant), offered(merchant)
    order = charged(merchant, placed(begin, stack, sku, card, code))
    order = done(merchant, order, "cancel", {"reason": "They changed their mind."})

    assert (order["status"], order["net_total"]) == ("cancelled", 0)
    (entry,) = merchant.ledger(stack.gateway, order)
    assert list(entry["refunds"].values()) == list(entry["captures"].values()) == [order["total"] - 400]
    assert movements(merchant, card) == [*NO_CARD, ("refunded", "4.00")]
    level = eventually(lambda: settled(merchant, sku), lambda level: not level["allocated"])
    assert (level["on_hand"], level["available"]) == (10, 10)
    uses = eventually(
        lambda: merchant.ask("GET", f"/discounts/{code}")["data"]["uses"], lambda uses: not uses["allocated"]
    )
    assert uses == {"allocated": 0, "held": 0}
    again = merchant.order(placed(begin, stack, sku, card, code))
    assert again["discounts"][0]["code"] == code


def test_one_request_sent_eight_times_at_once_gives_back_once(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin
) -> None:
    cart = begin(sell(), pay_with="tok_approve")
    submitted(cart)
    order, headers = charged(merchant, cart.order), {"Idempotency-Key": uuid.uuid4().hex}
    path, body = f"/orders/{order['id']}/refund", {"amount": "1.00"}

    with ThreadPoolExecutor(8) as all_at_once:
        asked = [all_at_once.submit(merchant.call, "POST", path, body, headers=headers) for _ in range(8)]
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
        return merchant.call("POST", f"/orders/{order['id']}/refund", {"amount": "4.00"}, headers=headers).status_code

    with ThreadPoolExecutor(8) as all_at_once:
        statuses = list(all_at_once.map(refund, range(8)))

    assert set(statuses) <= {200, 202, 409, 503}
    order = eventually(lambda: merchant.order(order["id"]), is_settled)
    (entry,) = merchant.ledger(stack.gateway, order)
    assert entry["refunded"] == sum(one["amount"] for one in order["refunds"]) <= entry["captured"]
    assert entry["refunded"] == 400 * len(order["refunds"])
