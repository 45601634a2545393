"""Gift cards in the order workflow: spent with the order or free again, once, and never below zero."""

from __future__ import annotations

import pytest

from tests.builders import a_payment, a_variant
from tests.integration.deployment import Deployment, put_ready_order
from tests.integration.gift_cards import (
    GATEWAY,
    Issued,
    a_gift_card,
    disable,
    merchant,
    movements,
    take_gift_cards,
    worth,
)
from tests.integration.shopper import Shopper, card
from tests.integration.workflow.test_processing import assert_nothing_is_left
from till.domain.attempt import Goal
from till.domain.stock import StockLevel
from till.runtime import backstage, wiring

NOT_ENOUGH = "There is not enough left on this gift card. Remove it, or use less."
NO_LONGER_GOOD = "This gift card cannot be used any more. Remove it, or pay another way."


@pytest.fixture(autouse=True)
def shop(till: Deployment) -> None:
    take_gift_cards(till)


def paying(till: Deployment, *gifts: Issued, then: str = "") -> Shopper:
    """A shopper with an order of 262.00 CAD, all of which is paid: by gift cards, and what they leave by card."""
    shopper = Shopper.ready(till, paid_with="")
    for gift in gifts:
        assert shopper.post("/payments", gift.payment()).status == 200
    if then:
        assert shopper.post("/payments", card(then)).status == 200
    return shopper


def test_a_gift_card_and_a_card_pay_an_order_together(till: Deployment) -> None:
    gift = a_gift_card(till, 4000)
    shopper = paying(till, gift, then="tok_approve")
    assert shopper.process().state["is_processed"] is True
    assert worth(till, gift.card) == StockLevel(on_hand=4000, held=0, allocated=4000, available=0)
    assert till.live() == [22200]
    assert till.stock().allocated == 1


def test_what_a_gift_card_paid_is_in_the_orders_timeline_and_in_the_cards_ledger(till: Deployment) -> None:
    gift = a_gift_card(till, 5000)
    shopper = Shopper.ready(till, paid_with="")
    shopper.post("/payments", gift.payment(amount=4000))
    shopper.post("/payments", card())
    shopper.process()
    till.deliver_streams()
    order = merchant(f"/orders/{shopper.order_id}").data
    paid = [(one["type"], one["amount"], one["display_string"], one["gift_card_id"]) for one in order["payments"]]
    assert paid == [("gift_card", 4000, gift.code[-4:], gift.card.id), ("credit_card", 22200, "", None)]
    told = [entry["detail"] for entry in order["timeline"] if entry["what"] == "gift_card"]
    assert told == [{"last_characters": gift.code[-4:], "amount": "40.00", "currency": "CAD"}]
    ledger = merchant(f"/gift_cards/{gift.card.id}").data
    assert [ledger[name] for name in ("loaded", "held", "spent", "balance")] == ["50.00", "0.00", "40.00", "10.00"]
    spent = ledger["movements"][-1]
    assert (spent["kind"], spent["amount"], spent["number"]) == ("spent", "-40.00", order["number"])
    assert (spent["order_id"], spent["at"]) == (order["id"], order["placed_at"])


def test_gift_cards_that_pay_for_everything_ask_no_gateway(till: Deployment) -> None:
    gifts = [a_gift_card(till, amount) for amount in (20_000, 50_000)]
    shopper = paying(till, *gifts)
    assert shopper.process().state["is_processed"] is True
    assert till.ledger() == []
    assert [worth(till, gift.card).allocated for gift in gifts] == [20_000, 6200]
    assert [one["amount"] for one in shopper.state["payments"]] == [20_000, 6200]


@pytest.mark.parametrize("token", ["tok_decline", "tok_nonsense"])
def test_a_card_that_is_declined_frees_the_gift_card_and_there_is_no_order(till: Deployment, token: str) -> None:
    gift = a_gift_card(till, 4000)
    shopper = paying(till, gift, then=token)
    assert shopper.process().status == 422
    assert_nothing_is_left(till, shopper.order_id)
    assert worth(till, gift.card) == StockLevel(on_hand=4000, held=0, allocated=0, available=4000)
    shopper.delete("/payments", card(token))
    shopper.post("/payments", card())
    assert shopper.process().status == 200
    assert worth(till, gift.card).allocated == 4000


