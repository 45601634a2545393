"""Discount codes on an order: validated, added, listed, removed, as storefronts do it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.builders import NOON, a_basket, a_discount, a_hold, a_product, a_variant
from tests.integration.deployment import Deployment, put_ready_order
from tests.integration.shopper import BREWER, JOHN, WINNIPEG, Shopper
from till.domain.discount import DiscountKind, DiscountSource
from till.runtime import wiring

LATER = 4_000_000_000
INVALID = "Discount code is invalid."
# Each try of a code, by its order and by the address that it came from.
COUNTED = ("UpdateItem", "UpdateItem")
SAVE10 = {"code": "SAVE10"}


@pytest.fixture
def shopper(till: Deployment) -> Shopper:
    """With one brewing system for 225.00 CAD, shipped for 10.00, and a code for ten percent off in the shop."""
    till.offer()
    return Shopper(till, put_ready_order(till))


def allow(till: Deployment, codes: int) -> None:
    """That many on an order, and the functions know it at once."""
    till.change_settings(most_discount_codes=codes)
    wiring.catalog().shop("acme", fresh=True)


def check(shopper: Shopper, code: str) -> Any:
    return shopper.get(f"/validate_discount_code?discount_code={code}")


def test_a_code_is_added_and_shown_in_every_place(shopper: Shopper) -> None:
    added = shopper.post("/discounts", {"code": " save10 "})
    discount = {"code": "SAVE10", "text": "SAVE10", "value": 2250, "valid": True, "source": "code"}
    assert added.data["discount"] == discount
    state = added.state
    assert state["discounts"] == [discount]
    assert [line["discounts"] for line in state["line_items"]] == [[discount]]
    assert state["shipping"]["discounts"] == []
    assert shopper.get("/discounts").data["discounts"] == [discount]
    # Taxes are of other prices now: they are asked for anew.
    assert (state["taxes"], state["order_total"]) == ([], 22500 - 2250 + 1000)
    assert shopper.post("/taxes").state["order_total"] == 22500 - 2250 + 1000 + 1013 + 1418


def test_clients_that_add_up_come_to_the_same_total(shopper: Shopper, till: Deployment) -> None:
    allow(till, 2)
    till.offer("SHIPFREE", kind=DiscountKind.FREE_SHIPPING, value=0, combines=True)
    till.offer(combines=True)
    for code in ("SAVE10", "SHIPFREE"):
        shopper.post("/discounts", {"code": code})
    state = shopper.post("/taxes").state
    assert [one["value"] for one in state["shipping"]["discounts"]] == [1000]
    goods = sum(line["product_data"]["total_price"] for line in state["line_items"])
    taxes = sum(tax["value"] for tax in state["taxes"] if not tax["is_included"])
    off = sum(one["value"] for one in state["discounts"])
    assert state["order_total"] == goods + state["shipping"]["selected_shipping"]["amount"] + taxes - off


def test_validating_a_code_changes_nothing(shopper: Shopper) -> None:
    before = shopper.state
    assert check(shopper, "SAVE10").body == {"data": {}}
    assert shopper.state == before


def test_a_removed_code_takes_nothing_off(shopper: Shopper) -> None:
    shopper.post("/discounts", SAVE10)
    removed = shopper.delete("/discounts", {"code": "Save10"})
    assert removed.data.keys() == {"application_state"}
    assert (removed.state["discounts"], removed.state["order_total"]) == ([], 23500)
    again = shopper.delete("/discounts", SAVE10)
    assert (again.status, again.messages) == (422, ["This discount code is not on the order."])


@pytest.mark.parametrize("body", [None, {}, {"code": ""}, {"code": None}])
def test_a_request_without_a_code_says_what_clients_look_for(shopper: Shopper, body: Any) -> None:
    for refused in (shopper.post("/discounts", body), shopper.delete("/discounts", body)):
        assert refused.status == 422
        assert refused.errors == [
            {
                "message": "The code field is required.",
                "type": "authorization",
                "field": "code",
                "severity": "validation",
                "sub_type": "",
            }
        ]


def test_validation_without_a_code_names_the_parameter(shopper: Shopper) -> None:
    for path in ("/validate_discount_code", "/validate_discount_code?discount_code="):
        assert shopper.get(path).fields == ["discount_code"]


# Nothing is to be learned by trying


def used_up(till: Deployment) -> None:
    till.offer("GUESS", most_uses=1)
    spend(till, "GUESS", "another@example.com")


CANNOT_BE_USED: dict[str, Callable[[Deployment], object]] = {
    "unknown": lambda _: None,
    "over": lambda till: till.offer("GUESS", ends_at=NOON),
    "not begun": lambda till: till.offer("GUESS", starts_at=LATER),
    "over and limited": lambda till: till.offer("GUESS", ends_at=NOON, most_uses=1, most_uses_per_customer=1),
    "used up": used_up,
    "another shop's": lambda _: wiring.discounts().save_discount("other", a_discount(code="GUESS")),
}


@pytest.mark.parametrize("why", CANNOT_BE_USED)
def test_codes_that_cannot_be_used_all_look_alike(till: Deployment, shopper: Shopper, why: str) -> None:
    CANNOT_BE_USED[why](till)
    shopper.get("/validate_discount_code?discount_code=WARM")
    with till.counting() as calls:
        refused = shopper.post("/discounts", {"code": "GUESS"})
    assert refused.status == 422
    assert refused.errors == [
        {
            "message": INVALID,
            "type": "order",
            "field": "discounts",
            "severity": "validation",
            "sub_type": "discounts",
        }
    ]
    assert calls.made == ["GetItem", *COUNTED, "BatchGetItem", "BatchGetItem"]
    with till.counting() as calls:
        checked = check(shopper, "GUESS")
    assert checked.errors == [
        {
            "message": INVALID,
            "type": "validation",
            "field": "discount",
            "severity": "validation",
            "sub_type": "discount",
        }
    ]
    assert calls.made == [*COUNTED, "GetItem", "BatchGetItem", "BatchGetItem"]
    assert shopper.state["discounts"] == []


def test_a_code_whose_last_use_another_shopper_only_holds_may_come_back(till: Deployment, shopper: Shopper) -> None:
    part = till.offer("LAST", most_uses=1).part
    wiring.stock().hold(a_hold(parts={part: 1}, expires_at=LATER), NOON)
    assert shopper.post("/discounts", {"code": "LAST"}).status == 200


# What a shopper can do something about


def test_a_code_is_on_an_order_once(shopper: Shopper) -> None:
    shopper.post("/discounts", SAVE10)
    message = "This discount code is already on the order."
    assert shopper.post("/discounts", {"code": "save10"}).messages == [message]
    assert check(shopper, "SAVE10").messages == [message]


def test_an_order_has_as_many_codes_as_the_shop_allows(till: Deployment, shopper: Shopper) -> None:
    for code in ("A", "B", "C", "D"):
        till.offer(code, combines=True)
    shopper.post("/discounts", {"code": "A"})
    # Also of a code that there is none of: what is said tells nothing of it.
    for code in ("B", "NONE"):
        assert shopper.post("/discounts", {"code": code}).messages == ["An order has at most one discount code."]
    allow(till, 3)
    assert shopper.post("/discounts", {"code": "B"}).status == 200
    assert [one["code"] for one in shopper.post("/discounts", {"code": "C"}).state["discounts"]] == ["A", "B", "C"]
    assert shopper.post("/discounts", {"code": "D"}).messages == ["An order has at most 3 discount codes."]


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True)])
def test_a_code_that_does_not_combine_is_alone(till: Deployment, shopper: Shopper, first: bool, second: bool) -> None:
    allow(till, 5)
    till.offer("A", combines=first)
    till.offer("B", combines=second)
    shopper.post("/discounts", {"code": "A"})
    alone = "B" if first else "A"
    message = f"{alone} cannot be combined with other discount codes."
    assert shopper.post("/discounts", {"code": "B"}).messages == [message]


def test_the_conditions_of_a_code_are_named(till: Deployment, shopper: Shopper) -> None:
    till.offer("TWO", minimum_quantity=2)
    till.offer("TEA", collections=("Tea",))
    till.offer("YEN", kind=DiscountKind.FIXED, value=500, currency="JPY")
    assert shopper.post("/discounts", {"code": "TWO"}).messages == ["This order is too small for TWO."]
    assert shopper.post("/discounts", {"code": "TEA"}).messages == ["TEA is for none of these items."]
    assert check(shopper, "YEN").messages == ["YEN is not for orders in CAD."]
    shopper.put("/items", {"line_item_key": "line-1", "quantity": 2})
    assert shopper.post("/discounts", {"code": "TWO"}).status == 200


def test_a_code_whose_conditions_are_no_longer_met_stays_and_takes_nothing(till: Deployment, shopper: Shopper) -> None:
    till.offer("TWO", minimum_quantity=2)
    shopper.put("/items", {"line_item_key": "line-1", "quantity": 2})
    shopper.post("/discounts", {"code": "TWO"})
    shopper.put("/items", {"line_item_key": "line-1", "quantity": 1})
    state = shopper.post("/taxes").state
    assert [(one["valid"], one["value"]) for one in state["discounts"]] == [(False, 0)]
    assert state["order_total"] == 26200
    assert shopper.process().messages == ["This order is too small for TWO."]


def test_a_code_that_is_counted_by_customer_needs_one(till: Deployment) -> None:
    till.offer("ONCE", most_uses_per_customer=1)
    shopper = Shopper(till, cart_items=[BREWER])
    message = "This discount code is limited by customer: enter your e-mail address first."
    assert shopper.post("/discounts", {"code": "ONCE"}).messages == [message]
    shopper.post("/customer/guest", JOHN)
    assert shopper.post("/discounts", {"code": "ONCE"}).status == 200


def test_what_a_plugin_put_on_the_order_is_not_the_shoppers_to_remove(till: Deployment) -> None:
    plugin = a_discount(id="plugin", code="LOYALTY", text="For members", source=DiscountSource.PLUGIN)
    shopper = Shopper(till, put_ready_order(till, basket=a_basket(discounts=(plugin,))))
    (shown,) = shopper.state["discounts"]
    assert (shown["source"], shown["text"]) == ("cart", "For members")
    refused = shopper.delete("/discounts", {"code": "LOYALTY"})
    assert refused.messages == ["This discount belongs to the order and cannot be removed."]
    till.offer("LOYALTY")
    assert shopper.post("/discounts", {"code": "LOYALTY"}).data["discount"]["source"] == "code"
    assert [one["source"] for one in shopper.delete("/discounts", {"code": "LOYALTY"}).state["discounts"]] == ["cart"]


def test_a_code_for_a_collection_takes_off_what_was_in_it_when_it_was_added(till: Deployment) -> None:
    mug = a_variant(id="01JXMVG", number=7, platform_id="7", sku="MUG", product_id="01JXMVGS", collections=("Sale",))
    mugs = a_product(id="01JXMVGS", number=8, platform_id="8", handle="mugs", version=0, variants=(mug,))
    till.sell(mugs, on_hand=5)
    till.offer("SALE", value=500_000, collections=("Sale",))
    shopper = Shopper(till, cart_items=[BREWER, {"sku": "MUG", "quantity": 1, "line_item_key": "mug"}])
    state = shopper.post("/discounts", {"code": "SALE"}).state
    assert [[one["value"] for one in line["discounts"]] for line in state["line_items"]] == [[], [11250]]


# Flows of real clients


def test_when_the_e_mail_changes_a_client_takes_each_code_off_and_tries_it_again(
    till: Deployment, shopper: Shopper
) -> None:
    till.offer("ONCE", most_uses_per_customer=1)
    shopper.post("/discounts", {"code": "ONCE"})
    for email, known in (("jane@example.com", True), ("spent@example.com", False)):
        shopper.put("/customer", JOHN | {"email_address": email})
        if not known:
            spend(till, "ONCE", email)
        assert shopper.delete("/discounts", {"code": "ONCE"}).status == 200
        assert check(shopper, "ONCE").status == (200 if known else 422)
        posted = shopper.post("/discounts", {"code": "ONCE"})
        assert posted.status == (200 if known else 422)
    assert posted.messages == [INVALID]
    assert shopper.state["discounts"] == []


def spend(till: Deployment, code: str, email: str) -> None:
    """An order of that customer with the code."""
    other = Shopper(till, cart_items=[BREWER])
    other.post("/customer/guest", JOHN | {"email_address": email})
    other.post("/discounts", {"code": code})
    other.post("/addresses/shipping", WINNIPEG)
    other.post("/shipping_lines", {"index": "0"})
    other.post("/taxes")
    other.post("/payments", {"gateway_public_id": "sandbox-1", "token": "tok_approve"})
    assert other.process().status == 200
    till.deliver_streams()


def test_the_same_request_with_a_key_adds_a_code_once_and_answers_the_same(shopper: Shopper) -> None:
    key = "a-key-of-sixteen-characters"
    first, second = (shopper.post("/discounts", SAVE10, key=key) for _ in range(2))
    assert json.loads(first.raw) == json.loads(second.raw)
    assert len(shopper.state["discounts"]) == 1


def test_a_placed_order_keeps_its_discounts(shopper: Shopper) -> None:
    shopper.post("/discounts", SAVE10)
    shopper.post("/taxes")
    assert shopper.process().state["is_processed"] is True
    for refused in (shopper.delete("/discounts", SAVE10), shopper.post("/discounts", {"code": "OTHER"})):
        assert refused.fields == ["is_processed"]
    assert len(shopper.state["discounts"]) == 1


def test_a_code_is_added_in_four_round_trips_and_two_that_count_it(till: Deployment, shopper: Shopper) -> None:
    with till.counting() as calls:
        shopper.post("/discounts", SAVE10)
    assert calls.made == ["GetItem", *COUNTED, "BatchGetItem", "BatchGetItem", "PutItem"]
