"""App hooks and inventory overrides with a real plugin: all that it asks for is done, or nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from bold.orders.plugin_actions import Action
from tests.builders import a_plugin, a_shop, a_variant
from tests.fakes.outbound import Service, http_answer, running
from tests.integration.api import Reply
from tests.integration.deployment import Deployment
from tests.integration.shopper import BREWER, Shopper
from till.domain.plugin import InventoryOverride
from till.runtime import wiring

DOCUMENT = Path(__file__).parents[3] / "docs" / "plugins.md"
AGE = a_plugin().id
FEE = {"id": "wrap", "line_text": "Gift wrap", "fee_type": "fixed", "value": 300, "taxable": True}
TEN_OFF = {"id": "ten", "line_text": "Loyal customer", "discount_type": "percentage", "value": 10}

type Json = dict[str, Any]


def action(kind: str, **data: Any) -> Json:
    return {"type": kind, "data": data}


def doing(*actions: Json) -> Any:
    """A plugin that answers every hook with these actions."""
    return lambda _: {"success": True, "actions": list(actions)}


def hook(shopper: Shopper, key: str = "", **members: Any) -> Reply:
    body = {"uuid": AGE, "hook": "age_verified", "app_hook_data": {"age": 21}} | members
    return shopper.post("/app_hook", body, key)


@pytest.fixture
def plugin(till: Deployment) -> Iterator[Service]:
    with running(Service(doing())) as service:
        till.change_shop(plugins=(a_plugin(url=service.url),))
        yield service


def test_a_plugin_is_told_what_happened_and_of_which_order(till: Deployment, plugin: Service) -> None:
    shopper = Shopper.ready(till)
    before = shopper.state
    assert hook(shopper).state == before
    headers, text = plugin.received[0]
    told: Any = Webhook(wiring.outbound().secret("acme", a_plugin().receiver())).verify(text, headers)
    assert {name: told[name] for name in ("event", "hook", "uuid", "app_hook_data", "shop")} == {
        "event": "app_hook",
        "hook": "age_verified",
        "uuid": AGE,
        "app_hook_data": {"age": 21},
        "shop": "acme",
    }
    assert told["order"] == {"public_order_id": shopper.order_id, "total": 26200, "currency": "CAD"}
    assert told["customer"]["shipping"]["country_code"] == "CA"
    state = told["application_state"]
    assert {name: state[name] for name in state if name != "payments"} == {
        name: before[name] for name in before if name != "payments"
    }
    assert [payment["amount"] for payment in state["payments"]] == [26200]
    assert "tok_approve" not in text, "a payment's token is for its gateway"


def test_a_fee_is_added_changed_and_taken_off(till: Deployment, plugin: Service) -> None:
    shopper = Shopper.through_all_steps(till, BREWER)
    plugin.answer = doing(action("ADD_FEE", **FEE))
    state = hook(shopper).state
    assert state["fees"] == [
        {
            "id": "wrap",
            "line_text": "Gift wrap",
            "fee_type": "fixed",
            "value": 300,
            "source": "PLUGIN",
            "plugin_uuid": AGE,
            "taxable": True,
        }
    ]
    assert (state["taxes"], state["order_total"]) == ([], 22500 + 1000 + 300)
    assert hook(shopper).state["fees"] == state["fees"], "the same once more is the same"
    assert shopper.post("/taxes").state["order_total"] == 22500 + 1000 + 300 + 1140 + 1596
    plugin.answer = doing(action("ADD_FEE", **FEE | {"fee_type": "percentage", "value": 2.5, "taxable": "false"}))
    assert [(fee["value"], fee["taxable"]) for fee in hook(shopper).state["fees"]] == [(563, False)]
    plugin.answer = doing(action("REMOVE_FEE", id="wrap"), action("REMOVE_FEE", id="never-was"))
    assert hook(shopper).state["fees"] == []


def test_a_fee_of_a_line_goes_with_the_line(till: Deployment, plugin: Service) -> None:
    shopper = Shopper.through_all_steps(till, BREWER)
    plugin.answer = doing(action("ADD_FEE", **FEE, line_item_key="line-1"))
    (line,) = hook(shopper).state["line_items"]
    assert line["fees"] == [{"name": "Gift wrap", "amount": 300}]
    plugin.answer = doing(action("ADD_FEE", **FEE, line_item_key="line-9"))
    assert hook(shopper).status == 422


def test_a_discount_is_added_and_taken_off_by_the_plugin_only(till: Deployment, plugin: Service) -> None:
    shopper = Shopper.through_all_steps(till, BREWER)
    plugin.answer = doing(action("ADD_DISCOUNT", **TEN_OFF))
    state = hook(shopper).state
    shown = {"code": "ten", "text": "Loyal customer", "value": 2250, "valid": True, "source": "cart"}
    assert state["discounts"] == [shown]
    assert state["order_total"] == 22500 - 2250 + 1000
    assert len(hook(shopper).state["discounts"]) == 1
    plugin.answer = doing(action("ADD_DISCOUNT", **TEN_OFF | {"discount_type": "fixed", "value": 500}))
    assert [one["value"] for one in hook(shopper).state["discounts"]] == [500]
    plugin.answer = doing(action("REMOVE_DISCOUNT", id="ten"))
    assert hook(shopper).state["discounts"] == []


def test_an_order_with_a_plugins_fee_and_discount_is_placed_and_paid(till: Deployment, plugin: Service) -> None:
    shopper = Shopper.through_all_steps(till, BREWER)
    free_shipping = {"id": "ship", "line_text": "Free shipping", "discount_type": "free_shipping"}
    plugin.answer = doing(action("ADD_FEE", **FEE), action("ADD_DISCOUNT", **free_shipping))
    hook(shopper)
    total = shopper.post("/taxes").state["order_total"]
    assert total == 22500 + 300 + 1140 + 1596
    assert shopper.process().state["is_processed"] is True
    assert till.live() == [total]


def test_notes_and_metadata_are_added(till: Deployment, plugin: Service) -> None:
    shopper = Shopper.ready(till)
    shopper.post("/meta_data", {"notes": "Ring twice.", "note_attributes": {"floor": 3}})
    plugin.answer = doing(
        action("ADD_NOTE", note="Age checked."),
        action("SET_METADATA", note_attributes={"age": 21}, tags=["adult"]),
    )
    for _ in range(2):
        assert hook(shopper).state["order_meta_data"] == {
            "cart_parameters": [],
            "note_attributes": {"floor": 3, "age": 21},
            "notes": "Ring twice.\nAge checked.",
            "tags": ["adult"],
        }


# What cannot be used


BAD: dict[str, Any] = {
    "no JSON": http_answer("200 OK", b"<html>"),
    "an error": http_answer("500 Internal Server Error"),
    "not to the question": {},
    "a no": {"success": False, "actions": []},
    "success in words": {"success": "yes", "actions": []},
    "a member too many": {"success": True, "actions": [], "action": []},
    "actions that are none": {"success": True, "actions": {"type": "ADD_FEE"}},
    "an unknown action": {"success": True, "actions": [action("ADD_NOTE", note="x"), action("SHIP_IT")]},
    "an action without a type": {"success": True, "actions": [{"data": FEE}]},
    "an action without data": {"success": True, "actions": [{"type": "ADD_FEE"}]},
    "too many actions": {"success": True, "actions": [action("REMOVE_FEE", id="x")] * 51},
    "a misspelled member": {"success": True, "actions": [action("ADD_FEE", **FEE, tax=True)]},
    "a fee without a value": {"success": True, "actions": [action("ADD_FEE", **{**FEE, "value": None})]},
    "a fee below zero": {"success": True, "actions": [action("ADD_FEE", **{**FEE, "value": -1})]},
    "a fee of half a cent": {"success": True, "actions": [action("ADD_FEE", **{**FEE, "value": 0.5})]},
    "a fee in words": {"success": True, "actions": [action("ADD_FEE", **{**FEE, "value": "300"})]},
    "a fee beyond all orders": {"success": True, "actions": [action("ADD_FEE", **{**FEE, "value": 10**14})]},
    "an unknown kind of fee": {"success": True, "actions": [action("ADD_FEE", **{**FEE, "fee_type": "share"})]},
    "a fee after the order": {"success": True, "actions": [action("ADD_FEE", **FEE, is_amendment=True)]},
    "more than all of it": {"success": True, "actions": [action("ADD_DISCOUNT", **{**TEN_OFF, "value": 101})]},
    "a discount of nothing": {"success": True, "actions": [action("ADD_DISCOUNT", id="x", line_text="x")]},
    "too much metadata": {"success": True, "actions": [action("SET_METADATA", note_attributes={"x": "y" * 9000})]},
    "a card number": {"success": True, "actions": [action("ADD_NOTE", note="Paid with 4111 1111 1111 1111")]},
    "a note as long as a book": {"success": True, "actions": [action("ADD_NOTE", note="x" * 2001)]},
    "too many fees": {"success": True, "actions": [action("ADD_FEE", **{**FEE, "id": f"{n}"}) for n in range(50)] * 2},
    "another host": {"success": True, "actions": [action("OVERRIDE_INVENTORY", url="https://other.example/")]},
    "another port": {"success": True, "actions": [action("OVERRIDE_INVENTORY", url="http://127.0.0.1:1/")]},
    "a file": {"success": True, "actions": [action("OVERRIDE_INVENTORY", url="file:///etc/passwd")]},
}


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD.keys())
def test_an_answer_that_cannot_be_used_changes_nothing_at_all(
    till: Deployment, plugin: Service, answer: object
) -> None:
    """Though a good action comes before the bad one."""
    shopper = Shopper.ready(till)
    good = action("ADD_NOTE", note="Was here.")
    if isinstance(answer, dict) and isinstance(answer.get("actions"), list) and len(answer["actions"]) < 50:
        answer = answer | {"actions": [good, *answer["actions"]]}
    plugin.answer = lambda _: answer
    before = till.order(shopper.order_id)
    refused = hook(shopper)
    assert (refused.status, refused.fields) == (422, ["app_hook"])
    assert "Nothing was changed." in refused.messages[0]
    assert till.order(shopper.order_id) == before


def test_who_develops_a_plugin_is_told_what_is_wrong_with_its_answer(till: Deployment, plugin: Service) -> None:
    plugin.answer = doing(action("ADD_FEE", **{**FEE, "value": "300"}))
    (message,) = hook(Shopper.ready(till)).messages
    assert "actions.0.ADD_FEE.data.value" in message


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"uuid": "00000000-0000-4000-8000-000000000000"}, "uuid"),
        ({"uuid": None}, "uuid"),
        ({"hook": ""}, "hook"),
        ({"app_hook_data": "age"}, "app_hook_data"),
    ],
)
def test_a_hook_that_is_none_is_for_nobody(till: Deployment, plugin: Service, members: Json, field: str) -> None:
    refused = hook(Shopper.ready(till), **members)
    assert (refused.status, refused.fields) == (422, [field])
    assert plugin.received == []


def test_a_plugin_that_is_not_registered_for_hooks_hears_none(till: Deployment, plugin: Service) -> None:
    till.change_shop(plugins=(a_plugin(url=plugin.url, events=()),))
    assert hook(Shopper.ready(till)).fields == ["uuid"]
    assert plugin.received == []


def test_a_uuid_is_the_same_in_capitals_and_data_may_be_left_out(till: Deployment, plugin: Service) -> None:
    shopper = Shopper.ready(till)
    assert shopper.post("/app_hook", {"uuid": AGE.upper(), "hook": "x"}).status == 200
    assert hook(shopper, app_hook_data=[]).status == 200
    assert [body["app_hook_data"] for body in plugin.bodies] == [{}, {}]


def test_after_the_order_is_placed_no_plugin_is_asked(till: Deployment, plugin: Service) -> None:
    shopper = Shopper.ready(till)
    shopper.process()
    assert hook(shopper).fields == ["is_processed"]
    assert plugin.received == []


def test_the_same_hook_under_the_same_key_is_one_message(till: Deployment, plugin: Service) -> None:
    shopper = Shopper.ready(till)
    plugin.answer = lambda _: {}
    assert hook(shopper, key="0123456789abcdef").status == 422
    plugin.answer = doing(action("ADD_NOTE", note="Hello"))
    first = hook(shopper, key="0123456789abcdef")
    again = hook(shopper, key="0123456789abcdef")
    assert (again.status, again.raw) == (200, first.raw)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len({headers["webhook-id"] for headers, _ in plugin.received}) == 1
    assert len(plugin.received) == 2, "a refusal is not kept, an answer is"


def test_what_happens_meanwhile_is_not_lost(till: Deployment, plugin: Service) -> None:
    shopper = Shopper.ready(till)

    def meddle(_: Any) -> Json:
        shopper.put("/items", {"line_item_key": "line-1", "quantity": 2})
        return {"success": True, "actions": [action("ADD_NOTE", note="Hello")]}

    plugin.answer = meddle
    state = hook(shopper).state
    assert (state["order_meta_data"]["notes"], state["line_items"][0]["product_data"]["quantity"]) == ("Hello", 2)
    assert len(plugin.received) == 1


# Inventory overrides


def in_stock(units: int) -> Any:
    """As Bold's example plugin answers: every item as it was sent, with a number."""

    def answer(asked: Json) -> Json:
        if "event" in asked:
            return {"success": True, "actions": [action("OVERRIDE_INVENTORY", url=asked["app_hook_data"]["url"])]}
        items = [item | {"available_quantity": units} for item in asked["items"]]
        return {"type": asked["type"], "items": items}

    return answer


