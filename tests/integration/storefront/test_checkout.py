"""A whole checkout as a storefront makes it."""

from __future__ import annotations

import json

import pytest

from tests.integration.deployment import ROOT_TOKEN, Deployment
from tests.integration.shopper import BREWER, JOHN, WINNIPEG, Shopper, backend, card

# contracts of the wire: every member of application_state
STATE = {
    "customer", "addresses", "line_items", "shipping", "taxes", "discounts", "fees", "payments", "order_total",
    "order_balance", "order_meta_data", "currency", "display_currency", "display_exchange_rate", "resumable_link",
    "link_to_cart", "created_via", "is_processed", "flow_id",
}  # fmt: skip


def test_a_shopper_buys_a_brewing_system_for_262_dollars(till: Deployment) -> None:
    shopper = Shopper(till)
    assert shopper.post("/items", BREWER).state["order_total"] == 22500
    shopper.post("/customer/guest", JOHN)
    shopper.post("/addresses/shipping", WINNIPEG)
    lines = shopper.get("/shipping_lines").data["shipping_lines"]
    assert lines == [
        {"id": "0", "description": "Standard", "amount": 1000, "code": "standard"},
        {"id": "1", "description": "Expedited", "amount": 1125, "code": "expedited"},
    ]
    assert shopper.post("/shipping_lines", {"index": lines[0]["id"]}).data["selected_shipping"] == lines[0]
    shopper.post("/addresses/billing", WINNIPEG)
    assert shopper.post("/taxes").data["taxes"] == [
        {"value": 1125, "name": "GST", "is_included": False},
        {"value": 1575, "name": "PST", "is_included": False},
    ]
    paid = shopper.post("/payments", card(display_string="1111", brand="visa"))
    assert (paid.state["order_total"], paid.state["order_balance"]) == (26200, 0)
    assert shopper.get("/check_inventory?stage=final").data["inventory_check"] == {"result": "pass"}
    assert till.ledger() == []

    placed = shopper.process()

    assert placed.state["is_processed"] is True
    assert placed.state["order_total"] == 26200
    assert [(entry.state, entry.amount, entry.calls) for entry in till.ledger()] == [("authorized", 26200, 1)]
    assert till.stock().allocated == 1
    assert till.stock().available == 9
    assert till.order(shopper.order_id).number == 1
    assert till.events()[0] == f"{till.order(shopper.order_id).attempt_id}-placed"


def test_every_answer_carries_the_whole_order(till: Deployment) -> None:
    shopper = Shopper(till)
    for reply in (
        shopper.begun,
        shopper.post("/items", BREWER),
        shopper.post("/customer/guest", JOHN),
        shopper.post("/addresses/shipping", WINNIPEG),
        shopper.get("/shipping_lines"),
        shopper.delete("/items", {"line_item_key": "line-1", "quantity": 0}),
        shopper.get("/refresh"),
    ):
        assert reply.state.keys() == STATE


def test_an_empty_order_shows_its_empties_as_clients_expect_them(till: Deployment) -> None:
    state = Shopper(till).state
    assert state["customer"] == []
    assert state["addresses"] == {"shipping": [], "billing": []}
    assert state["shipping"]["selected_shipping"] is None
    for member in ("line_items", "taxes", "discounts", "fees", "payments"):
        assert state[member] == []
    assert state["order_meta_data"] == {"cart_parameters": [], "note_attributes": [], "notes": "", "tags": []}
    assert (state["order_total"], state["order_balance"], state["is_processed"]) == (0, 0, False)
    assert state["currency"]["iso_code"] == "CAD"


def test_an_order_begins_with_what_the_merchants_backend_knows(till: Deployment) -> None:
    shopper = Shopper(
        till,
        cart_items=[{"sku": "ABS", "quantity": 2, "line_item_key": "k1", "price": 1, "title": "Cheap"}],
        customer={"platform_id": "1234", "first_name": "Ann", "last_name": "Lee", "email_address": "Ann@Example.COM"},
        order_meta_data={"cart_parameters": [], "note_attributes": {"gift": "yes"}, "notes": "ring", "tags": ["web"]},
        resumable_link="https://shop.example/resume",
        flow_id="mine",
        actions=[],
    )
    data = shopper.begun.data
    assert data["initial_data"]["requires_shipping"] is True
    assert data["initial_data"]["general_settings"]["checkout_process"]["phone_number_required"] is False
    assert data["vaulting_enabled"] is True
    assert len(shopper.order_id) == 64
    assert shopper.order_id.isalnum()
    state = shopper.state
    assert state == data["application_state"]
    assert state["line_items"][0]["product_data"]["price"] == 22500
    assert state["line_items"][0]["product_data"]["total_price"] == 45000
    assert state["line_items"][0]["product_data"]["title"] == "Default Title"
    assert state["customer"]["platform_id"] == "1234"
    assert state["customer"]["email_address"] == "Ann@example.com"
    assert state["order_meta_data"]["note_attributes"] == {"gift": "yes"}
    assert state["order_meta_data"]["tags"] == ["web"]
    assert (state["resumable_link"], state["flow_id"]) == ("https://shop.example/resume", "mine")


