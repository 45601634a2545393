"""Cancellations over the merchant API: money, stock, gift cards and uses of codes are as they were before the order."""

from __future__ import annotations

from tests.builders import a_line
from tests.integration.deployment import Deployment
from tests.integration.gift_cards import a_gift_card, movements, take_gift_cards, worth
from tests.integration.placed import MUG_LINE, mugs, placed, sell_mugs
from tests.integration.shopper import JOHN, Shopper
from till.domain.discount import Discount
from till.domain.product import InventoryPolicy
from till.domain.stock import StockLevel
from till.runtime import wiring

UNTOUCHED = StockLevel(on_hand=10, held=0, allocated=0, available=10)


def uses(till: Deployment, discount: Discount) -> list[int]:
    """How often the code was used: by all, and by the customer."""
    order = Shopper.ready(till)
    order.put("/customer", JOHN)
    parts = [discount.part, *discount.customer_limits(["john.doe@example.com"])]
    return [till.stock(part).allocated for part in parts]


def test_an_order_that_is_not_charged_yet_is_voided(till: Deployment) -> None:
    order = placed(till, charged=False)
    reply = order.post("cancel", {"reason": "They changed their mind."})
    detail = reply.data
    assert (reply.status, detail["status"], detail["charge"]) == (200, "cancelled", "voided")
    assert (detail["total"], detail["net_total"], detail["captured"]) == (26200, 0, 0)
    assert detail["adjustments"] == [
        {"kind": "not_captured", "amount": -26200, "refund_id": None, "reason": ""},
    ]
    assert (till.live(), order.captures, order.refunds) == ([], [], [])
    assert till.stock() == UNTOUCHED
    till.deliver_streams()
    assert order.captures == [], "what its placing set off comes too late"
    assert order.history == [("cancel", "requested"), ("void", "succeeded")]


def test_an_order_that_is_charged_is_refunded(till: Deployment) -> None:
    order = placed(till)
    detail = order.post("cancel", {"reason": "Out of stock."}).data
    assert (detail["status"], detail["charge"], detail["net_total"]) == ("cancelled", "captured", 0)
    assert detail["adjustments"][0]["reason"] == "Out of stock."
    assert (order.refunds, till.stock()) == ([26200], UNTOUCHED)


def test_everything_that_the_order_used_up_is_there_again(till: Deployment) -> None:
    take_gift_cards(till)
    sell_mugs(till)
    gift = a_gift_card(till, 4000)
    code = till.offer(most_uses=5, most_uses_per_customer=1)
    order = placed(till, [a_line(), MUG_LINE], [gift], code="SAVE10")
    assert (till.stock().allocated, mugs(till).allocated, uses(till, code)) == (1, 3, [1, 1])
    detail = order.post("cancel").data
    assert detail["net_total"] == 0
    assert (till.stock(), mugs(till), uses(till, code)) == (UNTOUCHED, UNTOUCHED, [0, 0])
    assert [(one.kind, one.amount) for one in movements(gift.card)][1:] == [("spent", -4000), ("refunded", 4000)]
    assert worth(till, gift.card).available == 4000
    again = placed(till, gift_cards=[gift], code="SAVE10")
    assert again.detail["status"] == "placed"


def test_what_was_refunded_before_is_not_refunded_again(till: Deployment) -> None:
    sell_mugs(till)
    order = placed(till, [a_line(), MUG_LINE])
    part = order.refund(lines=[{"key": "mugs", "quantity": 2, "restock": True}]).data["refunded"]
    detail = order.post("cancel").data
    assert (detail["net_total"], order.refunds) == (0, [part, detail["total"] - part])
    assert mugs(till) == UNTOUCHED


def test_an_order_is_cancelled_once(till: Deployment) -> None:
    order = placed(till)
    first, again = (order.post("cancel", key="cancel-0123456789") for _ in range(2))
    assert again.raw == first.raw
    refused = order.post("cancel")
    assert (refused.status, refused.body["errors"][0]["field"]) == (409, "order")
    for what in ("fulfil", "refund"):
        assert order.post(what).status == 409
    assert order.refunds == [26200]


def test_goods_that_were_sent_are_refunded_and_not_cancelled(till: Deployment) -> None:
    order = placed(till)
    order.post("fulfil")
    assert order.post("cancel").status == 409
    assert (order.detail["status"], order.refunds) == ("fulfilled", [])


def test_a_shop_without_inventory_check_has_no_stock_to_give_back(till: Deployment) -> None:
    till.change_settings(inventory_check=False)
    wiring.catalog().shop("acme", fresh=True)
    order = placed(till)
    order.post("cancel")
    assert till.stock() == UNTOUCHED


def test_what_was_sold_below_zero_is_given_back(till: Deployment) -> None:
    [variant] = wiring.catalog().variants_by_platform_id("acme", ["66"]).values()
    wiring.stock().set_on_hand("acme", variant.id, 0)
    wiring.stock().set_policies("acme", {variant.id: InventoryPolicy.CONTINUE})
    order = placed(till)
    assert till.stock().available == -1
    order.post("cancel")
    assert till.stock() == StockLevel(on_hand=0, held=0, allocated=0, available=0, oversells=True)


def test_an_order_of_gift_cards_alone_asks_no_gateway(till: Deployment) -> None:
    take_gift_cards(till)
    gift = a_gift_card(till, 50_000)
    order = placed(till, gift_cards=[gift])
    detail = order.post("cancel").data
    assert (detail["charge"], detail["net_total"], till.ledger()) == ("captured", 0, [])
    assert worth(till, gift.card).available == 50_000