@pytest.fixture
def override(till: Deployment, plugin: Service) -> Service:
    """The plugin says what is in stock of every order."""
    till.change_shop(plugins=(a_plugin(url=plugin.url, inventory_url=plugin.url),))
    plugin.answer = in_stock(5)
    return plugin


def test_an_override_on_the_order_is_asked_instead_of_the_stock(till: Deployment, plugin: Service) -> None:
    shopper = Shopper.ready(till, quantity=3)
    plugin.answer = in_stock(2)
    assert shopper.get("/check_inventory").data["inventory_check"] == {"result": "pass"}
    assert plugin.received == [], "not before a plugin put it on the order"
    hook(shopper, app_hook_data={"url": plugin.url + "/inventory"})
    assert shopper.get("/check_inventory?stage=final").data["inventory_check"] == {
        "result": "fail",
        "failed_items": [{"platform_variant_id": "66", "available_quantity": 2}],
        "reason": "Some items are out of stock.",
    }
    asked = plugin.bodies[-1]
    assert (asked["type"], asked["public_order_id"]) == ("final", shopper.order_id)
    assert [(item["platform_variant_id"], item["quantity"]) for item in asked["items"]] == [("66", 3)]
    assert shopper.process().messages == ["Only 2 of Able Brewing System are left."]
    assert till.live() == []


