"""Whose cart it is, what is told beside it, and what no cache may do with it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.integration.cocart.storefront import SITE, WINNIPEG, Shopper, good, refusal
from tests.integration.deployment import Deployment
from till.domain.cart import DAY_SECONDS
from till.runtime import settings, wiring


def test_a_guest_without_a_key_is_given_one_and_finds_the_cart_again_by_it(till: Deployment) -> None:
    reply = Shopper(till).call("POST", "cart/add-item", {"id": "66", "quantity": "2"})
    key = good(reply)["cart_key"]
    assert re.fullmatch(r"t_[0-9a-f]{30}", key)
    assert reply.headers["Cart-Key"] == reply.headers["CoCart-API-Cart-Key"] == key
    assert good(till.cocart.call("GET", f"{SITE}/v2/cart?cart_key={key}"))["item_count"] == 2
    assert good(till.cocart.call("GET", f"{SITE}/v2/cart", None, {"CoCart-API-Cart-Key": key}))["item_count"] == 2
    assert Shopper(till).get()["item_count"] == 0


def test_a_guest_may_call_the_cart_what_they_like(till: Deployment) -> None:
    shopper = Shopper(till, "my-own_cart")
    assert shopper.add()["cart_key"] == "my-own_cart"
    assert Shopper(till, "my-own_cart").quantities == {"ABS": 1}
    for bad in ("no key", "a/b", "ä", "x" * 256, "orders"):
        assert refusal(Shopper(till).call("GET", "cart", query={"cart_key": bad})) == (400, "cocart_invalid_cart_key")


def test_a_cart_can_be_made_before_there_is_anything_in_it(till: Deployment) -> None:
    shopper = Shopper(till)
    made = shopper.post("cart")
    assert made == {"message": "Cart created successfully.", "cart_key": shopper.key}
    assert shopper.get()["cart_hash"] == "No items in cart so no hash"


def test_every_answer_says_when_the_cart_ends(till: Deployment) -> None:
    shopper = Shopper(till)
    shopper.add()
    headers = shopper.call("GET", "cart").headers
    ends = int(headers["CoCart-API-Cart-Expiration"])
    assert abs(ends - (wiring.now() + 7 * DAY_SECONDS)) < 60
    assert int(headers["CoCart-API-Cart-Expiring"]) == ends - DAY_SECONDS
    assert headers["CoCart-Version"] == "4.3.6"
    assert abs(int(headers["CoCart-Timestamp"]) - wiring.now()) < 60


def test_no_cache_keeps_a_cart_nor_a_refusal(till: Deployment) -> None:
    shopper = Shopper(till)
    shopper.add()
    for reply in (shopper.call("GET", "cart"), shopper.call("GET", "cart/item/none"), shopper.call("POST", "login")):
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["Vary"] == "Cart-Key, CoCart-API-Cart-Key, Authorization, Origin"


def test_what_a_client_has_already_is_not_sent_again_until_it_changes(till: Deployment) -> None:
    shopper = Shopper(till)
    shopper.add()
    first = shopper.call("GET", "cart")
    etag = first.headers["ETag"]
    assert re.fullmatch(r'W/"[0-9a-f]{32}"', etag)
    assert first.headers["CoCart-Cache"] == "MISS"
    again = shopper.call("GET", "cart", If_None_Match=etag)
    assert (again.status, again.raw, again.headers["CoCart-Cache"]) == (304, "", "HIT")
    assert again.headers["Cart-Key"] == shopper.key
    skipped = shopper.call("GET", "cart", query={"_skip_cache": "1"}, If_None_Match=etag)
    assert (skipped.status, skipped.headers["CoCart-Cache"]) == (200, "SKIP")
    shopper.add()
    assert shopper.call("GET", "cart", If_None_Match=etag).status == 200


def test_an_etag_of_one_cart_says_nothing_of_another(till: Deployment) -> None:
    one, other = Shopper(till), Shopper(till)
    one.add()
    other.add()
    etag = one.call("GET", "cart").headers["ETag"]
    assert other.call("GET", "cart", If_None_Match=etag).status == 200


def test_the_hash_changes_with_any_change_and_only_then(till: Deployment) -> None:
    till.offer("SAVE10")
    shopper = Shopper(till)
    shopper.add()
    seen = [shopper.get()["cart_hash"]]
    item = shopper.get()["items"][0]["item_key"]
    changes: list[tuple[str, Any]] = [
        (f"cart/item/{item}", {"quantity": 2}),
        ("cart/add-item", {"id": "66", "quantity": 1, "item_data": {"engraving": "Jane"}}),
        ("cart/apply-coupon", {"code": "SAVE10"}),
        ("cart/update", WINNIPEG),
        ("cart/set-shipping-method", {"rate_id": "expedited"}),
        ("cart/update", {"email": "jane@example.com"}),
        ("cart/update", {"s_address_2": "Flat 2"}),
    ]
    for path, body in changes:
        seen.append(shopper.post(path, body)["cart_hash"])
        assert shopper.get()["cart_hash"] == seen[-1]
    assert len(set(seen)) == len(seen)
    assert shopper.post("cart/calculate")["cart_hash"] == seen[-1]
    assert shopper.post("cart/set-shipping-method", {"rate_id": "expedited"})["cart_hash"] == seen[-1]


def test_only_the_members_that_are_asked_for_are_answered(till: Deployment) -> None:
    shopper = Shopper(till)
    shopper.add()
    assert shopper.get(fields="cart_key,item_count") == {"cart_key": shopper.key, "item_count": 1}
    assert shopper.get(_fields="items", thumb="false")["items"][0].keys().isdisjoint({"featured_image"})
    assert shopper.get(formatted="true")["totals"]["total"] == "$225.00"
    assert shopper.get("cart/totals", html="true")["total"] == "$225.00"
    assert shopper.get("cart/mini")["subtotal"] == "22500"


def test_the_deployments_default_shop_needs_no_name(till: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    short = Shopper(till, site="/wp-json/cocart/v2")
    short.add()
    assert Shopper(till, short.key).quantities == {"ABS": 1}
    monkeypatch.setenv("TILL_DEFAULT_SHOP", "")
    settings.environment.cache_clear()
    assert refusal(short.call("GET", "cart")) == (404, "rest_no_route")


def test_a_shop_that_is_not_there_has_no_routes(till: Deployment) -> None:
    assert refusal(Shopper(till, site="/cocart/nobody/wp-json/cocart/v2").call("GET", "cart")) == (404, "rest_no_route")


def test_a_storefront_of_the_shop_may_read_the_headers(till: Deployment) -> None:
    reply = Shopper(till).call("GET", "cart", Origin="https://shop.example")
    assert reply.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert {"Cart-Key", "ETag"} <= set(reply.headers["Access-Control-Expose-Headers"].split(","))
    assert "Access-Control-Allow-Origin" not in Shopper(till).call("GET", "cart", Origin="https://evil.example").headers


def test_what_makes_no_sense_is_refused_in_words(till: Deployment) -> None:
    shopper = Shopper(till)
    assert refusal(shopper.call("POST", "cart/add-item", b"{")) == (400, "rest_invalid_param")
    assert refusal(shopper.call("POST", "cart/add-item", ["66"])) == (400, "rest_invalid_param")
    reply = shopper.call("POST", "cart/add-item", {"quantity": "1"})
    assert refusal(reply) == (400, "rest_invalid_param")
    assert reply.body["data"]["params"] == {"id": "This field is required."}
    card = {"id": "66", "quantity": "1", "item_data": {"note": "4111 1111 1111 1111"}}
    assert refusal(shopper.call("POST", "cart/add-item", card))[0] == 400