def test_a_card_that_was_declined_leaves_the_gift_card_at_once(till: Deployment) -> None:
    """Before the streams are delivered, its balance is the same to whoever pays with it."""
    gift = a_gift_card(till, 4000)
    shopper = paying(till, gift, then="tok_decline")
    shopper.process()
    assert shopper.post("/payments", gift.payment()).data["payment"]["balance"] == 4000
    assert Shopper.ready(till, paid_with="").post("/payments", gift.payment()).data["payment"]["balance"] == 4000


def test_one_balance_pays_for_one_of_two_shoppers(till: Deployment) -> None:
    gift = a_gift_card(till, 4000)
    first, second = (paying(till, gift, then="tok_approve") for _ in range(2))
    assert first.process().status == 200
    refused = second.process()
    assert (refused.status, refused.messages, refused.fields) == (422, [NOT_ENOUGH], ["payment"])
    assert till.live() == [22200]
    assert worth(till, gift.card) == StockLevel(on_hand=4000, held=0, allocated=4000, available=0)
    assert len(movements(gift.card)) == 2


def test_what_is_held_by_one_shopper_is_not_there_for_another(till: Deployment) -> None:
    gift = a_gift_card(till, 4000)
    first, second = (paying(till, gift, then="tok_approve") for _ in range(2))
    first.pre_process()
    assert worth(till, gift.card).held == 4000
    assert second.process().messages == [NOT_ENOUGH]
    assert first.process().status == 200


def test_pre_process_then_process_takes_the_money_once(till: Deployment) -> None:
    gift = a_gift_card(till, 4000)
    shopper = paying(till, gift, then="tok_approve")
    shopper.pre_process()
    shopper.pre_process()
    assert shopper.process().state["is_processed"] is True
    assert shopper.process().status == 422
    assert worth(till, gift.card) == StockLevel(on_hand=4000, held=0, allocated=4000, available=0)
    assert [entry.calls for entry in till.ledger()] == [1]


def test_3d_secure_takes_the_money_once(till: Deployment) -> None:
    gift = a_gift_card(till, 4000)
    shopper = paying(till, gift, then="tok_requires_action")
    assert shopper.process().status == 202
    assert worth(till, gift.card).held == 4000
    assert shopper.process().state["is_processed"] is True
    assert worth(till, gift.card).allocated == 4000


def test_what_a_parked_order_holds_is_there_for_its_own_shopper(till: Deployment) -> None:
    gift = a_gift_card(till, 4000)
    shopper = paying(till, gift, then="tok_approve")
    shopper.pre_process()
    assert shopper.put("/payments", gift.sent(3000)).status == 200
    assert worth(till, gift.card).held == 0
    shopper.put("/payments", card(amount=23200))
    assert shopper.process().status == 200
    assert worth(till, gift.card) == StockLevel(on_hand=4000, held=0, allocated=3000, available=1000)


def test_an_attempt_that_the_shopper_leaves_frees_the_gift_card(till: Deployment) -> None:
    gift = a_gift_card(till, 4000)
    paying(till, gift, then="tok_approve").pre_process()
    till.clock.pass_(minutes=16)
    assert till.reap().undone == 1
    assert worth(till, gift.card) == StockLevel(on_hand=4000, held=0, allocated=0, available=4000)


