"""Carts of an organisation: what the public client sends, and what it reads of the answers."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import replace
from typing import Any

import pytest

from tests.builders import a_line, a_shop, a_variant, an_address
from tests.integration.deployment import ROOT_TOKEN, Deployment, put_ready_order
from tests.integration.diddo.storefront import Platform, an_api_key, lines, quantities, refusal
from tests.integration.elasticpath.carts import put_cart
from tests.integration.elasticpath.shopping import sell
from till.application.identifiers import as_uuid, is_ulid
from till.application.tokens import Scope
from till.domain.cart import Cart
from till.runtime import settings, wiring

VARIANT = a_variant().id
BAD_QUANTITIES: tuple[Any, ...] = (-1, 1.5, "2", True, 10**9)
BAD_VARIANTS: tuple[Any, ...] = ("", None, [], "x" * 256)
KEY = "a-key-of-24-characters--"


@pytest.fixture
def platform(till: Deployment) -> Platform:
    return Platform(till)


def stored(cart_id: str) -> Cart:
    """As it lies in the table."""
    found = wiring.carts().get("acme", cart_id)
    assert found
    return found


# A cart is made


@pytest.mark.parametrize("cart", [{}, {"cart_id": "0"}, {"cart_id": ""}, {"cart_id": None}, {"cart_id": 0}])
def test_without_a_cart_yet_one_is_made(cart: dict[str, Any], platform: Platform) -> None:
    made = platform.ask("POST", "/cart/add", cart | {"item": {"variant_id": VARIANT, "quantity": 2}})
    assert is_ulid(made["id"])
    assert quantities(made) == [2]
    assert platform.ask("GET", f"/cart/{made['id']}") == made


def test_a_cart_is_what_the_documents_show(platform: Platform) -> None:
    cart = platform.add(2)
    assert cart["buyer_identity"] is None
    [store] = cart["stores"]
    assert store["is_submitted"] is False
    [line] = store["cart_lines"]
    price = {"value": 22500, "currency": "CAD"}
    assert line["variant"] == {
        "id": VARIANT,
        "title": "Able Brewing System",
        "description": "",
        "is_available": True,
        "marketplace": "TILL",
        "price": price,
        "image": "",
    }
    assert line["product"] == {
        "id": "86",
        "title": "Able Brewing System",
        "description": "",
        "is_available": True,
        "marketplace": "TILL",
        "price": price,
    }
    amounts = {name: money["value"] for name, money in cart["cost"].items()}
    assert amounts == {"subtotal": 45000, "discount": 0, "fees": 0, "shipping": 0, "tax": 0, "total": 45000}


def test_a_template_never_ends(platform: Platform) -> None:
    cart = stored(platform.template())
    assert (cart.is_template, cart.expires_at) == (True, 0)
    assert not cart.is_over(wiring.now() + 100 * 365 * 86_400)
    platform.add(1, cart=cart.id)
    assert stored(cart.id).is_template


def test_the_same_id_in_its_other_form_is_the_same_cart(platform: Platform) -> None:
    cart = platform.template()
    assert platform.ask("GET", f"/cart/{as_uuid(cart)}")["id"] == cart
    assert quantities(platform.add(2, cart=as_uuid(cart).upper())) == [3]


@pytest.mark.parametrize("variant", [VARIANT, as_uuid(VARIANT), "66", 66])
def test_a_variant_goes_by_each_of_its_names(variant: Any, platform: Platform) -> None:
    assert [line["variant"]["id"] for line in lines(platform.add(variant=variant))] == [VARIANT]


# It is filled and emptied


def test_adding_adds_up(platform: Platform) -> None:
    cart = platform.template(2)
    assert quantities(platform.add(3, cart=cart)) == [5]


def test_updating_sets_how_many(platform: Platform) -> None:
    cart = platform.template(2)
    changed = platform.ask("POST", "/cart/update", {"cart_id": cart, "item": {"variant_id": VARIANT, "quantity": 4}})
    assert quantities(changed) == [4]


def test_updating_what_is_not_in_the_cart_changes_nothing(platform: Platform, till: Deployment) -> None:
    other = sell(till, "mug")
    before = platform.add(2)
    item = {"variant_id": other.id, "quantity": 4}
    assert platform.ask("POST", "/cart/update", {"cart_id": before["id"], "item": item}) == before
    assert stored(before["id"]).version == 1


@pytest.mark.parametrize("path", ["/cart/add", "/cart/update"])
def test_none_of_it_takes_it_out(path: str, platform: Platform) -> None:
    cart = platform.template(2)
    emptied = platform.ask("POST", path, {"cart_id": cart, "item": {"variant_id": VARIANT, "quantity": 0}})
    assert (emptied["id"], emptied["stores"], emptied["cost"]["total"]["value"]) == (cart, [], 0)
    assert quantities(platform.add(1, cart=cart)) == [1]


def test_a_variant_is_removed_however_many_there_are(platform: Platform, till: Deployment) -> None:
    mug = sell(till, "mug", prices={"CAD": 500})
    cart = platform.template(2)
    platform.add(3, mug.id, cart)
    platform.add(1, mug.id, cart, customizations=[{"key": "engraving", "text_value": "Jane"}])
    left = platform.ask("DELETE", "/cart/items", {"cart_id": cart, "variant_id": mug.id})
    assert [line["variant"]["id"] for line in lines(left)] == [VARIANT]
    assert platform.ask("DELETE", "/cart/items", {"cart_id": cart, "variant_id": mug.id}) == left


def test_what_a_product_bears_makes_it_another_line(platform: Platform) -> None:
    engraved = [{"key": "engraving", "value": "text", "text_value": "For Jane"}]
    cart = platform.template(1)
    platform.add(2, cart=cart, customizations=engraved)
    both = platform.add(1, cart=cart, customizations=engraved)
    assert [(line["quantity"], line["customizations"]) for line in lines(both)] == [
        (1, []),
        (3, [{"key": "engraving", "value": "For Jane"}]),
    ]
    item = {"variant_id": VARIANT, "quantity": 7}
    asked = platform.call("POST", "/cart/update", {"cart_id": cart, "item": item})
    assert refusal(asked) == (400, "INVALID_REQUEST", "item.customizations")
    changed = platform.ask("POST", "/cart/update", {"cart_id": cart, "item": item | {"customizations": engraved}})
    assert quantities(changed) == [1, 7]


def test_names_may_be_in_camel_case(platform: Platform) -> None:
    cart = platform.template(1)
    item = {"variantId": VARIANT, "quantity": 2, "customizations": [{"key": "colour", "textValue": "red"}]}
    added = platform.call_in_its_own_words("POST", "/cart/add", {"cartId": cart, "item": item})
    assert quantities(added.body) == [1, 2]
    gone = {"cartId": cart, "variantId": VARIANT}
    assert platform.call_in_its_own_words("DELETE", "/cart/items", gone).body["stores"] == []


def test_another_cart_of_the_shop_is_changed_as_well(platform: Platform, till: Deployment) -> None:
    put_cart("a-guests-cart")
    assert quantities(platform.add(2, cart="a-guests-cart")) == [3]
    assert not stored("a-guests-cart").is_template


def test_a_cart_shows_in_its_own_currency(platform: Platform, till: Deployment) -> None:
    mug = sell(till, "mug")
    basket = replace(stored(put_cart("usd").id).basket, currency="USD")
    put_cart("usd", basket=basket)
    prices = [line["variant"]["price"]["currency"] for line in lines(platform.add(1, mug.id, "usd"))]
    assert prices == ["USD", "USD"]


def test_what_cannot_be_had_any_more_is_told(platform: Platform, till: Deployment) -> None:
    mug = sell(till, "mug", prices={"CAD": 500}, on_hand=3)
    cart = platform.template()
    platform.add(3, mug.id, cart)
    wiring.stock().set_on_hand("acme", mug.id, 2)
    shown = lines(platform.ask("GET", f"/cart/{cart}"))
    assert [line["variant"]["is_available"] for line in shown] == [True, False]
    assert [line["product"]["is_available"] for line in shown] == [True, False]


def test_ways_to_ship_are_known_once_the_address_is(platform: Platform, till: Deployment) -> None:
    cart = stored(platform.template())
    none = platform.ask("GET", f"/cart/{cart.id}/shipping")
    assert none["stores"][0]["offer"]["shipping_methods"] == []
    wiring.carts().save(cart.with_basket(replace(cart.basket, shipping_address=an_address())))
    for path in (f"/cart/{cart.id}/shipping", f"/cart/shipping-rates/{cart.id}"):
        [store] = platform.ask("GET", path)["stores"]
        shown = [
            (one["label"], one["price"]["value"], one["taxes"]["value"], one["total"]["value"])
            for one in store["offer"]["shipping_methods"]
        ]
        assert shown == [("Standard", 1000, 2700, 26200), ("Expedited", 1125, 2700, 26325)]
        assert all(isinstance(one["id"], int) for one in store["offer"]["shipping_methods"])


def test_a_template_is_always_in_progress(platform: Platform) -> None:
    cart = platform.add()
    assert platform.ask("GET", f"/cart/status/{cart['id']}") == {"cart": cart, "status": "IN_PROGRESS"}


def test_a_retry_under_the_same_key_makes_no_second_cart(platform: Platform) -> None:
    body = {"item": {"variant_id": VARIANT, "quantity": 2}}
    first, again = (platform.call("POST", "/cart/add", body, Idempotency_Key=KEY) for _ in range(2))
    assert again.body == first.body
    assert again.headers["Idempotent-Replayed"] == "true"
    assert quantities(platform.ask("GET", f"/cart/{first.body['id']}")) == [2]
    other = platform.call("POST", "/cart/add", {"item": {"variant_id": VARIANT, "quantity": 3}}, Idempotency_Key=KEY)
    assert refusal(other) == (400, "IDEMPOTENCY_KEY_REUSED", "Idempotency-Key")


def test_a_retry_adds_nothing_twice_whichever_form_of_the_id_it_has(platform: Platform) -> None:
    body = {"cart_id": as_uuid(platform.template()), "item": {"variant_id": VARIANT, "quantity": 2}}
    for _ in range(2):
        assert quantities(platform.ask("POST", "/cart/add", body, Idempotency_Key=KEY)) == [3]


# Refusals


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (None, "item"),
        ([], "body"),
        ("text", "body"),
        ({"item": None}, "item"),
        ({"item": {}}, "item.variant_id"),
        ({"item": {"variant_id": VARIANT}}, "item.quantity"),
        *[({"item": {"variant_id": VARIANT, "quantity": one}}, "item.quantity") for one in BAD_QUANTITIES],
        *[({"item": {"variant_id": one, "quantity": 1}}, "item.variant_id") for one in BAD_VARIANTS],
        ({"item": {"variant_id": "nobody's", "quantity": 1}}, "item.variant_id"),
        ({"item": {"variant_id": wiring.new_id(), "quantity": 1}}, "item.variant_id"),
        ({"cart_id": "no such id", "item": {"variant_id": VARIANT, "quantity": 1}}, "cart_id"),
        ({"cart_id": "storefront", "item": {"variant_id": VARIANT, "quantity": 1}}, "cart_id"),
        ({"cart_id": {"$ne": ""}, "item": {"variant_id": VARIANT, "quantity": 1}}, "cart_id"),
        (
            {"item": {"variant_id": VARIANT, "quantity": 1, "customizations": [{"key": ""}]}},
            "item.customizations.0.key",
        ),
    ],
)
def test_bad_input_is_refused_by_its_name(body: Any, field: str, platform: Platform) -> None:
    status, _, named = refusal(platform.call("POST", "/cart/add", body))
    assert (status, named) == (400, field)


def test_a_body_that_is_no_json_is_refused(platform: Platform) -> None:
    assert refusal(platform.call("POST", "/cart/add", b"cart_id=0")) == (400, "INVALID_REQUEST", "body")


def test_more_than_there_is_cannot_be_added(platform: Platform) -> None:
    reply = platform.call("POST", "/cart/add", {"item": {"variant_id": VARIANT, "quantity": 11}})
    assert refusal(reply)[:2] == (400, "INSUFFICIENT_STOCK")


@pytest.mark.parametrize("path", ["/cart/add", "/cart/update"])
def test_an_unknown_cart_is_not_found_as_the_route_says_it(path: str, platform: Platform) -> None:
    for unknown in (wiring.new_id(), str(uuid.uuid4()), "nobodys"):
        body = {"cart_id": unknown, "item": {"variant_id": VARIANT, "quantity": 1}}
        assert refusal(platform.call("POST", path, body)) == (400, "CART_NOT_FOUND", "cart_id")
        assert wiring.carts().get("acme", unknown) is None
        gone = platform.call("DELETE", "/cart/items", {"cart_id": unknown, "variant_id": VARIANT})
        assert refusal(gone) == (400, "CART_NOT_FOUND", "cart_id")
        assert refusal(platform.call("GET", f"/cart/status/{unknown}")) == (400, "CART_NOT_FOUND", "cart_id")
        assert refusal(platform.call("GET", f"/cart/{unknown}/shipping")) == (400, "CART_NOT_FOUND", "cart_id")
        assert refusal(platform.call("GET", f"/cart/{unknown}")) == (404, "CART_NOT_FOUND", "cart_id")


@pytest.mark.parametrize("cart", [{}, {"cart_id": "0"}])
def test_there_has_to_be_a_cart_to_change(cart: dict[str, Any], platform: Platform) -> None:
    item = {"variant_id": VARIANT, "quantity": 1}
    assert refusal(platform.call("POST", "/cart/update", cart | {"item": item})) == (400, "MISSING", "cart_id")
    assert refusal(platform.call("DELETE", "/cart/items", cart | {"variant_id": VARIANT})) == (
        400,
        "MISSING",
        "cart_id",
    )


def test_a_customers_cart_is_nobody_elses(platform: Platform, till: Deployment) -> None:
    put_cart("janes", customers=(wiring.new_id(),))
    assert refusal(platform.call("GET", "/cart/janes")) == (404, "CART_NOT_FOUND", "cart_id")
    body = {"cart_id": "janes", "item": {"variant_id": VARIANT, "quantity": 1}}
    assert refusal(platform.call("POST", "/cart/add", body)) == (400, "CART_NOT_FOUND", "cart_id")


def test_what_stands_in_a_cart_is_no_card_number(platform: Platform) -> None:
    wish = [{"key": "engraving", "text_value": "4242 4242 4242 4242"}]
    item = {"variant_id": VARIANT, "quantity": 1, "customizations": wish}
    reply = platform.call("POST", "/cart/add", {"item": item})
    assert reply.status == 400
    assert "4242" not in reply.raw


# Live carts


def test_a_live_cart_is_read_like_any_other(platform: Platform) -> None:
    session = platform.ask("POST", f"/checkout/begin/{platform.template(2)}")
    for form in (session["cart_id"], as_uuid(session["cart_id"])):
        assert platform.ask("GET", f"/cart/{form}") == session["cart"]
        assert platform.ask("GET", f"/cart/status/{form}") == {"cart": session["cart"], "status": "IN_PROGRESS"}
        assert platform.ask("GET", f"/cart/{form}/shipping")["stores"][0]["offer"]["shipping_methods"] == []


def test_what_is_in_a_live_cart_stays(platform: Platform) -> None:
    session = platform.ask("POST", f"/checkout/begin/{platform.template(2)}")
    live, item = session["cart_id"], {"variant_id": VARIANT, "quantity": 1}
    for reply in (
        platform.call("POST", "/cart/add", {"cart_id": live, "item": item}),
        platform.call("POST", "/cart/update", {"cart_id": as_uuid(live), "item": item}),
        platform.call("DELETE", "/cart/items", {"cart_id": live, "variant_id": VARIANT}),
    ):
        assert refusal(reply) == (400, "CART_IS_LIVE", "cart_id")
    assert platform.ask("GET", f"/cart/{live}") == session["cart"]


def test_an_order_that_is_no_session_is_no_cart(platform: Platform, till: Deployment) -> None:
    order = put_ready_order(till)
    assert refusal(platform.call("GET", f"/cart/{order.id}")) == (404, "CART_NOT_FOUND", "cart_id")


# Keys


@pytest.mark.parametrize("key", ["", "Bearer", "Bearer x", "Bearer till_" + "x" * 43, "Basic eDp5"])
def test_nobody_shops_without_a_key(key: str, platform: Platform) -> None:
    for method, path in (("POST", "/cart/add"), ("GET", "/cart/x"), ("DELETE", "/cart/items")):
        assert refusal(platform.call(method, path, Authorization=key))[:2] == (401, "UNAUTHENTICATED")


def test_a_key_that_may_not_check_out_is_refused(till: Deployment) -> None:
    catalog = Platform(till, an_api_key("acme", Scope.CATALOG))
    assert refusal(catalog.call("GET", "/cart/x"))[:2] == (403, "FORBIDDEN")


def test_another_organisations_cart_is_forbidden(platform: Platform, till: Deployment) -> None:
    wiring.catalog().create_shop(a_shop(identifier="rival"))
    rival, cart = Platform(till, an_api_key("rival")), platform.template()
    for form in (cart, as_uuid(cart)):
        item = {"variant_id": VARIANT, "quantity": 1}
        for reply in (
            rival.call("GET", f"/cart/{form}"),
            rival.call("GET", f"/cart/status/{form}"),
            rival.call("GET", f"/cart/{form}/shipping"),
            rival.call("POST", "/cart/add", {"cart_id": form, "item": item}),
            rival.call("POST", "/cart/update", {"cart_id": form, "item": item}),
            rival.call("DELETE", "/cart/items", {"cart_id": form, "variant_id": VARIANT}),
        ):
            assert refusal(reply) == (403, "FORBIDDEN", "cart_id")
    assert quantities(platform.ask("GET", f"/cart/{cart}")) == [1]


def test_a_token_of_the_whole_deployment_is_for_its_default_shop(
    till: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    everywhere = Platform(till, ROOT_TOKEN)
    for default, status in (("acme", 200), ("", 403)):
        monkeypatch.setenv("TILL_DEFAULT_SHOP", default)
        settings.environment.cache_clear()
        reply = everywhere.call("POST", "/cart/add", {"item": {"variant_id": VARIANT, "quantity": 1}})
        assert reply.status == status
        if default:
            assert stored(reply.body["id"]).shop == default


def test_an_answer_tells_nothing_that_is_not_documented(platform: Platform) -> None:
    assert not re.search("born|version|expires|shop", json.dumps(platform.add()))


def test_a_line_of_nothing_in_the_catalogue_goes_by_its_key(platform: Platform, till: Deployment) -> None:
    put_cart("wrapped", (a_line(), a_line(key="wrapping", variant_id="", platform_id="", title="Wrapping")))
    shown = [line["variant"]["id"] for line in lines(platform.ask("GET", "/cart/wrapped"))]
    assert shown == [VARIANT, "wrapping"]
    left = platform.ask("DELETE", "/cart/items", {"cart_id": "wrapped", "variant_id": "wrapping"})
    assert [line["variant"]["id"] for line in lines(left)] == [VARIANT]
