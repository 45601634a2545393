"""What process_order does: the order is placed and paid, or nothing is held and the shopper is told why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.builders import GST, a_payment, a_product, a_shop, a_variant
from tests.integration.deployment import Deployment, put_ready_order
from tests.integration.shopper import BREWER, JOHN, WINNIPEG, Shopper, card
from till.domain.attempt import AttemptState, Goal
from till.domain.product import InventoryPolicy
from till.domain.tax import TaxRate, TaxZone
from till.runtime import wiring


def assert_nothing_is_left(till: Deployment, order_id: str, on_hand: int = 10) -> None:
    """No money, no stock, and an order that can be tried again."""
    assert till.live() == []
    assert till.stock().held == till.stock().allocated == 0
    assert till.stock().available == on_hand
    assert till.order(order_id).status == "open"
    assert {attempt.state for attempt in till.attempts(order_id)} <= {AttemptState.UNDONE}


def test_an_approved_card_places_the_order(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    assert shopper.process().state["is_processed"] is True
    (attempt,) = till.attempts(shopper.order_id)
    assert [(entry.what, entry.outcome) for entry in attempt.timeline] == [
        ("pre_process", "passed"),
        ("check_inventory", "held"),
        ("authorize", "authorized"),
        ("process", "placed"),
    ]
    order = till.order(shopper.order_id)
    (payment,) = order.payments
    assert (payment.gateway_key, payment.reference) == (attempt.authorizations[0].key, f"sandbox_{payment.gateway_key}")
    assert till.ledger()[0].reference == str(order.number)


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("tok_decline", "Your card was declined. Try another card."),
        ("tok_decline_funds", "Your card has insufficient funds. Try another card."),
        ("tok_nonsense", "This card token is not known to the sandbox."),
    ],
)
def test_a_decline_frees_everything_and_another_card_works(till: Deployment, token: str, message: str) -> None:
    shopper = Shopper.ready(till, token)
    declined = shopper.process()
    assert declined.status == 422
    assert declined.errors == [
        {"message": message, "type": "order", "field": "payment", "severity": "validation", "sub_type": "payment"}
    ]
    assert_nothing_is_left(till, shopper.order_id)
    shopper.delete("/payments", card(token))
    shopper.post("/payments", card())
    assert shopper.process().state["is_processed"] is True
    assert till.live() == [26200]
    assert till.stock().allocated == 1


@pytest.mark.parametrize(
    ("path", "body", "message", "field"),
    [
        ("/items", {"line_item_key": "line-1"}, "The order has no line items.", "cart"),
        ("/customer", None, "The order has no customer.", "customer"),
        ("/addresses/shipping", None, "The order has no shipping address.", "address_line_1"),
        ("/payments", card(), "There are insufficient payments to cover this order", "payment"),
    ],
)
def test_an_order_that_lacks_something_is_told_what(
    till: Deployment, path: str, body: object, message: str, field: str
) -> None:
    shopper = Shopper.ready(till)
    shopper.delete(path, body)
    refused = shopper.process()
    assert refused.status == 422
    assert (message, field) in [(error["message"], error["field"]) for error in refused.errors]
    assert till.attempts(shopper.order_id) == []


def test_an_order_without_a_shipping_choice_is_told_so(till: Deployment) -> None:
    shopper = Shopper(till, cart_items=[BREWER])
    shopper.post("/customer/guest", JOHN)
    shopper.post("/addresses/shipping", WINNIPEG)
    assert shopper.process().fields == ["shipping_lines", "tax", "payment"]


# Stock


def test_more_than_there_is_cannot_be_bought(till: Deployment) -> None:
    shopper = Shopper.ready(till, quantity=11)
    refused = shopper.process()
    assert refused.errors[0] == {
        "message": "Only 10 of Able Brewing System are left.",
        "type": "order",
        "field": "inventory",
        "severity": "validation",
        "sub_type": "insufficient_stock",
    }
    assert till.ledger() == []
    assert_nothing_is_left(till, shopper.order_id)
    shopper.put("/items", {"line_item_key": "line-1", "quantity": 10})
    shopper.post("/taxes")
    assert shopper.process().status == 200


def test_two_lines_of_one_product_are_one_claim_on_its_stock(till: Deployment) -> None:
    wiring.stock().set_on_hand("acme", a_variant().id, 3)
    lines = [BREWER | {"quantity": 2, "line_item_key": key} for key in ("a", "b")]
    shopper = Shopper.through_all_steps(till, *lines)
    assert shopper.process().messages == ["Only 3 of Able Brewing System are left."]
    assert_nothing_is_left(till, shopper.order_id, on_hand=3)
    wiring.stock().set_on_hand("acme", a_variant().id, 4)
    assert shopper.process().status == 200
    assert till.stock().allocated == 4


def test_what_the_shop_sells_without_stock_goes_below_zero(till: Deployment) -> None:
    wiring.stock().set_policies("acme", {a_variant().id: InventoryPolicy.CONTINUE})
    assert Shopper.ready(till, quantity=12).process().status == 200
    assert till.stock().available == -2


def test_with_the_inventory_check_off_stock_is_not_asked(till: Deployment) -> None:
    till.change_settings(inventory_check=False)
    shopper = Shopper.ready(till, quantity=11)
    assert shopper.process().state["is_processed"] is True
    assert till.stock().available == 10
    assert "not_enabled" in [entry.outcome for entry in till.attempts(shopper.order_id)[0].timeline]


def test_the_stock_that_drops_between_steps_stops_the_order_before_money_moves(till: Deployment) -> None:
    shopper = Shopper.ready(till)

    def sell_out(state: str) -> None:
        if state == "PreProcess":
            wiring.stock().set_on_hand("acme", a_variant().id, 0)

    till.machine.after = sell_out
    assert shopper.process().messages == ["Able Brewing System is out of stock."]
    assert till.ledger() == []


# What changed since the shopper agreed


def dearer(till: Deployment) -> None:
    till.change_product(lambda product: replace(product, variants=(a_variant(prices={"CAD": 23000}),)))


def more_tax(till: Deployment) -> None:
    manitoba = a_shop().tax_zones[0]
    till.change_shop(tax_zones=(TaxZone("manitoba", "Manitoba", manitoba.regions, (GST, TaxRate("PST", 80_000))),))


def dearer_shipping(till: Deployment) -> None:
    (zone,) = a_shop().shipping_zones
    till.change_shop(shipping_zones=(replace(zone, rates=(replace(zone.rates[0], amount=1200), *zone.rates[1:])),))


@pytest.mark.parametrize(
    ("change", "total"),
    [(dearer, 26760), (more_tax, 26425), (dearer_shipping, 26400)],
    ids=["price", "tax", "shipping"],
)
def test_a_changed_total_is_told_and_never_silently_charged(till: Deployment, change: object, total: int) -> None:
    assert callable(change)
    shopper = Shopper.ready(till)
    change(till)
    refused = shopper.process()
    assert refused.status == 422
    assert f"{total // 100}.{total % 100:02} CAD" in refused.messages[0]
    assert till.ledger() == []
    assert_nothing_is_left(till, shopper.order_id)
    state = shopper.state
    assert state["order_total"] == total
    assert state["order_balance"] == total - 26200
    shopper.put("/payments", card(amount=total))
    assert shopper.process().state["is_processed"] is True
    assert till.live() == [total]


def test_a_product_that_is_no_longer_sold_is_named(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    product = wiring.catalog().product("acme", a_product().id)
    assert product
    wiring.catalog().delete_product("acme", product)
    refused = shopper.process()
    assert (refused.fields, refused.messages) == (["cart"], ["Able Brewing System is no longer sold."])
    assert till.ledger() == []
    assert till.order(shopper.order_id).status == "open"


def test_a_shipping_rate_that_is_gone_is_told(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    till.change_shop(shipping_zones=())
    assert shopper.process().status == 422
    assert_nothing_is_left(till, shopper.order_id)


# Money


def test_an_order_that_costs_nothing_needs_no_payment(till: Deployment) -> None:
    till.change_product(
        lambda product: replace(product, variants=(a_variant(prices={"CAD": 0}, requires_shipping=False),))
    )
    shopper = Shopper(till, cart_items=[BREWER])
    shopper.post("/customer/guest", JOHN)
    shopper.post("/addresses/billing", WINNIPEG)
    shopper.post("/taxes")
    assert shopper.post("/payments", card()).fields == ["amount"]
    assert shopper.process().state["is_processed"] is True
    assert till.ledger() == []


def test_payments_above_the_total_are_authorized_up_to_it(till: Deployment) -> None:
    shopper = Shopper.ready(till, paid_with="")
    shopper.post("/payments", card("tok_approve", amount=20_000))
    shopper.post("/payments", card("tok_slower", amount=50_000))
    shopper.post("/payments", card("tok_never", amount=50_000))
    shopper.delete("/payments", card("tok_slower"))
    shopper.put("/payments", card("tok_never", amount=1))
    shopper.put("/payments", card("tok_approve", amount=99_999))
    placed = shopper.process()
    assert till.live() == [26200]
    assert [payment["amount"] for payment in placed.state["payments"]] == [26200]
    assert placed.state["order_balance"] == 0


def test_two_payments_share_the_total(till: Deployment) -> None:
    order = put_ready_order(
        till,
        payments=(
            a_payment(id="P1", amount=10_000),
            a_payment(id="P2", token="tok_timeout_after_success", amount=20_000),
        ),
    )
    placed = wiring.placing().submit("acme", order.id, Goal.PROCESS).order
    assert sorted(till.live()) == [10_000, 16_200]
    assert [payment.amount for payment in placed.payments] == [10_000, 16_200]


def test_where_the_second_of_two_cards_declines_the_first_is_voided(till: Deployment) -> None:
    shopper = Shopper.ready(till, paid_with="")
    shopper.post("/payments", card("tok_approve", amount=10_000))
    shopper.post("/payments", card("tok_decline"))
    assert shopper.process().messages == ["Your card was declined. Try another card."]
    assert [(entry.amount, entry.state) for entry in till.ledger()] == [(10_000, "voided"), (16_200, "declined")]
    assert_nothing_is_left(till, shopper.order_id)
    shopper.delete("/payments", card("tok_decline"))
    shopper.put("/payments", card(amount=26_200))
    assert shopper.process().status == 200
    assert till.live() == [26_200]


def test_a_gateway_that_was_removed_declines_and_frees_everything(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    till.change_shop(gateways=())
    assert shopper.process().status == 422
    assert_nothing_is_left(till, shopper.order_id)


# Twice


def test_a_second_process_order_is_told_that_it_is_done(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    shopper.process()
    for again in (shopper.process(), shopper.pre_process()):
        assert (again.status, again.fields) == (422, ["is_processed"])
    assert len(till.ledger()) == len(till.machine.executions) == 1


@pytest.mark.parametrize("state", ["PreProcess", "CheckInventory", "Authorize", "Process"])
def test_a_step_that_is_delivered_twice_has_one_effect(till: Deployment, state: str) -> None:
    order = put_ready_order(till)
    till.machine.delivered_twice = frozenset({state})
    outcome = wiring.placing().submit("acme", order.id, Goal.PROCESS)
    assert (outcome.order.status, outcome.attempt.state) == ("placed", "placed")
    assert till.live() == [26200]
    assert till.stock().allocated == 1


def test_events_and_stock_movements_that_are_delivered_twice_count_once(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    shopper.process()
    till.deliver_streams(times=2)
    assert (till.stock().allocated, till.stock().on_hand, till.stock().available) == (1, 10, 9)
    assert len(set(till.events())) == 2, "placed, charged"
    assert len(till.fulfilment.executions) == 1


def test_an_order_of_several_products_takes_each_from_its_stock(till: Deployment) -> None:
    variants = tuple(
        a_variant(id=f"01JXSEVERAL{n:015}", number=1000 + n, platform_id=f"p{n}", sku=f"S{n}", prices={"CAD": 100})
        for n in range(5)
    )
    till.sell(
        a_product(id=f"01JXSEVERAL{9:015}", platform_id="several", handle="several", variants=variants), on_hand=3
    )
    shopper = Shopper.through_all_steps(till, *({"sku": f"S{n}", "quantity": n % 3 + 1} for n in range(5)))
    assert shopper.process().state["is_processed"] is True
    assert [till.stock(one.id).allocated for one in variants] == [1, 2, 3, 1, 2]
    # Where one of them is short, none is taken.
    short = Shopper.through_all_steps(till, *({"sku": f"S{n}", "quantity": 1} for n in (0, 1, 2)))
    assert short.process().messages == ["Able Brewing System is out of stock."]
    assert [till.stock(one.id).available for one in variants] == [2, 1, 0, 2, 1]
    assert {till.stock(one.id).held for one in variants} == {0}