def test_what_an_override_speaks_for_is_not_held_in_the_shops_own_stock(till: Deployment, override: Service) -> None:
    wiring.stock().set_on_hand("acme", a_variant().id, 0)
    shopper = Shopper.ready(till, quantity=4)
    assert shopper.get("/check_inventory").data["inventory_check"] == {"result": "pass"}
    assert shopper.process().state["is_processed"] is True
    assert (till.stock().available, till.stock().allocated) == (0, 0)
    assert [body["type"] for body in override.bodies] == ["initial", "final"]


def test_what_an_override_does_not_speak_for_is_the_shops_own_to_check(till: Deployment, override: Service) -> None:
    override.answer = lambda asked: {"type": asked["type"], "items": []}
    shopper = Shopper.ready(till, quantity=11)
    assert shopper.get("/check_inventory").data["inventory_check"]["result"] == "fail"
    assert shopper.process().messages == ["Only 10 of Able Brewing System are left."]
    shopper = Shopper.ready(till)
    assert shopper.process().status == 200
    assert till.stock().allocated == 1


CANNOT = {
    "message": "The inventory check could not be completed. Try again in a moment.",
    "type": "order",
    "field": "inventory",
    "severity": "validation",
    "sub_type": "inventory",
}


def _items(*items: Any) -> Any:
    return lambda asked: {"type": asked["type"], "items": list(items)}


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: http_answer("503 Service Unavailable"),
        lambda _: {},
        lambda asked: {"type": "other", "items": asked["items"]},
        lambda asked: {"type": asked["type"], "items": asked["items"]},
        _items("66"),
        _items({"platform_variant_id": "67", "available_quantity": 9}),
        _items({"platform_variant_id": 66, "available_quantity": 9}),
        _items({"platform_variant_id": "66", "available_quantity": "9"}),
        _items({"platform_variant_id": "66", "available_quantity": True}),
        _items({"platform_variant_id": "66", "available_quantity": 1.5}),
        _items(*[{"platform_variant_id": "66", "available_quantity": 9}] * 2),
    ],
)
def test_an_override_that_gives_no_good_answer_never_passes(till: Deployment, override: Service, answer: Any) -> None:
    override.answer = answer
    shopper = Shopper.ready(till)
    refused = shopper.get("/check_inventory")
    assert (refused.status, refused.errors) == (422, [CANNOT])
    refused = shopper.process()
    assert (refused.status, refused.errors) == (422, [CANNOT])
    assert till.live() == []
    assert till.stock().held == 0
    override.answer = in_stock(1)
    assert shopper.process().state["is_processed"] is True


