"""Discount codes while an order is being placed: the last use is sold once, and given back where there is no order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.builders import NOON, a_customer
from tests.integration.deployment import Deployment
from tests.integration.shopper import JOHN, Shopper, card
from till.domain.discount import Discount, DiscountKind
from till.domain.stock import StockLevel
from till.runtime import wiring

GONE = "The discount code {} cannot be used any more. Remove it from the order."


def with_code(till: Deployment, code: str, paid_with: str = "tok_approve", **customer: Any) -> Shopper:
    """An order with the code that only waits to be processed."""
    shopper = Shopper.ready(till, paid_with)
    if customer:
        shopper.put("/customer", JOHN | customer)
    assert shopper.post("/discounts", {"code": code}).status == 200
    shopper.post("/taxes")
    return shopper


def limited(till: Deployment, **changes: Any) -> Discount:
    """A code that can be used once."""
    return till.offer("LAST", **{"most_uses": 1} | changes)


def uses(till: Deployment, discount: Discount) -> tuple[int, int]:
    """Uses that are held, and that are sold."""
    level: StockLevel = till.stock(discount.part)
    assert level.available == level.on_hand - level.held - level.allocated >= 0
    return level.held, level.allocated


# The last use


def test_of_two_shoppers_with_the_last_use_of_a_code_one_gets_the_order(till: Deployment) -> None:
    last = limited(till)
    first, second = with_code(till, "LAST"), with_code(till, "LAST", "tok_requires_action")
    assert first.process().state["is_processed"] is True
    refused = second.process()
    assert refused.errors == [
        {
            "message": GONE.format("LAST"),
            "type": "order",
            "field": "discounts",
            "severity": "validation",
            "sub_type": "discounts",
        }
    ]
    # No money of the second one moved, and its stock is free.
    assert len(till.ledger()) == 1
    assert (till.stock().held, till.stock().allocated) == (0, 1)
    assert uses(till, last) == (0, 1)
    second.delete("/discounts", {"code": "LAST"})
    second.post("/taxes")
    second.post("/payments", card())
    second.delete("/payments", card("tok_requires_action"))
    assert second.post("/payments", card()).state["order_balance"] == 0
    assert second.process().state["is_processed"] is True


def test_a_use_that_another_shopper_holds_is_not_there_and_is_again_when_that_one_leaves(till: Deployment) -> None:
    last = limited(till)
    first, second = with_code(till, "LAST"), with_code(till, "LAST")
    assert first.pre_process().status == 200
    assert uses(till, last) == (1, 0)
    assert second.process().messages == [GONE.format("LAST")]
    first.delete("/discounts", {"code": "LAST"})
    assert uses(till, last) == (0, 0)
    assert second.process().state["is_processed"] is True
    assert uses(till, last) == (0, 1)


def test_a_code_without_a_limit_is_not_counted(till: Deployment) -> None:
    free = till.offer("FREE")
    assert with_code(till, "FREE").process().status == 200
    assert wiring.stock().levels("acme", [free.part])[free.part] == StockLevel(0, 0, 0, 0)


def test_with_the_inventory_check_off_codes_are_counted_all_the_same(till: Deployment) -> None:
    till.change_settings(inventory_check=False)
    last = limited(till)
    first, second = with_code(till, "LAST"), with_code(till, "LAST")
    assert first.process().status == 200
    assert second.process().messages == [GONE.format("LAST")]
    assert uses(till, last) == (0, 1)
    assert till.stock().available == 10


# A use is given back


def test_a_declined_card_gives_the_use_back(till: Deployment) -> None:
    last = limited(till)
    shopper = with_code(till, "LAST", "tok_decline")
    assert shopper.process().status == 422
    assert uses(till, last) == (0, 0)
    shopper.delete("/payments", card("tok_decline"))
    shopper.post("/payments", card())
    assert shopper.process().state["is_processed"] is True
    assert uses(till, last) == (0, 1)


def test_a_parked_order_whose_time_is_over_gives_the_use_back(till: Deployment) -> None:
    last = limited(till)
    shopper = with_code(till, "LAST")
    shopper.pre_process()
    till.clock.pass_(minutes=15, seconds=1)
    assert till.reap().undone == 1
    assert uses(till, last) == (0, 0)
    assert with_code(till, "LAST", email_address="other@example.com").process().status == 200


def test_3d_secure_counts_a_use_once_and_gives_it_back_where_the_shopper_leaves(till: Deployment) -> None:
    last = limited(till, most_uses_per_customer=1)
    shopper = with_code(till, "LAST", "tok_requires_action")
    assert shopper.process().status == 202
    assert uses(till, last) == (1, 0)
    shopper.put("/items", {"line_item_key": "line-1", "quantity": 2})
    assert uses(till, last) == (0, 0)
    shopper.post("/taxes")
    shopper.put("/payments", card("tok_requires_action", amount=60_000))
    assert shopper.process().status == 202
    assert shopper.process().state["is_processed"] is True
    assert uses(till, last) == (0, 1)


# What the merchant changed since the code was added


@pytest.mark.parametrize(
    "change",
    [
        lambda till: till.offer(ends_at=NOON),
        lambda till: till.offer(starts_at=4_000_000_000),
        lambda till: wiring.discounts().delete_discount("acme", till.offer()),
    ],
    ids=["ended", "put off", "deleted"],
)
def test_a_code_that_is_over_is_named_and_the_order_can_go_on_without_it(
    till: Deployment, change: Callable[[Deployment], object]
) -> None:
    till.offer()
    shopper = with_code(till, "SAVE10")
    change(till)
    refused = shopper.process()
    assert (refused.status, refused.messages, refused.fields) == (422, [GONE.format("SAVE10")], ["discounts"])
    assert till.ledger() == []
    shopper.delete("/discounts", {"code": "SAVE10"})
    shopper.post("/taxes")
    assert shopper.process().state["order_total"] == 26200


def test_a_code_that_takes_less_by_now_is_told_with_the_new_total(till: Deployment) -> None:
    till.offer()
    shopper = with_code(till, "SAVE10")
    till.offer(value=50_000)
    refused = shopper.process()
    assert refused.messages == ["The discount SAVE10 has changed: this order comes to 249.40 CAD now."]
    assert till.ledger() == []
    assert shopper.state["order_total"] == 24940
    assert shopper.process().state["order_total"] == 24940
    assert till.live() == [24940]


def test_a_code_that_asks_for_more_by_now_is_told_with_its_condition(till: Deployment) -> None:
    till.offer()
    shopper = with_code(till, "SAVE10")
    till.offer(minimum_quantity=2)
    assert shopper.process().messages == ["This order is too small for SAVE10."]
    shopper.put("/items", {"line_item_key": "line-1", "quantity": 2})
    shopper.post("/taxes")
    shopper.put("/payments", card(amount=60_000))
    assert shopper.process().state["is_processed"] is True


def test_codes_that_cannot_be_together_by_now_are_refused(till: Deployment) -> None:
    till.change_settings(most_discount_codes=2)
    for code in ("A", "B"):
        till.offer(code, combines=True)
    shopper = with_code(till, "A")
    assert shopper.post("/discounts", {"code": "B"}).status == 200
    shopper.post("/taxes")
    till.offer("B", combines=False)
    assert shopper.process().messages == ["B cannot be combined with other discount codes."]
    till.offer("B", combines=True)
    till.change_settings(most_discount_codes=1)
    assert shopper.process().messages == ["An order has at most one discount code."]


def test_a_code_that_is_limited_by_now_is_counted(till: Deployment) -> None:
    till.offer()
    first, second = with_code(till, "SAVE10"), with_code(till, "SAVE10")
    code = till.offer(most_uses=1)
    for shopper in (first, second):
        assert "SAVE10 has changed" in shopper.process().messages[0]
    assert first.process().status == 200
    assert second.process().messages == [GONE.format("SAVE10")]
    assert uses(till, code) == (0, 1)


def test_a_new_name_of_a_code_changes_nothing_of_the_sale(till: Deployment) -> None:
    till.offer()
    shopper = with_code(till, "SAVE10")
    till.offer(text="Ten percent off, really")
    assert shopper.process().state["is_processed"] is True


# Limits by customer


def test_a_code_once_by_customer_is_once_by_mailbox(till: Deployment) -> None:
    till.offer("ONCE", most_uses_per_customer=1)
    first = with_code(till, "ONCE", email_address="john@example.com")
    again = with_code(till, "ONCE", email_address="John+Again@Example.com")
    other = with_code(till, "ONCE", email_address="jane@example.com")
    assert first.process().status == 200
    assert again.process().messages == [GONE.format("ONCE")]
    assert other.process().status == 200


def test_a_code_once_by_customer_is_once_by_the_merchants_id_and_for_the_guest_of_yesterday(till: Deployment) -> None:
    till.offer("ONCE", most_uses_per_customer=1)

    def known(platform_id: str, email: str) -> Shopper:
        """A customer of the merchant's, or a guest where the id is empty."""
        shopper = with_code(till, "ONCE")
        order = till.order(shopper.order_id)
        customer = a_customer(platform_id=platform_id, email=email)
        wiring.orders().save(order.with_basket(replace(order.basket, customer=customer)))
        return shopper

    first, moved, guest = known("7", "a@example.com"), known("7", "b@example.com"), known("", "a@example.com")
    assert first.process().status == 200
    assert moved.process().messages == guest.process().messages == [GONE.format("ONCE")]
    assert known("8", "c@example.com").process().status == 200


