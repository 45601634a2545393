"""Carts: made by name or by being used, found again, changed, ended."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from tests.builders import a_shop
from tests.integration.deployment import Deployment
from tests.integration.elasticpath.shopping import Cart, code, custom, product, refusal, sell
from tests.integration.elasticpath.storefront import Storefront, a_client, ask_for_token
from till.adapters import aws
from till.runtime import wiring

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NOTHING = {"amount": 0, "currency": "", "formatted": "0"}
PARTS = ("with_tax", "without_tax", "tax", "discount", "without_discount", "shipping", "shipping_discount")
DAY = 86_400


@pytest.fixture
def front(till: Deployment) -> Storefront:
    """A storefront of the shop, with the token that every browser gets."""
    return Storefront(till)


@pytest.fixture
def cart(front: Storefront) -> Cart:
    return Cart(front)


def test_a_cart_that_nobody_has_used_is_an_empty_one(cart: Cart) -> None:
    data = cart.data
    at = data["meta"].pop("timestamps")
    assert data == {
        "id": "my-cart",
        "type": "cart",
        "name": "Cart",
        "description": "",
        "discount_settings": {"custom_discounts_enabled": False},
        "links": {"self": data["links"]["self"]},
        "meta": {"display_price": dict.fromkeys(PARTS, NOTHING)},
        "relationships": {"items": {"data": None}},
    }
    assert data["links"]["self"].endswith("/v2/carts/my-cart")
    assert at.keys() == {"created_at", "updated_at", "expires_at"}
    assert wiring.carts().get("acme", "my-cart") is None
    items = cart.call("GET", "/items").body
    assert (items["data"], items["meta"]["display_price"]["with_tax"]) == ([], NOTHING)


def test_a_cart_made_without_an_id_gets_one_that_nobody_guesses(front: Storefront) -> None:
    made = [front.call("POST", "/v2/carts", {"name": "Birthday", "description": "For Jane"}) for _ in range(2)]
    assert [reply.status for reply in made] == [201, 201]
    first, second = (reply.body["data"] for reply in made)
    assert UUID.fullmatch(first["id"])
    assert first["id"] != second["id"]
    found = Cart(front, first["id"]).data
    assert (found["name"], found["description"]) == ("Birthday", "For Jane")


def test_a_cart_may_be_called_what_the_client_likes(front: Storefront) -> None:
    assert front.call("POST", "/v2/carts", {"id": "Jane_42-b"}).body["data"]["id"] == "Jane_42-b"
    assert front.call("POST", "/v2/carts").status == 201


def test_the_same_request_with_the_same_key_makes_one_cart(front: Storefront) -> None:
    first, again = (
        front.call("POST", "/v2/carts", {"name": "Birthday"}, Idempotency_Key="0123456789abcdef") for _ in range(2)
    )
    assert again.raw == first.raw
    assert again.headers["Idempotent-Replayed"] == "true"
    other = front.call("POST", "/v2/carts", {"name": "Wedding"}, Idempotency_Key="0123456789abcdef")
    assert refusal(other)[:2] == (422, "Idempotency-Key reused")


def test_what_is_said_of_a_cart_can_be_changed_and_the_rest_stays(cart: Cart) -> None:
    cart.put(name="Birthday", custom_attributes={"tier": {"type": "string", "value": "gold"}})
    changed = cart.put(description="For Jane").body["data"]
    assert (changed["name"], changed["description"]) == ("Birthday", "For Jane")
    assert changed["custom_attributes"] == {"tier": {"type": "string", "value": "gold"}}
    assert cart.data["custom_attributes"] == changed["custom_attributes"]
    again = cart.put(custom_attributes={"is_member": {"type": "boolean", "value": True}}).body["data"]
    assert again["custom_attributes"] == {"is_member": {"type": "boolean", "value": True}}


@pytest.mark.parametrize(
    ("body", "source", "title"),
    [
        ({"name": ""}, "data.name", "string_gte"),
        ({"name": " \t"}, "data.name", "Bad Request"),
        ({"name": "x" * 256}, "data.name", "string_lte"),
        ({"name": 5}, "data.name", "Bad Request"),
        ({"id": "a b"}, "data.id", "format"),
        ({"id": "a/b"}, "data.id", "format"),
        ({"snapshot_date": "soon"}, "data.snapshot_date", "Bad Request"),
        ({"snapshot_date": "2020-01-01T00:00:00Z"}, "data.snapshot_date", "Bad Request"),
        ({"contact": {"email": "nobody"}}, "data.contact.email", "format"),
        ({"custom_attributes": {"a": {"type": "date", "value": "x"}}}, "data.custom_attributes.a.type", "Bad Request"),
        ({"custom_attributes": {"a": {"type": "string"}}}, "data.custom_attributes.a.value", "required"),
        ({"discount_settings": {"custom_discounts_enabled": "yes"}}, None, "Bad Request"),
        ([], "data", "Bad Request"),
        ("cart", "data", "Bad Request"),
    ],
)
def test_a_cart_that_makes_no_sense_is_refused(front: Storefront, body: Any, source: str | None, title: str) -> None:
    reply = front.call("POST", "/v2/carts", body)
    assert reply.status == 400, reply.raw
    [error] = reply.body["errors"]
    assert error["title"] == title
    assert error["source"] == (source or "data.discount_settings.custom_discounts_enabled")
    assert error["detail"]


@pytest.mark.parametrize("cart_id", ["x" * 256, "a%20b", "a.b", "%C3%A9", "a%0A"])
def test_what_is_no_id_is_no_cart(front: Storefront, cart_id: str) -> None:
    reply = Cart(front, cart_id).call("GET")
    assert refusal(reply)[:2] == (400, "format")
    assert reply.body["errors"][0]["source"] == "cart_id"


def test_a_cart_lives_seven_days_from_its_last_change(till: Deployment, cart: Cart) -> None:
    cart.put(name="Birthday")
    stored = wiring.carts().get("acme", "my-cart")
    assert stored
    assert stored.expires_at == stored.updated_at + 7 * DAY
    assert cart.data["meta"]["timestamps"]["expires_at"] > cart.data["meta"]["timestamps"]["updated_at"]


def test_a_cart_that_has_ended_is_an_empty_one(till: Deployment, cart: Cart) -> None:
    cart.put(name="Birthday")
    stored = wiring.carts().get("acme", "my-cart")
    assert stored
    wiring.carts().save(replace(stored, expires_at=wiring.now()))
    assert cart.data["name"] == "Cart"
    cart.put(description="Another one")
    assert (cart.data["name"], cart.data["description"]) == ("Cart", "Another one")


def test_a_deleted_cart_is_an_empty_one(cart: Cart, till: Deployment) -> None:
    cart.add(product(sell(till, "mug")))
    for _ in range(2):
        deleted = cart.call("DELETE")
        assert (deleted.status, deleted.raw) == (204, "")
    assert cart.items == []


def test_a_change_that_never_gets_its_turn_is_told_of_the_conflict(till: Deployment, cart: Cart) -> None:
    cart.put(name="Birthday")
    stored = wiring.carts().get("acme", "my-cart")
    assert stored
    current = [stored]
    busy: list[bool] = []

    def others_first(model: Any, **_: Any) -> None:
        if model.name == "PutItem" and not busy:
            busy.append(True)
            current[0] = wiring.carts().save(replace(current[0], description=current[0].description + "!"))
            busy.clear()

    events = aws.client("dynamodb").meta.events
    events.register("before-call.dynamodb", others_first)
    try:
        refused = cart.put(name="Wedding")
    finally:
        events.unregister("before-call.dynamodb", others_first)
    assert refusal(refused) == (409, "Conflict", "Write conflict detected")
    assert int(refused.headers["Retry-After"]) >= 1
    assert cart.data["name"] == "Birthday"


def test_a_cart_of_another_shop_is_not_there(till: Deployment, cart: Cart) -> None:
    wiring.catalog().create_shop(a_shop(identifier="other"))
    cart.put(name="Birthday")
    client, _ = a_client("other", number=3)
    stranger = Storefront(till, number=2)
    stranger.token = ask_for_token(till, {"grant_type": "implicit", "client_id": client.id}).body["access_token"]
    assert Cart(stranger).data["name"] == "Cart"


def test_nobody_gets_a_cart_without_a_token(till: Deployment, cart: Cart) -> None:
    cart.front.token = "x"
    reply = cart.call("GET")
    assert (reply.status, reply.body) == (
        401,
        {"errors": [{"status": 401, "title": "Unable to validate access token"}]},
    )


def test_a_preview_stays_a_preview_and_looks_at_no_stock(till: Deployment, cart: Cart) -> None:
    mug = sell(till, "mug", on_hand=0)
    assert cart.put(snapshot_date="2096-09-10T00:12:00Z").body["data"]["snapshot_date"] == "2096-09-10T00:12:00Z"
    assert cart.add(product(mug, 3)).status == 201
    assert refusal(cart.put(snapshot_date=""))[0] == 400
    assert cart.data["snapshot_date"] == "2096-09-10T00:12:00Z"


def test_a_preview_takes_the_codes_of_its_day(till: Deployment, cart: Cart) -> None:
    till.offer("FUTURE", starts_at=wiring.now() + 30 * DAY)
    cart.add(product(sell(till, "mug")))
    assert cart.add(code("FUTURE")).status == 404
    cart.put(snapshot_date="2096-09-10T00:12:00Z")
    assert cart.add(code("FUTURE")).status == 201


def test_a_guest_is_known_by_the_address_of_their_cart(till: Deployment, cart: Cart) -> None:
    till.offer("ONCE", most_uses_per_customer=1)
    cart.add(product(sell(till, "mug")))
    title = "Could not apply EP promotion with the given code"
    assert refusal(cart.add(code("ONCE")))[:2] == (422, title)
    assert cart.put(contact={"email": "jane@example.com"}).body["data"]["contact"] == {"email": "jane@example.com"}
    assert cart.add(code("ONCE")).status == 201
    assert "contact" not in cart.put(contact={"email": ""}).body["data"]


def test_a_cart_comes_with_what_is_asked_for(till: Deployment, cart: Cart) -> None:
    till.offer("SAVE10", text="Ten percent off")
    cart.add(product(sell(till, "mug")))
    cart.add(code())
    body = cart.call("GET", "?include=items,promotions,nonsense").body
    assert body["included"]["items"] == cart.items
    [promotion] = body["included"]["promotions"]
    assert (promotion["name"], promotion["automatic"]) == ("Ten percent off", False)
    listed = [{"type": item["type"], "id": item["id"]} for item in cart.items]
    assert body["data"]["relationships"]["items"]["data"] == listed
    assert "included" not in cart.call("GET").body


def test_prices_are_the_shops_own(till: Deployment, cart: Cart) -> None:
    refused = cart.add(custom())
    assert refusal(refused)[:2] == (403, "Forbidden")
    assert "client_credentials" in refusal(refused)[2]
    backend = Cart(Storefront(till, trusted=True, number=2))
    assert backend.add(custom()).status == 201
    assert cart.total == 500


def test_a_shop_may_let_storefronts_set_prices(till: Deployment, cart: Cart) -> None:
    till.change_settings(shopper_prices=True)
    assert cart.add(custom("Card", 100)).status == 201
    assert cart.total == 100