def test_money_that_was_held_too_long_is_anothers_at_once(till: Deployment) -> None:
    """The reaper is late; another shopper is not."""
    gift = a_gift_card(till, 4000)
    pays = a_payment(id="gift", gateway_id=GATEWAY.id, type="gift_card", token=gift.card.id, amount=4000)
    orders = [put_ready_order(till, payments=(pays, a_payment(amount=22200))) for _ in range(2)]
    placing = till.placing()
    placing.submit("acme", orders[0].id, Goal.PRE_PROCESS)
    till.clock.pass_(minutes=18)
    till.machine.functions = till.functions_at_the_clocks_time()
    assert placing.submit("acme", orders[1].id, Goal.PROCESS).order.status == "placed"
    late = placing.submit("acme", orders[0].id, Goal.PROCESS)
    assert (late.order.status, late.attempt.problems[0].code) == ("open", "reservation_expired")
    assert worth(till, gift.card).allocated == 4000


def test_only_the_share_is_taken_where_the_total_fell_after_the_card_was_added(till: Deployment) -> None:
    gift = a_gift_card(till, 60_000)
    shopper = Shopper.ready(till, paid_with="", quantity=2)
    assert shopper.post("/payments", gift.payment()).data["payment"]["amount"] == 51_400
    shopper.put("/items", {"line_item_key": "line-1", "quantity": 1})
    shopper.post("/taxes")
    assert shopper.process().state["payments"][0]["amount"] == 26_200
    assert worth(till, gift.card) == StockLevel(on_hand=60_000, held=0, allocated=26_200, available=33_800)


def test_a_gift_card_that_nothing_is_left_for_keeps_its_money(till: Deployment) -> None:
    gifts = [a_gift_card(till, 26_200) for _ in range(2)]
    shopper = paying(till, gifts[0])
    assert shopper.post("/payments", gifts[1].payment(amount=26_200)).status == 200
    assert shopper.process().status == 200
    assert [worth(till, gift.card).available for gift in gifts] == [0, 26_200]
    assert [one["token"] for one in shopper.state["payments"]] == [gifts[0].card.id]


def test_a_card_that_is_disabled_after_it_was_added_is_refused(till: Deployment) -> None:
    gift = a_gift_card(till, 4000)
    shopper = paying(till, gift, then="tok_approve")
    disable(gift.card)
    refused = shopper.process()
    assert (refused.status, refused.messages, refused.fields) == (422, [NO_LONGER_GOOD], ["payment"])
    assert_nothing_is_left(till, shopper.order_id)
    assert worth(till, gift.card).available == 4000


def test_a_card_that_is_disabled_while_an_order_waits_is_refused_and_the_money_goes_back(till: Deployment) -> None:
    gift = a_gift_card(till, 4000)
    shopper = paying(till, gift, then="tok_approve")
    shopper.pre_process()
    disable(gift.card)
    assert shopper.process().messages == [NO_LONGER_GOOD]
    assert_nothing_is_left(till, shopper.order_id)
    assert worth(till, gift.card).available == 4000


def test_a_card_that_expires_after_it_was_added_is_refused(till: Deployment) -> None:
    gift = a_gift_card(till, 4000, expires_at=till.clock.seconds() + 3600)
    order_id = paying(till, gift, then="tok_approve").order_id
    till.clock.pass_(minutes=61)
    till.machine.functions = till.functions_at_the_clocks_time()
    late = till.placing().submit("acme", order_id, Goal.PROCESS)
    assert (late.order.status, late.attempt.problems[0].message) == ("open", NO_LONGER_GOOD)


def test_a_shop_that_takes_no_gift_cards_any_more_takes_none_that_was_added_before(till: Deployment) -> None:
    gift = a_gift_card(till, 4000)
    shopper = paying(till, gift, then="tok_approve")
    till.change_shop(gateways=())
    assert shopper.process().messages[0] == NO_LONGER_GOOD
    assert worth(till, gift.card).available == 4000


def test_a_shop_that_counts_no_stock_still_holds_gift_cards(till: Deployment) -> None:
    till.change_settings(inventory_check=False)
    wiring.catalog.cache_clear()
    backstage.steps.cache_clear()
    gift = a_gift_card(till, 4000)
    shopper = paying(till, gift, then="tok_approve")
    assert shopper.process().status == 200
    assert worth(till, gift.card).allocated == 4000
    assert wiring.stock().levels("acme", [a_variant().id])[a_variant().id].allocated == 0
