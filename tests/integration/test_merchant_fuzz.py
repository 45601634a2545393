"""Whatever is sent, the answer is an answer: never a 500."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.merchant_api import MerchantApi, api
from tests.integration.test_merchant_catalog import A_SHOP, A_TEE, ACME, PRODUCTS
from tests.integration.test_merchant_discounts import DISCOUNTS, EVERYTHING, TEN_PERCENT
from tests.integration.test_merchant_promotions import A_PROMOTION, PROMOTIONS
from tests.integration.test_merchant_services import A_PLUGIN
from tests.integration.test_merchant_settings import A_TAX_ZONE, A_ZONE

__all__ = ["api"]  # the fixture

ORDER = f"{ACME}/orders/01JX0RDER00000000000000000"
REFUND_LINE = {"key": "line-1", "quantity": 1, "restock": True, "unsent": 1}
PAID = {"id": "x", "amount": "6"}
TRACKING = {"carrier": "x", "number": "x", "url": "https://a.example"}
CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("PUT", PRODUCTS, A_TEE),
    ("PUT", f"{ACME}/shipping_zones/z", A_ZONE),
    ("PUT", f"{ACME}/tax_zones/z", A_TAX_ZONE),
    ("PUT", f"{ACME}/gateways/g", {"kind": "sandbox", "name": "Sandbox"}),
    ("PUT", f"{ACME}/tax_provider", {"url": "https://taxes.example/", "rotate_secret": True}),
    ("PUT", f"{ACME}/platform", {"url": "https://platform.example/", "rotate_secret": True}),
    ("PUT", f"{ACME}/plugins/93225ea4-d701-41f9-a30a-bfe66f5d0479", A_PLUGIN | {"inventory_url": "https://a.example"}),
    (
        "POST",
        f"{ACME}/webhook_endpoints",
        {"url": "https://hooks.example/", "description": "x", "types": ["order.*"], "enabled": True},
    ),
    ("PATCH", f"{ACME}/webhook_endpoints/e", {"types": ["*"], "enabled": True, "rotate_secret": True}),
    ("PUT", f"{ACME}/stock/TEE-S", {"on_hand": 1}),
    ("PUT", f"{DISCOUNTS}/FIVE", EVERYTHING),
    ("PUT", f"{DISCOUNTS}/TEN", TEN_PERCENT),
    ("PUT", f"{PROMOTIONS}/tee", A_PROMOTION),
    ("POST", f"{ACME}/stock/TEE-S/adjust", {"by": 1}),
    ("POST", f"{ACME}/gift_cards", {"amount": "5", "currency": "CAD", "expires_at": 4_000_000_000, "note": "x"}),
    ("POST", f"{ACME}/gift_cards", {"amount": "5", "code": "SUMMER2025ABCD"}),
    ("PATCH", f"{ACME}/gift_cards/g", {"disabled": True, "expires_at": 4_000_000_000, "note": "x"}),
    ("POST", f"{ACME}/gift_cards/g/adjust", {"by": "-5", "note": "x"}),
    ("POST", f"{ORDER}/capture", {"amount": "5"}),
    ("POST", f"{ORDER}/charge", {}),
    ("POST", f"{ORDER}/cancel", {"reason": "x"}),
    (
        "POST",
        f"{ORDER}/refund",
        {"amount": "5", "lines": [REFUND_LINE], "shipping": "1", "payments": [PAID], "reason": "x"},
    ),
    ("POST", f"{ORDER}/refund", {"shipping": True}),
    ("POST", f"{ORDER}/fulfil", {"lines": [{"key": "x", "quantity": 1}], "tracking": TRACKING}),
    ("POST", "/merchant/tokens", {"name": "x", "scopes": ["stock"], "shop": "acme"}),
    ("POST", f"{ACME}/clients", {"name": "x"}),
    ("POST", f"{ACME}/customers", {"email": "a@example.com", "name": "x", "external_ref": "x"}),
    ("POST", f"{ACME}/accounts", {"name": "x", "legal_name": "x", "registration_id": "x", "external_ref": "x"}),
    ("POST", f"{ACME}/accounts/a/members", {"email": "a@example.com", "name": "x"}),
    ("POST", "/merchant/shops", A_SHOP | {"settings": {"allowed_origins": ["http://a.b"], "checkout_url": "http://x"}}),
    ("PATCH", ACME, {"name": "x", "currency": "USD", "settings": {"rounding": "half_even", "parked_minutes": 3}}),
]
SURPRISES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(["1e5", "1e-999999999", "-1", "12.34", "USD", "*", "CA", "x" * 20_000]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["", "USD", "country", "é"]), st.integers(), max_size=2),
)


def places(value: object, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a body, the body itself included."""
    yield at
    if isinstance(value, dict):
        for name in value:
            yield from places(value[name], (*at, name))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from places(item, (*at, i))


def with_surprise(body: Any, at: tuple[Any, ...], surprise: object) -> Any:
    """The body with something else in one place."""
    if not at:
        return surprise
    changed = inner = copy.deepcopy(body)
    for part in at[:-1]:
        inner = inner[part]
    inner[at[-1]] = surprise
    return changed


def test_no_body_is_an_unexpected_error(api: MerchantApi) -> None:
    api.post("/merchant/shops", A_SHOP)
    api.put(PRODUCTS, A_TEE)

    numbers = itertools.count()

    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def check(data: st.DataObject) -> None:
        method, path, body = data.draw(st.sampled_from(CASES))
        place = data.draw(st.sampled_from(list(places(body))))
        key = f"a-key-of-its-own-{next(numbers)}"
        reply = api.call(method, path, with_surprise(body, place, data.draw(SURPRISES)), key)
        assert reply.status < 500, reply.body

    check()
