"""What the shop says about its carts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.deployment import Deployment
from tests.integration.elasticpath.shopping import Cart, refusal
from tests.integration.elasticpath.storefront import Storefront
from till.runtime import wiring

SETTINGS = "/v2/settings/cart"
DAY = 86_400


@pytest.fixture
def backend(till: Deployment) -> Storefront:
    return Storefront(till, trusted=True)


def test_carts_live_seven_days_until_the_shop_says_otherwise(backend: Storefront) -> None:
    assert backend.call("GET", SETTINGS).body["data"] == {
        "type": "settings",
        "cart_expiry_days": 7,
        "discounts": {"custom_discounts_enabled": False, "use_rule_promotions": True},
    }
    old, new = Cart(backend, "old"), Cart(backend, "new")
    old.put(name="Old")
    changed = backend.call("PUT", SETTINGS, {"cart_expiry_days": 30, "discounts": {"custom_discounts_enabled": True}})
    assert changed.body["data"]["cart_expiry_days"] == 30
    assert backend.call("GET", SETTINGS).body == changed.body
    new.put(name="New")
    old.put(name="Old, changed")
    days = {}
    for name in ("old", "new"):
        cart = wiring.carts().get("acme", name)
        assert cart
        days[name] = (cart.expires_at - cart.updated_at) // DAY
    assert days == {"old": 7, "new": 30}
    assert new.data["discount_settings"]["custom_discounts_enabled"] is True
    assert old.data["discount_settings"]["custom_discounts_enabled"] is False


@pytest.mark.parametrize(
    ("body", "title", "detail"),
    [
        ({"cart_expiry_days": 366}, "number_lte", "Must be less than or equal to 365"),
        ({"cart_expiry_days": 0}, "number_gte", "Must be greater than or equal to 1"),
        ({"cart_expiry_days": "7"}, "Bad Request", "Must be a valid integer"),
    ],
)
def test_a_cart_lives_a_year_at_most(backend: Storefront, body: Any, title: str, detail: str) -> None:
    reply = backend.call("PUT", SETTINGS, body)
    assert refusal(reply) == (400, title, detail)
    assert reply.body["errors"][0]["source"] == "data.cart_expiry_days"


def test_a_storefront_has_no_say_in_it(till: Deployment) -> None:
    front = Storefront(till)
    assert refusal(front.call("GET", SETTINGS))[:2] == (403, "Forbidden")
    assert refusal(front.call("PUT", SETTINGS, {"cart_expiry_days": 1}))[:2] == (403, "Forbidden")
