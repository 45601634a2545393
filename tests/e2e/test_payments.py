"""Money is authorized once, whatever happens on the way, and what is not used is given back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from scripts.checkout_client import Checkout, Merchant, Stack
from tests.e2e.deployment import Begin, Sell, eventually, settled, states, submitted


def test_pre_process_then_process_is_one_authorization(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin
) -> None:
    sku = sell(on_hand=3)
    cart = begin(sku, pay_with="tok_approve")

    assert submitted(cart, "/pre_process_order").status_code == 200
    assert cart.state["is_processed"] is False
    assert merchant.stock(sku)["held"] == 1
    assert submitted(cart).status_code == 200

    assert cart.state["is_processed"] is True
    order = merchant.order(cart.order)
    assert states(merchant.ledger(stack.gateway, order)) == ["authorized"]
    assert len({entry["attempt"] for entry in order["timeline"] if entry["attempt"]}) == 1
    level = settled(merchant, sku)
    assert (level["held"], level["allocated"], level["available"]) == (0, 1, 2)


def test_pre_process_is_repeated_without_a_second_authorization(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin
) -> None:
    cart = begin(sell(), pay_with="tok_approve")

    assert [submitted(cart, "/pre_process_order").status_code for _ in range(2)] == [200, 200]

    assert states(merchant.ledger(stack.gateway, merchant.order(cart.order))) == ["authorized"]


def test_three_d_secure_is_one_authorization(merchant: Merchant, stack: Stack, sell: Sell, begin: Begin) -> None:
    sku = sell(on_hand=1)
    cart = begin(sku, pay_with="tok_requires_action")

    asked = submitted(cart)
    assert asked.status_code == 202
    assert asked.json()["handleSCA"] is True
    assert asked.json()["clientSecretToken"]
    assert merchant.stock(sku)["available"] == 0
    assert submitted(cart).status_code == 200

    order = merchant.order(cart.order)
    assert order["status"] == "placed"
    assert states(merchant.ledger(stack.gateway, order)) == ["authorized"]
    assert settled(merchant, sku)["allocated"] == 1


def test_an_edit_after_pre_process_gives_the_first_authorization_back(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin
) -> None:
    sku = sell(on_hand=5)
    cart = begin(sku, pay_with="tok_approve")
    assert submitted(cart, "/pre_process_order").status_code == 200

    cart.ask("PUT", "/items", {"line_item_key": sku, "quantity": 2})
    assert states(merchant.ledger(stack.gateway, merchant.order(cart.order))) == ["voided"]
    cart.ask("POST", "/taxes")
    pay_all(cart, stack)
    assert submitted(cart).status_code == 200

    order = merchant.order(cart.order)
    ledger = merchant.ledger(stack.gateway, order)
    assert states(ledger) == ["voided", "authorized"]
    assert [entry["amount"] for entry in ledger if entry["state"] == "authorized"] == [cart.state["order_total"]]
    level = settled(merchant, sku)
    assert (level["held"], level["allocated"], level["available"]) == (0, 2, 3)


def test_an_edit_that_changes_no_money_keeps_the_authorization(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin
) -> None:
    cart = begin(sell(), pay_with="tok_approve")
    assert submitted(cart, "/pre_process_order").status_code == 200

    customer = cart.state["customer"]
    cart.ask(
        "PUT", "/customer", {name: customer[name] for name in ("first_name", "email_address")} | {"last_name": "X"}
    )
    assert submitted(cart).status_code == 200

    assert states(merchant.ledger(stack.gateway, merchant.order(cart.order))) == ["authorized"]


def test_an_order_is_locked_while_it_is_processed(merchant: Merchant, stack: Stack, sell: Sell, begin: Begin) -> None:
    cart = begin(sell(), pay_with="tok_slow")

    with ThreadPoolExecutor(1) as shopper:
        answer = shopper.submit(submitted, cart)
        assert eventually(lambda: merchant.ledger(stack.gateway, merchant.order(cart.order)), bool)
        edit, second = cart.call("DELETE", "/customer"), cart.process()
        seen = cart.ask("GET", "/refresh")["application_state"]

    assert edit.status_code == 530
    assert second.status_code in (530, 422), "422 where it came when the order was placed"
    assert edit.json()["errors"][0]["sub_type"] == "order_locked"
    assert seen["customer"]["first_name"] == "John"
    assert answer.result().status_code == 200
    assert states(merchant.ledger(stack.gateway, merchant.order(cart.order))) == ["authorized"]


@pytest.mark.parametrize("token", ["tok_timeout_after_success", "tok_error_before", "tok_slow"])
def test_a_gateway_that_answers_late_is_charged_once(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin, token: str
) -> None:
    cart = begin(sell(), pay_with=token)

    assert submitted(cart).status_code == 200

    assert states(merchant.ledger(stack.gateway, merchant.order(cart.order))) == ["authorized"]


def pay_all(cart: Checkout, stack: Stack) -> None:
    """The payment again, for what the order comes to now."""
    token = cart.state["payments"][0]["token"]
    total = cart.state["order_total"]
    cart.ask("PUT", "/payments", {"gateway_public_id": stack.gateway, "token": token, "amount": total})
