"""Many at once: what is sold is sold once, what is charged is charged once, no change is lost."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from scripts.checkout_client import GUEST, WINNIPEG, Checkout, Merchant, Stack
from tests.e2e.deployment import TRY_AGAIN, Begin, Sell, settled, states, submitted, warm_up
from tests.proof import Guarantee, Proof, proves


@proves(Guarantee.SOLD_ONCE)
def test_twenty_shoppers_at_the_last_five_units_make_five_orders(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin, proof: Proof
) -> None:
    sku = sell(on_hand=5)
    with ThreadPoolExecutor(4) as few:
        carts = list(few.map(lambda _: begin(sku, pay_with="tok_approve"), range(20)))
    placed = begin(sell(), pay_with="tok_approve")
    submitted(placed)
    warm_up(placed, merchant, stack, together=20)

    with ThreadPoolExecutor(20) as all_at_once:
        answers = list(all_at_once.map(submitted, carts))

    assert Counter(answer.status_code for answer in answers) == {200: 5, 422: 15}
    refusals = [answer.json()["errors"] for answer in answers if answer.status_code == 422]
    # A machine so busy that an attempt's time is up tells its shopper to pay again, and sells the unit to another.
    assert {error["sub_type"] for errors in refusals for error in errors} <= {"insufficient_stock", "payment"}
    orders = [merchant.order(cart.order) for cart in carts]
    assert Counter(order["status"] for order in orders) == {"placed": 5, "open": 15}
    held = [entry for order in orders for entry in merchant.ledger(stack.gateway, order)]
    assert Counter(entry["state"] for entry in held) == {"authorized": 5}
    level = settled(merchant, sku)
    assert (level["on_hand"], level["held"], level["allocated"], level["available"]) == (5, 0, 5, 0)
    orders_placed = sum(answer.status_code == 200 for answer in answers)
    proof.saw("on the deployed stack, 20 shoppers at the last 5 units", f"{orders_placed} orders, {len(held)} payments")


@proves(Guarantee.ONE_ORDER)
@pytest.mark.parametrize("same_key", [False, True], ids=["clicks", "repeats"])
def test_an_order_submitted_ten_times_at_once_is_placed_and_paid_once(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin, proof: Proof, same_key: bool
) -> None:
    sku, rounds = sell(on_hand=100), proof.rounds(1, 10)
    authorized = sum(submitted_by_ten(merchant, stack, begin, sku, same_key) for _ in range(rounds))
    assert settled(merchant, sku)["allocated"] == 3 * rounds
    how = "one key" if same_key else "no key"
    tried = f"on the deployed stack, {rounds} orders, each submitted by ten at once under {how}"
    proof.saw(tried, f"{authorized} authorizations")


def submitted_by_ten(merchant: Merchant, stack: Stack, begin: Begin, sku: str, same_key: bool) -> int:
    """How many authorizations came of it, when it is placed."""
    cart = begin(sku, quantity=3, pay_with="tok_approve")
    headers = {"Idempotency-Key": f"process-{cart.order}"} if same_key else {}

    with ThreadPoolExecutor(10) as all_at_once:
        answers = list(all_at_once.map(lambda _: cart.call("POST", "/process_order", headers=headers), range(10)))

    statuses = Counter(answer.status_code for answer in answers)
    assert statuses.keys() <= {200, 422, *TRY_AGAIN}
    if same_key:
        assert 422 not in statuses
    fields = {error["field"] for answer in answers if answer.status_code == 422 for error in answer.json()["errors"]}
    assert fields <= {"is_processed"}
    assert submitted(cart, key=headers.get("Idempotency-Key", "")).status_code == (200 if same_key else 422)
    order = merchant.order(cart.order)
    assert order["status"] == "placed"
    assert [entry["outcome"] for entry in order["timeline"] if entry["what"] == "process"] == ["placed"]
    held = states(merchant.ledger(stack.gateway, order))
    assert held == ["authorized"]
    return len(held)


@proves(Guarantee.NO_LOST_EDITS)
def test_two_tabs_adding_at_the_same_time_lose_nothing(sell: Sell, begin: Begin) -> None:
    skus = [sell() for _ in range(8)]
    cart = begin()

    def add(sku: str) -> tuple[str, int]:
        tab = Checkout(cart.send, cart.shop, cart.order, cart.jwt)
        body = {"sku": sku, "quantity": 1, "line_item_key": sku}
        return sku, tab.call("POST", "/items", body).status_code

    with ThreadPoolExecutor(8) as tabs:
        answers = dict(tabs.map(add, skus))

    assert set(answers.values()) <= {200, *TRY_AGAIN}
    lines = cart.ask("GET", "/items")["line_items"]
    there = {line["product_data"]["line_item_key"] for line in lines}
    assert there == {sku for sku, status in answers.items() if status == 200}


@proves(Guarantee.NO_LOST_EDITS)
def test_a_customer_and_an_address_set_at_the_same_time_are_both_there(sell: Sell, begin: Begin) -> None:
    cart = begin(sell())
    calls = {"/customer/guest": GUEST, "/addresses/shipping": WINNIPEG, "/addresses/billing": WINNIPEG}

    def post(path: str) -> int:
        for _ in range(5):
            status = cart.call("POST", path, calls[path]).status_code
            if status not in TRY_AGAIN:
                break
        return status

    with ThreadPoolExecutor(3) as tabs:
        assert list(tabs.map(post, calls)) == [200, 200, 200]

    cart.ask("GET", "/refresh")
    assert cart.state["customer"]["email_address"] == GUEST["email_address"]
    assert cart.state["addresses"]["shipping"]["city"] == "Winnipeg"
    assert cart.state["addresses"]["billing"]["city"] == "Winnipeg"