def test_without_the_inventory_check_no_override_is_asked(till: Deployment, override: Service) -> None:
    till.change_settings(inventory_check=False)
    shopper = Shopper.ready(till)
    assert shopper.get("/check_inventory").data["inventory_check"] == {"result": "not_enabled"}
    assert shopper.process().status == 200
    assert override.received == []


def test_with_the_plugin_goes_its_override(till: Deployment, plugin: Service) -> None:
    shopper = Shopper.ready(till)
    plugin.answer = in_stock(0)
    hook(shopper, app_hook_data={"url": plugin.url})
    assert shopper.get("/check_inventory").data["inventory_check"]["result"] == "fail"
    till.change_shop(plugins=())
    assert shopper.process().state["is_processed"] is True
    assert till.stock().allocated == 1


def test_an_order_that_is_parked_is_asked_about_again_and_keeps_what_it_holds(
    till: Deployment, override: Service
) -> None:
    """The override spoke for nothing at first, and for everything when the shopper came back."""
    override.answer = lambda asked: {"type": asked["type"], "items": []}
    shopper = Shopper.ready(till)
    assert shopper.pre_process().status == 200
    assert till.stock().held == 1
    override.answer = in_stock(3)
    assert shopper.process().state["is_processed"] is True
    assert (till.stock().held, till.stock().allocated) == (0, 1)


