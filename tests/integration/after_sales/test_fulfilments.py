"""Fulfilments over the merchant API: parcels with their tracking, and their money where it is taken with them."""

from __future__ import annotations

from tests.builders import a_line
from tests.integration.deployment import Deployment
from tests.integration.placed import MUG_LINE, mugs, placed, sell_mugs, total_of
from till.domain.shop import CaptureMode
from till.runtime import wiring

TRACKING = {"carrier": "Canada Post", "number": "1Z999", "url": "https://track.example/1Z999"}


def taken_on(till: Deployment, mode: CaptureMode) -> None:
    till.change_settings(capture_mode=mode)
    wiring.catalog().shop("acme", fresh=True)


def test_goods_are_sent_with_their_tracking(till: Deployment) -> None:
    order = placed(till)
    reply = order.post("fulfil", {"tracking": TRACKING})
    assert (reply.status, reply.data["status"]) == (200, "fulfilled")
    (parcel,) = reply.data["fulfilments"]
    assert (parcel["lines"], parcel["tracking"]) == ([{"key": "line-1", "quantity": 1}], TRACKING)
    assert (till.stock().on_hand, till.stock().allocated, reply.data["to_send"]) == (9, 0, [])


def test_goods_are_sent_in_parcels(till: Deployment) -> None:
    sell_mugs(till)
    order = placed(till, [a_line(), MUG_LINE])
    detail = order.post("fulfil", {"lines": [{"key": "mugs", "quantity": 2}]}).data
    assert detail["status"] == "placed"
    assert detail["to_send"] == [{"key": "line-1", "quantity": 1}, {"key": "mugs", "quantity": 1}]
    refused = order.post("fulfil", {"lines": [{"key": "mugs", "quantity": 2}]})
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "lines.0.quantity")
    assert order.post("fulfil").data["status"] == "fulfilled"
    assert (mugs(till).on_hand, mugs(till).allocated) == (7, 0)


def test_a_key_is_honoured_and_not_asked_for(till: Deployment) -> None:
    sell_mugs(till)
    order = placed(till, [MUG_LINE])
    body = {"lines": [{"key": "mugs", "quantity": 1}]}
    first, again = (order.post("fulfil", body, key="parcel-0123456789") for _ in range(2))
    assert again.raw == first.raw
    order.post("fulfil", body, key="")
    assert len(order.detail["fulfilments"]) == 2


def test_an_order_that_was_not_charged_yet_is_charged_before_it_is_sent(till: Deployment) -> None:
    order = placed(till, charged=False)
    assert order.post("fulfil").data["charge"] == "captured"
    assert order.captures == [26200]


def test_money_is_taken_as_goods_are_sent(till: Deployment) -> None:
    taken_on(till, CaptureMode.ON_FULFILMENT)
    sell_mugs(till)
    order = placed(till, [a_line(), MUG_LINE])
    assert (order.detail["charge"], order.captures) == ("pending", [])
    order.post("fulfil", {"lines": [{"key": "line-1", "quantity": 1}]})
    assert order.captures == [26200], "the brewer with its taxes, and the shipping"
    detail = order.post("fulfil").data
    assert (detail["charge"], sum(order.captures)) == ("captured", total_of(a_line(), MUG_LINE))
    assert order.history == [("capture", "requested"), ("capture", "succeeded"), ("fulfil", "sent")] * 2


def test_goods_that_are_given_back_before_they_are_sent_are_never_paid(till: Deployment) -> None:
    taken_on(till, CaptureMode.ON_FULFILMENT)
    sell_mugs(till)
    order = placed(till, [a_line(), MUG_LINE])
    order.post("fulfil", {"lines": [{"key": "line-1", "quantity": 1}]})
    reply = order.refund(lines=[{"key": "mugs", "quantity": 3, "restock": True}], reason="Out of mugs.")
    detail = reply.data
    assert (detail["status"], detail["charge"], detail["net_total"]) == ("fulfilled", "captured", 26200)
    (refund,) = detail["refunds"]
    assert (refund["state"], refund["amount"], refund["refunded"], refund["waived"]) == ("succeeded", 3357, 0, 3357)
    assert (order.captures, order.refunds, mugs(till).available) == ([26200], [], 10)


def test_money_is_taken_on_request(till: Deployment) -> None:
    taken_on(till, CaptureMode.ON_REQUEST)
    order = placed(till)
    assert order.captures == []
    assert order.post("capture", {"amount": "100.00"}).data["charge"] == "pending"
    refused = order.post("capture", {"amount": "162.01"})
    message = "Only 162.00 CAD are left to capture."
    assert (refused.status, refused.body["errors"][0]["message"]) == (409, message)
    detail = order.post("capture").data
    assert (detail["charge"], detail["captured"], order.captures) == ("captured", 26200, [10_000, 16_200])
    assert order.post("capture").status == 200, "nothing is left, and that is what was asked for"


def test_of_what_is_captured_in_part_a_cancellation_gives_that_part_back(till: Deployment) -> None:
    taken_on(till, CaptureMode.ON_REQUEST)
    order = placed(till)
    order.post("capture", {"amount": "100.00"})
    detail = order.post("cancel").data
    assert (detail["charge"], detail["net_total"], order.refunds) == ("voided", 0, [10_000])
    assert [(one["kind"], one["amount"]) for one in detail["adjustments"]] == [
        ("refund", -10_000),
        ("not_captured", -16_200),
    ]
    assert order.post("capture").status == 409