def test_another_e_mail_while_an_order_is_parked_is_another_customer(till: Deployment) -> None:
    code = till.offer("ONCE", most_uses_per_customer=1)
    spent = with_code(till, "ONCE", email_address="spent@example.com")
    shopper = with_code(till, "ONCE", email_address="fresh@example.com")
    assert spent.process().status == 200
    assert shopper.pre_process().status == 200
    shopper.put("/customer", JOHN | {"email_address": "spent@example.com"})
    assert shopper.process().messages == [GONE.format("ONCE")]
    (own,) = code.customer_limits(["fresh@example.com"])
    assert till.stock(own).held == till.stock(own).allocated == 0


def test_a_higher_limit_by_customer_counts_what_was_used_before(till: Deployment) -> None:
    till.offer("ONCE", most_uses_per_customer=1)
    first, second, third = (with_code(till, "ONCE") for _ in range(3))
    assert first.process().status == 200
    assert second.process().messages == [GONE.format("ONCE")]
    till.offer("ONCE", most_uses_per_customer=2)
    assert second.process().status == 200
    assert third.process().messages == [GONE.format("ONCE")]


# Nothing to pay


@pytest.mark.parametrize("with_card", [True, False])
def test_an_order_that_codes_make_free_is_placed_without_a_gateway(till: Deployment, with_card: bool) -> None:
    till.change_settings(most_discount_codes=2)
    till.offer("ALL", value=1_000_000, combines=True)
    till.offer("SHIPFREE", kind=DiscountKind.FREE_SHIPPING, value=0, combines=True)
    shopper = with_code(till, "ALL", "tok_decline" if with_card else "")
    shopper.post("/discounts", {"code": "SHIPFREE"})
    assert shopper.post("/taxes").state["order_total"] == 0
    processed = shopper.process().state
    assert (processed["is_processed"], processed["order_total"], processed["payments"]) == (True, 0, [])
    assert till.ledger() == []
    assert till.stock().allocated == 1
    assert till.order(shopper.order_id).number == 1
