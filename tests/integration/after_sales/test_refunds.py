"""Refunds over the merchant API: money and goods go back once, and never more than was taken."""

from __future__ import annotations

import pytest

from tests.builders import a_line
from tests.integration.deployment import Deployment
from tests.integration.gift_cards import a_gift_card, movements, take_gift_cards, worth
from tests.integration.placed import MUG_LINE, Placed, mugs, placed, sell_mugs, total_of

KEY = "refund-0123456789"


@pytest.fixture
def order(till: Deployment) -> Placed:
    """One brewing system for 262.00 CAD, charged."""
    return placed(till)


def test_with_nothing_named_all_of_it_goes_back(order: Placed) -> None:
    reply = order.refund(reason="It never arrived.")
    assert reply.status == 200
    detail = reply.data
    assert (detail["total"], detail["net_total"], detail["refunded"]) == (26200, 0, 26200)
    (refund,) = detail["refunds"]
    assert (refund["state"], refund["amount"], refund["refunded"]) == ("succeeded", 26200, 26200)
    assert detail["adjustments"] == [
        {"kind": "refund", "amount": -26200, "refund_id": refund["id"], "reason": "It never arrived."}
    ]
    assert order.refunds == [26200]
    assert order.detail == detail


def test_a_part_goes_back_and_the_totals_stay(order: Placed) -> None:
    before = order.detail
    detail = order.refund(amount="12.50").data
    assert detail["totals"] == before["totals"]
    assert (detail["total"], detail["net_total"]) == (26200, 24950)
    (payment,) = detail["payments"]
    assert (payment["captured"], payment["refunded"], payment["refundable"]) == (26200, 1250, 24950)
    assert [(one["kind"], one["state"], one["amount"]) for one in detail["transactions"]] == [
        ("capture", "succeeded", 26200),
        ("refund", "succeeded", 1250),
    ]
    assert order.history[-2:] == [("refund", "requested"), ("refund", "succeeded")]


def test_the_same_key_gives_back_once(order: Placed) -> None:
    first, again = (order.refund(KEY, amount="10.00") for _ in range(2))
    assert again.raw == first.raw
    assert order.refunds == [1000]


def test_the_same_key_with_another_body_is_refused(order: Placed) -> None:
    order.refund(KEY, amount="10.00")
    assert order.refund(KEY, amount="11.00").status == 422
    assert order.refunds == [1000]


@pytest.mark.parametrize("what", ["capture", "cancel", "refund"])
def test_money_moves_under_an_idempotency_key_only(order: Placed, what: str) -> None:
    refused = order.post(what, {}, key="")
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert order.refunds == []


def test_never_more_than_was_captured(order: Placed) -> None:
    order.refund(amount="200.00")
    refused = order.refund(amount="62.01")
    assert (refused.status, refused.body["errors"][0]["message"]) == (409, "Only 62.00 CAD can be refunded.")
    assert order.refund(amount="62.00").status == 200
    assert order.refund().status == 409
    assert order.refunds == [20000, 6200]


def test_lines_go_back_unit_by_unit_and_sum_to_what_they_cost(till: Deployment) -> None:
    sell_mugs(till)
    order = placed(till, [a_line(), MUG_LINE])
    parts = [
        order.refund(lines=[{"key": "mugs", "quantity": 1, "restock": True}]).data["refunds"][-1]["amount"]
        for _ in range(3)
    ]
    # 29.97 with taxes of 5 and 7 percent.
    assert sum(parts) == 2997 + 150 + 210
    assert len(set(parts)) == 1
    assert mugs(till).available == mugs(till).on_hand == 10
    refused = order.refund(lines=[{"key": "mugs", "quantity": 1}])
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "lines.0.quantity")
    rest = order.refund(lines=[{"key": "line-1", "quantity": 1}], shipping=True)
    assert rest.data["net_total"] == 0
    assert sum(order.refunds) == total_of(a_line(), MUG_LINE)


def test_units_that_are_not_restocked_are_written_off(till: Deployment) -> None:
    sell_mugs(till)
    order = placed(till, [MUG_LINE])
    order.refund(lines=[{"key": "mugs", "quantity": 2}])
    assert (mugs(till).on_hand, mugs(till).allocated, mugs(till).available) == (8, 1, 7)


def test_units_that_were_sent_come_back_on_the_shelf_or_do_not(till: Deployment) -> None:
    sell_mugs(till)
    order = placed(till, [MUG_LINE])
    assert order.post("fulfil").data["status"] == "fulfilled"
    assert (mugs(till).on_hand, mugs(till).allocated) == (7, 0)
    order.refund(lines=[{"key": "mugs", "quantity": 1, "restock": True}])
    assert (mugs(till).on_hand, mugs(till).available) == (8, 8)
    order.refund(lines=[{"key": "mugs", "quantity": 1}])
    assert (mugs(till).on_hand, mugs(till).available) == (8, 8)


def test_the_last_card_first_and_gift_cards_last(till: Deployment) -> None:
    take_gift_cards(till)
    gift = a_gift_card(till, 4000)
    order = placed(till, gift_cards=[gift])
    detail = order.refund(amount="230.00").data
    assert {one["type"]: one["refunded"] for one in detail["payments"]} == {"gift_card": 800, "credit_card": 22200}
    assert order.refunds == [22200]
    assert [(one.kind, one.amount) for one in movements(gift.card)][1:] == [("spent", -4000), ("refunded", 800)]
    assert worth(till, gift.card).available == 800


def test_payments_are_named(till: Deployment) -> None:
    take_gift_cards(till)
    gift = a_gift_card(till, 4000)
    order = placed(till, gift_cards=[gift])
    by_type = {one["type"]: one["id"] for one in order.detail["payments"]}
    named = [{"id": by_type["gift_card"], "amount": "30.00"}, {"id": by_type["credit_card"], "amount": "1.00"}]
    assert order.refund(amount="31.00", payments=named).status == 200
    assert (order.refunds, worth(till, gift.card).available) == ([100], 3000)
    refused = order.refund(amount="32.00", payments=named)
    assert (refused.status, refused.body["errors"][0]["field"]) == (409, "payments.0.amount")