def test_resume_gives_the_same_order_with_a_fresh_token(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    resumed = backend(till, "resume", {"public_order_id": shopper.order_id})
    assert resumed.data.keys() == shopper.begun.data.keys()
    assert resumed.state == shopper.state
    assert shopper.call("GET", "/refresh", token=resumed.data["jwt_token"]).status == 200


def test_get_info_is_flat_and_tells_the_shop_identifier(till: Deployment) -> None:
    headers = {"Authorization": f"Bearer {ROOT_TOKEN}"}
    info = till.api.call("GET", "/shops/v1/info", headers=headers).body
    assert (info["shop_identifier"], info["currency"], info["platform_slug"]) == ("acme", "CAD", "till")


def test_a_placed_order_can_be_seen_but_not_changed(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    shopper.process()
    before = till.stored(shopper.order_id)
    for method, path, body in CHANGES:
        reply = shopper.call(method, path, body)
        assert (reply.status, reply.fields) == (422, ["is_processed"]), (method, path)
    assert shopper.state["is_processed"] is True
    assert till.stored(shopper.order_id) == before


def test_answers_go_to_the_shops_own_pages_only(till: Deployment) -> None:
    for path in ("/checkout/orders/acme/init", "/checkout/orders/acme/resume"):
        ours, others = (
            till.api.call("POST", path, {}, {"Authorization": f"Bearer {ROOT_TOKEN}", "Origin": origin}).headers
            for origin in ("https://shop.example", "https://evil.example")
        )
        assert ours["Access-Control-Allow-Origin"] == "https://shop.example"
        assert ours["Access-Control-Allow-Credentials"] == "true"
        assert "Access-Control-Allow-Origin" not in others
        assert ours["Vary"] == others["Vary"] == "Origin"


@pytest.mark.parametrize("plain", [True, False])
def test_bodies_are_read_in_base64_and_as_they_are(till: Deployment, plain: bool) -> None:
    shopper = Shopper(till)
    raw = json.dumps(BREWER | {"line_item_properties": {"engraving": "für Zoë ☕"}}, ensure_ascii=False).encode()
    reply = till.api.call(
        "POST",
        f"/checkout/storefront/acme/{shopper.order_id}/items",
        raw,
        {"authorization": f"bearer {shopper.token}"},
        plain,
    )
    assert reply.data["line_item"]["properties"] == {"engraving": "für Zoë ☕"}


CHANGES = [
    ("POST", "/items", BREWER | {"line_item_key": "line-2"}),
    ("PUT", "/items", {"line_item_key": "line-1", "quantity": 2}),
    ("DELETE", "/items", {"line_item_key": "line-1"}),
    ("POST", "/customer/guest", JOHN),
    ("PUT", "/customer/guest", JOHN),
    ("PUT", "/customer", JOHN),
    ("DELETE", "/customer", None),
    ("POST", "/addresses/shipping", WINNIPEG),
    ("PUT", "/addresses/shipping", WINNIPEG),
    ("DELETE", "/addresses/shipping", None),
    ("POST", "/addresses/billing", WINNIPEG),
    ("PUT", "/addresses/billing", WINNIPEG),
    ("DELETE", "/addresses/billing", None),
    ("POST", "/shipping_lines", {"index": "1"}),
    ("POST", "/taxes", None),
    ("POST", "/payments", card("tok_decline")),
    ("PUT", "/payments", card(amount=1)),
    ("DELETE", "/payments", card()),
    ("POST", "/pre_process_order", None),
    ("POST", "/process_order", None),
]


def test_what_an_order_began_with_can_be_kept_as_a_cart_for_other_orders(till: Deployment) -> None:
    kept = Shopper(till, cart_items=[BREWER], keep_cart=True).begun.data
    assert kept["cart_id"] == kept["public_order_id"][:26]
    again = Shopper(till, cart_id=kept["cart_id"]).begun.data
    lines = [data["application_state"]["line_items"] for data in (kept, again)]
    assert lines[0] == lines[1]
    assert again["public_order_id"] != kept["public_order_id"]
    assert "cart_id" not in Shopper(till, cart_items=[BREWER]).begun.data