def test_what_an_override_no_longer_speaks_for_when_the_shopper_comes_back_is_not_sold_unseen(
    till: Deployment, override: Service
) -> None:
    """Nothing was held for it: this attempt ends, and the next one looks at the shop's own stock."""
    wiring.stock().set_on_hand("acme", a_variant().id, 0)
    shopper = Shopper.ready(till)
    assert shopper.pre_process().status == 200
    override.answer = lambda asked: {"type": asked["type"], "items": []}
    refused = shopper.process()
    assert (refused.status, refused.errors) == (422, [CANNOT])
    assert till.live() == []
    assert shopper.process().messages == ["Able Brewing System is out of stock."]


def test_a_plugin_that_moved_is_no_longer_asked_at_its_old_host() -> None:
    chosen = InventoryOverride(AGE, "https://plugin.example/inventory")
    asked = a_shop(plugins=(a_plugin(),)).inventory_override(chosen)
    assert asked
    assert asked.url == chosen.url
    assert a_shop(plugins=(a_plugin(url="https://new.example/"),)).inventory_override(chosen) is None


# The document


def test_the_document_shows_what_is_really_sent_and_what_is_really_taken(till: Deployment, plugin: Service) -> None:
    text = DOCUMENT.read_text("utf-8").replace("https://plugin.example.com/inventory", plugin.url)
    told, answered, asked, said = (json.loads(part.split("```", 1)[0]) for part in text.split("```json")[1:])
    shopper = Shopper.ready(till)
    plugin.answer = lambda body: answered if "event" in body else said
    assert hook(shopper).status == 200
    assert shopper.get("/check_inventory").data["inventory_check"] == {"result": "pass"}
    heard, override = plugin.bodies
    elsewhere: Json = {"application_state": {}, "customer": {"shipping": {}, "billing": {}}}
    of_order = {"public_order_id": "01J..."}
    assert heard | elsewhere | {"shop": "my-shop", "order": heard["order"] | of_order} == told
    assert override | {"shop": "my-shop"} | of_order == asked
    documented = set(re.findall(r"`([A-Z]+_[A-Z]+)`", text))
    assert {one["type"] for one in answered["actions"]} == documented
    assert documented == {kind.model_fields["type"].annotation.__args__[0] for kind in Action.__value__.__args__}
